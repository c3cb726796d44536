"""Steps in a panel as low as in a window of 1366 × 768 pixels at 125 %."""

from pathlib import Path

from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from cnnviz.app.lessons.panel import LessonPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.teaching.library import bundled_folder

WIDTH, LOW, HIGH = 319, 436, 700


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


def test_lines_are_closer_together_only_in_a_low_panel(qtbot: QtBot, tmp_path: Path) -> None:
    tasks = BackgroundTasks()
    panel = LessonPanel(tasks, Style(LIGHT), tmp_path / "answers.csv")
    qtbot.addWidget(panel)
    panel.text.show_markdown("Several lines of text. " * 20)
    heights = {}
    for height in (HIGH, LOW):
        panel.resize(WIDTH, height)
        panel.show()
        panel.text.setFixedWidth(WIDTH)
        heights[height] = panel.text.document().size().height()
    assert heights[LOW] < 0.9 * heights[HIGH]
    tasks.stop()
