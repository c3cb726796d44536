"""One tensor as a card: its name and shape, its pictures, its colour bar and its figures."""

from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.debugger.tensors.cell_navigation import neighbour
from cnnviz.app.debugger.tensors.matrix_painter import (
    Coloured,
    coloured,
    frame,
    outline,
    paint_bar,
    veil,
)
from cnnviz.app.debugger.tensors.tensor_layout import (
    Level,
    Position,
    Sheet,
    boxes,
    lay_out,
)
from cnnviz.app.debugger.tensors.tensor_text import (
    figure_lines,
    figures,
    figures_of,
    shape_words,
    shown_words,
    state_words,
)
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER, MOVES, move_of, plain_key
from cnnviz.app.widgets.range_note import RangeNote
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.app.widgets.text_layout import LEFT, broken
from cnnviz.numerics.correspondence import Known
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import TENSORS, place_text, symbol
from cnnviz.training.debugger.view import TensorView

_LARGEST_CELL: Final = 14
_HIGHEST: Final = 132
"""Pixels that a row of pictures is high at most, at the normal scale."""
_EDIT: Final = "Double-click a cell, or press Enter, to change it"
_MOST_MARKED: Final = 400
"""Changed cells up to which each is marked."""


class TensorCard(QWidget):
    """A tensor. The mouse and the arrow keys point at its cells.

    Attributes
    ----------
    corner : int
        Pixels at the right end of the first line that are left free.
    """

    own_keys = frozenset(MOVES)
    spoken_value = ""
    pointed_at = Signal(str, object)
    """Carries the tensor's name and a cell's index, in the notebook's layout."""
    chosen = Signal(str, object)
    """The same, of a cell that was clicked or chosen with Enter."""
    edit_requested = Signal(str, object)
    """The same, of a cell that is to be changed."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: TensorView | None = None
        self._shown: tuple[Level, int] = ("batch", 0)
        self._sheet: Sheet | None = None
        self._coloured: Coloured | None = None
        self._point: tuple[int, ...] | None = None
        self._heights: dict[int, float] = {}
        self._marked: NDArray[np.bool_] | None = None
        self._inputs: Known | None = None  # indices of the cells that go into the pointed one
        self._enlarged = 1.0
        self._range = RangeNote()
        self._range_words = ""
        self.corner = self._insert = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_style(style)

    @property
    def view(self) -> TensorView | None:
        """The shown tensor."""
        return self._view

    @property
    def name(self) -> str:
        """Name of the tensor; empty if none is shown."""
        return self._view.name if self._view else ""

    @property
    def is_editable(self) -> bool:
        """Whether its cells can be changed: they follow from no others."""
        return bool(self.name) and TENSORS[self.name].editable

    @property
    def sheet(self) -> Sheet | None:
        """What is drawn."""
        return self._sheet

    def show_tensor(
        self, view: TensorView, level: Level, image: int, point: tuple[int, ...] | None
    ) -> None:
        """Show a tensor.

        Parameters
        ----------
        image : int
            Index of the selected image.
        point : tuple of int or None
            The selected cell, if it is one of this tensor's.
        """
        if view is not self._view or (level, image) != self._shown:
            self._view, self._shown = view, (level, image)
            self._sheet = lay_out(view, level, image)
            self._coloured = self._marked = None
            self._heights.clear()
            self.setAccessibleName(f"{view.name}: {TENSORS[view.name].meaning}")
            self.setToolTip(_EDIT if self.is_editable else "")
            said = self.heading(), self.state(), self.shows(), self.whose_figures(), self.figures()
            self.setAccessibleDescription(". ".join(words for words in said if words))
            self.updateGeometry()
        elif point == self._point:
            return
        self._point = point
        speak(self, self._spoken())
        self.update()

    def release(self, unless: TensorView | None = None) -> None:
        """Release the tensor, which may be large, unless it is this one."""
        if self._view is not unless:
            self._view = self._sheet = self._coloured = self._point = None

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self._coloured = None
        self._heights.clear()
        self._title = style.body_font
        self._title.setWeight(QFont.Weight.DemiBold)
        self._small = style.scaled(0.85).body_font
        self._small_number = style.scaled(0.85).number_font
        self._line = QFontMetricsF(self._title).height() + 1
        self._bar_height = GRID * style.scale + 3
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
        """Where the words above the pictures end, and what is inserted begins."""
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

    def heading(self) -> str:
        """Return name, shape and precision."""
        view = self._view
        if view is None:
            return ""
        whose = f"image {view.image}: " if view.image is not None else ""
        return f"{symbol(view.name)}   {whose}{shape_words(view)}   {view.values.dtype}"

    def figures(self) -> str:
        """Return the statistics."""
        if self._view is None:
            return ""
        return "   ".join("  ".join(line) for line in figures(self._view))

    def state(self) -> str:
        """Return how new the values are; may be empty."""
        return state_words(self._view) if self._view else ""

    def shows(self) -> str:
        """Return whose values the pictures are."""
        if self._view is None or self._sheet is None:
            return ""
        return shown_words(self._view, self._sheet, *self._shown)

    def whose_figures(self) -> str:
        """Return whose statistics these are, if not those of the pictures."""
        return figures_of(self._view, self._sheet) if self._view and self._sheet else ""

    def cell_rect(self, cell: Position) -> QRectF:
        """Return the rectangle of a cell."""
        left, top, side, gap = self._geometry()
        picture, row, column = cell
        columns = self._sheet.pictures.shape[2] if self._sheet else 0
        across = columns * side + gap
        return QRectF(left + picture * across + column * side, top + row * side, side, side)

    def cell_at(self, position: QPointF) -> Position | None:
        """Return the cell at a point."""
        if self._sheet is None:
            return None
        left, top, side, gap = self._geometry()
        count, rows, columns = self._sheet.pictures.shape
        x, y = position.x() - left, position.y() - top
        picture, within = divmod(x, columns * side + gap)
        cell = int(picture), int(y // side), int(within // side)
        inside = 0 <= picture < count and 0 <= y < rows * side and within < columns * side
        return cell if inside and self._sheet.index(cell) is not None else None

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(30 * GRID, self.heightForWidth(30 * GRID))

    def heightForWidth(self, width: int) -> int:
        """Return the height at a width: that of the pictures follows it."""
        if self._sheet is None:
            return 0
        _, top, cell, _ = self._geometry(width)
        rows = self._sheet.pictures.shape[1]
        bar = self._bar_height + self._line if self._has_bar else 0
        lines = len(self._figure_lines(width))
        return int(top + rows * cell + GRID / 2 + bar + lines * self._line + GRID)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the cell under the mouse."""
        self._emit(self.pointed_at, self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse."""
        self._emit(self.chosen, self.cell_at(event.position()))
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change the cell under the mouse, if it can be changed."""
        if self.is_editable:
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
        view, sheet, theme = self._view, self._sheet, self._style.theme
        if view is None or sheet is None:
            return
        painter = QPainter(self)
        self._paint_words(painter, view)
        if self._coloured is None:
            self._coloured = coloured(tuple(sheet.pictures), TENSORS[view.name].scale, theme)
            self._range_words = self._range.follow(self._coloured.high, perf_counter())
        left, top, cell, gap = self._geometry()
        count, rows, columns = sheet.pictures.shape
        painter.setOpacity(0.45 if view.stale else 1.0)
        for picture, image in enumerate(self._coloured.images):
            corner = self.cell_rect((picture, 0, 0)).topLeft()
            target = QRectF(corner, QSizeF(columns * cell, rows * cell))
            painter.drawImage(target, image)
            if self._marked is not None:
                painter.drawImage(target, veil(self._marked[picture], cell, theme))
            colour = theme.filters[picture] if count == len(theme.filters) else theme.line
            painter.setPen(QPen(QColor(colour), 1 if count == 1 else 2))
            painter.drawRect(target)
        if sheet.is_number_per_image and (missing := rows * columns - sheet.size):
            last = self.cell_rect((0, rows - 1, columns - missing))
            last.setRight(left + columns * cell + 1)
            last.setBottom(last.bottom() + 1)
            painter.fillRect(last.adjusted(1, 1, 1, 1), QColor(theme.panel))
        painter.setOpacity(1.0)
        self._paint_marks(painter, sheet)
        below = top + rows * cell + GRID / 2
        if self._has_bar:
            wide = min(columns * cell * count + gap * (count - 1), 24 * GRID * self._style.scale)
            wide = max(wide, min(self.width() - 2 * GRID, 12 * GRID * self._style.scale))
            if self._range_words:  # beside the bar
                words = QFontMetricsF(self._title).horizontalAdvance(self._range_words)
                wide = min(wide, self.width() - left - words - 2 * GRID)
            bar = QRectF(left, below, wide, self._bar_height - 3)
            marks = QRectF(left, below + self._bar_height, wide, self._line)
            paint_bar(painter, self._coloured, bar, marks, self._small_number, theme)
            if self._range_words:
                painter.setFont(self._title)
                painter.setPen(QColor(theme.text))
                beside = QRectF(
                    bar.right() + GRID, bar.top(), self.width() - bar.right(), self._line
                )
                painter.drawText(beside, LEFT, self._range_words)
            below += self._bar_height + self._line
        painter.setFont(self._small_number)
        painter.setPen(QColor(theme.muted))
        for line in self._figure_lines(self.width()):
            painter.drawText(QRectF(left, below, self.width() - left, self._line), LEFT, line)
            below += self._line
        painter.end()

    def _paint_words(self, painter: QPainter, view: TensorView) -> None:
        theme = self._style.theme
        if view.fresh:
            painter.fillRect(QRectF(0, 0, GRID / 2, self.height() - GRID), QColor(theme.accent))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(self.rect()).adjusted(0, 0, -1, -1))
        line = QRectF(GRID, 0, self.width() - GRID - 2, self._line)
        painter.setFont(self._title)
        painter.setPen(QColor(theme.muted if view.stale else theme.text))
        name = symbol(view.name)
        painter.drawText(line, LEFT, name)
        beside = line.adjusted(QFontMetricsF(self._title).horizontalAdvance(name + "  "), 0, 0, 0)
        painter.setFont(self._small_number)
        painter.setPen(QColor(theme.muted))
        shape, words = self._word_lines(self.width())
        for number, text in enumerate(shape):
            painter.drawText(beside if number == 0 else line, LEFT, text)
            line.translate(0, self._line)
        painter.setFont(self._small)
        for number, text in enumerate(words):
            painter.setPen(QColor(theme.accent if view.fresh and number == 0 else theme.muted))
            painter.drawText(line, LEFT, text)
            line.translate(0, self._line)

    def _word_lines(self, width: int) -> tuple[list[str], list[str]]:
        """Return the lines of shape and precision, and those of state and meaning.

        How new the values are comes first: it is what differs from one step to the next.
        """
        _, shape, precision = self.heading().split("   ")
        own = QFontMetricsF(self._title).horizontalAdvance(symbol(self.name) + "  ")
        one = f"{shape}   {precision}"
        number, small = QFontMetricsF(self._small_number), QFontMetricsF(self._small)
        fits = own + number.horizontalAdvance(one) <= width - GRID - 2 - self.corner
        said = [words for words in (self.state(), self.shows()) if words]
        joined = " · ".join(said)
        if small.horizontalAdvance(joined) <= width - GRID - 2:
            said = [joined]
        lines = [line for words in said for line in broken(words, small, width - GRID - 2)]
        return [one] if fits else [shape, precision], lines

    def _paint_marks(self, painter: QPainter, sheet: Sheet) -> None:
        theme = self._style.theme
        mask = sheet.changed
        if mask is not None and 0 < np.count_nonzero(mask) <= _MOST_MARKED and not mask.all():
            painter.setBrush(QColor(theme.accent))
            painter.setPen(QPen(QColor(theme.panel), 1))
            for picture, row, column in np.argwhere(mask).tolist():
                rect = self.cell_rect((picture, row, column))
                radius = max(1.5, min(3.0, rect.width() / 4))
                painter.drawEllipse(rect.center(), radius, radius)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if sheet.is_number_per_image:
            own = sheet.position((0, min(self._shown[1], sheet.size - 1)))
            if own is not None and own != self._pointed():
                painter.setPen(QPen(QColor(theme.text), 1.5 * self._style.scale))
                painter.drawRect(self.cell_rect(own))
        for box in boxes(sheet, self._inputs) if self._inputs is not None else ():
            first = self.cell_rect((box.picture, box.rows[0], box.columns[0]))
            last = self.cell_rect((box.picture, box.rows[-1], box.columns[-1]))
            frame(painter, first | last, theme, self._style.scale)
        if (pointed := self._pointed()) is not None:
            outline(painter, self.cell_rect(pointed), theme, self._style.scale)

    def _pointed(self) -> Position | None:
        if self._sheet is None or self._point is None:
            return None
        return self._sheet.position(self._point)

    def _spoken(self) -> str:
        """Return the name and the number of the selected cell; empty if there is none here."""
        sheet, pointed, point = self._sheet, self._pointed(), self._point
        if sheet is None or pointed is None or point is None:
            return ""
        place = place_text(sheet.name, point, sheet.axis if sheet.is_mean else None)
        return f"{place or symbol(sheet.name)}, {compact(float(sheet.pictures[pointed]), 4)}"

    def _figure_lines(self, width: int) -> list[str]:
        """Return the lines below the colour bar."""
        if self._view is None:
            return []
        metrics = QFontMetricsF(self._small_number)
        return figure_lines(self._view, self.whose_figures(), metrics, width - GRID)

    @property
    def _has_bar(self) -> bool:
        return self._sheet is not None and self._sheet.size > 1

    def _geometry(self, width: int = 0) -> tuple[float, float, float, float]:
        """Return left, top, the size of a cell, and the gap between pictures."""
        count, rows, columns = self._sheet.pictures.shape if self._sheet else (1, 1, 1)
        gap = GRID
        room = (width or self.width()) - 2 * GRID - gap * (count - 1)
        scale = self._style.scale * self._enlarged
        cell = max(
            0.5, min(room / (count * columns), _HIGHEST * scale / rows, _LARGEST_CELL * scale)
        )
        return float(GRID), self._words_height(width or self.width()), cell, float(gap)

    def _words_height(self, width: int) -> float:
        """Return the height of the text above the pictures; cached, since every cell needs it."""
        if self._view is None:
            return 0.0
        if width not in self._heights:
            lines = sum(map(len, self._word_lines(width)))
            self._heights = {width: lines * self._line + GRID / 2 + self._insert}
        return self._heights[width]

    def _obey(self, event: QKeyEvent) -> None:
        """Move to another cell, or choose this one, or change it."""
        if self._sheet is None:
            return
        cell, move = self._pointed(), move_of(event)
        if cell is None:
            self._emit(self.pointed_at, (0, 0, 0))
        elif move is None:
            self._emit(self.edit_requested if self.is_editable else self.chosen, cell)
        else:
            self._emit(self.pointed_at, neighbour(self._sheet, cell, move))

    def _emit(self, signal: SignalInstance, cell: Position | None) -> None:
        index = self._sheet.index(cell) if self._sheet is not None and cell else None
        if index is not None:
            signal.emit(self.name, index)
