"""The distribution of a tensor's values, as a histogram and in words."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.app.debugger.tensors.tensor_layout import Level, Sheet
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tool_button
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import symbol
from cnnviz.training.debugger.distribution import Distribution, distribution
from cnnviz.training.debugger.view import TensorView

if TYPE_CHECKING:
    from cnnviz.app.debugger.tensors.histogram_plot import HistogramPlot

_HEIGHT: Final = 13 * GRID
"""Height of the histogram at normal size, in pixels."""
_FEW: Final = 100_000
"""Values up to which counting takes at most some milliseconds."""


class DistributionView(QWidget):
    """A histogram, created when it is first shown, of the values that a card is about."""

    cells_marked = Signal(object)
    """Carries the cells of the card's pictures with values in the pointed bar, or None."""

    def __init__(self, tasks: BackgroundTasks, style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._tasks, self._style = tasks, style
        self._plot: HistogramPlot | None = None
        self._wanted: tuple[TensorView, Sheet, int | None] | None = None
        self._counted: tuple[TensorView, int | None] | None = None
        self._shown: Distribution | None = None
        self.words = text_label(look="muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        tip = "Count on a logarithmic scale"
        self.log = tool_button("Log", tip, name="Logarithmic counts")
        self.log.setCheckable(True)
        row = QHBoxLayout()
        fill_box(row, self.words, self.log, stretched=self.words)
        row.setAlignment(self.log, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        fill_box(self._column, row, spacing=0, margins=(GRID, 0, 0, GRID // 2))
        self.set_style(style)

    @property
    def plot(self) -> "HistogramPlot":
        """The histogram; the first access creates it."""
        if self._plot is None:
            from cnnviz.app.debugger.tensors.histogram_plot import (  # noqa: PLC0415  (slow)
                HistogramPlot,
            )

            of = f" of {self._wanted[0].name}" if self._wanted is not None else ""
            self._plot = plot = HistogramPlot(f"distribution{of}")
            plot.set_style(self._style)
            plot.bar_pointed.connect(self._show_bar)
            self.log.toggled.connect(plot.set_log)
            plot.setFixedHeight(self._height)
            self._column.insertWidget(0, plot)
        return self._plot

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        small = style.scaled(0.85).body_font
        for part in (self.words, self.log):
            part.setFont(small)
        self.log.setStyleSheet(f"padding: 1px {GRID // 2}px;")
        # Two lines even if one would do: nothing moves while bars are pointed at.
        self.words.setFixedHeight(2 * self.words.fontMetrics().lineSpacing())
        if self._plot is not None:
            self._plot.set_style(style)
            self._plot.setFixedHeight(self._height)

    def show_tensor(self, view: TensorView, sheet: Sheet, level: Level, image: int) -> None:
        """Show the distribution over all images, or that of the selected one."""
        if view.image is not None:
            chosen: int | None = view.image  # the only one that is there yet
        elif sheet.axis is None or sheet.is_number_per_image or level == "batch":
            chosen = None
        else:
            chosen = image
        self._wanted = view, sheet, chosen
        if self.isVisible():
            self._count()

    def release(self, unless: TensorView | None) -> None:
        """Release the tensor, which may be large, unless it is this one."""
        kept = None if unless is None else unless.values
        if self._wanted is not None and self._wanted[0].values is not kept:
            self._tasks.cancel(self._kind)
            self._wanted = self._counted = self._shown = None

    def showEvent(self, event: QShowEvent) -> None:
        """Count the values of the tensor that is shown now."""
        super().showEvent(event)
        self._count()

    def hideEvent(self, event: QHideEvent) -> None:
        """Mark no cell, and count no longer."""
        super().hideEvent(event)
        if self._tasks.is_busy(self._kind):
            self._tasks.cancel(self._kind)
            self._counted = None
        self.cells_marked.emit(None)

    @property
    def _height(self) -> int:
        return round(_HEIGHT * self._style.scale)

    @property
    def _kind(self) -> str:
        return f"distribution {id(self)}"

    def _count(self) -> None:
        """Count the wanted values, here if they are few, else on a thread."""
        if self._wanted is None:
            return
        view, _, image = self._wanted
        known = self._counted
        if known is not None and known[0].values is view.values and known[1] == image:
            self._show_bar(self.plot.bar)
            return
        self._counted = view, image
        self._tasks.cancel(self._kind)
        if image is not None or view.values.size <= _FEW:
            self._show(distribution(view, image))
            return
        self._shown = None
        self.words.setText("counting…")
        self._tasks.start(
            self._kind,
            lambda _on_progress: distribution(view, image),
            self._show,
            on_error=self.words.setText,
        )

    def _show(self, shown: Distribution) -> None:
        if self._wanted is None:
            return
        view, _, _ = self._wanted
        self._shown = shown
        self.plot.show_distribution(shown, symbol(view.name))
        name = f"Distribution of {symbol(view.name)}"
        self.plot.setAccessibleName(name)
        self.plot.setAccessibleDescription(_description(shown))

    @Slot(object)
    def _show_bar(self, bar: int | None) -> None:
        """Show the numbers of a bar, and mark its cells."""
        if self._shown is None or self._wanted is None:
            return
        shown, (_, sheet, image) = self._shown, self._wanted
        if bar is None:
            whose = "of all images" if sheet.axis is not None else ""
            whose = whose if image is None else f"of image {image}"
            whole = f"{shown.size:,} values {whose}".strip()
            self.words.setText(". ".join([whole, *_outside(shown)]))
            speak(self.plot, "")
            self.cells_marked.emit(None)
            return
        cells: NDArray[np.bool_] = shown.bars(sheet.pictures) == bar
        low, high = (compact(float(edge)) for edge in shown.edges[bar : bar + 2])
        counts = shown.counts[:, bar].tolist()
        if len(counts) > 1:
            each = ", ".join(f"filter {i}: {count:,}" for i, count in enumerate(counts, 1))
        else:
            each = f"{counts[0]:,}"
        marked = int(np.count_nonzero(cells))
        what = ("cell" if marked == 1 else "cells") + (" of the mean" if sheet.is_mean else "")
        self.words.setText(f"{low} to {high}: {each} · {marked:,} {what} marked")
        speak(self.plot, self.words.text())
        self.cells_marked.emit(cells)


def _outside(shown: Distribution) -> list[str]:
    """Say which values are in no bar."""
    kinds = (shown.undefined, "NaN"), (shown.infinite, "infinite")
    found = [f"{count:,} {kind}" for count, kind in kinds if count]
    return [f"In no bar: {' and '.join(found)}"] if found else []


def _description(shown: Distribution) -> str:
    """Describe a histogram for assistive technology."""
    low, high = (compact(float(edge)) for edge in shown.edges[[0, -1]])
    words = [f"{shown.size:,} values from {low} to {high}"]
    for number, counts in enumerate(shown.counts, 1):
        fullest = int(counts.argmax())
        ends = (compact(float(edge)) for edge in shown.edges[fullest : fullest + 2])
        whose = f"filter {number}: " if len(shown.counts) > 1 else ""
        words.append(f"{whose}most, {int(counts[fullest]):,}, are from {' to '.join(ends)}")
    words += [*_outside(shown), f"{int(shown.zero.sum()):,} are exactly 0"]
    if shown.saturated is not None:
        words.append(f"{int(shown.saturated.sum()):,} are saturated")
    return ". ".join(words)
