"""The list of lessons, with the progress of each."""

from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from cnnviz.app.lessons.chooser import LessonChooser
from cnnviz.app.lessons.panel import LessonPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.teaching.answers import AnswerRecord
from cnnviz.teaching.library import bundled_folder
from cnnviz.teaching.reader import read_lesson


def test_answers_to_another_file_of_the_same_name_do_not_count(qtbot: QtBot) -> None:
    lesson = read_lesson(bundled_folder() / "02-from-map-to-answer.md")
    first, total = lesson.questions[0].key, len(lesson.questions)
    record = AnswerRecord("", "", lesson.name, first, "number", "3", "certain", True, "3")
    chooser = LessonChooser()
    qtbot.addWidget(chooser)

    chooser.show_lessons([lesson], (), [replace(record, question="of-my-own-lesson")])
    assert "answered" not in chooser.list.item(0).text()

    chooser.show_lessons([lesson], (), [record])
    assert chooser.list.item(0).text().endswith(f"1 of {total} questions answered.")


def test_a_file_that_is_no_lesson_is_named_where_it_is_seen(qtbot: QtBot, tmp_path: Path) -> None:
    tasks = BackgroundTasks()
    panel = LessonPanel(tasks, Style(LIGHT), tmp_path / "answers.csv")
    qtbot.addWidget(panel)
    panel.resize(360, 240)
    panel.show()
    wrong = tmp_path / "wrong.md"
    wrong.write_text("## One\n")
    panel.open_file(wrong)  # before the list of lessons has been read
    qtbot.waitUntil(lambda: panel.chooser.list.count() > 0)
    assert "wrong.md:1:1" in panel.chooser.problems.text()
    assert panel.chooser.problems.isVisible()
    lesson = bundled_folder() / "01-what-a-filter-sees.md"
    panel.open_file(lesson, 4)  # there is more than there is space for
    qtbot.waitUntil(lambda: panel.text.markdown != "Computing …")
    panel.open_file(wrong)
    assert "wrong.md:1:1" in panel.message.text()
    assert panel.message.visibleRegion().boundingRect() == panel.message.rect()
    tasks.stop()
