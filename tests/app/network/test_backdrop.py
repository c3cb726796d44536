"""The words below a colour bar keep to their column."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.backdrop import _paint_name
from cnnviz.app.network.frame_images import Scale
from cnnviz.app.network.style import network_style


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("width", [52, 110, 200])
@pytest.mark.parametrize("note", ["", "× 5,000", "÷ 30", "held"])
def test_a_note_never_reaches_the_next_name(width: int, note: str) -> None:
    scale, image = Scale("f", -5.0, 5.0, note=note), QImage(300, 30, QImage.Format.Format_RGB32)
    image.fill(LIGHT.panel)
    painter = QPainter(image)
    bounds = QRectF(50, 0, width, 30)
    _paint_name(painter, scale, bounds, network_style(Style(LIGHT)))
    painter.end()
    inked = [x for x in range(300) if len({image.pixel(x, y) for y in range(30)}) > 1]
    assert inked
    assert bounds.left() <= min(inked) <= max(inked) <= bounds.right()
