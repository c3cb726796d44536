"""The Pull panel: every image as a point, by how it pulls on the weights."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QVBoxLayout

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.pull.image_pulls import ImagePulls, image_pulls, image_words, sentences
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.computed_panel import ComputedPanel
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import compact
from cnnviz.training.loop.frame import Frame

INTERVAL: Final = 500
"""Milliseconds between two computations while training runs."""
MOST: Final = 4_000
"""Points that are drawn; of more images, those that pull most strongly along or across."""
_ACROSS: Final = "pull along the step   (● predicted right, × predicted wrong)"
_UP: Final = ("pull across the step", "change of the mean loss")
_CHOICES: Final = (
    Segment("Across the step", "how strongly each image pulls perpendicular to the step"),
    Segment("Change of the loss", "each image's part of the change of the loss by the step"),
)


class PullPanel(ComputedPanel[ImagePulls]):
    """Draws every image's pull along the last step, and across it; a click selects an image."""

    def __init__(self, selection: Selection, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__("pulls of the images", INTERVAL, tasks, "Pull: pulls")
        self._selection, self._style = selection, style
        self._kernels = BatchKernel()
        self.found: ImagePulls | None = None
        self.choice = SegmentedControl("Vertical axis", _CHOICES, style)
        self.choice.chosen.connect(self._draw_points)
        self.of_image = selectable_label("Pull: selected image")
        name, quantity = (
            "Pull of each image along the last step and across it",
            "pull of each image",
        )
        self.plot = make_plot(name, self.columns, quantity, "xy")
        self.plot.read_from(self._spoken_curves)
        self.points = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip)
        self.points.sigClicked.connect(self._select_clicked)
        self.ring = pg.ScatterPlotItem(pxMode=True)
        """Around the point of the selected image."""
        self._zero = pg.InfiniteLine(0, angle=90)
        self._sides = pg.TextItem(), pg.TextItem()
        for item in (self._zero, self.points, self.ring):
            self.plot.addItem(item)
        margins = (GRID, 0, GRID, GRID)
        parts = self.choice, self.words, self.plot, self.of_image
        fill_box(QVBoxLayout(self), *parts, stretched=self.plot, margins=margins)
        selection.image_changed.connect(self._show_selected)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        theme = style.theme
        self.choice.set_style(style)
        self.choice.setFixedHeight(round(3.5 * GRID * style.scale))
        dashed = pg.mkPen(theme.muted, width=style.scale, style=Qt.PenStyle.DashLine)
        self._zero.setPen(dashed)
        for side in self._sides:
            self.plot.removeItem(side)
        self._sides = (
            plot_text(style, theme.muted, (1.1, 0)),
            plot_text(style, theme.muted, (-0.1, 0)),
        )
        for side, words in zip(self._sides, ("◂ against", "with it ▸"), strict=True):
            side.setText(words)
            self.plot.addItem(side, ignoreBounds=True)
        self._draw_points()

    def sizeHint(self) -> QSize:
        """Return a size that shows the points well."""
        return QSize(60 * GRID, 45 * GRID)

    def columns(self) -> list[tuple[str, NDArray[Any]]]:
        """Return the columns of the export: each image's pull."""
        found = self.found
        if found is None:
            return []
        return [
            ("image", np.arange(len(found.digits))),
            ("digit", found.digits),
            ("predicted right", found.correct.astype(int)),
            ("pull along the step", found.pull.along),
            ("pull across the step", found.pull.across),
            ("change of the mean loss", found.shares),
        ]

    def _spoken_curves(self) -> list[SpokenCurve]:
        """Return the points as one curve, image by image from the left."""
        found = self.found
        if found is None:
            return []
        order = np.argsort(found.pull.along, kind="stable")
        along, up = found.pull.along[order], self._up(found)[order]

        def across(at: int) -> str:
            image = int(order[at])
            return f"image {image}, digit {found.digits[image]}, {_ACROSS} {compact(along[at])}"

        return [SpokenCurve(_UP[self.choice.index], across, along, up)]

    def _computation(self, frame: Frame) -> Callable[[ProgressCallback], ImagePulls]:
        return lambda _on_progress: image_pulls(frame, self._kernels)

    def _show(self, result: ImagePulls) -> None:
        self.found = result
        self.words.setText(sentences(result))
        self._draw_points()

    def _up(self, found: ImagePulls) -> Floats:
        return found.shares if self.choice.index else found.pull.across

    @Slot()
    def _draw_points(self) -> None:
        style, found = self._style, self.found
        up = _UP[self.choice.index]
        style_plot(self.plot, style, _ACROSS, up)
        if found is None:
            return
        along, across = found.pull.along, self._up(found)
        drawn = np.arange(len(along))
        if len(along) > MOST:
            parts = [np.abs(values) / (np.abs(values).max() or 1) for values in (along, across)]
            sizes = parts[0] + parts[1]
            drawn = np.sort(np.argpartition(-sizes, MOST)[:MOST])
        theme = style.theme
        brushes = pg.mkBrush(theme.wrong), pg.mkBrush(theme.accent)
        pens = pg.mkPen(theme.wrong), pg.mkPen(theme.accent)
        is_right = found.correct[drawn]
        self.points.setData(
            along[drawn],
            across[drawn],
            data=drawn,
            symbol=np.where(is_right, "o", "x"),
            size=GRID * style.scale,
            brush=[brushes[int(one)] for one in is_right],
            pen=[pens[int(one)] for one in is_right],
        )
        self._show_selected(self._selection.image)  # before, so that the range holds the ring
        self.plot.getPlotItem().getViewBox().autoRange(padding=0.06)
        (_, _), (_, top) = self.plot.getPlotItem().viewRange()
        for side in self._sides:
            side.setPos(0, top)

    def _tip(self, x: float, y: float, data: Any) -> str:  # noqa: ANN401, ARG002
        return image_words(self.found, int(data)) if self.found is not None else ""

    @Slot(object, object, object)
    def _select_clicked(self, _item: object, points: Any, _event: object) -> None:  # noqa: ANN401
        if len(points):
            self._selection.select_image(int(points[0].data()))

    @Slot(int)
    def _show_selected(self, image: int) -> None:
        found = self.found
        if found is None or image >= len(found.digits):
            self.ring.setData([], [])
            self.of_image.setText("")
            return
        self.of_image.setText(image_words(found, image).capitalize())
        style = self._style
        self.ring.setSize(2 * GRID * style.scale)
        self.ring.setPen(pg.mkPen(style.theme.text, width=2 * style.scale))
        self.ring.setBrush(None)
        self.ring.setData([found.pull.along[image]], [self._up(found)[image]])
