"""Paints a card: its words, its pictures with their marks, and its colour bar."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnnviz.app.debugger.tensors.card_layout import CardLayout
from cnnviz.app.debugger.tensors.card_text import CardFonts, CardText
from cnnviz.app.debugger.tensors.matrix_painter import Coloured, frame, outline, paint_bar, veil
from cnnviz.app.debugger.tensors.tensor_layout import Position, boxes
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.colour_range import jump_words
from cnnviz.app.widgets.text_layout import LEFT
from cnnviz.numerics.correspondence import Known
from cnnviz.numerics.tensors import symbol
from cnnviz.training.debugger.view import TensorView

_MOST_MARKED: Final = 400
"""Changed cells up to which each is marked."""
_LEAST: Final = 12
"""The least length of a colour bar, in units of the grid."""


def paint_words(
    painter: QPainter, text: CardText, fonts: CardFonts, style: Style, width: float, corner: float
) -> None:
    """Write the words above the pictures; `corner` is as in `CardText.word_lines`."""
    theme, view = style.theme, text.view
    line = QRectF(GRID, 0, width - GRID - 2, fonts.line)
    painter.setFont(fonts.title)
    painter.setPen(QColor(theme.muted if view.stale else theme.text))
    name = symbol(view.name)
    painter.drawText(line, LEFT, name)
    beside = line.adjusted(QFontMetricsF(fonts.title).horizontalAdvance(name + "  "), 0, 0, 0)
    painter.setFont(fonts.number)
    painter.setPen(QColor(theme.muted))
    shape, words = text.word_lines(fonts, width, corner)
    for number, words_of_shape in enumerate(shape):
        painter.drawText(beside if number == 0 else line, LEFT, words_of_shape)
        line.translate(0, fonts.line)
    painter.setFont(fonts.small)
    for number, words_of_state in enumerate(words):
        painter.setPen(QColor(theme.accent if view.fresh and number == 0 else theme.muted))
        painter.drawText(line, LEFT, words_of_state)
        line.translate(0, fonts.line)


def paint_pictures(
    painter: QPainter,
    layout: CardLayout,
    view: TensorView,
    drawn: Coloured,
    marked: NDArray[np.bool_] | None,
    style: Style,
) -> None:
    """Paint the pictures, and fade all cells but those that are `marked`."""
    theme, sheet = style.theme, layout.sheet
    count, rows, columns = sheet.pictures.shape
    painter.setOpacity(0.45 if view.stale else 1.0)
    for picture, image in enumerate(drawn.images):
        target = layout.picture_rect(picture)
        painter.drawImage(target, image)
        if marked is not None:
            painter.drawImage(target, veil(marked[picture], layout.cell, theme))
        colour = theme.filters[picture] if count == len(theme.filters) else theme.line
        painter.setPen(QPen(QColor(colour), 1 if count == 1 else 2))
        painter.drawRect(target)
    if sheet.is_number_per_image and (missing := rows * columns - sheet.size):
        last = layout.cell_rect((0, rows - 1, columns - missing))
        last.setRight(layout.left + columns * layout.cell + 1)
        last.setBottom(last.bottom() + 1)
        painter.fillRect(last.adjusted(1, 1, 1, 1), QColor(theme.panel))
    painter.setOpacity(1.0)


def paint_marks(
    painter: QPainter,
    layout: CardLayout,
    image: int,
    pointed: Position | None,
    inputs: Known | None,
    style: Style,
) -> None:
    """Mark the cells that changed, that of the selected image, those that go in, the pointed one.

    The selected `image` has a cell of its own if the tensor is a number for each. `inputs` are the
    indices of the cells that go into the pointed cell of another card.
    """
    theme, sheet = style.theme, layout.sheet
    mask = sheet.changed
    if mask is not None and 0 < np.count_nonzero(mask) <= _MOST_MARKED and not mask.all():
        painter.setBrush(QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.panel), 1))
        for picture, row, column in np.argwhere(mask).tolist():
            rect = layout.cell_rect((picture, row, column))
            radius = max(1.5, min(3.0, rect.width() / 4))
            painter.drawEllipse(rect.center(), radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if sheet.is_number_per_image:
        image_cell = sheet.position((0, min(image, sheet.size - 1)))
        if image_cell is not None and image_cell != pointed:
            painter.setPen(QPen(QColor(theme.text), 1.5 * style.scale))
            painter.drawRect(layout.cell_rect(image_cell))
    for box in boxes(sheet, inputs) if inputs is not None else ():
        first = layout.cell_rect((box.picture, box.rows[0], box.columns[0]))
        last = layout.cell_rect((box.picture, box.rows[-1], box.columns[-1]))
        frame(painter, first | last, theme, style.scale)
    if pointed is not None:
        outline(painter, layout.cell_rect(pointed), theme, style.scale)


def bar_height(style: Style) -> float:
    """Return the height of a colour bar, with the space below it."""
    return GRID * style.scale + 3


def bar_rect(layout: CardLayout, note: str, fonts: CardFonts, style: Style, width: float) -> QRectF:
    """Return the rectangle of the colours on a card of a width, with space beside for the note."""
    wide = min(layout.width, 24 * GRID * style.scale)
    wide = max(wide, min(width - 2 * GRID, _LEAST * GRID * style.scale))
    if note:
        words = QFontMetricsF(fonts.title).horizontalAdvance(note)
        wide = min(wide, width - layout.left - words - 2 * GRID)
    return QRectF(layout.left, layout.bottom + GRID / 2, wide, bar_height(style) - 3)


def fitting_note(
    layout: CardLayout, note: str, fonts: CardFonts, style: Style, width: float
) -> str:
    """Return a note that says what has jumped, if a bar of a usual length fits beside it."""
    longer = f"range {note}" if jump_words(note) else note
    bar = bar_rect(layout, longer, fonts, style, width)
    return longer if bar.width() >= _LEAST * GRID * style.scale else note


def paint_range(
    painter: QPainter,
    bar: QRectF,
    drawn: Coloured,
    note: str,
    fonts: CardFonts,
    style: Style,
    width: float,
) -> None:
    """Paint the colour bar and its numbers, and beside it a note about its range."""
    marks = QRectF(bar.left(), bar.top() + bar_height(style), bar.width(), fonts.line)
    paint_bar(painter, drawn, bar, marks, fonts.number, style.theme)
    if note:
        painter.setFont(fonts.title)
        painter.setPen(QColor(style.theme.text))
        beside = QRectF(bar.right() + GRID, bar.top(), width - bar.right(), fonts.line)
        painter.drawText(beside, LEFT, note)
