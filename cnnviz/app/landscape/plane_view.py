"""The picture of the loss over a plane, with the path of the run on it."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from cnnviz.app.landscape.planes import FINEST, Directions, Map, coarse_map, finer_map
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.numerics.landscape.vectors import as_vector
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import loss_texts
from cnnviz.training.loop.frame import Frame

_INTERVAL: Final = 200
"""Milliseconds between drawings of the path while training runs."""
_ABOVE: Final = (1.5, 2.6, -0.5, 3.7, -1.6)
"""Distances of a name above its dot, in its own heights; if negative, it stands below."""
_BENEATH: Final = (-0.5, -1.6, 1.5, 2.6)
"""The same for the state that is shown, whose name stands rather beneath it."""
_KIND: Final = "loss over a plane"
_CHOICES: Final = (
    Segment("Two steps", "the step of the rule in use, and that of the exact gradient"),
    Segment("Two curvatures", "the two directions in which the loss bends most"),
)
_DIRECTIONS: Final[tuple[Directions, ...]] = ("steps", "curvatures")


class PlaneView(FramePanel):
    """Draws the loss over a plane through a state, finer and finer, and the run's path on it."""

    visibility_changed = Signal()
    """The view has been shown or hidden: while it is visible, it needs the path of the run."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__(_INTERVAL)
        self._tasks, self._style = tasks, style
        self._kernels = BatchKernel()
        self._from: Frame | None = None
        self.found: Map | None = None
        self.choice = SegmentedControl("Directions of the plane", _CHOICES, style)
        self.choice.chosen.connect(self.compute)
        tip = "Compute the plane through the state that is shown now"
        self.from_here = tab_button("From here", tip, self.compute)
        self.words = selectable_label("The loss over the plane")
        self.words.setToolTip("The axes are distances in the space of all 1,803 weights")
        name = "Loss over a plane through the state"
        self.plot = make_plot(name, self.columns, "loss over a plane")
        self.plot.read_from(tuple, self.words.text)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.bar = pg.ColorBarItem(interactive=False, width=2 * GRID)
        self.edge, self.path = pg.PlotCurveItem(), pg.PlotCurveItem()
        self.dots = pg.ScatterPlotItem(pxMode=True)
        self.labels: list[pg.TextItem] = []
        """The texts in the plot."""
        for item in (self.image, self.edge, self.path, self.dots):
            self.plot.addItem(item)
        self.bar.setImageItem(self.image, insert_in=self.plot.getPlotItem())
        row = QHBoxLayout()
        fill_box(row, self.choice, self.from_here, stretched=self.choice)
        parts = row, self.words, self.plot
        fill_box(QVBoxLayout(self), *parts, stretched=self.plot, spacing=GRID)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        theme = style.theme
        self.choice.set_style(style)
        self.bar.setColorMap(pg.colormap.get(theme.activation))
        axis = self.bar.getAxis("right") if "right" in self.bar.axes else self.bar.axis
        axis.setPen(theme.line)
        axis.setTextPen(theme.muted)
        axis.setLabel("mean error", color=theme.muted)
        axis.label.setFont(style.scaled(0.9).body_font)
        axis.setStyle(tickFont=style.scaled(0.9).number_font)
        axis.enableAutoSIPrefix(False)
        # In black and white, the path can be seen on every colour of the map, in both themes.
        self.edge.setPen(pg.mkPen("#000000", width=4 * style.scale))
        self.path.setPen(pg.mkPen("#ffffff", width=2 * style.scale))
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the path, and go on with the plane."""
        super().showEvent(event)
        self.visibility_changed.emit()
        if self.found is not None and self._from is not None:
            self._refine()

    def hideEvent(self, event: QHideEvent) -> None:
        """End the computation: its result would not be seen."""
        super().hideEvent(event)
        self.visibility_changed.emit()
        self._tasks.cancel(_KIND)

    def columns(self) -> list[tuple[str, Floats]]:
        """Return the coordinates of each point of the plane, and the loss there."""
        if self.found is None:
            return []
        plane = self.found.plane
        x, y = np.meshgrid(plane.x, plane.y)
        across, up = self.found.names
        return [(across, x.ravel()), (up, y.ravel()), ("loss", plane.loss.ravel())]

    @Slot()
    def compute(self) -> None:
        """Compute the plane through the state that is shown now."""
        frame, kernels = self._frame, self._kernels
        if frame is None or not self.isVisible():
            return
        self._from, self.found = frame, None
        directions = _DIRECTIONS[self.choice.index]
        self._tasks.start(
            _KIND,
            lambda on_progress: coarse_map(frame, directions, kernels, on_progress),
            self._take,
            on_error=self.words.setText,
        )

    def _draw(self, frame: Frame) -> None:
        other_run = self._from is not None and (
            frame.dataset is not self._from.dataset
            or frame.settings.subset != self._from.settings.subset
        )
        left_it = not frame.running and self.found is not None and not self._holds(frame)
        if (self._from is None and frame.path) or other_run or left_it:
            self.compute()
        self._draw_path()

    def _holds(self, frame: Frame) -> bool:
        """Return whether a frame's state lies within the drawn part of the plane."""
        if self.found is None:
            return False
        plane = self.found.plane
        x, y = plane.project(as_vector(frame.parameters)[np.newaxis])[0]
        return bool(plane.x[0] <= x <= plane.x[-1] and plane.y[0] <= y <= plane.y[-1])

    @Slot(object)
    def _take(self, found: Map) -> None:
        self.found = found
        self._show()
        self._refine()

    def _refine(self) -> None:
        """Compute points between the existing ones, unless these are close enough together."""
        found, frame, kernels = self.found, self._from, self._kernels
        if found is None or frame is None or len(found.plane.x) >= FINEST:
            return
        self._tasks.start(
            _KIND,
            lambda on_progress: finer_map(found, frame, kernels, on_progress),
            self._take,
            on_error=self.words.setText,
        )

    def _show(self) -> None:
        found, style = self.found, self._style
        across, up = found.names if found else ("", "")
        style_plot(self.plot, style, across, up)
        if found is None:
            return
        x, y, loss = found.plane.x, found.plane.y, found.plane.loss
        low, high = float(np.nanmin(loss)), float(np.nanmax(loss))
        self.image.setImage(loss, autoLevels=False)
        self.bar.setLevels((low, max(high, low + 1e-12)))
        dx, dy = x[1] - x[0], y[1] - y[0]
        self.image.setRect(
            QRectF(x[0] - dx / 2, y[0] - dy / 2, x[-1] - x[0] + dx, y[-1] - y[0] + dy)
        )
        view = self.plot.getPlotItem()
        view.setXRange(x[0], x[-1], padding=0)
        view.setYRange(y[0], y[-1], padding=0)
        more = ", to be refined" if len(x) < FINEST else ""
        lowest, highest = loss_texts(low, high)
        self.words.setText(
            f"Mean error around iteration {found.iteration:,}: {lowest} to {highest}, at "
            f"{len(x)} × {len(y)} points{more}."
        )
        self._draw_path()

    def _draw_path(self) -> None:
        found, frame = self.found, self._frame
        for label in self.labels:
            self.plot.removeItem(label)
        self.labels = []
        if found is None or frame is None:
            return
        path = _positions(found, frame)
        for line in (self.edge, self.path):
            line.setData(path[:, 0], path[:, 1])
        here = found.plane.project(as_vector(frame.parameters)[np.newaxis])
        dots = np.concatenate([found.steps, path[:1], here])
        names = [f"step: {name}" for name in found.step_names]
        names += [f"iteration {frame.path[0][0]:,}" if frame.path else "", "now"]
        self.dots.setData(
            dots[:, 0],
            dots[:, 1],
            symbol=["d"] * len(found.steps) + ["s", "o"],
            size=1.5 * GRID * self._style.scale,
            brush=pg.mkBrush("#ffffff"),
            pen=pg.mkPen("#000000", width=self._style.scale),
        )
        self._name_dots(names, dots)

    def _name_dots(self, names: list[str], dots: Floats) -> None:
        """Write the names at the dots that are seen, none over another."""
        view = self.plot.getPlotItem().getViewBox()
        (left, right), (bottom, top) = view.viewRange()
        wide, high = view.width() / (right - left), view.height() / (top - bottom)
        metrics = QFontMetricsF(self._style.scaled(0.9).body_font)
        taken: list[QRectF] = []
        for name, (x, y) in zip(names, dots, strict=True):
            if not name or not (left <= x <= right and bottom <= y <= top):
                continue
            width, line = metrics.horizontalAdvance(name) + GRID, metrics.height() + GRID
            share = (x - left) / (right - left)
            at = QPointF((x - left) * wide - share * width, (top - y) * high)
            heights = _BENEATH if name == "now" else _ABOVE
            candidates = [QRectF(at.x(), at.y() - above * line, width, line) for above in heights]
            free = (i for i, p in enumerate(candidates) if not any(map(p.intersects, taken)))
            chosen = next(free, 0)
            taken.append(candidates[chosen])
            label = plot_text(self._style, self._style.theme.text, (share, heights[chosen]))
            label.setText(name)
            label.setPos(x, y)
            self.plot.addItem(label, ignoreBounds=True)
            self.labels.append(label)


def _positions(found: Map, frame: Frame) -> Floats:
    """Return the path of the run up to the state that is shown, on the plane."""
    states = [state for iteration, state in frame.path if iteration < frame.iteration]
    vectors = np.stack([as_vector(state) for state in (*states, frame.parameters)])
    return found.plane.project(vectors)
