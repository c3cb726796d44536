"""The contents of a plot of curves, read by pyqtgraph's public interface."""

from typing import TypeVar

import pyqtgraph as pg
from PySide6.QtCore import Qt

from cnnviz.app.curves.crosshair import Dot
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.curves.overlay import Overlay

T = TypeVar("T")
AnOverlay = TypeVar("AnOverlay", bound=Overlay)


def curve(plot: CurvePlot) -> pg.PlotCurveItem:
    """Return the curve of the current branch, which is in front."""
    return max(plot.getPlotItem().listDataItems(), key=lambda item: item.zValue())


def branch_curves(plot: CurvePlot) -> list[pg.PlotCurveItem]:
    """Return the curves of other branches."""
    return [item for item in plot.getPlotItem().listDataItems() if item is not curve(plot)]


def dot(plot: CurvePlot) -> Dot:
    """Return the dot at the current state."""
    return min(_items(plot, Dot), key=lambda item: item.zValue())


def playhead(plot: CurvePlot) -> pg.InfiniteLine:
    """Return the solid line at the current iteration."""
    return _lines(plot)[Qt.PenStyle.SolidLine]


def crosshair_dot(plot: CurvePlot) -> Dot:
    """Return the dot under the pointer, which is in front."""
    return max(_items(plot, Dot), key=lambda item: item.zValue())


def crosshair_line(plot: CurvePlot) -> pg.InfiniteLine:
    """Return the dotted line under the pointer."""
    return _lines(plot)[Qt.PenStyle.DotLine]


def crosshair_text(plot: CurvePlot) -> pg.TextItem:
    """Return the box of text beside the crosshair."""
    (item,) = _items(plot, pg.TextItem)
    return item


def read_lines(plot: CurvePlot) -> list[str]:
    """Return the lines of text beside the crosshair."""
    return crosshair_text(plot).toPlainText().splitlines()


def overlay(plot: CurvePlot, kind: type[AnOverlay]) -> AnOverlay:
    """Return the marks, flags or names over the plot."""
    (item,) = (item for item in plot.getViewBox().childItems() if isinstance(item, kind))
    return item


def _lines(plot: CurvePlot) -> dict[Qt.PenStyle, pg.InfiniteLine]:
    return {line.pen.style(): line for line in _items(plot, pg.InfiniteLine)}


def _items(plot: CurvePlot, kind: type[T]) -> list[T]:
    return [item for item in plot.getPlotItem().items if isinstance(item, kind)]
