"""A question: its text, the answer, the confidence in it, and then the truth."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.lessons.cell_picker import CellPicker
from cnnviz.app.lessons.step_text import StepText
from cnnviz.app.look.key_names import named_keys
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import MOVES
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.numerics.number_parsing import parse_number
from cnnviz.numerics.tensors import TENSORS
from cnnviz.teaching.judge import Answer, AnswerJudgement
from cnnviz.teaching.lesson import CONFIDENCES, SIGNS, Question

_HINTS: Final = {
    "number": "Type a number, then say how sure you are.",
    "sign": "Choose a sign, then say how sure you are.",
    "choice": "Choose one, then say how sure you are.",
    "rank": "Drag into order, or move with Ctrl+↑ and Ctrl+↓, then say how sure you are.",
    "place": "Click the cell in the picture, then say how sure you are.",
}
_WRONG: Final = {
    "choice": "The answer is “{}”.",
    "rank": "The order is: {}.",
    "place": "The answer is {}, in the frame. The × is yours.",
}
"""The sentence about a wrong answer; the truth is filled in."""
_SPARE: Final = 1
"""Pixels within which a line that nearly fills an option is broken: better early than elided."""
_HIGH: Final = 10_000
_UNSURE: Final = "Not said yet"


class QuestionView(QWidget):
    """Asks one question, and shows the judgement of the answer."""

    answered = Signal(object, str)
    """Carries the answer and how sure the person is."""
    touched = Signal()
    """The person has chosen something, and goes on to how sure they are, or to the answer."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._question: Question | None = None
        self.text = StepText("Question", style)
        self.number = _NumberField(placeholderText="A number")
        self.number.setAccessibleName("Your number")
        self.number.setToolTip("What you expect, before you see it")
        self.options = _Options()
        self.picker = CellPicker(style)
        self.confidence = SegmentedControl(
            "How sure are you",
            [Segment("?", _UNSURE), *(Segment(name.capitalize(), name) for name in CONFIDENCES)],
            style,
        )
        self.hint = text_label(look="muted")
        self.answer_button = QPushButton("Answer")
        self.answer_button.setToolTip("Submit your answer, and see the right one")
        self.verdict = text_label(name="Verdict on your answer", look="heading")
        self.explanation = StepText("Explanation", style)
        self._column = column = QVBoxLayout(self)
        inputs = self.number, self.options, self.picker
        row = QHBoxLayout()
        fill_box(row, self.hint, self.answer_button, stretched=self.hint)
        parts = self.text, *inputs, self.confidence, row, self.verdict, self.explanation
        fill_box(column, *parts)
        for signal in (self.number.textChanged, self.options.changed, self.picker.chosen):
            signal.connect(self._show_ready)
        self.confidence.chosen.connect(self._show_ready)
        for signal in (self.options.clicked, self.picker.chosen, self.confidence.chosen):
            signal.connect(self.touched)
        self.number.returnPressed.connect(self._answer)
        self.answer_button.clicked.connect(self._answer)
        self.set_style(style)

    @property
    def is_answered(self) -> bool:
        """Whether the judgement is shown."""
        return not self.verdict.isHidden()

    def ask(self, question: Question, text: str, picture: NDArray[np.floating[Any]] | None) -> None:
        """Ask a question.

        Parameters
        ----------
        text : str
            In Markdown, with its figures filled in.
        picture : ndarray of float or None
            Of a place: the upright picture in which it is chosen.
        """
        self._question = question
        self.text.show_markdown(text)
        self.number.clear()
        self.number.setVisible(question.kind == "number")
        names = SIGNS if question.kind == "sign" else [o.text for o in question.options]
        self.options.show_options(names, ranked=question.kind == "rank")
        self.options.setVisible(bool(names))
        self.picker.setVisible(picture is not None)
        if picture is not None and question.picture is not None:
            self.picker.show_values(picture, TENSORS[question.picture.tensor].scale)
        self.confidence.choose(0)
        self.hint.setText(named_keys(_HINTS[question.kind]))
        self._show_asking(asking=True)
        self._show_ready()

    def show_computing(self) -> None:
        """Say that the truth is being computed."""
        self.text.setFocus()  # or Qt would focus the button that leaves the lesson
        self.answer_button.setEnabled(False)
        self.hint.setText("Computing …")

    def show_judgement(self, judgement: AnswerJudgement, truth: Answer) -> None:
        """Show whether the answer is right, the truth, and why."""
        kind = self._question.kind if self._question is not None else "number"
        wrong = _WRONG.get(kind, "The answer is {}.").format(judgement.truth)
        self.verdict.setText("✓ Right." if judgement.right else f"✗ {wrong}")
        parts = [judgement.feedback, judgement.why]
        self.explanation.show_markdown("\n\n".join(part for part in parts if part))
        self._show_asking(asking=False)
        if kind == "place" and isinstance(truth, tuple):
            self.picker.show_truth((truth[1], truth[2]), right=judgement.right)

    def make_tight(self, tight: bool) -> None:
        """Lay everything out closely, or at the distance that is easiest to read."""
        self._column.setSpacing(GRID // 2 if tight else GRID)
        self.text.make_tight(tight)
        self.explanation.make_tight(tight)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.text.set_style(style)
        self.explanation.set_style(style)
        self.picker.set_style(style)
        self.confidence.set_style(style)
        height = self.confidence.button(0).fontMetrics().height() + 2 * GRID
        self.confidence.setFixedHeight(height)

    def _show_asking(self, *, asking: bool) -> None:
        self.number.setReadOnly(not asking)
        self.options.set_open(is_open=asking)
        self.picker.setEnabled(asking)
        self.confidence.setEnabled(asking)
        self.hint.setVisible(asking)
        self.answer_button.setVisible(asking)
        self.verdict.setVisible(not asking)
        self.explanation.setVisible(not asking)

    @property
    def _given(self) -> Answer | None:
        """The answer as far as it has been given."""
        question = self._question
        if question is None:
            return None
        if question.kind == "number":
            return parse_number(self.number.text())
        if question.kind == "place":
            filter_ = (question.picture.filter if question.picture else None) or 0
            return (filter_, *self.picker.cell) if self.picker.cell else None
        return self.options.order if question.kind == "rank" else self.options.chosen

    @Slot()
    def _show_ready(self) -> None:
        ready = self._given is not None and self.confidence.index > 0
        self.answer_button.setEnabled(ready)

    @Slot()
    def _answer(self) -> None:
        given = self._given
        if given is not None and self.confidence.index > 0 and self.answer_button.isVisible():
            self.answered.emit(given, CONFIDENCES[self.confidence.index - 1])


class _NumberField(QLineEdit):
    """A field for a number. While it is empty, one can step and run, as the lesson may ask."""

    keys_of_window_if_empty = frozenset(
        {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space}
    )


class _Options(QListWidget):
    """Options to choose one of, or to put in order by dragging or by Ctrl and the arrow keys."""

    own_keys = frozenset({*MOVES, Qt.Key.Key_Space})
    changed = Signal()
    """Another option was chosen, or the order has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setAccessibleName("Options")
        self.setSpacing(GRID // 4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemSelectionChanged.connect(self.changed)
        self._ranked = False

    @property
    def chosen(self) -> str | None:
        """The text of the chosen option, if there is one."""
        items = self.selectedItems()
        return items[0].text() if items else None

    @property
    def order(self) -> tuple[int, ...]:
        """The positions that the options had at first, from the top."""
        items = (self.item(row) for row in range(self.count()))
        return tuple(item.data(Qt.ItemDataRole.UserRole) for item in items)

    def show_options(self, texts: list[str] | tuple[str, ...], *, ranked: bool) -> None:
        """Show options."""
        self.setAccessibleName("Put these in order" if ranked else "Choose one")
        self.clear()
        for at, text in enumerate(texts):
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, at)
            self.addItem(item)
        self._ranked = ranked
        self.doItemsLayout()

    def set_open(self, *, is_open: bool) -> None:
        """Let options be chosen or moved, or only read."""
        moves = QAbstractItemView.DragDropMode
        movable = is_open and self._ranked
        self.setDragDropMode(moves.InternalMove if movable else moves.NoDragDrop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_open else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not is_open)

    def doItemsLayout(self) -> None:
        """Give each option the height of its lines; Qt's own guess is wrong at some widths."""
        width = self.viewport().width() - 2 * self.spacing()
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, self) + 1
        available = QRect(0, 0, width - 2 * margin - _SPARE, _HIGH)
        for row in range(self.count()):
            item = self.item(row)
            text = self.fontMetrics().boundingRect(available, Qt.TextFlag.TextWordWrap, item.text())
            item.setSizeHint(QSize(width, text.height() + 2))
        super().doItemsLayout()

    def updateGeometries(self) -> None:
        """Take the height of the options, whose lines may have been broken elsewhere."""
        super().updateGeometries()
        height = self.contentsSize().height() + 2 * self.frameWidth()
        if height != self.height():
            self.setFixedHeight(height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move an option that is ranked up or down with Ctrl and an arrow key."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()), 0)
        row = self.currentRow()
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier  # all arrows of macOS
        ctrl = held == Qt.KeyboardModifier.ControlModifier
        if not (self._ranked and ctrl and step and 0 <= row + step < self.count()):
            super().keyPressEvent(event)
            return
        self.insertItem(row + step, self.takeItem(row))
        self.setCurrentRow(row + step)
