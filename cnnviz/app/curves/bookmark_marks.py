"""Bookmarks on a curve: small flags at the bottom."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPainter

from cnnviz.app.curves.bookmark_flag import FLAG, flag
from cnnviz.app.curves.overlay import Overlay
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.training.run.branch import Bookmark


class BookmarkMarks(Overlay):
    """Flags at the bookmarked iterations."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view, 5)
        self._bookmarks: tuple[Bookmark, ...] = ()
        self._iterations = np.empty(0)
        self._colour, self._size = QColor(), float(FLAG)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._colour, self._size = QColor(style.theme.text), FLAG * style.scale
        self.update()

    def set_bookmarks(self, bookmarks: tuple[Bookmark, ...]) -> None:
        """Mark these bookmarks."""
        if bookmarks != self._bookmarks:
            self._bookmarks = bookmarks
            self._iterations = np.array([b.iteration for b in bookmarks], float)
            self.setVisible(bool(bookmarks))
            self.update()

    @property
    def height(self) -> float:
        """Height of the flags at the bottom, in pixels; 0 if there are none."""
        return 1.5 * self._size if self._bookmarks else 0.0

    def name_near(self, x: float) -> str:
        """Return the name of the nearest bookmark within a few pixels, or ""."""
        distances = np.abs(self._x(self._iterations) - x)
        near = len(distances) and distances.min() <= GRID
        return self._bookmarks[distances.argmin()].name if near else ""

    def names_at(self, iteration: int) -> list[str]:
        """Return the names of the bookmarks at an iteration."""
        return [bookmark.name for bookmark in self._bookmarks if bookmark.iteration == iteration]

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the flags."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(self._colour)
        for x in self._x(self._iterations).tolist():
            painter.drawPolygon(flag(x, self._view.height(), self._size))
