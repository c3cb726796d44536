"""All eigenvalues of the Hessian, and the directions of the largest ones."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnviz.app.landscape.direction_pictures import direction_rows
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.picture_grid import PictureGrid
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curve_over
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.spectrum import Spectrum, spectrum
from cnnviz.numerics.landscape.vectors import WEIGHTS, as_parameters
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import compact, percent
from cnnviz.sandbox.eigenvalues import EigenProcess
from cnnviz.sandbox.errors import SandboxError
from cnnviz.training.errors import SettingsError
from cnnviz.training.limits import check_slopes
from cnnviz.training.loop.frame import Frame

LEADING: Final = 6
"""Directions that are drawn."""
_KIND: Final = "all eigenvalues"
_BENDS: Final = {"+": "bends up", "−": "bends down"}
_SMALLEST: Final = 1e-12
"""Eigenvalues below this share of the largest are 0 but for rounding, and are left out."""


class SpectrumView(QWidget):
    """Computes all eigenvalues when asked to, and draws their sizes and leading directions."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._tasks, self._style = tasks, style
        self._frame: Frame | None = None
        self._of: Frame | None = None
        self.found: Spectrum | None = None
        self._drawn: dict[str, tuple[Floats, Floats]] = {}
        self._words = ""
        self.words = selectable_label("The eigenvalues of the Hessian")
        self.words.setText(
            "All 1,803 eigenvalues of the Hessian of the loss: in how many directions it bends, "
            "and how much. Each is a curvature; at 2 / η, steps start to overshoot."
        )
        tip = "Compute them for the state that is shown; with many images it takes seconds"
        self.compute = tab_button(tip=tip, act=self._compute)
        name = "Sizes of the eigenvalues by their rank"
        self.plot = make_plot(name, self.columns, "eigenvalues", "x")
        self.plot.read_from(self._spoken_curves)
        self.plot.getAxis("left").setLogMode(x=False, y=True)
        self.dots = {sign: pg.ScatterPlotItem(pxMode=True) for sign in ("+", "−")}
        self._edge = pg.InfiniteLine(angle=0)
        self._edge_label = pg.TextItem()
        for item in (self._edge, *self.dots.values()):
            self.plot.addItem(item)
        self._edge.hide()
        ranks = [Segment(f"{rank}", f"eigenvector {rank}") for rank in range(1, LEADING + 1)]
        self.rank = SegmentedControl("Eigenvector", ranks, style)
        self.rank.chosen.connect(self._show_direction)
        self.direction = QLabel()
        self.direction.setAccessibleName("The direction that is drawn")
        self.pictures = PictureGrid("Direction: none is shown yet")
        self.pictures.setMinimumSize(18 * GRID, 24 * GRID)
        self.pictures.cell_read.connect(self._show_words)
        self.results = QWidget()
        head, right, body = QHBoxLayout(), QVBoxLayout(), QHBoxLayout(self.results)
        fill_box(head, self.words, self.compute, stretched=self.words)
        fill_box(right, self.rank, self.direction, self.pictures, stretched=self.pictures)
        fill_box(body, self.plot, right)
        body.setStretch(0, 3)
        body.setStretch(1, 2)
        kept = self.results.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.results.setSizePolicy(kept)
        self.results.hide()  # until there are any
        box = QVBoxLayout(self)
        fill_box(box, head, self.results)
        box.setStretch(1, 1)
        self._show_progress(None)
        self.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Note the state that is computed when the person asks for it."""
        self._frame = frame

    def columns(self) -> list[tuple[str, Floats]]:
        """Return the eigenvalues with their signs."""
        return [("eigenvalue", self.found.eigenvalues)] if self.found is not None else []

    def _spoken_curves(self) -> list[SpokenCurve]:
        return [
            curve_over("rank", ranks, f"eigenvalue, {_BENDS[sign]}", values)
            for sign, (ranks, values) in self._drawn.items()
        ]

    def hideEvent(self, event: QHideEvent) -> None:
        """End the computation: its result would not be seen."""
        super().hideEvent(event)
        self._tasks.cancel(_KIND)
        self._show_progress(None)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        theme = style.theme
        self.rank.set_style(style)
        self.rank.setFixedHeight(round(3 * GRID * style.scale))
        self.pictures.set_style(style)
        across = "rank   (● of those that bend up, × of those that bend down)"
        style_plot(self.plot, style, across, "size of the eigenvalue")
        for sign, colour in (("+", theme.accent), ("−", theme.wrong)):
            self.dots[sign].setSymbol("o" if sign == "+" else "x")
            self.dots[sign].setSize(0.75 * GRID * style.scale)
            self.dots[sign].setBrush(pg.mkBrush(colour))
            self.dots[sign].setPen(pg.mkPen(colour))
        self._edge.setPen(pg.mkPen(theme.wrong, width=style.scale, style=Qt.PenStyle.DashLine))
        self.plot.removeItem(self._edge_label)
        self._edge_label = plot_text(style, theme.wrong, (1, 0))
        self.plot.addItem(self._edge_label, ignoreBounds=True)
        self._show()

    @Slot()
    def _compute(self) -> None:
        """Compute the eigenvalues, or stop that."""
        if self._tasks.is_busy(_KIND):
            self._tasks.cancel(_KIND)
            self._show_progress(None)
        elif (frame := self._frame) is not None:
            self._of, decompose = frame, EigenProcess()
            self._tasks.start(
                _KIND,
                lambda on_progress: _spectrum(frame, decompose, on_progress),
                self._take,
                on_progress=self._show_progress,
                on_error=self._fail,
                on_cancel=decompose.kill,
            )
            self._show_progress(0.0)

    @Slot(object)
    def _take(self, found: Spectrum) -> None:
        self.found = found
        self._show_progress(None)
        self._show()

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self._show_progress(None)
        self.words.setText(sentence)

    @Slot(object)
    def _show_progress(self, share: float | None) -> None:
        self.compute.setText("Compute" if share is None else f"Stop at {percent(share, 0)}")

    def _show(self) -> None:
        found, of = self.found, self._of
        if found is None or of is None:
            return
        self.results.show()
        values, largest = found.eigenvalues, float(np.abs(found.eigenvalues[0]))
        is_drawn = np.abs(values) > _SMALLEST * largest
        for sign, chosen in (("+", values > 0), ("−", values < 0)):
            of_sign = values[is_drawn & chosen]
            ranks = np.arange(1.0, len(of_sign) + 1)
            self._drawn[sign] = ranks, of_sign
            self.dots[sign].setData(ranks, np.log10(np.abs(of_sign)))
        edge = 2 / of.settings.learning_rate
        beyond, up = int((values > edge).sum()), int((is_drawn & (values > 0)).sum())
        down = int((is_drawn & (values < 0)).sum())
        self._edge.setValue(np.log10(edge))
        self._edge.show()
        self._edge_label.setText("2 / η")
        self._edge_label.setPos(max(up, down), np.log10(edge))
        self.words.setText(
            f"Iteration {of.iteration:,}: the largest eigenvalue in size is "
            f"{compact(float(values[0]))}; "
            f"beyond 2 / η = {compact(edge)}: {beyond:,} of {WEIGHTS:,}. The loss bends up in "
            f"{up:,} directions and down in {down:,}; it is flat in the other "
            f"{WEIGHTS - up - down:,}."
        )
        self._show_direction()

    @Slot()
    def _show_direction(self) -> None:
        if self.found is not None:
            value = float(self.found.eigenvalues[self.rank.index])
            bends = _BENDS["−" if value < 0 else "+"]
            self._words = f"Direction {self.rank.index + 1}: {compact(value)}, {bends}"
            direction = self.found.directions[self.rank.index]
            filters = float(np.linalg.norm(as_parameters(direction).f) ** 2)
            self.pictures.setAccessibleName(
                f"Direction drawn as filters, {filters:.0%} of its length squared, and dense maps"
            )
            self.pictures.show_rows(direction_rows(direction, self._style.theme))

    @Slot(str)
    def _show_words(self, words: str) -> None:
        """Show the weight that is pointed at, or else what the direction is."""
        self.direction.setText(words or self._words)


def _spectrum(frame: Frame, decompose: EigenProcess, on_progress: ProgressCallback) -> Spectrum:
    check_slopes(frame.settings)
    batch = BatchKernel().batch_of(frame)
    try:
        return spectrum(batch, frame.parameters, LEADING, on_progress, decompose)
    except SandboxError as error:
        raise SettingsError(f"the eigenvalues were not computed: {error}") from error
