"""Plots without pyqtgraph's menus, framed while they have the keyboard."""

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPalette, QPen


class FramedPlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that Tab reaches; a click leaves the keyboard to the run.

    Its options are those of `pyqtgraph.PlotWidget`.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(enableMenu=False, **options)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the plot has the keyboard."""
        super().focusInEvent(event)
        self._set_border(pg.mkPen(self.palette().color(QPalette.ColorRole.Highlight)))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the plot has no longer the keyboard."""
        super().focusOutEvent(event)
        self._set_border(None)

    def _set_border(self, pen: QPen | None) -> None:
        if (item := self.getPlotItem()) is not None:  # there is none once the plot is closed
            item.getViewBox().setBorder(pen)
