"""Writes pictures, and what else the window exports, to files."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRect, QSizeF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPageSize, QPainter, QPdfWriter, QPicture, QRegion
from PySide6.QtWidgets import QWidget

from cnnviz.atomic_file import UnwritableFileError, replacing

_DPI: Final = 96
"""Pixels of an inch."""
_POINTS: Final = 72 / _DPI
"""Of a page, for each pixel."""


class Picture:
    """A widget as it looked when this was made, as drawing commands.

    Parameters
    ----------
    part : QRect, optional
        The part of the widget, in its pixels; all of it by default.
    """

    def __init__(self, widget: QWidget, part: QRect | None = None) -> None:
        shown = part or widget.rect()
        self.size: Final = shown.size()
        self._ratio = widget.devicePixelRatioF()
        self._pixels = widget.grab(shown).toImage()  # not for the window's thread alone
        self._commands = QPicture()
        widget.render(self._commands, QPoint(), QRegion(shown))

    def image(self, scale: float | None = None) -> QImage:
        """Return the pixels: as on the screen, or so many times the size of a usual screen's."""
        if scale is None or scale == self._ratio:
            return self._pixels
        size = (QSizeF(self.size) * scale).toSize()
        drawn = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        drawn.setDevicePixelRatio(scale)  # so that lines of one pixel become as thick as others
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.drawPicture(0, 0, self._commands)
        painter.end()
        return drawn

    def content(self, ending: str, scale: float | None = None) -> bytes:
        """Return what a file with this ending holds: ".svg", ".pdf", or pixels.

        Raises
        ------
        UnwritableFileError
            If there is no such format of pictures.
        """
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        if ending == ".svg":
            self._draw_svg(buffer)
        elif ending == ".pdf":
            self._draw_pdf(buffer)
        elif not QImageWriter(buffer, ending.removeprefix(".").encode()).write(self.image(scale)):
            kind = ending.removeprefix(".").upper()
            raise UnwritableFileError(f"no picture can be written as {kind}: end it in .png.")
        buffer.close()
        return bytes(content.data())

    def _draw_svg(self, device: QIODevice) -> None:
        from PySide6.QtSvg import QSvgGenerator  # noqa: PLC0415  (not at the start)

        generator = QSvgGenerator()
        generator.setOutputDevice(device)
        generator.setSize(self.size)
        generator.setViewBox(QRect(QPoint(), self.size))
        generator.setResolution(_DPI)
        generator.setTitle("cnnviz")
        painter = QPainter(generator)
        painter.drawPicture(0, 0, self._commands)
        painter.end()

    def _draw_pdf(self, device: QIODevice) -> None:
        writer = QPdfWriter(device)
        points = QSizeF(self.size) * _POINTS
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
        writer.setPageMargins(QMarginsF())
        writer.setTitle("cnnviz")
        painter = QPainter(writer)
        painter.scale(writer.width() / self.size.width(), writer.height() / self.size.height())
        painter.drawPicture(0, 0, self._commands)
        painter.end()


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    UnwritableFileError
        If it cannot be written.
    """
    with replacing(path) as file:
        file.write(content)
