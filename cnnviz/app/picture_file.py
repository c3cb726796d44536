"""Writes pictures, and what else the window exports, to files."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRect, QSizeF
from PySide6.QtGui import QImageWriter, QPageSize, QPainter, QPdfWriter, QPicture
from PySide6.QtWidgets import QWidget

from cnnviz.atomic_file import UnwritableFileError, replacing

_DPI: Final = 96
"""Pixels of an inch."""
_POINTS: Final = 72 / _DPI
"""Of a page, for each pixel."""


class Picture:
    """A widget as it looked when this was made, in pixels and as drawing commands."""

    def __init__(self, widget: QWidget) -> None:
        self._pixels = widget.grab().toImage()  # not for the window's thread alone
        self._size = widget.size()
        self._commands = QPicture()
        widget.render(self._commands)

    def content(self, ending: str) -> bytes:
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
        elif not QImageWriter(buffer, ending.removeprefix(".").encode()).write(self._pixels):
            kind = ending.removeprefix(".").upper()
            raise UnwritableFileError(f"no picture can be written as {kind}: end it in .png.")
        buffer.close()
        return bytes(content.data())

    def _draw_svg(self, device: QIODevice) -> None:
        from PySide6.QtSvg import QSvgGenerator  # noqa: PLC0415  (not at the start)

        generator = QSvgGenerator()
        generator.setOutputDevice(device)
        generator.setSize(self._size)
        generator.setViewBox(QRect(QPoint(), self._size))
        generator.setResolution(_DPI)
        generator.setTitle("cnnviz")
        painter = QPainter(generator)
        painter.drawPicture(0, 0, self._commands)
        painter.end()

    def _draw_pdf(self, device: QIODevice) -> None:
        writer = QPdfWriter(device)
        points = QSizeF(self._size) * _POINTS
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
        writer.setPageMargins(QMarginsF())
        writer.setTitle("cnnviz")
        painter = QPainter(writer)
        painter.scale(writer.width() / self._size.width(), writer.height() / self._size.height())
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
