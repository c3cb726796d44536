"""The text of a step, with formulae as pictures."""

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QUrl
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from cnnviz.app.look.formulae import drawing
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.teaching.markup import as_html

_FINE: Final = 2
"""Pixels of a formula's picture for each of the text's, so that it is sharp on any screen."""

_LOOSE: Final = 130
"""The height of a line in percent of its type's."""
_TIGHT: Final = 112
"""The same in a low panel."""
_PICTURE: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for a picture in the text of a document."""


class StepText(QTextBrowser):
    """Markdown that grows to its height; every word can be selected and read by a screen reader."""

    def __init__(self, name: str, style: Style) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.viewport().setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._markdown = ""
        self._style, self._is_tight = style, False
        document = self.document()
        document.setDocumentMargin(0)
        document.documentLayout().documentSizeChanged.connect(self._fit)
        self.set_style(style)

    @property
    def markdown(self) -> str:
        """The step that is shown."""
        return self._markdown

    def show_markdown(self, markdown: str) -> None:
        """Show a text."""
        self._markdown = markdown
        self._write()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        height = _TIGHT if self._is_tight else _LOOSE
        self.document().setDefaultFont(style.body_font)
        self.document().setDefaultStyleSheet(
            f"p, li, td, th {{ line-height: {height}%; color: {style.theme.text}; }}"
            f"td, th {{ padding-right: {2 * GRID}px; }} th {{ text-align: left; }}"
            f"p {{ margin-top: 0; margin-bottom: {GRID}px; }}"
            "p.formula { line-height: 100%; }"
            f"code {{ color: {style.theme.accent}; }}"
        )
        self._write()

    def make_tight(self, tight: bool) -> None:
        """Put the lines closer together, or as far apart as is easiest to read."""
        if tight != self._is_tight:
            self._is_tight = tight
            self.set_style(self._style)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, with a frame if it has the keyboard."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self._style.theme.accent))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))
            painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the frame."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Remove the frame."""
        super().focusOutEvent(event)
        self.viewport().update()

    def _write(self) -> None:
        addresses: list[str] = []
        descent = QFontMetricsF(self._style.body_font).descent()

        def add(latex: str) -> str:
            address = f"formula:{len(addresses)}"
            addresses.append(address)
            image = _picture(latex, self._style, descent)
            kind = QTextDocument.ResourceType.ImageResource.value
            self.document().addResource(kind, QUrl(address), image)
            return address

        self.document().clear()
        self.setHtml(as_html(self._markdown, add))
        self._align_formulae()
        last = QTextCursor(self.document())
        last.movePosition(QTextCursor.MoveOperation.End)
        ending = QTextBlockFormat()
        ending.setBottomMargin(0)  # the layout around it has a gap
        last.mergeBlockFormat(ending)
        self._fit()

    def _align_formulae(self) -> None:
        """Let the lower edges of formulae be those of the letters: Qt's HTML has no word for it."""
        aligned = QTextCharFormat()
        aligned.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        cursor = self.document().find(_PICTURE)
        while not cursor.isNull():
            cursor.mergeCharFormat(aligned)
            cursor = self.document().find(_PICTURE, cursor)

    def _fit(self) -> None:
        """Take the height of the text, so that the panel scrolls and not this."""
        height = round(self.document().size().height()) + GRID // 2
        if height != self.height():
            self.setFixedHeight(height)


def _picture(latex: str, style: Style, descent: float) -> QImage:
    """Draw a formula that goes below its base line as far as letters do, at least.

    `descent` is how far the letters beside it go below that line, in pixels.
    """
    renderer = QSvgRenderer(QByteArray(drawing(latex, style.theme.text)))
    box = renderer.viewBoxF()  # its origin is on the base line
    width, height = box.width() * style.scale, box.height() * style.scale
    below = max(0.0, descent - box.bottom() * style.scale)
    image = QImage(
        round(width * _FINE),
        round((height + below) * _FINE),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(_FINE)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, width, height))
    painter.end()
    return image
