"""The list of lessons, with the progress of each."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from cnnviz.app.lessons.chooser import LessonChooser
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
