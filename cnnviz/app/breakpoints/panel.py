"""The Breakpoints panel: where a run stops, which of them stopped it, and the way back."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.breakpoints.model import BreakpointsModel
from cnnviz.app.breakpoints.table import BreakpointTable
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.selection import Selection
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.parser import parse
from cnnviz.training.errors import ConditionError
from cnnviz.training.loop.frame import Frame

_IMAGE: Final = "image {image} flips"
EXAMPLES: Final = (
    ("iteration = 50", "at one iteration; also >, >=, <, <="),
    ("loss rises", "it is larger than before"),
    ("loss rises by 5 %", "or by 0.01"),
    ("accuracy > 95 %", "so many predictions are right"),
    ("not finite", "NaN, infinity, or undefined"),
    ("saturated > 90 %", "so many units can hardly learn"),
    ("step > 0.1", "|η · gradient| over |weights|, filters and dense"),
    ("filter 2 step > 0.1", "of one filter; also filter step, dense step"),
    ("any filter changes", "a cell changes its sign; also filter 2 changes"),
    ("filter 2 changes by 10 %", "its norm does"),
    (_IMAGE, "its prediction changes sides"),
    ("any image flips", "any prediction does"),
    ("loss rises and iteration > 10", "and, or: several at once"),
)
"""Conditions that teach how they are written, each with what it means."""
_HINT: Final = (
    "A breakpoint stops a run where its condition comes true, as in “loss rises” or “at delta”. "
    "Add has an example of every kind."
)
_SHOWN: Final = 34
"""Characters that are shown of a condition where it does not parse."""


class BreakpointsPanel(QWidget):
    """A table of breakpoints, and what is to be said of the one that stopped the run."""

    breakpoints_chosen = Signal(object)
    """The person has edited them; carries a tuple of `Breakpoint`."""
    cause_requested = Signal(int)
    """The person wants to run back to where this breakpoint did not hold; carries its number."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._frame: Frame | None = None
        self._awaited = 0
        self.model = BreakpointsModel(style, self)
        self.model.edited.connect(self._choose)
        self.table = BreakpointTable(self.model, style)
        self.table.typing.connect(self._judge)
        # Queued: the model gets the text only after the signal.
        self.table.typing_ended.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self.table.removal_requested.connect(self._remove)
        self.table.selectionModel().currentChanged.connect(self._show_current)
        self.model.modelReset.connect(self._show_current)
        self._make_stop()
        self._make_buttons()
        self._make_words()
        self._lay_out()
        self.set_style(style)
        self._draw_words()

    def expect(self, command: int) -> None:
        """Keep showing what the person chose until this command has been carried out."""
        self._awaited = command

    def restore(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Show breakpoints that were kept, and say that they are chosen."""
        self.model.show(breakpoints, None)
        if breakpoints:
            self._choose(breakpoints)

    @Slot(str)
    def toggle_operation(self, name: str) -> None:
        """Stop at an operation, or no longer."""
        self.model.toggle_operation(name)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame's breakpoints, their hits, and what stopped the run."""
        self._frame = frame
        if self.isVisible():
            self._draw()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        for widget in (
            *(self.stop_words, self.cause, self.show_image, self.problem, self.hint),
            *(self.add, self.delete, self.all_on, self.all_off, self.examples),
        ):
            widget.setFont(style.body_font)
        self.place.setFont(style.number_font)
        self.problem.setStyleSheet(f"color: {style.theme.wrong};")
        self.stop.setStyleSheet(
            f"#stop {{ border: 1px solid {style.theme.accent}; border-radius: 5px;"
            f" background: {style.theme.raised}; }}"
        )
        self.model.set_style(style)
        self.table.set_style(style)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what came while the panel was hidden."""
        super().showEvent(event)
        self._draw()

    def _make_stop(self) -> None:
        self.stop = QFrame()
        self.stop.setObjectName("stop")
        self.stop_words = QLabel()
        self.stop_words.setAccessibleName("Why the run stopped")
        self.stop_words.setWordWrap(True)
        self.stop_words.setTextFormat(Qt.TextFormat.PlainText)
        self.stop_words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cause = QPushButton("Run back to the cause")
        self.cause.setToolTip(
            "Go back to the latest earlier iteration at which the condition did not hold"
        )
        self.cause.clicked.connect(self.run_back)
        self.show_image = QPushButton()
        self.show_image.setToolTip("Select the image whose prediction changed")
        self.show_image.clicked.connect(self._select_image)
        column = QVBoxLayout(self.stop)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.stop_words)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.cause)
        row.addWidget(self.show_image)
        row.addStretch(1)
        column.addLayout(row)
        self.stop.hide()

    def _make_buttons(self) -> None:
        self.add = QToolButton()
        self.add.setText("Add")
        self.add.setToolTip("Add a breakpoint: write one, or begin with an example")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.examples = QMenu(self.add)
        self.examples.aboutToShow.connect(self._fill_examples)
        self.add.setMenu(self.examples)
        self.delete = QPushButton("Delete")
        self.delete.setToolTip("Delete the chosen breakpoint (Delete)")
        self.delete.clicked.connect(self._remove)
        self.all_on = QPushButton("All on")
        self.all_on.setToolTip("Enable every breakpoint")
        self.all_on.clicked.connect(lambda: self.model.enable_all(True))
        self.all_off = QPushButton("All off")
        self.all_off.setToolTip("Disable every breakpoint")
        self.all_off.clicked.connect(lambda: self.model.enable_all(False))
        # A click leaves the keyboard where it was: Space runs, and does not press it again.
        for button in (self.cause, self.show_image, self.delete, self.all_on, self.all_off):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _make_words(self) -> None:
        self.place = QLabel()
        self.place.setTextFormat(Qt.TextFormat.PlainText)
        self.problem = QLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.hint = QLabel(_HINT)
        self.hint.setProperty("muted", True)
        self.hint.setWordWrap(True)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.stop)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        for button in (self.add, self.delete, self.all_on, self.all_off):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.hint)
        column.addWidget(self.table, 1)
        column.addWidget(self.place)
        column.addWidget(self.problem)

    @Slot()
    def run_back(self) -> None:
        """Ask for the way back to the cause, where a breakpoint has stopped the run."""
        stop = self._frame.stopped if self._frame else None
        if stop is not None and stop.may_have_cause:
            self.cause_requested.emit(stop.number)

    def edit_first(self) -> None:
        """Give the table the keyboard; where it is empty, the button that adds."""
        if not self.model.breakpoints:
            self.add.setFocus()
            return
        self.table.setFocus()
        if not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.table.condition_at(0))

    @Slot(object)
    def _choose(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        self._draw_words()
        self.breakpoints_chosen.emit(breakpoints)

    def _draw(self) -> None:
        frame = self._frame
        if frame is None:
            return
        stop = frame.stopped
        breakpoints = frame.breakpoints if frame.done >= self._awaited else self.model.breakpoints
        self.model.show(breakpoints, stop.number if stop else None)
        self.stop.setVisible(stop is not None)
        if stop is not None:
            self.stop_words.setText(stop.summary)
            self.cause.setVisible(stop.may_have_cause)
            self.show_image.setVisible(stop.image is not None)
            self.show_image.setText(f"Show image {stop.image}")
        self._draw_words()

    def _draw_words(self) -> None:
        some = bool(self.model.breakpoints)
        self.hint.setVisible(not some)
        for button in (self.all_on, self.all_off):
            button.setEnabled(some)
        self.delete.setEnabled(self.table.currentIndex().isValid())

    @Slot()
    def _show_current(self) -> None:
        """Say what is wrong with the chosen condition."""
        row = self.table.currentIndex().row()
        self._judge(self.model.breakpoints[row].text if row >= 0 else None)
        self._draw_words()

    @Slot(str)
    def _judge(self, text: str | None) -> None:
        """Say where a condition does not parse, with a caret under the place."""
        problem = None
        if text is not None:
            try:
                parse(text)
            except ConditionError as error:
                problem = error
        self.place.setVisible(problem is not None)
        self.problem.setVisible(problem is not None)
        if text is not None and problem is not None:
            self.place.setText("\n".join(pointed_at(text, problem.column)))
            self.problem.setText(str(problem))

    @Slot(int)
    def _settle(self, row: int) -> None:
        """Forget a new breakpoint that was given no condition; say what is wrong with another."""
        breakpoints = self.model.breakpoints
        if 0 <= row < len(breakpoints) and not breakpoints[row].text:
            self.model.remove(row)
        self._show_current()

    @Slot()
    def _remove(self) -> None:
        row = self.table.currentIndex().row()
        if row >= 0:
            self.model.remove(row)
            self._show_current()

    @Slot()
    def _select_image(self) -> None:
        stop = self._frame.stopped if self._frame else None
        if stop is not None and stop.image is not None:
            self._selection.select_image(stop.image)

    @Slot()
    def _fill_examples(self) -> None:
        """Offer conditions, with the selected image where one is named."""
        self.examples.clear()
        write = self.examples.addAction("Write one…")
        write.triggered.connect(lambda: self._add(""))
        operations = self.examples.addMenu("At an operation")
        operations.setFont(self._style.body_font)
        for operation in OPERATIONS:
            self._offer(operations, f"at {operation.name}", operation.title)
        self.examples.addSeparator()
        for pattern, meaning in EXAMPLES:
            condition = pattern.replace("{image}", str(self._selection.image))
            self._offer(self.examples, condition, f"{condition}\t{meaning}")

    def _offer(self, menu: QMenu, condition: str, words: str) -> QAction:
        action = menu.addAction(words)
        action.setData(condition)
        action.triggered.connect(lambda: self._add(condition))
        return action

    def _add(self, text: str) -> None:
        self.table.edit_condition(self.model.add(text))


def pointed_at(text: str, column: int, width: int = _SHOWN) -> tuple[str, str]:
    """Return two lines: as much of a text around a column as is shown, and a caret under it."""
    if len(text) > width:
        start = min(max(0, column - width // 2), len(text) - width + 1)
        before = "…" if start else ""
        after = "…" if start + width < len(text) else ""
        text, column = before + text[start : start + width] + after, column - start + len(before)
    return text, " " * column + "^"
