"""The Check panel: is this backward pass the gradient, and which operation is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
)

from cnnviz.app.check.computation import (
    LARGEST_FOR_STEPS,
    Outcome,
    Subject,
    check,
    fault_words,
    step_errors,
)
from cnnviz.app.check.gradient_view import GradientView
from cnnviz.app.check.model import CheckColumn, CheckModel, CheckRow
from cnnviz.app.check.step_view import StepView
from cnnviz.app.check.symmetry_view import SymmetryView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.table_setup import set_up_table
from cnnviz.app.widgets.task_row import TaskRow
from cnnviz.app.widgets.titled_table_model import Index
from cnnviz.numerics.checking.case import GALLERY, AnyFault
from cnnviz.numerics.checking.fault import Fault
from cnnviz.numerics.checking.step_curve import StepCurve
from cnnviz.training.loop.frame import Frame

_INTERVAL: Final = 250
"""Milliseconds between updates while training runs."""
_INTRODUCTION: Final = (
    "Check compares each operation, given what it reads, with what it should compute, and all "
    "1,803 derivatives with differences of the loss."
)
_VIEWS: Final = (
    Segment("Operations", "which operations are wrong, and how"),
    Segment("Gradient", "all 1,803 derivatives beside differences of the loss"),
    Segment("Step size", "how large the error of a difference of the loss is, by its step"),
    Segment("Symmetries", "three sums that are 0 if the gradient is right"),
)
_STEP_SIZE: Final = 2
_SENTENCE: Final = 28
"""Characters of a line of the last column, at the least."""
_REPEATED: Final = (CheckColumn.KIND, CheckColumn.ERROR)
"""Columns that the sentences of the last one repeat."""
_IN_USE: Final = "the rule in use"


class _Table(QTableView):
    """A table in which Enter does what a click does.

    If it is narrow, it leaves out some columns.
    """

    entered_row = Signal(QModelIndex)
    _widths: dict[CheckColumn, int] | None = None
    """The widths that the columns before the sentences need; None until they are measured."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out as many columns as the sentences need to be readable."""
        super().resizeEvent(event)
        self.fit_columns()

    def changeEvent(self, event: QEvent) -> None:
        """Measure the columns again with another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._widths = None

    def reset(self) -> None:
        """Measure the columns of other contents again."""
        super().reset()
        self._widths = None

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: Sequence[int] = ()) -> None:
        """Measure the columns again with other fonts of the cells."""
        super().dataChanged(topLeft, bottomRight, roles)
        self._widths = None

    def fit_columns(self) -> None:
        """Leave out as many columns as the sentences need to be readable."""
        if self._widths is None:
            self._widths = self._needed_widths()
        need = sum(self._widths.values()) + _SENTENCE * self.fontMetrics().averageCharWidth()
        # With a scroll bar or without: wider sentences, being lower, may need none.
        bar = self.verticalScrollBar().sizeHint().width()
        available = self.width() - 2 * self.frameWidth() - bar
        for column in _REPEATED:
            is_left_out = need > available
            self.setColumnHidden(column, is_left_out)
            need -= self._widths[column] * is_left_out

    def _needed_widths(self) -> dict[CheckColumn, int]:
        """Return the widths of the columns before the sentences: measuring all rows takes long."""
        header = self.horizontalHeader()
        for column in _REPEATED:
            self.setColumnHidden(column, False)  # the title of a hidden one has no width
        return {
            column: max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            for column in CheckColumn
            if column != CheckColumn.FINDING
        }

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit the signal of Enter."""
        if event.key() in ENTER:
            self.entered_row.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class _Wrapping(QStyledItemDelegate):
    """Reckons with the padding that the style sheet gives to cells: Qt measures text without it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of the text in the width that is left for it."""
        option.rect = option.rect.adjusted(0, 0, -2 * GRID, 0)  # type: ignore[attr-defined]
        return super().sizeHint(option, index)


class CheckPanel(FramePanel):
    """Checks the current state under the rule in use, or a fault, and shows the verdicts."""

    cell_requested = Signal(object)
    """A cell is to be shown in the debugger; carries a `Point`."""
    training_requested = Signal(object)
    """The exact rule with a fault in it is to be trained; carries the `Rule`."""
    outcome_changed = Signal(object)
    """Carries the `Outcome` that holds for the rule and the state that is debugged, or None."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__(_INTERVAL)
        self.outcome: Outcome | None = None
        self._announced: Outcome | None = None
        self._tasks = tasks
        self.fault = _fault_box()
        self.task = TaskRow(tasks, "check", "Check", "Stop; the previous result stays")
        self.task.start.setToolTip("Compare every operation and derivative with the right one")
        tip = "Train the exact rule with this fault from iteration 0, as a branch"
        self.train = tab_button("Train with it", tip, self._train)
        self.train.hide()
        self.verdict = selectable_label("Verdict", look="heading")
        self.subject = selectable_label("What was checked", _INTRODUCTION, look="muted")
        self.model = CheckModel(style, self)
        self.table = self._made_table()
        self.gradient, self.step = GradientView(style), StepView(style)
        self.symmetries = SymmetryView()
        self.views = SegmentedControl("The check shows", _VIEWS, style)
        self.views.setMinimumHeight(3 * GRID)
        self.stack = QStackedWidget()
        for view in (self.table, self.gradient, *map(scrolled, (self.step, self.symmetries))):
            self.stack.addWidget(view)
        self._results = self.verdict, self.views, self.stack
        for part in self._results:
            part.hide()
        self._lay_out()
        self.task.started.connect(self._start)
        self.fault.currentIndexChanged.connect(self._throttle.now)
        self.fault.currentIndexChanged.connect(self._offer_training)
        self.views.chosen.connect(self._turn_to)
        self.gradient.cell_requested.connect(self.cell_requested)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.model.set_style(style)
        for view in (self.gradient, self.step, self.views):
            view.set_style(style)
        self._draw_subject()

    def sizeHint(self) -> QSize:
        """Return a size that shows all operations."""
        return QSize(100 * GRID, 80 * GRID)

    def check_fault(self, fault: AnyFault) -> None:
        """Check the exact rule with a fault of the gallery in it."""
        self.fault.setCurrentIndex(1 + GALLERY.index(fault))
        self._start()

    @property
    def is_stale(self) -> bool:
        """Whether the outcome is of another state, or under other settings, than the current."""
        if self.outcome is None or self._frame is None:
            return False
        subject = self.outcome.subject
        return subject != Subject.of(self._frame, subject.fault)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame; the debugger's marks follow it even if the panel is hidden."""
        super().show_frame(frame)
        self._announce()

    def _draw(self, frame: Frame) -> None:  # noqa: ARG002
        self._draw_subject()

    @Slot()
    def _start(self) -> None:
        if (frame := self._frame) is None:
            return
        fault: AnyFault | None = self.fault.currentData()
        subject = Subject.of(frame, fault)
        self.task.run(lambda on_progress: check(subject, on_progress), self._show)

    @Slot()
    def _offer_training(self) -> None:
        """Show the button for a fault in the rule; one in the data or at the start has none."""
        self.train.setVisible(isinstance(self.fault.currentData(), Fault))

    @Slot()
    def _train(self) -> None:
        fault = self.fault.currentData()
        if isinstance(fault, Fault):
            self.training_requested.emit(fault.rule)

    def _show(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.model.show_rows(_rows(outcome))
        self.table.fit_columns()
        self.gradient.show_check(outcome.gradient)
        self._show_curve(outcome, None)
        self.symmetries.show_sums(outcome.symmetries, outcome.symmetry_limits)
        for part in self._results:
            part.show()
        self._turn_to(self.views.index)
        self._draw_subject()
        self._scroll_to_wrong()

    def _scroll_to_wrong(self) -> None:
        """Scroll, in a low panel, to the first operation that is wrong, and those after it."""
        if (layout := self.layout()) is not None:
            layout.activate()  # the table has its height now, not after the next event
        rows = [(at, self.model.row(at)) for at in range(self.model.rowCount())]
        wrong = [at for at, row in rows if row is not None and row.verdict == "wrong"]
        for row in wrong[-1:] + wrong[:1]:
            self.table.scrollTo(self.model.index(row, 0))

    @Slot(int)
    def _turn_to(self, view: int) -> None:
        """Show one of the results; the curve of errors takes a while, and is computed for it."""
        self.stack.setCurrentIndex(view)
        outcome = self.outcome
        if view == _STEP_SIZE and outcome is not None and self.step.curve is None:
            self._tasks.start(
                "step size",
                lambda on_progress: step_errors(outcome.subject, on_progress),
                lambda curve: self._show_curve(outcome, curve),
                on_progress=self.step.show_progress,
                on_error=self.step.show_error,
            )

    def _show_curve(self, outcome: Outcome, curve: StepCurve | None) -> None:
        images = outcome.subject.settings.subset
        self.step.show_curve(curve, outcome.gradient, min(images, LARGEST_FOR_STEPS), images)

    def _draw_subject(self) -> None:
        """Show the verdict, and whether it is about the current state."""
        outcome = self.outcome
        if outcome is None:
            return
        self.verdict.setText(_verdict(outcome))
        stale = self.is_stale
        words = outcome.subject.words
        self.subject.setText(f"{words} The run is in another state now." if stale else words)
        self.task.start.setText("Check again" if stale else "Check")
        self._announce()

    def _announce(self) -> None:
        """Emit the outcome if it holds for the iteration in the debugger, or no longer does."""
        outcome, frame = self.outcome, self._frame
        if outcome is None or frame is None or outcome.subject.fault is not None:
            current = None
        else:
            now = Subject.of(frame, None)
            if frame.debug is not None:
                now = replace(now, iteration=frame.debug.iteration)
            current = outcome if outcome.subject == now else None
        if current is not self._announced:
            self._announced = current
            self.outcome_changed.emit(current)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        self.task.add(self.train)
        fill_box(row, self.fault, self.task, stretched=self.task)
        row.setStretchFactor(self.fault, 1)
        parts = row, self.verdict, self.subject, self.views
        column, margins = QVBoxLayout(self), (GRID, 0, GRID, GRID)
        fill_box(column, *parts, margins=margins)
        column.addWidget(self.stack, 1)
        column.addStretch()

    def _made_table(self) -> _Table:
        table = _Table(self, wordWrap=True)
        table.setProperty("spaced", True)
        table.setModel(self.model)
        table.setItemDelegate(_Wrapping(table))
        set_up_table(table, "Verdicts on the operations")
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = table.horizontalHeader()
        header.setSectionResizeMode(CheckColumn.FINDING, QHeaderView.ResizeMode.Stretch)
        table.clicked.connect(self._show_cell)
        table.entered_row.connect(self._show_cell)
        return table

    @Slot(QModelIndex)
    def _show_cell(self, index: QModelIndex) -> None:
        row = self.model.row(index.row())
        if row is not None and row.point is not None:
            self.cell_requested.emit(row.point)


def _rows(outcome: Outcome) -> tuple[CheckRow, ...]:
    operations = map(CheckRow.of_operation, outcome.operations)
    return *operations, *map(CheckRow.of_data, outcome.data)


def _verdict(outcome: Outcome) -> str:
    if wrong := outcome.wrong:
        are = "This is" if len(wrong) == 1 else f"These {len(wrong)} are"
        return f"✗ {are} wrong: {', '.join(wrong)}."
    if not outcome.gradient.agrees:
        return "✗ No operation is wrong, but the step is not along the gradient."
    return "✓ Everything is right: this backward pass is the gradient."


def _fault_box() -> ElidingComboBox:
    tip = "The rule in use, or the exact rule with a fault put in on purpose"
    box = ElidingComboBox(24, "What to check", tip)
    box.addItem(f"Check {_IN_USE}", None)
    for fault in GALLERY:
        box.addItem(fault_words(fault), fault)
    box.view().setTextElideMode(Qt.TextElideMode.ElideRight)
    return box
