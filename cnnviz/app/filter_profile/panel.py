"""The Filter panel: what one filter responds to, as training goes on."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.app.filter_profile.filter_picture import FilterPicture
from cnnviz.app.filter_profile.patch_row import PatchRow
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.computed_panel import ComputedPanel
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.plot_style import make_plot, style_plot
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.filter_profile import DIGITS, FilterProfile, filter_profile
from cnnviz.numerics.number_format import compact
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.loop.frame import Frame

INTERVAL: Final = 350
"""Milliseconds between two computations while training runs."""
_CHOICES: Final = tuple(Segment(f"Filter {i}", f"what filter {i} responds to") for i in (1, 2, 3))
_HIGHEST: Final = 26 * GRID
"""The largest height of the plot, at the normal scale."""


class FilterPanel(ComputedPanel[tuple[Frame, int, FilterProfile]]):
    """Shows a filter enlarged, its strongest and weakest patches, and its response by digit."""

    def __init__(self, selection: Selection, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__("what a filter responds to", INTERVAL, tasks, "Filter: in words")
        self._style = style
        self._shown: tuple[Frame, int, FilterProfile] | None = None
        self.choice = SegmentedControl("Which filter", _CHOICES, style)
        self.choice.chosen.connect(self._choose)
        self.picture = FilterPicture(style)
        self.strongest, self.weakest = (
            PatchRow(name, style) for name in ("Responds most", "Responds least")
        )
        self._most, self._least = (selectable_label(name) for name in ("most", "least"))
        self.plot = make_plot("Response of the filter by digit", self.columns, "response by digit")
        self.plot.setToolTip(
            "Of every image, the filter's largest response. Dots: the mean of each digit's images; "
            "lines: from the 10th to the 90th percentile."
        )
        self._bars = pg.ErrorBarItem(beam=0)
        self._means = pg.ScatterPlotItem(pxMode=True)
        for item in (self._bars, self._means):
            self.plot.addItem(item)
        for row in (self.strongest, self.weakest):
            row.image_chosen.connect(selection.select_image)
        self._lay_out()
        self.set_style(style)

    def choose(self, i: int) -> None:
        """Show another filter, counted from 0."""
        self.choice.choose(i)
        self._choose()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.choice.set_style(style)
        self.choice.setFixedHeight(round(3.5 * GRID * style.scale))
        for part in (self.picture, self.strongest, self.weakest):
            part.set_style(style)
        self.plot.setMaximumHeight(round(_HIGHEST * style.scale))
        self.plot.setMinimumHeight(round(0.5 * _HIGHEST * style.scale))
        style_plot(self.plot, style, "digit (mean, 10–90 % of images)", "largest C")
        self.plot.getAxis("bottom").setTicks([[(d, str(d)) for d in range(DIGITS)]])
        self._redraw()

    def sizeHint(self) -> QSize:
        """Return a size that shows everything."""
        return QSize(45 * GRID, 80 * GRID)

    def columns(self) -> list[tuple[str, NDArray[Any]]]:
        """Return the response by digit."""
        if self._shown is None:
            return []
        profile = self._shown[2]
        return [
            ("digit", np.arange(DIGITS)),
            ("images", profile.counts),
            ("mean of the largest response", profile.mean),
            ("10th percentile", profile.low),
            ("90th percentile", profile.high),
        ]

    def _lay_out(self) -> None:
        body = QWidget()
        top = QHBoxLayout()
        fill_box(top, self.picture, self.words, stretched=self.words, spacing=2 * GRID)
        parts = self._most, self.strongest, self._least, self.weakest, self.plot
        margins, column = (GRID, GRID // 2, GRID, GRID // 2), QVBoxLayout(body)
        fill_box(column, self.choice, top, *parts, None, spacing=GRID // 2, margins=margins)
        area = scrolled(body)
        fill_box(QVBoxLayout(self), area, stretched=area)

    @Slot()
    def _choose(self) -> None:
        self._computed = (None, None, None, None)
        if self._frame is not None and self.isVisible():
            self._draw(self._frame)

    def _computation(
        self, frame: Frame
    ) -> Callable[[ProgressCallback], tuple[Frame, int, FilterProfile]]:
        i, subset = self.choice.index, frame.settings.subset

        def compute(on_progress: ProgressCallback) -> tuple[Frame, int, FilterProfile]:
            data = frame.dataset.first(subset)
            weights = frame.parameters.f[:, :, i].T
            with blas_on_one_thread():
                return frame, i, filter_profile(data.images, data.labels, weights, on_progress)

        return compute

    def _show(self, result: tuple[Frame, int, FilterProfile]) -> None:
        self._shown = result
        self._redraw()

    def _redraw(self) -> None:
        if self._shown is None:
            return
        frame, i, profile = self._shown
        weights = frame.parameters.f[:, :, i].T
        self.picture.show_filter(i, weights)
        self.words.setText(summary(weights, profile))
        alike = profile.strongest[0].response == profile.weakest[0].response
        self._most.setText(_most_words(i, profile, alike=alike))
        self._least.setText(_least_words(profile))
        for part in (self._least, self.weakest):
            part.setHidden(alike)
        self.strongest.show_patches(profile.strongest, frame.dataset, i)
        self.weakest.show_patches(profile.weakest, frame.dataset, i)
        self._draw_digits(profile, self._style.theme.filters[i])

    def _draw_digits(self, profile: FilterProfile, colour: str) -> None:
        known = np.flatnonzero(profile.counts)
        mean, scale = profile.mean[known], self._style.scale
        self._bars.setData(
            x=known,
            y=mean,
            top=profile.high[known] - mean,
            bottom=mean - profile.low[known],
            pen=pg.mkPen(colour, width=2 * scale),
        )
        self._means.setData(known, mean, size=GRID * scale, brush=pg.mkBrush(colour), pen=None)
        view = self.plot.getPlotItem().getViewBox()
        view.setXRange(-0.5, DIGITS - 0.5, padding=0)
        low, high = profile.low[known].min(), profile.high[known].max()
        view.setYRange(float(low), float(high) if high > low else float(low) + 1, padding=0.1)


def summary(weights: NDArray[Any], profile: FilterProfile) -> str:
    """Return the main numbers in words: the range of the weights, and the extreme digits."""
    known = np.flatnonzero(profile.counts)
    most = int(known[profile.mean[known].argmax()])
    least = int(known[profile.mean[known].argmin()])
    lowest, highest = (compact(float(end), 2) for end in (weights.min(), weights.max()))
    span = f"Weights from {lowest} to {highest}."
    if lowest == highest:
        span = f"All weights are {lowest}."
    if most == least:
        return span
    return (
        f"{span} Its largest response in an image is highest for {most}, on average "
        f"{compact(float(profile.mean[most]))}, and lowest for {least}, "
        f"{compact(float(profile.mean[least]))}."
    )


def _most_words(i: int, profile: FilterProfile, *, alike: bool) -> str:
    if alike:
        response = compact(profile.strongest[0].response)
        return f"Filter {i + 1} responds alike to every patch, C = {response}"
    return f"Filter {i + 1} responds most to"


def _least_words(profile: FilterProfile) -> str:
    if all(patch.response == 0 for patch in profile.weakest):
        return "and least to paper without ink, C = 0"
    return "and least to"
