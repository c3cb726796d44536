"""Writes pictures and other exports of the window to files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QObject,
    QPoint,
    QRect,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPicture,
    QRegion,
)
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QWidget

from cnnviz.atomic_file import UnwritableFileError, replacing

_DPI: Final = 96
"""Pixels of an inch."""
FINEST: Final = 3
"""Pixels of the finest pictures for each of a usual screen, along each side."""
_POINTS: Final = 72 / _DPI
"""Points of a page for each pixel."""


class Picture:
    """A widget as it looked when this was made, in pixels and as drawing commands.

    Parameters
    ----------
    part : QRect, optional
        The part of the widget, in its pixels; all of it by default.
    fine : bool
        Whether more pixels than the screen's may be wanted; it takes three times as long.
    pixels_alone : bool
        Whether neither SVG nor PDF will be wanted; it takes half as long.
    """

    def __init__(
        self,
        widget: QWidget,
        part: QRect | None = None,
        *,
        fine: bool = False,
        pixels_alone: bool = False,
    ) -> None:
        shown = part or widget.rect()
        self.size: Final = shown.size()
        self._pixels = widget.grab(shown).toImage()  # not for the window's thread alone
        self._fine, self._commands = self._pixels, QPicture()
        if pixels_alone and not fine:
            return
        with _without_caches(widget):
            if fine:
                self._fine = _finest(widget, shown)
            if not pixels_alone:
                # Graphics views have another method of this name.
                QWidget.render(widget, self._commands, QPoint(), QRegion(shown))

    def image(self, width: int | None = None) -> QImage:
        """Return the pixels of the screen, or as many as a picture of this width has."""
        if width is None or width == self._pixels.width():
            return self._pixels
        source = self._fine if width > self._pixels.width() else self._pixels
        return source.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)

    def content(self, ending: str, width: int | None = None) -> bytes:
        """Return the content of a file with this ending: ".svg", ".pdf", or pixels.

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
        elif not QImageWriter(buffer, ending.removeprefix(".").encode()).write(self.image(width)):
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
        generator.setResolution(self._commands.logicalDpiX())  # so that Qt scales nothing
        generator.setTitle("cnnviz")
        painter = QPainter(generator)
        painter.drawPicture(0, 0, self._commands)
        painter.end()

    def _draw_pdf(self, device: QIODevice) -> None:
        writer = QPdfWriter(device)
        writer.setResolution(_DPI)  # so that lines and dashes are as wide as on the screen
        points = QSizeF(self.size) * _POINTS
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
        writer.setPageMargins(QMarginsF())
        writer.setTitle("cnnviz")
        painter = QPainter(writer)
        # Drawing commands are scaled by Qt as the writer's dots are finer than the screen's.
        by_qt = writer.logicalDpiX() / self._commands.logicalDpiX()
        scale = QSizeF(writer.width() / self.size.width(), writer.height() / self.size.height())
        painter.scale(scale.width() / by_qt, scale.height() / by_qt)
        painter.drawPicture(0, 0, self._commands)
        painter.end()


class Clipboard(QObject):
    """Says when a picture has been copied, wherever in the window that was."""

    copied = Signal()


CLIPBOARD: Final = Clipboard()


def copy_picture(widget: QWidget, part: QRect | None = None) -> None:
    """Put a picture of a widget, or of a part of it, on the clipboard."""
    # Qt keeps it in an object of its own: the clipboard frees it after Python has ended.
    QGuiApplication.clipboard().setPixmap(widget.grab(part or widget.rect()))
    CLIPBOARD.copied.emit()


@contextmanager
def _without_caches(widget: QWidget) -> Iterator[None]:
    """Let plots be drawn without their caches, which are as coarse as the screen."""
    found = [*widget.findChildren(QGraphicsView)]
    views = [*found, widget] if isinstance(widget, QGraphicsView) else found
    papers = [(view, view.cacheMode()) for view in views if view.isVisible()]
    items = [(item, item.cacheMode()) for view, _ in papers for item in view.items()]
    cached = [(item, mode) for item, mode in items if mode != QGraphicsItem.CacheMode.NoCache]
    for view, _ in papers:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
    for item, _ in cached:
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    try:
        yield
    finally:
        for view, flags in papers:
            view.setCacheMode(flags)
        for item, mode in cached:
            item.setCacheMode(mode)


def _finest(widget: QWidget, part: QRect) -> QImage:
    """Draw a part of a widget with the most pixels that are offered."""
    drawn = QImage(part.size() * FINEST, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.setDevicePixelRatio(FINEST)
    drawn.fill(Qt.GlobalColor.transparent)
    QWidget.render(widget, drawn, QPoint(), QRegion(part))
    drawn.setDevicePixelRatio(1)
    return drawn


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    UnwritableFileError
        If it cannot be written.
    """
    with replacing(path) as file:
        file.write(content)
