"""The curves of loss and accuracy and of an added metric, which show the same iterations."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout

from cnnviz.app.branches.visibility import drawn_branches, first_drawn
from cnnviz.app.curves.branch_curves import BranchCurve
from cnnviz.app.curves.change_marks import MarkedChange, changes_of
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.curves.metrics import MetricCurve
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.plot_menu import PlotMenu
from cnnviz.numerics.number_format import loss_text, percent
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.curve import Quantity, SettingsMark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.held_out_curve import NOT_EVALUATED


class LossCurves(QObject):
    """Two plots of the whole run, or three, until the user zooms or pans in one of them."""

    redraw_requested = Signal()
    """Other iterations are to be shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._span: tuple[float, float] | None = None
        self._last = 0
        self._branch = 0
        self._marks: tuple[tuple[SettingsMark, ...], tuple[Edit, ...]] = ((), ())
        self._changes: tuple[MarkedChange, ...] = ()
        self.loss_plot = CurvePlot(
            ("mean error", "loss"),
            loss_text,
            colour=lambda theme: theme.accent,
        )
        self.loss_plot.setAccessibleName("Loss over the iterations")
        self.accuracy_plot = CurvePlot(
            ("accuracy, %", "%"),
            percent,
            quantity="accuracy",
            colour=lambda theme: theme.text,
            fixed=(0, 100),
            factor=100,
            labelled=False,
        )
        self.accuracy_plot.setAccessibleName("Accuracy over the iterations")
        tip = "Show every iteration again (or double-click a curve)"
        area = self.loss_plot.viewport()
        self.whole_run = tab_button("Whole run", tip, self.show_whole_run, parent=area)
        """A button in the corner of the loss plot, visible while part of the run is shown."""
        self.whole_run.hide()
        corner = QHBoxLayout(area)
        corner.setContentsMargins(0, GRID, 2 * GRID, 0)
        corner.addWidget(self.whole_run, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._whole = QAction("Show the whole run", self)
        self._whole.triggered.connect(self.show_whole_run)
        self.added_plot: CurvePlot | None = None
        self._added: MetricCurve | None = None
        self._connect(self.loss_plot, "loss")
        self._connect(self.accuracy_plot, "accuracy")

    def show_metric(self, metric: MetricCurve | None, style: Style) -> CurvePlot | None:
        """Return a plot of another quantity, which replaces the previous one; None for no plot."""
        if self.added_plot is not None:
            self.added_plot.hide()
            self.added_plot.deleteLater()
        self._added, self.added_plot = metric, None
        if metric is not None:
            self.added_plot = metric.make_plot(style)
            self._connect(self.added_plot, metric.title)
            self.added_plot.show_span(self._span)
        return self.added_plot

    def _connect(self, plot: CurvePlot, name: str) -> None:
        PlotMenu(plot, name, plot.columns, [self._whole])
        plot.pointed_at.connect(self._read)
        plot.span_chosen.connect(self._show_span)
        plot.whole_run_requested.connect(self.show_whole_run)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.whole_run.setStyleSheet(f"padding: 1px {GRID}px;")
        self.loss_plot.set_style(style)
        self.accuracy_plot.set_style(style)
        if self.added_plot is not None:
            self.added_plot.set_style(style)

    def draw_loss(self, frame: Frame, branches: Mapping[int, bool]) -> None:
        """Draw the loss of a frame's run and of other branches.

        The mapping holds the user's choice to draw a branch or not, by its number.
        """
        self._draw(self.loss_plot, "loss", frame, branches)

    def draw_accuracy(self, frame: Frame, branches: Mapping[int, bool]) -> None:
        """Draw the accuracy like the loss."""
        self._draw(self.accuracy_plot, "accuracy", frame, branches)

    def draw_added(self, frame: Frame, branches: Mapping[int, bool]) -> None:
        """Draw the added quantity like the loss, if there is one."""
        if self._added is not None and self.added_plot is not None:
            self._draw(self.added_plot, self._added.metric, frame, branches)

    @Slot()
    def show_whole_run(self) -> None:
        """Show every iteration, also future ones."""
        self._keep_span(None)
        self.redraw_requested.emit()

    def _draw(
        self, plot: CurvePlot, quantity: Quantity, frame: Frame, branches: Mapping[int, bool]
    ) -> None:
        curve = frame.curve
        again = frame.last < self._last or frame.branch.number != self._branch
        if again and self._span and self._span[0] > frame.last:
            self._keep_span(None)  # the zoomed range does not exist now
        self._last, self._branch = frame.last, frame.branch.number
        if (curve.marks, curve.edits) != self._marks:
            self._marks = curve.marks, curve.edits
            self._changes = changes_of(curve.first, curve.marks, curve.edits)
        others = drawn_branches(frame, branches)
        firsts = [first_drawn(branch, others, frame.branch) for branch in others]
        curves = tuple(
            BranchCurve(b.number, b.name, b.curve.values(quantity), first)
            for b, first in zip(others, firsts, strict=True)
        )
        plot.set_other_branches(frame.branch.name, curves, frame.branch.bookmarks)
        if quantity in ("loss", "accuracy"):
            held_out = curve.held_out if frame.held_out is not None else NOT_EVALUATED
            plot.set_held_out(held_out.iteration, getattr(held_out, quantity))
        past = frame.iteration < frame.last
        now = getattr(frame.predictions, quantity, None) if past else None
        values = curve.values(quantity)
        plot.set_curve(values, frame.iteration, self._changes, self._span, now)

    @Slot(object)
    def _read(self, iteration: int | None) -> None:
        for plot in self._plots:
            plot.read(iteration)

    @Slot(object)
    def _show_span(self, span: tuple[float, float] | None) -> None:
        self._keep_span(span)
        for plot in self._plots:
            if plot is not self.sender():
                plot.show_span(span)

    @property
    def _plots(self) -> tuple[CurvePlot, ...]:
        two = self.loss_plot, self.accuracy_plot
        return two if self.added_plot is None else (*two, self.added_plot)

    @Slot(object)
    def _keep_span(self, span: tuple[float, float] | None) -> None:
        self._span = span
        self.whole_run.setVisible(span is not None)
