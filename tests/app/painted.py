"""The words that a widget paints and their rectangles, recorded from a paint of it."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QRegion, QTransform
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QTextEdit, QWidget

_SLACK = 1.5
"""Pixels by which side bearing and rounding may exceed the box of a word."""


def painted_words(widget: QWidget) -> list[tuple[QRectF, str]]:
    """Return the words that a widget itself paints, each with the box that its letters fill."""

    def draw(generator: QSvgGenerator) -> None:
        widget.render(generator, QPoint(), QRegion(), QWidget.RenderFlag(0))

    return _words(draw, widget.size(), widget.logicalDpiX())


def document_words(view: QTextEdit) -> list[tuple[QRectF, str]]:
    """Return all words of a view, each with the bounding box of its letters."""

    def draw(generator: QSvgGenerator) -> None:
        painter = QPainter(generator)
        view.document().drawContents(painter)
        painter.end()

    return _words(draw, document_rect(view).size().toSize(), view.logicalDpiX())


def document_rect(view: QTextEdit) -> QRectF:
    """Return the rectangle of the text in a view: the view's width, the document's height."""
    return QRectF(0, 0, view.viewport().width(), view.document().size().height())


def _words(
    draw: Callable[[QSvgGenerator], None], size: QSize, resolution: int
) -> list[tuple[QRectF, str]]:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(resolution)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(), size))
    draw(generator)
    buffer.close()
    found: list[tuple[QRectF, str]] = []
    drawing = ET.fromstring(bytes(buffer.data().data()))  # noqa: S314  # just drawn
    _gather(drawing, QTransform(), {}, found)
    return found


def overlaps(words: list[tuple[QRectF, str]]) -> list[tuple[str, str]]:
    """Return the pairs of words that are painted over each other."""
    inner = [(box.adjusted(_SLACK, _SLACK, -_SLACK, -_SLACK), text) for box, text in words]
    return [(one, other) for (a, one), (b, other) in combinations(inner, 2) if a.intersects(b)]


def cut_off(words: list[tuple[QRectF, str]], room: QRectF) -> list[str]:
    """Return the words that are cut off: outside the rectangle, or elided."""
    wider = room.adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK)
    return [text for box, text in words if not wider.contains(box) or text.endswith("…")]


def _gather(
    element: ET.Element,
    transform: QTransform,
    style: dict[str, str],
    found: list[tuple[QRectF, str]],
) -> None:
    style = {**style, **element.attrib}
    if "transform" in element.attrib:
        numbers = element.attrib["transform"].removeprefix("matrix(").rstrip(")").split(",")
        transform = QTransform(*map(float, numbers)) * transform
    if element.tag.endswith("}text") and element.text and element.text.strip():
        font = QFont(style["font-family"])
        font.setPixelSize(round(float(style["font-size"])))
        font.setWeight(QFont.Weight(int(style["font-weight"])))
        font.setItalic(style["font-style"] == "italic")
        metrics = QFontMetricsF(font)
        left, base = float(element.attrib["x"]), float(element.attrib["y"])
        text = element.text.strip()
        wide = metrics.horizontalAdvance(text)
        box = QRectF(left, base - metrics.xHeight(), wide, metrics.xHeight())
        found.append((transform.mapRect(box), text))
    for child in element:
        _gather(child, transform, style, found)
