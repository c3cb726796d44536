"""Drawings over a plot, in pixels."""

from typing import cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Slot


class Overlay(pg.GraphicsObject):  # type: ignore[misc]
    """Base of the marks and labels that keep their size whatever the range of a view.

    It is visible only if there are some: else the scene asks Python for an empty drawing.
    """

    def __init__(self, view: pg.ViewBox, z: float) -> None:
        super().__init__(view)
        self._view = view
        self.setZValue(z)
        self.hide()
        view.sigXRangeChanged.connect(self._update)
        view.sigResized.connect(self._update)

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def _x(self, iterations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the positions of iterations, in pixels from the left."""
        low, high = self._view.viewRange()[0]
        positions = (iterations - low) / (high - low) * self._view.width()
        return cast("NDArray[np.float64]", positions)

    @Slot()
    def _update(self) -> None:
        self.prepareGeometryChange()
        self.update()
