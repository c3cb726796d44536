"""The images that a number owes most to: each with its picture, its share, and a bar."""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPixmap

from cnnviz.app.debugger.explanation.formats import centred, linked, width_of
from cnnviz.app.debugger.explanation.signed_bar import sign_colours, signed_bar
from cnnviz.app.debugger.explanation.text_view import LEFT, RIGHT, InlineDrawing, Tab, TextWriter
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.thumbnails import Thumbnails
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation
from cnnviz.numerics.number_format import compact

IMAGE_LINK: Final = "image:"
"""How the address of a link begins that selects an image; the image's index follows."""
_RANKED: Final = 8
"""Images that are listed."""
_THUMBNAIL: Final = 28
_BAR: Final = 10 * GRID
"""Pixels below which a bar beside the words says nothing, at the normal scale."""


def thumbnails_in(style: Style) -> Thumbnails:
    """Return a cache of the images' pictures."""
    return Thumbnails(style.theme, round(_THUMBNAIL * style.scale))


def write_ranking(
    writer: TextWriter,
    explanation: Explanation,
    ranked: NDArray[np.intp] | None,
    dataset: Dataset,
    selected: int,
    thumbnails: Thumbnails,
) -> None:
    """List the images with the largest shares in a number, each as a link that selects it.

    There is no list if the number is no sum over images; the selected image is marked.
    """
    shares = explanation.shares
    if shares is None or ranked is None:
        return
    formats, listed = writer.formats, ranked[:_RANKED].tolist()
    style, theme = formats.style, formats.style.theme
    of = f"the largest {len(listed)} of {len(shares):,}"
    title = f"What {explanation.adding} adds, {of} (click to select)"
    writer.line((title, formats.small), above=2 * GRID)
    side = round(_THUMBNAIL * style.scale)
    start = 2 * GRID + side
    words = start + width_of("image 00000  digit 0 ", formats.text)
    amount = width_of("−0.000e−00", formats.text)
    is_wide = words + amount + GRID + _BAR * style.scale <= writer.width
    left = words + amount + GRID if is_wide else start + amount + GRID
    high = side if is_wide else QFontMetricsF(formats.text.font()).height() + 3
    largest = max(abs(float(shares[image])) for image in listed) or 1.0
    text = centred(formats.text)
    for image in listed:
        share, link = float(shares[image]), linked(text, f"{IMAGE_LINK}{image}")
        strip = QColor(theme.accent) if image == selected else None
        thumbnail = partial(_paint_thumbnail, thumbnails.picture(dataset, image), strip)
        bar = signed_bar(
            writer.width - left - 1, high, share / largest, sign_colours(theme), QColor(theme.muted)
        )
        picture = writer.drawing(InlineDrawing(start, side + 4, thumbnail), link)
        name = f"image {image}  digit {dataset.labels[image]}", link
        number, drawn = compact(share), writer.drawing(bar, link)
        ground = QBrush(QColor(theme.raised)) if image == selected else None
        if is_wide:
            tabs = [Tab(words + amount, RIGHT), Tab(left, LEFT)]
            parts = picture, name, (f"\t{number}\t", link), drawn
            writer.line(*parts, tabs=tabs, leading=0, ground=ground)
        else:
            writer.line(picture, name, leading=0, ground=ground)
            tabs = [Tab(left - start, LEFT)]
            writer.line((f"{number}\t", link), drawn, tabs=tabs, left=start, ground=ground)


def _paint_thumbnail(
    picture: QPixmap, strip: QColor | None, painter: QPainter, rect: QRectF
) -> None:
    """Paint an image, and a strip on the left of the selected one."""
    if strip is not None:
        painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), strip)
    top = rect.center().y() - picture.height() / 2
    painter.drawPixmap(round(rect.left() + GRID), round(top), picture)
