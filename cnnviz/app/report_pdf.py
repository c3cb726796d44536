"""A report as pages of a PDF."""

import re
from html import unescape
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRect, QRectF, QSizeF, QThread
from PySide6.QtGui import (
    QPageSize,
    QPainter,
    QPdfWriter,
    QPyTextObject,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from cnnviz.app.look.theme import LIGHT

_SVG: Final = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)">.*?</svg>', re.DOTALL)
_DARK: Final = re.compile(r'<image class="dark"[^>]*/>')
_NAMES: Final = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_DPI: Final = 96
"""Pixels of an inch of a web page."""
_NEW_PAGE: Final = re.compile("<h2>(?=Weights|Predictions|Image|Is this)")
"""The headings that begin a page."""
_STYLE: Final = f"""
body {{ font-family: sans-serif; font-size: 9pt; color: {LIGHT.text}; }}
h1 {{ font-size: 16pt; }} h2 {{ font-size: 12pt; }} h3, h4 {{ font-size: 9pt; }}
th, td {{ padding: 3px; }}
.muted, h4, th {{ color: {LIGHT.muted}; }} .wrong {{ color: {LIGHT.wrong}; }}
.right {{ color: {LIGHT.accent}; }}
"""
_SVG_STYLE: Final = f"""<style>
text {{ font-family: sans-serif; font-size: 13px; fill: {LIGHT.text}; }}
.grid, .axis {{ stroke: {LIGHT.line}; }}
.half, .change {{ stroke: {LIGHT.muted}; stroke-dasharray: 4 3; }}
.curve {{ fill: none; stroke: {LIGHT.accent}; stroke-width: 1.5; }}
.held-out {{ fill: none; stroke: {LIGHT.text}; stroke-width: 1.5; stroke-dasharray: 6 3; }}
circle.right {{ fill: {LIGHT.accent}; }}
path.wrong {{ fill: none; stroke: {LIGHT.wrong}; stroke-width: 1.5; }}
</style>"""
"""The page's style sheet for pictures, in a form that QtSvg can read."""


def as_pdf(report: bytes) -> bytes:
    """Return a report, an HTML page of `as_report`, as a PDF in the light theme; on any thread.

    Qt sets text and tables, and draws the pictures among them.
    """
    thread = _Thread(report)
    thread.start()
    thread.wait()
    if thread.error is not None:
        raise thread.error
    return thread.content


class _Thread(QThread):
    """Sets a report: Qt's documents start timers, which only its own threads have."""

    def __init__(self, report: bytes) -> None:
        super().__init__()
        self._report = report
        self.content = b""
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.content = _pdf_of(self._report)
        except Exception as error:
            self.error = error


def _pdf_of(report: bytes) -> bytes:
    page, document = report.decode(), QTextDocument()
    pictures = _Pictures(document)
    document.setDefaultStyleSheet(_STYLE)
    body = page.partition("<main>")[2].partition("</main>")[0]
    body = _NEW_PAGE.sub('<h2 style="page-break-before: always">', body)
    body = body.replace('<th scope="row">', '<th align="left">')
    document.setHtml(_SVG.sub(pictures.add, body))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(300)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF())  # the document has some
    writer.setTitle(unescape(page.partition("<title>")[2].partition("</title>")[0]))
    document.print_(writer)
    buffer.close()
    return bytes(content.data())


class _Pictures(QPyTextObject):
    """Draws the pictures of a document, in lines and letters: Qt's texts know pixels alone."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._renderers: dict[str, QSvgRenderer] = {}
        kind = QTextFormat.ObjectTypes.ImageObject.value
        document.documentLayout().registerHandler(kind, self)

    def add(self, found: re.Match[str]) -> str:
        """Keep an SVG of the page, and return the element that shows it."""
        svg = _DARK.sub("", found[0])
        svg = svg.replace(" href=", ' image-rendering="optimizeSpeed" xlink:href=')
        svg = svg.replace("<svg ", f"<svg {_NAMES} ", 1).replace(">", f">{_SVG_STYLE}", 1)
        address = f"picture:{found.start()}"
        self._renderers[address] = QSvgRenderer(QByteArray(svg.encode()))
        return f'<img src="{address}" width="{found[1]}" height="{found[2]}">'

    def intrinsicSize(self, document: QTextDocument, _at: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        """Return the size of a picture in the document's dots."""
        image, device = format.toImageFormat(), document.documentLayout().paintDevice()
        dots = 1.0 if device is None else device.logicalDpiX() / _DPI
        return QSizeF(image.width(), image.height()) * dots

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _document: QTextDocument,
        _at: int,
        format: QTextFormat,  # noqa: A002
    ) -> None:
        """Draw a picture."""
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        self._renderers[format.toImageFormat().name()].render(painter, QRectF(rect))
