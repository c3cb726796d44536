"""The pyqtgraph view of the network: pictures to zoom into, colour bars to drag."""

from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from cnnviz.app.cells.cell import Column
from cnnviz.app.look.vector import is_vector
from cnnviz.app.network.layout import Tile
from cnnviz.app.network.level_bar import LevelBar
from cnnviz.app.network.painting import NetworkPainting
from cnnviz.app.network.symbols import Symbol, symbol_at
from cnnviz.app.widgets.arrow_keys import ENTER, MOVES

_CONTROL: Final = Qt.KeyboardModifier.ControlModifier
_ZOOM: Final = 1.02 ** (1 / 8)
"""Factor of the wheel's eighth of a degree, as in pyqtgraph's plots."""
_KEY_ZOOM: Final = 1.5
_RETURNS: Final = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Reasons for which the keyboard comes back from another window or a menu."""
_ZOOM_KEYS: Final = {
    Qt.Key.Key_Plus: _KEY_ZOOM,
    Qt.Key.Key_Equal: _KEY_ZOOM,  # the same key without Shift
    Qt.Key.Key_Minus: 1 / _KEY_ZOOM,
}


class _Pictures(pg.GraphicsObject):  # type: ignore[misc]
    """Paints all pictures: an item for each would cost half of the pace of training."""

    def __init__(self, painting: NetworkPainting) -> None:
        super().__init__()
        self._painting = painting
        self._rect = QRectF()

    def resize(self, rect: QRectF) -> None:
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        del option
        if widget is None or is_vector(painter):  # an export
            self._painting.paint_all(painter)
        else:
            self._painting.paint(painter, widget.devicePixelRatio())


class NetworkView(pg.GraphicsView):  # type: ignore[misc]
    """Shows the painting, outlines the cell under the pointer, zooms and pans the pictures."""

    spoken_value = ""
    edit_requested = Signal()
    """The value of the chosen cell is to be edited: a double click, Enter or F2."""
    moved = Signal(int, int)
    """Ctrl and an arrow key were pressed; carries columns and rows."""
    menu_requested = Signal(QPoint, object)
    """A context menu is to be shown; carries its position on the screen, and the `Column` at which
    it was requested, or None."""
    symbol_pointed = Signal(object)
    """The pointer is on another `Symbol`, or on None."""
    symbol_clicked = Signal(object)
    """Carries the `Symbol` that was clicked."""

    def __init__(self, painting: NetworkPainting, parent: QWidget) -> None:
        super().__init__(parent, background=None)
        self._painting = painting
        self._pressed: QPointF | None = None
        self._panned: Tile | None = None  # as it was when the mouse began to drag it
        self._dragging = False
        self._over_bar = False
        self._by_keys = True  # how the keyboard was last given to it
        self._framed = False  # it has the keyboard, by keys
        self._symbol: Symbol | None = None  # the one under the pointer
        self.setCentralItem(None)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        # The pictures cover all of it, so that Qt need not paint anything beneath.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pictures = _Pictures(painting)
        self.addItem(self._pictures)
        self._bars: dict[Column, LevelBar] = {}  # those that have been pointed at
        painting.outdated.connect(self._update)
        painting.laid_out.connect(self._update_bars)
        painting.rescaled.connect(self._update_bars)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pictures alone, if no colour bar is concerned: the scene takes twice as long.

        pyqtgraph's own paints everything in the scene.
        """
        if self._bars and event.rect().bottom() >= self._painting.layout.bars[0].top() - 1:
            super().paintEvent(event)
            painter = QPainter(self.viewport())
        else:
            painter = QPainter(self.viewport())
            if is_vector(painter):
                self._painting.paint_all(painter)
            else:
                self._painting.paint(painter, self.devicePixelRatio())
        if self._framed:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 3))
            painter.drawRect(self.viewport().rect())
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the pictures have the keyboard, unless a click has given it to them."""
        super().focusInEvent(event)
        if event.reason() not in _RETURNS:
            self._by_keys = event.reason() is not Qt.FocusReason.MouseFocusReason
        self._framed = self._by_keys
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the pictures have no longer the keyboard."""
        super().focusOutEvent(event)
        self._framed = False
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Lay the panel out again."""
        super().resizeEvent(event)
        if hasattr(self, "_pictures"):  # pyqtgraph calls it while it is made
            self._pictures.resize(QRectF(self.rect()))
            self._painting.resize(self.size())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to another cell, edit the chosen one, or zoom."""
        key, chosen = Qt.Key(event.key()), self._painting.chosen
        if key in MOVES and event.modifiers() & _CONTROL:
            self.moved.emit(*MOVES[key])
        elif key in ENTER or key == Qt.Key.Key_F2:
            self.edit_requested.emit()
        elif key in _ZOOM_KEYS and chosen is not None:
            tile = self._painting.layout.tile(chosen.column, chosen.i)
            self._painting.zoom(tile, _ZOOM_KEYS[key], chosen.col + 0.5, chosen.row + 0.5)
        elif key == Qt.Key.Key_0:
            self._painting.show_all()
        else:
            QWidget.keyPressEvent(self, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the picture under the pointer; elsewhere, scroll the area around the panel."""
        at, painting = event.position(), self._painting
        tile = painting.layout.tile_at(at.x(), at.y())
        if tile is None:
            event.ignore()
            return
        painting.zoom(tile, _ZOOM ** event.angleDelta().y(), *tile.position(at.x(), at.y()))
        painting.hover(painting.layout.cell_at(at.x(), at.y()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, or a drag of a picture or a colour bar."""
        at = event.position()
        if self._column_of_bar(at) is not None:
            super().mousePressEvent(event)
            return
        if event.button() == Qt.MouseButton.RightButton:
            return  # the menu follows
        self._pressed = at
        tile = self._painting.layout.tile_at(at.x(), at.y())
        self._panned = None if tile is None or tile.part.is_whole else tile

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Outline the cell under the pointer, or drag."""
        at, painting = event.position(), self._painting
        if self._pressed is None:
            column = self._column_of_bar(at)
            if column is not None:
                self._require_bar(column)
            over = bool(event.buttons()) or column is not None
            if over or self._over_bar:
                super().mouseMoveEvent(event)  # slow
            if self._over_bar and not over:
                self.scene().leaveEvent(event)  # the scene leaves out moves in quick succession
            self._over_bar = over
            cell = None if over else painting.layout.cell_at(at.x(), at.y())
            painting.hover(cell)
            self._point_at(None if over or cell is not None else self._symbol_at(at))
            return
        way = at - self._pressed
        self._dragging |= way.manhattanLength() >= QApplication.startDragDistance()
        if self._dragging and self._panned is not None:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            painting.pan(self._panned, way)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the pointer after a click."""
        at, painting = event.position(), self._painting
        if self._pressed is None:
            super().mouseReleaseEvent(event)
            return
        if event.button() == Qt.MouseButton.LeftButton and not self._dragging:
            cell = painting.layout.cell_at(at.x(), at.y())
            symbol = None if cell is not None else self._symbol_at(at)
            if symbol is None:
                painting.choose(cell)
            else:
                self.symbol_clicked.emit(symbol)
        self._pressed, self._panned, self._dragging = None, None, False
        self._point_at(None)
        self.viewport().unsetCursor()
        cell = painting.layout.cell_at(at.x(), at.y())
        painting.hover(cell)
        if cell is None:
            self._point_at(self._symbol_at(at))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit the cell under the pointer; elsewhere, undo all zooming."""
        at, painting = event.position(), self._painting
        column = self._column_of_bar(at)
        if column is not None:
            painting.follow(painting.scales[column].quantity)
            return
        cell = painting.layout.cell_at(at.x(), at.y())
        if cell is None and self._symbol_at(at) is not None:
            return
        painting.choose(cell)
        if cell is None:
            painting.show_all()
        else:
            self.edit_requested.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Choose the cell under the pointer and show its menu; with the key, the chosen one's."""
        painting, global_position = self._painting, event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            chosen = painting.chosen
            if chosen is not None:
                global_position = self.mapToGlobal(painting.layout.cell_rect(chosen).bottomRight())
            self.menu_requested.emit(global_position, None if chosen is None else chosen.column)
            return
        at = QPointF(event.pos())
        cell = painting.layout.cell_at(at.x(), at.y())
        painting.choose(cell)
        column = self._column_of_bar(at) if cell is None else cell.column
        self.menu_requested.emit(global_position, column)

    def leaveEvent(self, event: QEvent) -> None:
        """Outline nothing."""
        super().leaveEvent(event)
        self._painting.hover(None)
        self._point_at(None)

    def _symbol_at(self, at: QPointF) -> Symbol | None:
        painting = self._painting
        return symbol_at(painting.layout, painting.shown, at, painting.style.scale)

    def _point_at(self, symbol: Symbol | None) -> None:
        if symbol == self._symbol:
            return
        self._symbol = symbol
        if symbol is None:
            self.viewport().unsetCursor()
        else:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.symbol_pointed.emit(symbol)

    def _column_of_bar(self, at: QPointF) -> Column | None:
        layout = self._painting.layout
        for column, bar, marks in zip(Column, layout.bars, layout.bar_marks, strict=True):
            if (bar | marks).contains(at):
                return column
        return None

    @Slot(QRect)
    def _update(self, rect: QRect) -> None:
        self.viewport().update(rect)

    def _require_bar(self, column: Column) -> None:
        """Make a colour bar that can be dragged, where so far one is only painted.

        It is slow to make, and each would take a tenth of every frame.
        """
        if column not in self._bars and self._painting.scales:
            self._bars[column] = bar = LevelBar()
            bar.setZValue(1)
            bar.dragged.connect(self._painting.hold)
            self.addItem(bar)
            self._update_bars()

    @Slot()
    def _update_bars(self) -> None:
        painting = self._painting
        for column, bar in self._bars.items():
            bar.show_scale(painting.scales[column], painting.style, painting.layout.bars[column])
