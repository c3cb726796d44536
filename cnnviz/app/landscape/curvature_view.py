"""The curvature of the loss over the iterations, beside the loss."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from cnnviz.app.landscape.curvature_series import CurvatureFinder, CurvatureSeries, StateCurvature
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.computed_panel import ComputedPanel
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curve_over
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import compact, percent, plain
from cnnviz.training.loop.frame import Frame

INTERVAL: Final = 400
"""Milliseconds between two computations while training runs: the next frame comes a little later,
and there are still two a second."""
SHARE: Final = 0.05
"""The largest share of one processor's time: at 200 images a computation takes half of it."""
_WHOLE: Final = "curvature of the whole run"
_HIGHEST: Final = 3.0
"""η λ / 2 is drawn up to here, at most; beyond, only the text says how large it is."""


class CurvatureView(ComputedPanel[StateCurvature]):
    """Draws η λ / 2 of the states that it has seen, with a line at 1, below their loss."""

    visibility_changed = Signal()
    """The view has been shown or hidden: while it is visible, it needs the path of the run."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__("curvature", INTERVAL, tasks, "The curvature of the loss", share=SHARE)
        self._finder = CurvatureFinder()
        self.series = CurvatureSeries()
        tip = "Compute the curvature at up to 100 states all along the run"
        self.whole_run = tab_button(tip=tip, act=self.compute_whole)
        self._show_progress(None)
        self.loss_plot = make_plot("Loss over the iterations", mouse="x")
        self.plot = make_plot("η λ / 2 over the iterations", self.columns, "curvature", "x")
        self.loss_plot.read_from(self._loss_curves)
        self.loss_plot.setXLink(self.plot)
        for plot in (self.loss_plot, self.plot):
            plot.getAxis("left").setWidth(8 * GRID)
        self._loss = self.loss_plot.plot()
        self._loss.setDownsampling(auto=True, method="peak")
        self._loss.setClipToView(True)
        self.curve = self.plot.plot()
        self._edge = pg.InfiniteLine(1.0, angle=0)
        self._edge_label = pg.TextItem()
        self.plot.addItem(self._edge)
        self.plot.addItem(self._edge_label, ignoreBounds=True)
        box = QVBoxLayout(self)
        row = QHBoxLayout()
        fill_box(row, self.words, self.whole_run, stretched=self.words)
        fill_box(box, row, self.loss_plot, self.plot, spacing=GRID // 2)
        box.setStretch(1, 2)
        box.setStretch(2, 3)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme, width = style.theme, 2 * style.scale
        style_plot(self.loss_plot, style, "", "loss")
        style_plot(self.plot, style, "iteration", "η λ / 2")
        self._loss.setPen(pg.mkPen(theme.accent, width=1))
        self.curve.setPen(pg.mkPen(theme.text, width=width))
        self.curve.setSymbol("o")
        self.curve.setSymbolSize(GRID / 2 * style.scale)
        self.curve.setSymbolBrush(pg.mkBrush(theme.text))
        self.curve.setSymbolPen(pg.mkPen(theme.text))
        self._edge.setPen(pg.mkPen(theme.wrong, width=style.scale, style=Qt.PenStyle.DashLine))
        self.plot.removeItem(self._edge_label)
        self._edge_label = plot_text(style, theme.wrong, (0, 1))
        self._edge_label.setText("edge of stability: 1")
        self.plot.addItem(self._edge_label, ignoreBounds=True)
        self._place_edge()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the path of the run."""
        super().showEvent(event)
        self.visibility_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """End the computations: their results would not be seen."""
        super().hideEvent(event)
        self.visibility_changed.emit()
        self._tasks.cancel(_WHOLE)
        self._show_progress(None)

    def columns(self) -> list[tuple[str, Floats]]:
        """Return the iterations and η λ / 2 of the states that were computed."""
        return [("iteration", self.series.iterations), ("η λ / 2", self.series.stability)]

    def _loss_curves(self) -> list[SpokenCurve]:
        loss = np.empty(0) if self._frame is None else self._frame.curve.loss
        return [curve_over("iteration", np.arange(len(loss)), "loss", loss)]

    @Slot()
    def compute_whole(self) -> None:
        """Compute the curvature at states all along the run, or stop that."""
        frame = self._frame
        if self._tasks.is_busy(_WHOLE):
            self._tasks.cancel(_WHOLE)
            self._show_progress(None)
        elif frame is not None:
            finder = CurvatureFinder()
            self._tasks.start(
                _WHOLE,
                lambda on_progress: finder.along(frame, on_progress),
                self._show_whole,
                on_progress=self._show_progress,
                on_error=self.words.setText,
            )
            self._show_progress(0.0)

    @Slot(object)
    def _show_progress(self, share: float | None) -> None:
        text = "Whole run" if share is None else f"Stop at {percent(share, 0)}"
        self.whole_run.setText(text)

    @Slot(object)
    def _show_whole(self, found: tuple[StateCurvature, ...]) -> None:
        newest = self.series.newest
        for one in found:
            self.series.add(one)
        if newest is not None:
            self.series.add(newest)
        self._show_progress(None)
        self._draw_series()

    def _draw(self, frame: Frame) -> None:
        super()._draw(frame)
        if not frame.running:  # else both plots are drawn at once, when the curvature is found
            self._draw_series()

    def _computation(self, frame: Frame) -> Callable[[ProgressCallback], StateCurvature]:
        finder, near = self._finder, self.series.near()
        return lambda on_progress: finder.at(frame, near, on_progress)

    def _show(self, result: StateCurvature) -> None:
        self.series.add(result)
        self.words.setText(_sentence(result))
        self._draw_series()

    def _draw_series(self) -> None:
        self.curve.setData(self.series.iterations, self.series.stability)
        if (frame := self._frame) is not None:
            loss = frame.curve.loss
            self._loss.setData(np.arange(len(loss)), loss, connect="finite")
            if not np.isfinite(loss).any():
                self.loss_plot.getPlotItem().setYRange(0, frame.predictions.loss or 1.0, padding=0)
            else:
                self.loss_plot.getPlotItem().enableAutoRange(y=True)
            self._fit(frame)

    def _fit(self, frame: Frame) -> None:
        self.plot.getPlotItem().setXRange(0, max(10, len(frame.curve.loss) - 1), padding=0.02)
        values = self.series.stability
        low = min(0.0, float(values.min())) if len(values) else 0.0
        high = min(_HIGHEST, max(1.25, 1.1 * float(values.max()))) if len(values) else 1.25
        self.plot.getPlotItem().setYRange(1.25 * max(low, -high), high, padding=0.02)
        self._place_edge()

    def _place_edge(self) -> None:
        self._edge_label.setPos(self.plot.getPlotItem().viewRange()[0][0], 1.0)


def _sentence(found: StateCurvature) -> str:
    largest, stability = found.curvature.largest, found.curvature.stability(found.learning_rate)
    numbers = (
        f"Iteration {found.iteration:,}: λ = {compact(largest)}, and η λ / 2 = "
        f"{compact(stability)} at η = {plain(found.learning_rate)}."
    )
    if stability <= 0:
        return f"{numbers} Where the loss bends most, it bends down: this is not a valley."
    if stability < 0.9:
        return f"{numbers} Steps of the exact gradient settle in every valley."
    if stability <= 1.1:
        return f"{numbers} That is the edge of stability, where full-batch training hovers."
    return f"{numbers} Steps of the exact gradient swing across the valley, further each time."
