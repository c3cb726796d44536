"""Icons from `resources/icons`, in a theme's colours."""

from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from cnnviz.app.look.theme import Theme
from cnnviz.data.resources import resource_path

_SIZES: Final = (24, 48)


@cache
def icon(name: str, theme: Theme, colour: str = "") -> QIcon:
    """Draw the icon `name` with ``currentColor`` in a colour, by default the theme's text colour.

    It is drawn once for all widgets that show it.

    Raises MissingResourceError if the installation lacks the icon.
    """
    result, drawing = QIcon(), _drawing(name)
    for mode, drawn in (
        (QIcon.Mode.Normal, colour or theme.text),
        (QIcon.Mode.Disabled, theme.line),
    ):
        renderer = _renderer(drawing.replace(b"currentColor", drawn.encode()))
        for size in _SIZES:
            result.addPixmap(_pixmap(renderer, size), mode)
    return result


@cache
def window_icon() -> QIcon:
    """Return the program's own icon."""
    result, renderer = QIcon(), _renderer(_drawing("cnnviz"))
    for size in (16, 32, 64, 128, 256):
        result.addPixmap(_pixmap(renderer, size))
    return result


def _drawing(name: str) -> bytes:
    return resource_path("icons", f"{name}.svg").read_bytes()


def _renderer(drawing: bytes) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing))


def _pixmap(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
