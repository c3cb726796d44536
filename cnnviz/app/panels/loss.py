"""The Loss panel: how loss and accuracy went, iteration by iteration, and the timeline."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QToolButton, QWidget

from cnnviz.app.selection import Selection
from cnnviz.app.theme import GRID, Theme, body_font
from cnnviz.app.widgets.change_marks import Change, changes_of
from cnnviz.app.widgets.curve_plot import CurvePlot
from cnnviz.app.widgets.drawn_branches import drawn_branches, first_drawn
from cnnviz.app.widgets.rival_curves import Rival
from cnnviz.app.widgets.steady_label import SteadyLabel
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.app.widgets.timeline import Timeline
from cnnviz.app.widgets.wording import loss_words, share_words
from cnnviz.training.edits import Edit
from cnnviz.training.frame import Frame
from cnnviz.training.history import Mark

REDRAW_INTERVAL: Final = 300
"""Milliseconds between drawings of a curve while training runs: about every ninth frame."""


class LossPanel(QWidget):
    """The live curves of loss and accuracy, and below them the timeline.

    Both curves show the same iterations: the whole run, until a person zooms or pans.
    """

    seek = Signal(int)
    """Carries the iteration that a person wants to look at."""

    def __init__(self, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._theme, self._scale = theme, 1.0
        self._frame: Frame | None = None
        self._awaited = 0
        self._span: tuple[float, float] | None = None
        self._last = 0
        self._branch = 0
        self._marks: tuple[tuple[Mark, ...], tuple[Edit, ...]] = ((), ())
        self._changes: tuple[Change, ...] = ()
        self._loss_due = Throttle(REDRAW_INTERVAL, self)
        self._accuracy_due = Throttle(REDRAW_INTERVAL, self)
        self._loss_due.due.connect(self._draw_loss)
        self._accuracy_due.due.connect(self._draw_accuracy)
        self.loss_plot = CurvePlot(
            ("mean error", "loss"), lambda value: f"loss {loss_words(value)}"
        )
        self.loss_plot.setAccessibleName("Loss over the iterations")
        self.accuracy_plot = CurvePlot(
            ("accuracy, %", "%"),
            lambda value: f"accuracy {share_words(value)}",
            fixed=(0, 100),
            factor=100,
            labelled=False,
        )
        self.accuracy_plot.setAccessibleName("Accuracy over the iterations")
        self.timeline = Timeline(theme)
        self.timeline.seek.connect(self.seek)
        self._make_heads()
        self._lay_out()
        for plot, other in (
            (self.loss_plot, self.accuracy_plot),
            (self.accuracy_plot, self.loss_plot),
        ):
            plot.pointed_at.connect(self._read)
            plot.span_chosen.connect(self._keep_span)
            plot.span_chosen.connect(other.show_span)
            plot.whole_run_asked_for.connect(self.show_whole_run)
        selection.branches_changed.connect(self._draw)
        self._apply_look()

    def expect(self, command: int) -> None:
        """Leave the timeline where the person put it until this command has been carried out."""
        self._awaited = command

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Draw a frame: at once where training stands, a few times a second while it runs."""
        self._frame = frame
        if not self.isVisible():
            return
        drawn = self._loss_due.follow(running=frame.running)
        if drawn and frame.running:  # both at once would hold up the frame
            self._accuracy_due.put_off()
        else:
            self._accuracy_due.follow(running=frame.running)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._apply_look()

    def set_scale(self, scale: float) -> None:
        """Take type and strokes of another size."""
        self._scale = scale
        self._apply_look()

    @Slot()
    def show_whole_run(self) -> None:
        """Show every iteration, and those to come."""
        self._keep_span(None)
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while the panel was hidden."""
        super().showEvent(event)
        self._loss_due.now()
        self._accuracy_due.now()

    def _make_heads(self) -> None:
        self.loss_head = SteadyLabel()
        self.loss_head.setToolTip("The mean of (target − output)² / 2 over the images")
        self.accuracy_head = SteadyLabel()
        self.accuracy_head.setToolTip("The share of images whose output is on the right side of ½")
        self.log = QToolButton()
        self.log.setText("Log scale")
        self.log.setToolTip("Draw the loss on a logarithmic scale")
        self.log.setCheckable(True)
        self.log.toggled.connect(self.loss_plot.set_log)
        self.whole_run = QPushButton("Whole run", self.loss_plot.viewport())
        self.whole_run.setToolTip("Show every iteration again (or double-click a curve)")
        self.whole_run.hide()
        self.whole_run.clicked.connect(self.show_whole_run)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(GRID, 0, GRID, GRID)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.loss_head)
        head.addStretch()
        head.addWidget(self.log)
        grid.addLayout(head, 0, 0)
        grid.addWidget(self.accuracy_head, 0, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.loss_plot, 1, 0)
        grid.addWidget(self.accuracy_plot, 1, 1)
        # In a corner of the curve, only while part of it is seen.
        corner = QHBoxLayout(self.loss_plot.viewport())
        corner.setContentsMargins(0, GRID, 2 * GRID, 0)
        corner.addWidget(self.whole_run, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.timeline, 2, 0, 1, 2)
        grid.setRowStretch(1, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)

    def _apply_look(self) -> None:
        theme, scale = self._theme, self._scale
        font, head_font = body_font(scale), body_font(1.1 * scale)
        head_font.setBold(True)
        for button in (self.log, self.whole_run):
            button.setFont(font)
            button.setStyleSheet(f"padding: 1px {GRID}px;")
        for head, colour in ((self.loss_head, theme.accent), (self.accuracy_head, theme.text)):
            head.setFont(head_font)
            head.setStyleSheet(f"color: {colour};")
        self.loss_plot.set_look(theme, theme.accent, scale)
        self.accuracy_plot.set_look(theme, theme.text, scale)
        self.accuracy_plot.setMinimumWidth(round(20 * GRID * scale))
        self.timeline.set_look(theme, scale)

    @Slot()
    def _draw(self) -> None:
        self._draw_loss()
        self._draw_accuracy()

    @Slot()
    def _draw_loss(self) -> None:
        frame = self._frame
        if frame is None or not self.isVisible():
            return
        self.loss_head.say(f"loss {loss_words(frame.predictions.loss)}")
        self._plot(self.loss_plot, "loss", frame)
        if frame.done >= self._awaited:
            self.timeline.show_state(frame.iteration, frame.last, frame.branch.bookmarks)

    @Slot()
    def _draw_accuracy(self) -> None:
        frame = self._frame
        if frame is None or not self.isVisible():
            return
        self.accuracy_head.say(f"accuracy {share_words(frame.predictions.accuracy)}")
        self._plot(self.accuracy_plot, "accuracy", frame)

    def _plot(self, plot: CurvePlot, quantity: str, frame: Frame) -> None:
        curve = frame.curve
        again = frame.last < self._last or frame.branch.number != self._branch
        if again and self._span and self._span[0] > frame.last:
            self._keep_span(None)  # what was zoomed into is not there
        self._last, self._branch = frame.last, frame.branch.number
        if (curve.marks, curve.edits) != self._marks:
            self._marks = curve.marks, curve.edits
            self._changes = changes_of(curve.first, curve.marks, curve.edits)
        others = drawn_branches(frame, self._selection.drawn_branches)
        firsts = [first_drawn(branch, others, frame.branch) for branch in others]
        rivals = tuple(
            Rival(b.number, b.name, getattr(b.curve, quantity), first)
            for b, first in zip(others, firsts, strict=True)
        )
        plot.set_company(frame.branch.name, rivals, frame.branch.bookmarks)
        plot.set_curve(getattr(curve, quantity), frame.iteration, self._changes, self._span)

    @Slot(object)
    def _read(self, iteration: int | None) -> None:
        self.loss_plot.read(iteration)
        self.accuracy_plot.read(iteration)

    @Slot(object)
    def _keep_span(self, span: tuple[float, float] | None) -> None:
        self._span = span
        self.whole_run.setVisible(span is not None)
