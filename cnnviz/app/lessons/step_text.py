"""The text of a step, with formulae as pictures."""

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QUrl
from PySide6.QtGui import QImage, QPainter, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from cnnviz.app.look.formulae import drawing
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.teaching.markup import as_html

_FINE: Final = 2
"""Pixels of a formula's picture for each of the text's, so that it is sharp on any screen."""


class StepText(QTextBrowser):
    """Markdown that grows to its height; every word can be selected and read by a screen reader."""

    def __init__(self, name: str, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.viewport().setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._markdown = ""
        self._style = style
        document = self.document()
        document.setDocumentMargin(0)
        document.documentLayout().documentSizeChanged.connect(self._fit)
        self.set_style(style)

    @property
    def markdown(self) -> str:
        """What is shown."""
        return self._markdown

    def show_markdown(self, markdown: str) -> None:
        """Show a text."""
        self._markdown = markdown
        self._write()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.setFont(style.body_font)
        self.document().setDefaultFont(style.body_font)
        self.document().setDefaultStyleSheet(
            f"p, li, td {{ line-height: 130%; color: {style.theme.text}; }}"
            f"code {{ color: {style.theme.accent}; }}"
        )
        self._write()

    def _write(self) -> None:
        addresses: list[str] = []

        def add(latex: str) -> str:
            address = f"formula:{len(addresses)}"
            addresses.append(address)
            image = _picture(latex, self._style)
            kind = QTextDocument.ResourceType.ImageResource.value
            self.document().addResource(kind, QUrl(address), image)
            return address

        self.document().clear()
        self.setHtml(as_html(self._markdown, add))
        self._fit()

    def _fit(self) -> None:
        """Take the height of the text, so that the panel scrolls and not this."""
        height = round(self.document().size().height()) + GRID // 2
        if height != self.height():
            self.setFixedHeight(height)


def _picture(latex: str, style: Style) -> QImage:
    renderer = QSvgRenderer(QByteArray(drawing(latex, style.theme.text)))
    size = (renderer.viewBoxF().size() * (style.scale * _FINE)).toSize()
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_FINE)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size.width() / _FINE, size.height() / _FINE))
    painter.end()
    return image
