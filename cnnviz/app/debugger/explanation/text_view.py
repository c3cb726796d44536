"""Read-only text with drawings in it: the views This cell and Why?."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QMimeData, QPointF, QRect, QRectF, QSizeF, Qt, QUrl, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPyTextObject,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextOption,
    QTextTable,
    QTextTableCell,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit

from cnnviz.app.debugger.explanation.formats import Formats, linked
from cnnviz.app.debugger.explanation.origin_link import OriginLink
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.picture_file import Picture, copy_picture
from cnnviz.app.widgets.arrow_keys import MOVES, move_of
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.training.debugger.point import Point

Part = tuple[str, QTextCharFormat]
"""A piece of a line: text and its format."""
Tab = QTextOption.Tab
LEFT: Final = QTextOption.TabType.LeftTab
CENTRE: Final = QTextOption.TabType.CenterTab
RIGHT: Final = QTextOption.TabType.RightTab

_OBJECT: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
_DRAWING: Final = int(QTextFormat.ObjectTypes.UserObject.value) + 1
_INDEX: Final = int(QTextFormat.Property.UserProperty.value) + 1
_APART: Final = int(QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
_ORIGIN: Final = "origin:"
_COPY_LINK: Final = "link-copy"
"""Qt's name of the entry of its menu that copies the address of a link."""
_LEADING: Final = 2
"""Pixels between lines."""


@dataclass(frozen=True, slots=True)
class InlineDrawing:
    """A painting that takes a place in a line of text, as a letter does."""

    width: float
    height: float
    """width, height: the space that the line leaves for it."""
    paint: Callable[[QPainter, QRectF], None]
    """Paints it into a rectangle of this size; may paint beyond its right edge."""
    point_at: Callable[[float, float], Point | None] | None = None
    """Returns the number at a point of it, counted from its upper left corner."""


class TextWriter:
    """Writes lines of a width at a text cursor in an empty block.

    The drawings are those of the document; more are appended.
    """

    def __init__(
        self, cursor: QTextCursor, formats: Formats, width: float, drawings: list[InlineDrawing]
    ) -> None:
        self.cursor, self.formats, self.width = cursor, formats, width
        self._drawings = drawings
        self._is_at_empty_block = True

    def line(
        self,
        *parts: Part,
        tabs: Sequence[Tab] = (),
        left: float = 0,
        hanging: float = 0,
        above: float = 0,
        leading: float = _LEADING,
        ground: QBrush | None = None,
    ) -> None:
        """Write a paragraph; lengths are in pixels.

        Parameters
        ----------
        left, hanging : float
            Indent of the whole, and further indent of all lines but the first.
        above, leading : float
            Space above it, and between its lines.
        """
        block = QTextBlockFormat()
        block.setLineHeight(leading, _APART)
        block.setLeftMargin(left + hanging)
        block.setTextIndent(-hanging)
        block.setTopMargin(above)
        block.setTabPositions(tabs)
        if ground is not None:
            block.setBackground(ground)
        if self._is_at_empty_block:
            self.cursor.setBlockFormat(block)
            self._is_at_empty_block = False
        else:
            self.cursor.insertBlock(block)
        for text, words in parts:
            self.cursor.insertText(text, words)

    def drawing(self, drawing: InlineDrawing, words: QTextCharFormat) -> Part:
        """Return a drawing as a piece of a line, centred on words of a format."""
        text_format = QTextCharFormat(words)
        text_format.setObjectType(_DRAWING)
        text_format.setProperty(_INDEX, len(self._drawings))
        text_format.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        self._drawings.append(drawing)
        return _OBJECT, text_format

    def table(self, rows: int, widths: Sequence[float], above: float) -> QTextTable:
        """Insert a table, by the widths of its columns and the pixels above it."""
        text_format = QTextTableFormat()
        text_format.setBorder(0)
        text_format.setCellSpacing(0)
        text_format.setCellPadding(0)
        text_format.setTopMargin(above)
        text_format.setBottomMargin(GRID)
        fixed = QTextLength.Type.FixedLength
        text_format.setColumnWidthConstraints([QTextLength(fixed, width) for width in widths])
        table = self.cursor.insertTable(rows, len(widths), text_format)
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        self._is_at_empty_block = True
        return table

    def within(self, cell: QTextTableCell, width: float) -> "TextWriter":
        """Return a writer for an empty cell of a table."""
        return TextWriter(cell.firstCursorPosition(), self.formats, width, self._drawings)


class TextView(QTextBrowser):
    """Text about one number, which can be selected, copied and read aloud.

    Arrow keys move to the neighbouring cell, Tab moves from link to link.
    """

    own_keys = frozenset(MOVES)
    moved = Signal(object)
    """An arrow key was pressed; carries columns and rows, a pair of int."""
    origin_requested = Signal(object)
    """The link to what made the number was followed; carries the `OriginLink`."""
    point_chosen = Signal(object)
    """A number of a picture was clicked; carries its `Point`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._origin: OriginLink | None = None
        self._is_filling = False
        document = self.document()
        self._painter = _DrawingPainter(document)
        document.documentLayout().registerHandler(_DRAWING, self._painter)
        document.setDocumentMargin(0)
        document.setUndoRedoEnabled(False)
        self.setOpenLinks(False)
        # Otherwise, every change of the height would lay out the text again.
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.anchorClicked.connect(self._follow)

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        self._formats = Formats.of(style)
        self.document().setDefaultFont(self._formats.text.font())
        self._refill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the drawings out for another width."""
        super().resizeEvent(event)
        if self.viewport().width() != self.lineWrapColumnOrWidth():
            self._refill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with an arrow key."""
        if (move := move_of(event)) is not None:
            self.moved.emit(move)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the number that was clicked in a picture."""
        super().mouseReleaseEvent(event)
        point = self._point_at(event.position())
        if point is not None and not self.textCursor().hasSelection():
            self.point_chosen.emit(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that a number of a picture can be clicked."""
        super().mouseMoveEvent(event)
        if self._point_at(event.position()) is not None:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy the selected text, and to copy or export what is in view as a picture."""
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in menu.actions():
            if action.objectName() == _COPY_LINK:
                menu.removeAction(action)  # addresses mean nothing outside
        menu.addSeparator()
        menu.addAction("Copy picture").triggered.connect(lambda: copy_picture(self.viewport()))
        menu.addAction("Export…").triggered.connect(self._request_export)
        menu.popup(event.globalPos())

    @Slot()
    def _request_export(self) -> None:
        picture = Picture(self.viewport(), fine=True)
        request_export(self, Export.of_picture("explanation", picture))

    def _point_at(self, at: QPointF) -> Point | None:
        bars = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        return self._painter.point_at(at + QPointF(*bars))

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return the selected text without the drawings in it."""
        # Qt's own object: the clipboard keeps it until after Python has ended.
        data = super().createMimeDataFromSelection()
        text = data.text().replace(_OBJECT, "")
        data.clear()
        data.setText(text)
        return data

    @abstractmethod
    def _write(self, writer: TextWriter) -> None:
        """Write everything but the origin."""

    def _follow_link(self, address: str) -> None:
        """Follow a link other than the one to the origin."""

    def _show_origin(self, origin: OriginLink | None) -> None:
        """Show another number, and where it came from."""
        self._origin = origin
        self._refill()

    def _refill(self) -> None:
        """Write everything again, and once more if that shows or hides the scroll bar."""
        if self._is_filling:
            return
        self._is_filling = True
        scrolled = self.verticalScrollBar().value()
        for _ in range(2):
            width = self.viewport().width()
            self._fill(width)
            if self.viewport().width() == width:
                break
        self.verticalScrollBar().setValue(scrolled)
        self._is_filling = False

    def _fill(self, width: int) -> None:
        """Write everything in lines of a width."""
        if width != self.lineWrapColumnOrWidth():
            self.setLineWrapColumnOrWidth(width)
        document, drawings = self.document(), list[InlineDrawing]()
        document.clear()
        self._painter.drawings = drawings
        self._painter.positions = {}
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        writer = TextWriter(cursor, self._formats, width, drawings)
        self._write_origin(writer)
        self._write(writer)
        cursor.endEditBlock()

    def _write_origin(self, writer: TextWriter) -> None:
        """Write the origin of the number, as a link if there is a number to go to."""
        origin, formats = self._origin, self._formats
        if origin is None:
            return
        link = linked(formats.text, _ORIGIN)
        link.setForeground(QColor(formats.style.theme.accent))
        link.setFontUnderline(True)
        follow = [] if origin.point is None else [("  ", formats.text), (origin.link, link)]
        writer.line((origin.words, formats.text), *follow)

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if url.toString() != _ORIGIN:
            self._follow_link(url.toString())
        elif self._origin is not None:
            self.origin_requested.emit(self._origin)


class _DrawingPainter(QPyTextObject):
    """Measures and paints the drawings of a document."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.drawings: list[InlineDrawing] = []
        self.positions: dict[int, QPointF] = {}  # of those painted so far, in the document

    def point_at(self, at: QPointF) -> Point | None:
        """Return the number at a point of the document."""
        for index, corner in self.positions.items():
            point_at = self.drawings[index].point_at
            inside = at - corner
            if point_at is not None and (point := point_at(inside.x(), inside.y())) is not None:
                return point
        return None

    def intrinsicSize(self, _doc: QTextDocument, _position: int, words: QTextFormat) -> QSizeF:
        """Return a drawing's size."""
        drawing = self.drawings[words.intProperty(_INDEX)]
        return QSizeF(drawing.width, drawing.height)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _doc: QTextDocument,
        _position: int,
        words: QTextFormat,
    ) -> None:
        """Paint a drawing."""
        painter.save()
        index = words.intProperty(_INDEX)
        self.positions[index] = QRectF(rect).topLeft()
        self.drawings[index].paint(painter, QRectF(rect))
        painter.restore()
