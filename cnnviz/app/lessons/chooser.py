"""The list of lessons."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.lessons.title_delegate import TitleDelegate
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import text_label
from cnnviz.teaching.answers import AnswerRecord
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.lesson import Lesson
from cnnviz.teaching.score import score_text, scores

_ROLE: Final = Qt.ItemDataRole.UserRole


class LessonChooser(QWidget):
    """Lists lessons by title and summary; Enter or a click begins one."""

    chosen = Signal(object)
    """Carries the `Lesson` to begin."""
    file_requested = Signal()
    """A lesson is to be opened from a file."""
    export_requested = Signal()
    """The answers are to be exported."""

    def __init__(self) -> None:
        super().__init__()
        self.intro = text_label(
            "Each lesson asks you to predict, then shows what happens. Meanwhile, your own run "
            "waits; it comes back as it was when you leave.",
            look="muted",
        )
        self.list = QListWidget()
        self.list.setAccessibleName("Lessons")
        self.list.setItemDelegate(TitleDelegate(self.list))
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setWordWrap(True)  # otherwise, Qt would not lay it out again for another width
        self.list.setSpacing(GRID // 4)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.problems = text_label(name="Lessons that cannot be read")
        tip = "Open a lesson that you have written"
        self.open = tab_button("Open lesson…", tip, self.file_requested.emit)
        tip = "Save every answer that was given here as a table"
        self.export = tab_button("Export…", tip, self.export_requested.emit)
        self.export.setEnabled(False)
        row = QHBoxLayout()
        fill_box(row, self.open, self.export, None)
        margins = (GRID, GRID, GRID, GRID)
        parts = self.intro, self.list, self.problems, row
        fill_box(QVBoxLayout(self), *parts, stretched=self.list, margins=margins)
        self.problems.hide()

    def show_lessons(
        self,
        lessons: Sequence[Lesson],
        errors: Sequence[LessonError],
        records: Sequence[AnswerRecord],
    ) -> None:
        """List lessons with their answers so far, and name those that cannot be read."""
        self.list.clear()
        for lesson in lessons:
            item = QListWidgetItem(_text(lesson, records))
            item.setData(_ROLE, lesson)
            item.setToolTip(lesson.summary)
            self.list.addItem(item)
        self.problems.setText("\n".join(map(str, errors)))
        self.problems.setVisible(bool(errors))
        self.export.setEnabled(bool(records))

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(_ROLE))


def _text(lesson: Lesson, records: Sequence[AnswerRecord]) -> str:
    """Return a lesson's entry in the list, with the person's progress in it."""
    minutes = f"·\N{NO-BREAK SPACE}{lesson.minutes}\N{NO-BREAK SPACE}min"
    lines = [f"{lesson.title}  {minutes}", lesson.summary]
    if lesson.kind == "inventory" and (taken := scores(lesson, records)):
        lines.append(score_text(taken))
        return "\n".join(lines)
    asked = {question.key for question in lesson.questions}  # another file may have the same name
    if answered := asked & {r.question for r in records if r.lesson == lesson.name}:
        lines.append(f"{len(answered)} of {len(lesson.questions)} questions answered.")
    return "\n".join(lines)
