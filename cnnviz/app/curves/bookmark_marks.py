"""Bookmarks on a curve: small flags at its foot."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QColor, QPainter

from cnnviz.app.curves.bookmark_flag import FLAG, flag
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.training.run.branches import Bookmark


class BookmarkMarks(pg.GraphicsObject):  # type: ignore[misc]
    """Flags in a view's own pixels.

    Parameters
    ----------
    view : pyqtgraph.ViewBox
        What they stand in; x is the iteration.
    """

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self._bookmarks: tuple[Bookmark, ...] = ()
        self._colour, self._size = QColor(), float(FLAG)
        self.setZValue(5)
        view.sigXRangeChanged.connect(self._moved)
        view.sigResized.connect(self._moved)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._colour, self._size = QColor(style.theme.text), FLAG * style.scale
        self.update()

    def set_bookmarks(self, bookmarks: tuple[Bookmark, ...]) -> None:
        """Mark these."""
        if bookmarks != self._bookmarks:
            self._bookmarks = bookmarks
            self.update()

    def name_near(self, x: float) -> str:
        """Return the name of the bookmark within a few pixels of a place; "" for none."""
        near = [b for b in self._bookmarks if abs(self._place(b) - x) <= GRID]
        return min(near, key=lambda b: abs(self._place(b) - x)).name if near else ""

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw what is in view."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(self._colour)
        for bookmark in self._bookmarks:
            painter.drawPolygon(flag(self._place(bookmark), self._view.height(), self._size))

    def _place(self, bookmark: Bookmark) -> float:
        low, high = self._view.viewRange()[0]
        return float((bookmark.iteration - low) / (high - low) * self._view.width())

    @Slot()
    def _moved(self) -> None:
        self.prepareGeometryChange()
        self.update()
