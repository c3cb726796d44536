"""The contents of the Network panel, and their painting on any widget."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import perf_counter
from typing import Final

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from cnnviz.app.cells.cell import Cell, Column, Shown
from cnnviz.app.cells.edits import changed_cells
from cnnviz.app.look.style import Style
from cnnviz.app.network.backdrop import paint_backdrop, paint_scales
from cnnviz.app.network.caption_painter import paint_image_caption, paint_output
from cnnviz.app.network.caption_text import Captions, captions
from cnnviz.app.network.frame_images import FrameImages, Scale
from cnnviz.app.network.layout import Tile, lay_out
from cnnviz.app.network.outlines import paint_outlines
from cnnviz.app.network.style import network_style
from cnnviz.app.network.zoom import Part
from cnnviz.training.loop.frame import Frame

_CAPTIONS_INTERVAL: Final = 0.2
"""Seconds between captions while training runs: nobody can read more."""
_SHARPNESS: Final = 2
"""Pixels of an image in a drawing, at least, for each of the screen: viewers smooth images that
they enlarge."""
_LINKED: Final = (
    (Column.IMAGE,),
    (Column.FILTERS,),
    (Column.MAPS, Column.DENSE),  # cell by cell, the same units
)
"""Columns that show the same part of all their matrices."""


@contextmanager
def _painting(pixmap: QPixmap) -> Iterator[QPainter]:
    painter = QPainter(pixmap)
    yield painter
    painter.end()


class NetworkPainting(QObject):
    """The newest frame, laid out and painted; the cells under the pointer, chosen and edited."""

    outdated = Signal(QRect)
    """Carries the part that is to be painted again."""
    laid_out = Signal()
    """The `layout` changed: the size, the style, or the parts of matrices in view."""
    rescaled = Signal()
    """The `scales` changed."""
    hovered_changed = Signal()
    """Another cell, or none, is `hovered`."""
    chosen_changed = Signal()
    """Another cell, or none, is `chosen`."""

    def __init__(self, style: Style, parent: QObject) -> None:
        super().__init__(parent)
        self.style = network_style(style)
        self.shown = Shown()
        self.hovered: Cell | None = None
        """The cell under the pointer."""
        self.chosen: Cell | None = None
        """The cell chosen with the mouse or the keyboard."""
        self.frame: Frame | None = None
        """The newest frame that was shown."""
        self.captions: Captions | None = None
        """The texts beside the matrices."""
        self._changed: frozenset[Cell] = frozenset()
        self._images = FrameImages()
        self._captioned = float("-inf")  # when the captions were made, in seconds
        self._backdrop: QPixmap | None = None  # the parts that no frame changes
        self._marked: QPixmap | None = None  # the same with the numbers of the colour bars
        self._ground: QPixmap | None = None  # the same with captions
        self._painted_scales: tuple[Scale, ...] = ()
        self._painted_captions: Captions | None = None
        self._size = QSize()
        self._home = lay_out(0, 0, self.style.metrics)
        self.layout = self._home
        """The rectangles of everything."""
        self._parts = {tile.column: tile.part for tile in self._home.tiles}
        self._tiled = QRect()  # around all tiles
        self._numbers = QRect()  # around all but the image
        self._sources: tuple[QRect | QRectF, ...] = ()  # the tiles' parts of their columns' images

    @property
    def scales(self) -> tuple[Scale, ...]:
        """The words at the colour bars, from left to right; empty before a frame."""
        return self._images.scales

    @property
    def is_zoomed(self) -> bool:
        """Whether some matrices are in view only in part."""
        return not all(part.is_whole for part in self._parts.values())

    def resize(self, size: QSize) -> None:
        """Lay everything out in a size."""
        self._size = size
        self._lay_out()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.style = network_style(style)
        self._lay_out()

    def show_frame(self, frame: Frame, shown: Shown) -> None:
        """Show a frame; repaint only its changes."""
        texts, changed = self._captions_of(frame), changed_cells(frame)
        self.frame = frame
        if shown != self.shown:
            self.shown = shown
            self._backdrop = None
        scales = self.scales
        drawn = self._images.convert(frame, shown, self.style.theme, perf_counter())
        rescaled = scales != self.scales
        if self._backdrop is None:
            self._update_all()
        elif texts is not self.captions or changed != self._changed or rescaled:
            self._update_body()
        elif drawn:
            self.outdated.emit(self._tiled if Column.IMAGE in drawn else self._numbers)
        self.captions, self._changed = texts, changed
        if rescaled:
            self.rescaled.emit()

    def choose(self, cell: Cell | None) -> None:
        """Choose a cell, or none."""
        if cell != self.chosen:
            self.chosen = cell
            self._update_body()
            self.chosen_changed.emit()

    def hover(self, cell: Cell | None) -> None:
        """Take a cell, or none, for the one under the pointer."""
        if cell != self.hovered:
            self.hovered = cell
            self._update_body()
            self.hovered_changed.emit()

    def zoom(self, tile: Tile, factor: float, x: float, y: float) -> None:
        """Enlarge a tile's column, and those linked with it, around a point of the matrix."""
        self._show_part(tile.column, tile.part.zoomed(factor, x, y))

    def pan(self, tile: Tile, pixels: QPointF) -> None:
        """Move a tile's column, and those linked with it, with the pointer."""
        part = tile.part.moved(-pixels.x() / tile.scale, -pixels.y() / tile.scale)
        self._show_part(tile.column, part)

    def show_cell(self, cell: Cell) -> None:
        """Bring a cell into view."""
        self._show_part(cell.column, self._parts[cell.column].showing(cell.row, cell.col))

    def show_all(self) -> None:
        """Show every matrix as a whole again."""
        for column, *_ in _LINKED:
            self._show_part(column, Part.whole(self._parts[column].side))

    def hold(self, quantity: str, low: float, high: float) -> None:
        """Keep the range of a quantity's colours."""
        self._images.hold(quantity, low, high)
        self._redraw()

    def follow(self, quantity: str) -> None:
        """Let the range of a quantity's colours follow its values again."""
        self._images.follow(quantity)
        self._redraw()

    def paint(self, painter: QPainter, ratio: float) -> None:
        """Paint with `ratio` device pixels a pixel; what frames leave as it is, from a store."""
        painter.drawPixmap(0, 0, self._painted_ground(ratio))
        if self.captions is None:
            return
        for tile, source in self._tiles():
            self._paint_tile(painter, tile, tile.rect, source)
        self._paint_outlines(painter)

    def paint_all(self, painter: QPainter) -> None:
        """Paint everything into a drawing of lines and letters, which can't clip an image."""
        painter.fillRect(QRect(QPoint(), self._size), QColor(self.style.theme.panel))
        paint_backdrop(painter, self.layout, self.style, self.shown)
        if self.captions is None:
            return
        paint_scales(painter, self.scales, self.layout, self.style)
        paint_image_caption(painter, self.captions, self.layout, self.style)
        paint_output(painter, self.captions, self.layout, self.style)
        sharpness = max(_SHARPNESS, ceil(painter.deviceTransform().m11()))
        for tile, source in self._tiles():
            enlarged = QImage(tile.rect.size() * sharpness, QImage.Format.Format_RGB32)
            inner = QPainter(enlarged)
            self._paint_tile(inner, tile, enlarged.rect(), source)
            inner.end()
            painter.drawImage(tile.rect, enlarged)
        self._paint_outlines(painter)

    def _redraw(self) -> None:
        if self.frame is not None:
            self.show_frame(self.frame, self.shown)

    def _show_part(self, column: Column, part: Part) -> None:
        linked = next(columns for columns in _LINKED if column in columns)
        if part == self._parts[column]:
            return
        self._parts |= dict.fromkeys(linked, part)
        self._use_parts()
        self.hover(None)
        self._update_body()
        self.laid_out.emit()

    def _lay_out(self) -> None:
        self._home = lay_out(self._size.width(), self._size.height(), self.style.metrics)
        self._use_parts()
        # One rectangle, because Qt draws images many times as slowly when it clips to several.
        self._numbers = QRect()
        image, *numbers = (tile.rect for tile in self.layout.tiles)
        for rect in numbers:
            self._numbers |= rect
        self._tiled = self._numbers | image
        self._backdrop = None
        self.hover(None)
        self.laid_out.emit()
        self._update_all()

    def _use_parts(self) -> None:
        self.layout, self._sources = self._home.with_parts(self._parts), ()

    def _update_all(self) -> None:
        self.outdated.emit(QRect(QPoint(), self._size))

    def _update_body(self) -> None:
        self.outdated.emit(self.layout.body.toAlignedRect())

    def _captions_of(self, frame: Frame) -> Captions:
        """Return captions of a frame: the same ones if they are equal.

        While training runs, they may be slightly older.
        """
        now, view = perf_counter(), frame.image
        if (
            self.captions is not None
            and self.frame is not None
            and frame.running
            and view.index == self.frame.image.index
            and view.outside is self.frame.image.outside
            and now < self._captioned + _CAPTIONS_INTERVAL
        ):
            return self.captions
        self._captioned, new = now, captions(view)
        return self.captions if new == self.captions else new

    def _painted_ground(self, ratio: float) -> QPixmap:
        """Return backdrop, scales and captions, repainted only if they changed: text is slow."""
        style, layout, texts = self.style, self.layout, self.captions
        if self._backdrop is None or self._backdrop.devicePixelRatio() != ratio:
            self._backdrop = QPixmap((QSizeF(self._size) * ratio).toSize())
            self._backdrop.setDevicePixelRatio(ratio)
            self._backdrop.fill(QColor(style.theme.panel))
            with _painting(self._backdrop) as painter:
                paint_backdrop(painter, layout, style, self.shown)
            self._marked = None
        if texts is None:
            return self._backdrop
        if self._marked is None or self._painted_scales != self.scales:
            self._painted_scales = self.scales
            self._marked, self._ground = QPixmap(self._backdrop), None
            with _painting(self._marked) as painter:
                paint_scales(painter, self.scales, layout, style)
        before, self._painted_captions = self._painted_captions, texts
        if self._ground is None or before is None or before.image != texts.image:
            self._ground = QPixmap(self._marked)
            with _painting(self._ground) as painter:
                paint_image_caption(painter, texts, layout, style)
                paint_output(painter, texts, layout, style)
        elif before != texts:  # a whole large pixmap is slow to copy
            with _painting(self._ground) as painter:
                painter.setClipRect(layout.output)
                painter.drawPixmap(0, 0, self._marked)
                paint_output(painter, texts, layout, style)
        return self._ground

    def _tiles(self) -> Iterator[tuple[Tile, QRect | QRectF]]:
        """Return each tile with its part of its column's image."""
        tiles = self.layout.tiles
        if not self._sources:  # a rectangle takes as long to make as to paint
            self._sources = tuple(self._source(tile) for tile in tiles)
        return zip(tiles, self._sources, strict=True)

    def _source(self, tile: Tile) -> QRect | QRectF:
        part = tile.part
        top = self._images[tile.column].top + tile.i * part.side
        if part.is_whole:  # whole numbers are faster
            return QRect(0, top, part.side, part.side)
        return QRectF(part.left, top + part.top, part.size, part.size)

    def _paint_tile(
        self, painter: QPainter, tile: Tile, rect: QRect, source: QRect | QRectF
    ) -> None:
        image = self._images[tile.column].image
        if isinstance(source, QRect):
            painter.drawImage(rect, image, source)
        else:
            painter.drawImage(QRectF(rect), image, source)

    def _paint_outlines(self, painter: QPainter) -> None:
        paint_outlines(
            painter,
            self.layout,
            self.style,
            changed=self._changed,
            chosen=self.chosen,
            hovered=self.hovered,
        )
