"""The matrices that met in one number: side by side, with titles, scales and their numbers."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTextCharFormat, QTextTableCellFormat

from cnnviz.app.debugger.explanation.formats import centred, width_of
from cnnviz.app.debugger.explanation.text_view import CENTRE, RIGHT, InlineDrawing, Tab, TextWriter
from cnnviz.app.debugger.tensors.matrix_painter import Coloured, coloured, outline
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.explain import Heatmap
from cnnviz.numerics.number_format import compact, tick
from cnnviz.training.debugger.point import Point

_SMALLEST: Final = 96
"""Pixels that a matrix is wide at least, at the normal scale."""
_LARGE, _LARGE_WRITTEN = 134, 180
"""Pixels that it is wide at most: one of many cells, and one whose numbers are written."""
_CELL: Final = 27
"""Pixels that a cell must be wide to hold its number, at the normal scale."""
_ROW: Final = 4
"""Matrices side by side at most."""
_FACTORS: Final = 3
"""A matrix, another, and their products stay side by side."""


def write_matrices(writer: TextWriter, pictures: Sequence[Heatmap]) -> None:
    """Write matrices in rows, as large as the width allows."""
    if not pictures:
        return
    formats, gap = writer.formats, 2 * GRID
    scale, count = formats.style.scale, len(pictures)
    most = max(1, int((writer.width + gap) / (_SMALLEST * scale + gap)))
    across = min(count, _ROW, most)
    if count % _FACTORS == 0:
        across = _FACTORS if most >= _FACTORS else 1
    available = (writer.width - 2 - (across - 1) * gap) / across
    are_small = all(max(p.values.shape) <= 5 for p in pictures)
    side = min(available, (_LARGE_WRITTEN if are_small else _LARGE) * scale)
    widest = max(width_of(t, formats.small) for p in pictures for t in (p.title, p.symbol))
    column = max(side, min(available, widest + 1))
    for first in range(0, count, across):
        row = pictures[first : first + across]
        widths = [*[column + gap] * (len(row) - 1), column + 1]  # 1, so that no rounding wraps
        table = writer.table(3, widths, above=GRID)
        for index, picture in enumerate(row):
            beside = gap if index < len(row) - 1 else 0
            for at, words in enumerate(
                ((picture.title, formats.small), (picture.symbol, formats.small_faint))
            ):
                cell = table.cellAt(at, index)
                cell.setFormat(_bottom(beside))
                writer.within(cell, column).line(words)
            _write_matrix(writer.within(table.cellAt(2, index), side), picture)


def _bottom(beside: float) -> QTextTableCellFormat:
    """Return the format of a cell whose text is at its bottom, with a gap on the right."""
    cell_format = QTextTableCellFormat()
    cell_format.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBottom)
    cell_format.setRightPadding(beside)
    return cell_format


def _write_matrix(writer: TextWriter, picture: Heatmap) -> None:
    """Write a matrix, its numbers if they fit, and its colour scale."""
    formats = writer.formats
    style, (columns, rows) = formats.style, picture.values.shape  # the picture is upright
    drawn = coloured((picture.values.T,), picture.kind, style.theme)
    cell = writer.width / columns
    if cell < _CELL * style.scale:
        whole = partial(_paint, picture=picture, drawn=drawn, cell=cell, style=style)
        size = writer.width + 1, rows * cell + 1
        drawing = InlineDrawing(*size, whole, partial(_point_at, picture, cell, None))
        writer.line(writer.drawing(drawing, formats.tiny), leading=0)
    else:
        cell = int(cell)
        _write_numbers(writer, picture, drawn, cell)
    side = columns * cell
    bar = InlineDrawing(side + 1, GRID * style.scale * 0.75 + 4, partial(_paint_bar, drawn, style))
    writer.line(writer.drawing(bar, formats.tiny), leading=0)
    _write_ends(writer, drawn, side)


def _write_numbers(writer: TextWriter, picture: Heatmap, drawn: Coloured, cell: int) -> None:
    """Write a line of numbers for each row of a matrix, on its colours."""
    formats, image, (columns, rows) = writer.formats, drawn.images[0], picture.values.shape
    on_light, on_dark = centred(formats.tiny), centred(formats.tiny)
    on_light.setForeground(QColor("#000000"))
    on_dark.setForeground(QColor("#ffffff"))
    tabs = [Tab((column + 0.5) * cell, CENTRE) for column in range(columns)]
    for row in range(rows):
        strip = partial(
            _paint_row, picture=picture, drawn=drawn, cell=cell, style=formats.style, row=row
        )
        parts = [
            writer.drawing(
                InlineDrawing(0, cell, strip, partial(_point_at, picture, cell, row)), formats.tiny
            )
        ]
        is_light = [image.pixelColor(column, row).lightnessF() > 0.5 for column in range(columns)]
        for light, run in groupby(range(columns), is_light.__getitem__):
            numbers = (
                _fitting(float(picture.values[column, row]), formats.tiny, cell - GRID / 4)
                for column in run
            )
            text = "".join(f"\t{number}" for number in numbers)
            parts.append((text, on_light if light else on_dark))
        writer.line(*parts, tabs=tabs, leading=0)


def _fitting(value: float, words: QTextCharFormat, most: float) -> str:
    """Return a number with as many digits as fit; one that is too long would move the next ones."""
    shorter = [f"{value:.{decimals}f}" for decimals in (2, 1, 0)]
    shorter.append(f"{value:.0e}".replace("e+0", "e"))
    texts = compact(value, 2), *(text.replace("-", "−") for text in shorter)
    return next((text for text in texts if width_of(text, words) <= most), "")


def _write_ends(writer: TextWriter, drawn: Coloured, side: float) -> None:
    """Write the numbers at the ends of a colour scale, and at its middle if that is 0."""
    low, high, tiny = tick(drawn.low), tick(drawn.high), writer.formats.tiny
    if drawn.low != -drawn.high:
        writer.line((f"{low}\t{high}", tiny), tabs=[Tab(side, RIGHT)])
    elif width_of(f"{low}  0  {high}", tiny) > side:
        writer.line((f"\t± {high}", tiny), tabs=[Tab(side / 2, CENTRE)])
    else:
        writer.line((f"{low}\t0\t{high}", tiny), tabs=[Tab(side / 2, CENTRE), Tab(side, RIGHT)])


def _point_at(picture: Heatmap, cell: float, only: int | None, x: float, y: float) -> Point | None:
    """Return the number at a point of a matrix, or of only one row of it."""
    columns, rows = picture.values.shape
    column, row = int(x // cell), int(y // cell)
    if only is not None:
        row = only if row == 0 else -1
    if picture.entry is None or not (0 <= column < columns and 0 <= row < rows):
        return None
    return Point(*picture.entry(column, row))


def _paint_row(
    painter: QPainter,
    rect: QRectF,
    picture: Heatmap,
    drawn: Coloured,
    cell: float,
    style: Style,
    row: int,
) -> None:
    """Paint one row of a matrix; its outline and its mark reach into the other rows."""
    columns, rows = picture.values.shape
    above, below = (style.scale * 2 if row == end else 0 for end in (0, rows - 1))
    beyond = style.scale * 2 + 1
    strip = QRectF(rect.left(), rect.top(), columns * cell, cell)
    strip.adjust(-beyond, -above, beyond, below + 1)
    painter.setClipRect(strip, Qt.ClipOperation.IntersectClip)
    _paint(painter, rect.translated(0, -row * cell), picture, drawn, cell, style)


def _paint(
    painter: QPainter, rect: QRectF, picture: Heatmap, drawn: Coloured, cell: float, style: Style
) -> None:
    """Paint a whole matrix, and outline the cell in question."""
    columns, rows = picture.values.shape
    matrix = QRectF(rect.left(), rect.top(), columns * cell, rows * cell)
    painter.drawImage(matrix, drawn.images[0])
    painter.setPen(QPen(QColor(style.theme.line), 1))
    painter.drawRect(matrix)
    if picture.mark is not None:
        column, row = picture.mark
        spot = QRectF(matrix.left() + column * cell, matrix.top() + row * cell, cell, cell)
        outline(painter, spot, style.theme, style.scale)


def _paint_bar(drawn: Coloured, style: Style, painter: QPainter, rect: QRectF) -> None:
    """Paint a colour scale."""
    bar = rect.adjusted(0, 3, -1, -1)
    painter.drawImage(bar, drawn.bar)
    painter.setPen(QColor(style.theme.line))
    painter.drawRect(bar)
