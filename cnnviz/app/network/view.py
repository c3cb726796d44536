"""The widget that paints the Network panel's matrices and captions."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from cnnviz.app.cells.cell import Cell, Column, Shown
from cnnviz.app.cells.edits import changed_cells
from cnnviz.app.look.style import Style
from cnnviz.app.network.backdrop import backdrop
from cnnviz.app.network.caption_painter import paint_captions
from cnnviz.app.network.caption_text import Captions, captions
from cnnviz.app.network.frame_images import FrameImages
from cnnviz.app.network.layout import Metrics, NetworkLayout, lay_out
from cnnviz.app.network.style import network_style
from cnnviz.app.widgets.arrow_keys import ENTER, MOVES
from cnnviz.app.widgets.colour_bar import paint_bar_marks
from cnnviz.numerics.network import FILTER_SIZE
from cnnviz.training.loop.frame import Frame

_CAPTIONS_INTERVAL: Final = 0.2
"""Seconds between captions while training runs: nobody can read more."""
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier


@contextmanager
def _painting(pixmap: QPixmap) -> Iterator[QPainter]:
    painter = QPainter(pixmap)
    yield painter
    painter.end()


class NetworkView(QWidget):
    """Paints every frame; outlines the cell under the pointer, the chosen cell and edited ones.

    It paints directly, since a scene without axes would only cost time with every frame.
    """

    laid_out = Signal()
    """The `network_layout` changed."""
    hovered_changed = Signal()
    """Another cell, or none, is `hovered`."""
    chosen_changed = Signal()
    """Another cell, or none, is `chosen`."""
    edit_requested = Signal()
    """The value of the chosen cell is to be edited: a double click, Enter or F2."""
    moved = Signal(int, int)
    """Ctrl and an arrow key were pressed; carries columns and rows."""
    menu_requested = Signal(QPoint)
    """A context menu for the chosen cell is to be shown; carries its position on the screen."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = network_style(style)
        self._shown = Shown()
        self._images = FrameImages()
        self._captions: Captions | None = None
        self._image = -1  # the image that the captions describe
        self._captioned = float("-inf")  # when the captions were made, in seconds
        self._backdrop: QPixmap | None = None  # what no frame changes
        self._marked: QPixmap | None = None  # the same with the numbers of the colour bars
        self._ground: QPixmap | None = None  # the same with captions
        self._scales: tuple[tuple[float, float], ...] = ()
        self._painted_captions: Captions | None = None
        self._hovered: Cell | None = None
        self._chosen: Cell | None = None
        self._changed: frozenset[Cell] = frozenset()
        self._layout = lay_out(0, 0, self._style.metrics)
        self._tiled = QRect()  # around all tiles
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        # It covers all of itself, so that Qt need not paint anything beneath.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def metrics(self) -> Metrics:
        """Sizes that follow from the type."""
        return self._style.metrics

    @property
    def network_layout(self) -> NetworkLayout:
        """The rectangles of everything."""
        return self._layout

    @property
    def hovered(self) -> Cell | None:
        """The cell under the pointer."""
        return self._hovered

    @property
    def chosen(self) -> Cell | None:
        """The cell chosen with the mouse or the keyboard."""
        return self._chosen

    @property
    def changed(self) -> frozenset[Cell]:
        """The cells marked as edited."""
        return self._changed

    @property
    def captions(self) -> Captions | None:
        """The texts beside the matrices."""
        return self._captions

    @property
    def images(self) -> FrameImages:
        """The drawn matrices."""
        return self._images

    def choose(self, cell: Cell | None) -> None:
        """Choose a cell, or none."""
        if cell != self._chosen:
            self._chosen = cell
            self._update_body()
            self.chosen_changed.emit()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = network_style(style)
        self._lay_out()

    def show_frame(self, frame: Frame, shown: Shown) -> None:
        """Show a frame; repaint only what it changes."""
        texts, marked = self._captions_of(frame), changed_cells(frame)
        if shown != self._shown:
            self._shown = shown
            self._backdrop = None
        scales = self._images.scales
        drawn = self._images.convert(frame, shown, self._style.theme)
        if self._backdrop is None:
            self.update()
        elif texts != self._captions or marked != self._changed or scales != self._images.scales:
            self._update_body()
        elif drawn:
            self.update(self._tiled)
        self._captions, self._changed = texts, marked

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the panel out again."""
        super().resizeEvent(event)
        self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to another cell, or edit the chosen one."""
        key = Qt.Key(event.key())
        if key in MOVES and event.modifiers() & _CONTROL:
            self.moved.emit(*MOVES[key])
        elif key in ENTER or key == Qt.Key.Key_F2:
            self.edit_requested.emit()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Outline the cell under the pointer."""
        self._hover(self._cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the pointer."""
        self.choose(self._cell_at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose and edit the cell under the pointer."""
        self.choose(self._cell_at(event.position()))
        self.edit_requested.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Choose the cell under the pointer and show its menu."""
        self.choose(self._cell_at(QPointF(event.pos())))
        self.menu_requested.emit(event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        """Outline nothing."""
        super().leaveEvent(event)
        self._hover(None)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the newest frame over the backdrop."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._painted_ground(self.devicePixelRatio()))
        if self._captions is not None:
            self._paint_tiles(painter)
            self._paint_outlines(painter)
        painter.end()

    def _lay_out(self) -> None:
        self._layout = lay_out(self.width(), self.height(), self._style.metrics)
        # One rectangle, because Qt draws images many times as slowly when it clips to several.
        self._tiled = QRect()
        for tile in self._layout.tiles:
            self._tiled |= tile.rect
        self._backdrop = None
        self._hover(None)
        self.laid_out.emit()
        self.update()

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self._update_body()
            self.hovered_changed.emit()

    def _cell_at(self, point: QPointF) -> Cell | None:
        return self._layout.cell_at(point.x(), point.y())

    def _update_body(self) -> None:
        self.update(self._layout.body.toAlignedRect())

    def _captions_of(self, frame: Frame) -> Captions:
        """Return captions of a frame; while training runs, they may be slightly older."""
        now, view = perf_counter(), frame.image
        if (
            self._captions is not None
            and frame.running
            and view.index == self._image
            and now < self._captioned + _CAPTIONS_INTERVAL
        ):
            return self._captions
        self._captioned, self._image = now, view.index
        return captions(view)

    def _painted_ground(self, ratio: float) -> QPixmap:
        """Return backdrop, scales and captions, repainted only if they changed: text is slow."""
        style, layout, texts = self._style, self._layout, self._captions
        if self._backdrop is None or self._backdrop.devicePixelRatio() != ratio:
            self._backdrop = backdrop(QSizeF(self.size()), ratio, layout, style, self._shown)
            self._marked = None
        if texts is None:
            return self._backdrop
        if self._marked is None or self._scales != self._images.scales:
            self._scales = self._images.scales
            self._marked, self._ground = QPixmap(self._backdrop), None
            with _painting(self._marked) as painter:
                painter.setFont(style.small_number)
                for (low, high), bar, marks in zip(
                    self._scales, layout.bars, layout.bar_marks, strict=True
                ):
                    paint_bar_marks(painter, bar, marks, low, high, style.theme)
        if self._ground is None or self._painted_captions != texts:
            self._painted_captions, self._ground = texts, QPixmap(self._marked)
            with _painting(self._ground) as painter:
                paint_captions(painter, texts, layout, style)
        return self._ground

    def _paint_tiles(self, painter: QPainter) -> None:
        for tile in self._layout.tiles:
            drawn = self._images[tile.column]
            side = drawn.array.shape[-1]
            place = QRect(0, drawn.top + tile.i * side, side, side)
            painter.drawImage(tile.rect, drawn.image, place)

    def _paint_outlines(self, painter: QPainter) -> None:
        layout, theme = self._layout, self._style.theme
        for changed in self._changed:
            self._outline(painter, layout.cell_rect(changed), theme.accent)
        if self._chosen is not None:
            self._outline(painter, layout.cell_rect(self._chosen), theme.text)
        cell = self._hovered
        if cell is None:
            return
        if cell.column in (Column.MAPS, Column.DENSE):
            other = Column.DENSE if cell.column is Column.MAPS else Column.MAPS
            field = Cell(Column.IMAGE, 0, cell.row, cell.col)
            self._outline(painter, layout.cell_rect(field, FILTER_SIZE), theme.filters[cell.i])
            self._outline(
                painter, layout.cell_rect(Cell(other, cell.i, cell.row, cell.col)), theme.muted
            )
        self._outline(painter, layout.cell_rect(cell), theme.text)

    def _outline(self, painter: QPainter, rect: QRect, colour: str) -> None:
        """Outline a rectangle from outside, set off by a ring in the background's colour."""
        stroke = max(1, round(self._style.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for distance, ring in ((3 * stroke, self._style.theme.panel), (2 * stroke, colour)):
            pen = QPen(QColor(ring), stroke)
            painter.setPen(pen)
            grown = distance - stroke // 2
            painter.drawRect(rect.adjusted(-grown, -grown, grown - 1, grown - 1))
