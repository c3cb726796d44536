"""The one widget that paints all of the Network panel's pictures."""

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
"""Seconds between numbers while training runs: nobody reads more of them."""
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier


@contextmanager
def _painting(pixmap: QPixmap) -> Iterator[QPainter]:
    painter = QPainter(pixmap)
    yield painter
    painter.end()


class NetworkPicture(QWidget):
    """Knows where the pointer is, and which cell is chosen, and outlines both.

    It has no axes, and is painted with every frame: a view and a scene would be in the way.
    """

    laid_out = Signal()
    """Everything may stand elsewhere now: see `places`."""
    hovered_changed = Signal()
    """The pointer is over another cell, or over none: see `hovered`."""
    chosen_changed = Signal()
    """Another cell is chosen, or none: see `chosen`."""
    edit_requested = Signal()
    """The chosen cell's value is to be changed: a double click, Enter or F2."""
    moved = Signal(int, int)
    """Ctrl and an arrow key: carries columns and rows."""
    menu_requested = Signal(QPoint)
    """A menu for the chosen cell is wanted; carries the place on the screen."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = network_style(style)
        self._shown = Shown()
        self._pictures = FrameImages()
        self._captions: Captions | None = None
        self._image = -1  # whose captions they are
        self._captioned = float("-inf")  # when the captions were taken, in seconds
        self._backdrop: QPixmap | None = None  # what no frame changes
        self._marked: QPixmap | None = None  # with the numbers at the scales
        self._ground: QPixmap | None = None  # and with captions
        self._scales: tuple[tuple[float, float], ...] = ()
        self._said: Captions | None = None
        self._hovered: Cell | None = None
        self._chosen: Cell | None = None
        self._changed: frozenset[Cell] = frozenset()
        self._places = lay_out(0, 0, self._style.metrics)
        self._pictured = QRect()  # around every picture
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        # All of it is covered: nothing need be painted beneath.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def metrics(self) -> Metrics:
        """Sizes that follow from the type."""
        return self._style.metrics

    @property
    def places(self) -> NetworkLayout:
        """Where everything stands."""
        return self._places

    @property
    def shown(self) -> Shown:
        """Which quantities the maps show."""
        return self._shown

    @property
    def hovered(self) -> Cell | None:
        """The cell under the pointer."""
        return self._hovered

    @property
    def chosen(self) -> Cell | None:
        """The cell that was clicked, or reached with the keyboard."""
        return self._chosen

    def choose(self, cell: Cell | None) -> None:
        """Choose a cell, or none."""
        if cell != self._chosen:
            self._chosen = cell
            self._update_body()
            self.chosen_changed.emit()

    @property
    def changed(self) -> frozenset[Cell]:
        """The cells that are marked as changed by hand."""
        return self._changed

    @property
    def captions(self) -> Captions | None:
        """What is said beside the pictures."""
        return self._captions

    @property
    def pictures(self) -> FrameImages:
        """What is drawn."""
        return self._pictures

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = network_style(style)
        self._lay_out()

    def show_frame(self, frame: Frame, shown: Shown) -> None:
        """Show a frame; what is drawn already is not drawn again."""
        said, marked = self._captions_of(frame), changed_cells(frame)
        if shown != self._shown:
            self._shown = shown
            self._backdrop = None
        scales = self._pictures.scales if self._pictures else ()
        drawn = self._pictures.convert(frame, shown, self._style.theme)
        if self._backdrop is None:
            self.update()
        elif said != self._captions or marked != self._changed or scales != self._pictures.scales:
            self._update_body()
        elif drawn:
            self.update(self._pictured)
        self._captions, self._changed = said, marked

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, or change the chosen cell."""
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
        """Ask to change the cell under the pointer."""
        self.choose(self._cell_at(event.position()))
        self.edit_requested.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the cell under the pointer."""
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
            self._paint_pictures(painter)
            self._paint_outlines(painter)
        painter.end()

    def _lay_out(self) -> None:
        self._places = lay_out(self.width(), self.height(), self._style.metrics)
        # One rectangle: where Qt clips to several, it draws pictures many times as slowly.
        self._pictured = QRect()
        for picture in self._places.pictures:
            self._pictured |= picture.rect
        self._backdrop = None
        self._hover(None)
        self.laid_out.emit()
        self.update()

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self._update_body()
            self.hovered_changed.emit()

    def _cell_at(self, place: QPointF) -> Cell | None:
        return self._places.cell_at(place.x(), place.y())

    def _update_body(self) -> None:
        self.update(self._places.body.toAlignedRect())

    def _captions_of(self, frame: Frame) -> Captions:
        """Return a frame's captions; while training runs, those of shortly before do."""
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
        """Return what is painted anew only where it says something else: text is slow to paint."""
        style, places, said = self._style, self._places, self._captions
        if self._backdrop is None or self._backdrop.devicePixelRatio() != ratio:
            self._backdrop = backdrop(QSizeF(self.size()), ratio, places, style, self._shown)
            self._marked = None
        if said is None:
            return self._backdrop
        if self._marked is None or self._scales != self._pictures.scales:
            self._scales = self._pictures.scales
            self._marked, self._ground = QPixmap(self._backdrop), None
            with _painting(self._marked) as painter:
                painter.setFont(style.small_number)
                for (low, high), bar, marks in zip(
                    self._scales, places.bars, places.bar_marks, strict=True
                ):
                    paint_bar_marks(painter, bar, marks, low, high, style.theme)
        if self._ground is None or self._said != said:
            self._said, self._ground = said, QPixmap(self._marked)
            with _painting(self._ground) as painter:
                paint_captions(painter, said, places, style)
        return self._ground

    def _paint_pictures(self, painter: QPainter) -> None:
        for picture in self._places.pictures:
            drawn = self._pictures[picture.column]
            side = drawn.array.shape[-1]
            place = QRect(0, drawn.top + picture.i * side, side, side)
            painter.drawImage(picture.rect, drawn.image, place)

    def _paint_outlines(self, painter: QPainter) -> None:
        places, theme = self._places, self._style.theme
        for changed in self._changed:
            self._outline(painter, places.cell_rect(changed), theme.accent)
        if self._chosen is not None:
            self._outline(painter, places.cell_rect(self._chosen), theme.text)
        cell = self._hovered
        if cell is None:
            return
        if cell.column in (Column.MAPS, Column.DENSE):
            other = Column.DENSE if cell.column is Column.MAPS else Column.MAPS
            field = Cell(Column.IMAGE, 0, cell.row, cell.col)
            self._outline(painter, places.cell_rect(field, FILTER_SIZE), theme.filters[cell.i])
            self._outline(
                painter, places.cell_rect(Cell(other, cell.i, cell.row, cell.col)), theme.muted
            )
        self._outline(painter, places.cell_rect(cell), theme.text)

    def _outline(self, painter: QPainter, rect: QRect, colour: str) -> None:
        """Outline a rectangle from outside, in a colour that a ring sets off from any picture."""
        stroke = max(1, round(self._style.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for distance, ring in ((3 * stroke, self._style.theme.panel), (2 * stroke, colour)):
            pen = QPen(QColor(ring), stroke)
            painter.setPen(pen)
            grown = distance - stroke // 2
            painter.drawRect(rect.adjusted(-grown, -grown, grown - 1, grown - 1))
