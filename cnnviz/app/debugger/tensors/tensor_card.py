"""One tensor as a card: its name and shape, its pictures, its colour bar and its figures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from cnnviz.app.debugger.tensors.card_layout import CardLayout, lay_out_card
from cnnviz.app.debugger.tensors.card_painter import (
    bar_height,
    bar_rect,
    fitting_note,
    paint_marks,
    paint_pictures,
    paint_range,
    paint_words,
)
from cnnviz.app.debugger.tensors.card_text import CardFonts, CardText
from cnnviz.app.debugger.tensors.cell_navigation import neighbour
from cnnviz.app.debugger.tensors.matrix_painter import Coloured, coloured
from cnnviz.app.debugger.tensors.tensor_layout import Level, Position, Sheet, lay_out
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER, MOVES, move_of, plain_key
from cnnviz.app.widgets.colour_range import ColourRange, jump_words, offer_range
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.app.widgets.text_layout import LEFT
from cnnviz.numerics.correspondence import Known
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import TensorView

_EDIT: Final = "Double-click a cell, or press Enter, to change it"
_UNBOUNDED: Final = ("signed", "range")
"""Colour scales whose ranges follow the values; the others go from 0 to 1."""


class TensorCard(QWidget):
    """A tensor. The mouse and the arrow keys point at its cells."""

    own_keys = frozenset(MOVES)
    spoken_value = ""
    pointed_at = Signal(str, object)
    """Carries the tensor's name and a cell's index, in the notebook's layout."""
    chosen = Signal(str, object)
    """The same, of a cell that was clicked or chosen with Enter."""
    edit_requested = Signal(str, object)
    """The same, of a cell that is to be changed."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._text: CardText | None = None
        self._coloured: Coloured | None = None
        self._point: tuple[int, ...] | None = None
        self._heights: dict[int, float] = {}
        self._marked: NDArray[np.bool_] | None = None
        self._inputs: Known | None = None  # indices of the cells that go into the pointed one
        self._enlarged = 1.0
        self._range = ColourRange()
        self._shows = ""  # whose values the range follows; others have not jumped
        self._note = ""  # beside the colour bar
        self.corner = self._insert = 0
        """Pixels at the right end of the first line that are left free."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_style(style)

    @property
    def view(self) -> TensorView | None:
        """The shown tensor."""
        return self._text.view if self._text else None

    @property
    def name(self) -> str:
        """Name of the tensor; empty if none is shown."""
        return self._text.view.name if self._text else ""

    @property
    def is_editable(self) -> bool:
        """Whether its cells can be changed: they follow from no others."""
        return bool(self.name) and TENSORS[self.name].editable

    @property
    def sheet(self) -> Sheet | None:
        """The pictures that are drawn."""
        return self._text.sheet if self._text else None

    def show_tensor(
        self, view: TensorView, level: Level, image: int, point: tuple[int, ...] | None
    ) -> None:
        """Show a tensor.

        `point` is the selected cell, if it is one of this tensor's.
        """
        before = self._text
        shown = None if before is None else (before.level, before.image)
        if view is not self.view or (level, image) != shown:
            text = CardText(view, lay_out(view, level, image), level, image)
            if text.shows != self._shows:
                self._shows = text.shows
                self._range.restart()
            self._text = text
            self._coloured = self._marked = None
            self._heights.clear()
            self.setAccessibleName(text.name)
            self.setToolTip(_EDIT if self.is_editable else "")
            self.setAccessibleDescription(text.description)
            self.updateGeometry()
        elif point == self._point:
            return
        self._point = point
        speak(self, self._spoken())
        self.update()

    def release(self, unless: TensorView | None) -> None:
        """Release the tensor, which may be large, unless it is this one."""
        if self.view is not unless:
            self._text = self._coloured = self._point = None

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self._coloured = None
        self._heights.clear()
        self._fonts = CardFonts.of(style)
        self.updateGeometry()
        self.update()

    def set_insert(self, height: int) -> None:
        """Leave some pixels free between the words and the pictures."""
        self._insert = height
        self._heights.clear()
        self.updateGeometry()
        self.update()

    @property
    def words_bottom(self) -> int:
        """The bottom of the words above the pictures, in pixels, where an insert begins."""
        return round(self._words_height(self.width())) - self._insert

    def mark_cells(self, cells: NDArray[np.bool_] | None) -> None:
        """Fade all cells but these, of the pictures' shape; none if that is None."""
        self._marked = cells
        self.update()

    def enlarge(self, factor: float) -> None:
        """Let the pictures grow beyond their usual size, by this factor at most."""
        if factor != self._enlarged:
            self._enlarged = factor
            self.updateGeometry()
            self.update()

    def mark_inputs(self, known: Known | None) -> None:
        """Outline the cells with these indices, which go into the pointed cell, or none."""
        if known != self._inputs:
            self._inputs = known
            self.update()

    def restart_range(self) -> None:
        """Note no jump of the range of the colours: another run is shown."""
        self._range.restart()

    def offer_range(self, menu: QMenu) -> None:
        """Offer to hold the range of the colours or let it follow, unless it is always 0 to 1."""
        if self._has_bar and TENSORS[self.name].scale in _UNBOUNDED:
            held = self._range.held is not None
            offer_range(menu, held=held, hold=self.hold_range, follow=self.follow_values)

    def hold_range(self) -> None:
        """Keep the range of the colours as it is while the values change."""
        if self._text is not None:
            drawn = self._drawn(self._text)
            self._range.held = drawn.low, drawn.high
            self._recolour()

    def follow_values(self) -> None:
        """Let the range of the colours follow the values."""
        self._range.held = None
        self._recolour()

    def _recolour(self) -> None:
        self._coloured = None
        self.update()

    def cell_rect(self, cell: Position) -> QRectF:
        """Return the rectangle of a cell."""
        layout = self._layout()
        return layout.cell_rect(cell) if layout else QRectF()

    def cell_at(self, position: QPointF) -> Position | None:
        """Return the cell at a point."""
        layout = self._layout()
        return layout.cell_at(position) if layout else None

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(30 * GRID, self.heightForWidth(30 * GRID))

    def heightForWidth(self, width: int) -> int:
        """Return the height at a width: that of the pictures follows it."""
        layout = self._layout(width)
        if layout is None or self._text is None:
            return 0
        line = self._fonts.line
        bar = bar_height(self._style) + line if self._has_bar else 0
        lines = len(self._text.figure_lines(self._fonts, width))
        return int(layout.bottom + GRID / 2 + bar + lines * line + GRID)

    def event(self, event: QEvent) -> bool:
        """Explain the note beside the colour bar where it is pointed at."""
        if (
            isinstance(event, QHelpEvent)
            and self._jump
            and self._is_on_bar(QPointF(event.pos()), beside=self.width())
        ):
            QToolTip.showText(event.globalPos(), self._jump, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the cell under the mouse."""
        self._emit(self.pointed_at, self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse."""
        self._emit(self.chosen, self.cell_at(event.position()))
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change the cell under the mouse, if it can be changed; on the bar, follow the values."""
        if self._is_on_bar(event.position()):
            self.follow_values()
        elif self.is_editable:
            self._emit(self.edit_requested, self.cell_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move from cell to cell, or choose or change one."""
        keys = {*MOVES, *ENTER, *([Qt.Key.Key_F2] if self.is_editable else [])}
        if plain_key(event) in keys:
            self._obey(event)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card."""
        text, layout, style, fonts = self._text, self._layout(), self._style, self._fonts
        if text is None or layout is None:
            return
        view, width, theme = text.view, self.width(), style.theme
        painter = QPainter(self)
        if view.fresh:
            painter.fillRect(QRectF(0, 0, GRID / 2, self.height() - GRID), QColor(theme.accent))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(self.rect()).adjusted(0, 0, -1, -1))
        paint_words(painter, text, fonts, style, width, self.corner)
        drawn, pointed = self._drawn(text), self._pointed()
        paint_pictures(painter, layout, view, drawn, self._marked, style)
        paint_marks(painter, layout, text.image, pointed, self._inputs, style)
        below = layout.bottom + GRID / 2
        if self._has_bar:
            note = fitting_note(layout, self._note, fonts, style, width)
            bar = bar_rect(layout, note, fonts, style, width)
            paint_range(painter, bar, drawn, note, fonts, style, width)
            below += bar_height(style) + fonts.line
        painter.setFont(fonts.number)
        painter.setPen(QColor(theme.muted))
        for line in text.figure_lines(fonts, width):
            painter.drawText(
                QRectF(layout.left, below, width - layout.left, fonts.line), LEFT, line
            )
            below += fonts.line
        painter.end()

    def _is_on_bar(self, point: QPointF, beside: float = 0) -> bool:
        """Return whether a point is on the colour bar or its numbers, or within `beside` pixels."""
        layout = self._layout()
        if layout is None or not self._has_bar:
            return False
        look = self._fonts, self._style, self.width()
        bar = bar_rect(layout, fitting_note(layout, self._note, *look), *look)
        return bar.adjusted(0, 0, beside, self._fonts.line).contains(point)

    @property
    def _jump(self) -> str:
        """A sentence on the range of the colours if it has jumped; else empty."""
        words = jump_words(self._note)
        return f"The range of the colours is {words}." if words else ""

    def _drawn(self, text: CardText) -> Coloured:
        """Return the pictures in colours, and update the note about their range."""
        if self._coloured is None:
            scale, pictures = TENSORS[self.name].scale, tuple(text.sheet.pictures)
            held = self._range.held if scale in _UNBOUNDED else None
            self._coloured = coloured(pictures, scale, self._style.theme, held)
            self._note = self._range.note(self._coloured.high)
            self.setAccessibleDescription(f"{text.description} {self._jump}".strip())
        return self._coloured

    def _layout(self, width: int = 0) -> CardLayout | None:
        """Return the positions of the pictures on a card of this width; 0 for the current one."""
        if self._text is None:
            return None
        width = width or self.width()
        scale = self._style.scale * self._enlarged
        return lay_out_card(self._text.sheet, width, self._words_height(width), scale)

    def _pointed(self) -> Position | None:
        sheet = self.sheet
        return None if sheet is None or self._point is None else sheet.position(self._point)

    def _spoken(self) -> str:
        """Return the name and the number of the selected cell; empty if there is none here."""
        pointed = self._pointed()
        if self._text is None or pointed is None or self._point is None:
            return ""
        return self._text.cell(pointed, self._point)

    @property
    def _has_bar(self) -> bool:
        return self._text is not None and self._text.sheet.size > 1

    def _words_height(self, width: int) -> float:
        """Return the height of the text above the pictures; cached, since every cell needs it."""
        if self._text is None:
            return 0.0
        if width not in self._heights:
            lines = sum(map(len, self._text.word_lines(self._fonts, width, self.corner)))
            self._heights = {width: lines * self._fonts.line + GRID / 2 + self._insert}
        return self._heights[width]

    def _obey(self, event: QKeyEvent) -> None:
        """Move to another cell, or choose this one, or change it."""
        if self.sheet is None:
            return
        cell, move = self._pointed(), move_of(event)
        if cell is None:
            self._emit(self.pointed_at, (0, 0, 0))
        elif move is None:
            self._emit(self.edit_requested if self.is_editable else self.chosen, cell)
        else:
            self._emit(self.pointed_at, neighbour(self.sheet, cell, move))

    def _emit(self, signal: SignalInstance, cell: Position | None) -> None:
        index = self.sheet.index(cell) if self.sheet is not None and cell else None
        if index is not None:
            signal.emit(self.name, index)
