"""Steps in a panel as low as in a window of 1366 × 768 pixels at 125 %."""

from pathlib import Path

from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from cnnviz.app.lessons.panel import LessonPanel
from cnnviz.app.lessons.step_text import StepText
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.teaching.library import bundled_folder

WIDTH, LOW = 319, 436


def test_a_question_with_a_formula_needs_no_scrolling(qtbot: QtBot, tmp_path: Path) -> None:
    tasks = BackgroundTasks()
    panel = LessonPanel(tasks, Style(LIGHT), tmp_path / "answers.csv")
    qtbot.addWidget(panel)
    panel.resize(WIDTH, LOW)
    panel.show()
    area = panel.findChild(QScrollArea, "step")
    assert area is not None
    panel.open_file(bundled_folder() / "02-from-map-to-answer.md")
    for title in ("The last step of the network", "The dense maps"):
        qtbot.waitUntil(lambda title=title: panel.title.text() == title and tasks.are_done)
        assert panel.question.text.markdown
        qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
        panel.next_button.click()
    tasks.stop()
    panel.resize(WIDTH, 600)
    column = panel.text.parentWidget().layout()
    assert column is not None
    assert column.spacing() == GRID
    panel.set_style(Style(LIGHT, 1.6))  # now it is low
    assert column.spacing() == GRID // 2


def test_tight_lines_are_closer_together(qtbot: QtBot) -> None:
    text = StepText("Text", Style(LIGHT))
    qtbot.addWidget(text)
    text.resize(WIDTH, LOW)
    text.show()
    text.show_markdown("Several lines of text. " * 20)
    loose = text.document().size().height()
    text.make_tight(True)
    assert text.document().size().height() < 0.9 * loose
    text.make_tight(False)
    assert text.document().size().height() == loose
