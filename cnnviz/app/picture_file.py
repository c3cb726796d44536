"""Pictures of the window and of its parts: as files, and on the clipboard."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEvent,
    QIODevice,
    QMarginsF,
    QObject,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPicture,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QGraphicsItem,
    QGraphicsView,
    QWidget,
)

from cnnviz.app.clipboard import CLIPBOARD
from cnnviz.app.left_out import without_controls
from cnnviz.app.recorded_drawing import Clip, FineRecording, with_scaling_lines
from cnnviz.atomic_file import UnwritableFileError

_DPI: Final = 96
"""Pixels of an inch."""
FINEST: Final = 3
"""Pixels of the finest pictures for each of a usual screen, along each side."""
_BOX: Final = re.compile(r'width="[^"]*" height="[^"]*"')
_FONT: Final = re.compile(
    r'font-family="([^"]*)" font-size="([\d.]+)" font-weight="(\d+)" font-style="(\w+)"'
)
_SAMPLE: Final = "the quick brown fox jumps over the lazy dog 0123456789"
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
        self._pixels = pixels(widget, shown)
        ratios = range(2, FINEST + 1) if fine else ()
        self._fine = [_recorded(widget, shown, ratio) for ratio in ratios]
        self._drawing = None if pixels_alone else _recorded(widget, shown)

    def image(self, width: int | None = None) -> QImage:
        """Return the pixels of the screen, or as many as a picture of this width has."""
        if width is None or width == self._pixels.width():
            return self._pixels
        source = self._pixels
        if self._fine and width > source.width():
            enough = [one for one in self._fine if one.ratio * self.size.width() >= width]
            source = _played([*enough, self._fine[-1]][0], self.size)
        return source.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)

    def content(self, ending: str, width: int | None = None) -> bytes:
        """Return the content of a file with this ending: ".svg", ".pdf", or pixels.

        Raises UnwritableFileError if there is no such format of pictures.
        """
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        if ending == ".svg":
            self._draw_svg(buffer)
            buffer.close()
            return _readable_elsewhere(bytes(content.data()), self.size)
        if ending == ".pdf":
            self._draw_pdf(buffer)
        elif not QImageWriter(buffer, ending.removeprefix(".").encode()).write(self.image(width)):
            kind = ending.removeprefix(".").upper()
            raise UnwritableFileError(f"no picture can be written as {kind}: end it in .png.")
        buffer.close()
        return bytes(content.data())

    def _draw_svg(self, device: QIODevice) -> None:
        from PySide6.QtSvg import QSvgGenerator  # noqa: PLC0415  (not at the start)

        generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # Tiny has no clips
        generator.setOutputDevice(device)
        generator.setSize(self.size)
        generator.setViewBox(QRect(QPoint(), self.size))
        drawing = self._commands()
        generator.setResolution(drawing.logicalDpiX())  # so that Qt scales nothing
        generator.setTitle("cnnviz")
        painter = QPainter(generator)
        painter.drawPicture(0, 0, drawing)
        painter.end()

    def _draw_pdf(self, device: QIODevice) -> None:
        writer = QPdfWriter(device)
        writer.setResolution(_DPI)  # so that lines and dashes are as wide as on the screen
        points = QSizeF(self.size) * _POINTS
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
        writer.setPageMargins(QMarginsF())
        writer.setTitle("cnnviz")
        drawing = self._commands()
        painter = QPainter(writer)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)  # no JPEG
        # Drawing commands are scaled by Qt as the writer's dots are finer than the screen's.
        by_qt = writer.logicalDpiX() / drawing.logicalDpiX()
        scale = QSizeF(writer.width() / self.size.width(), writer.height() / self.size.height())
        painter.scale(scale.width() / by_qt, scale.height() / by_qt)
        painter.drawPicture(0, 0, drawing)
        painter.end()

    def _commands(self) -> QPicture:
        if self._drawing is None:
            raise AssertionError
        return with_scaling_lines(self._drawing)


def copy_picture(widget: QWidget, part: QRect | None = None) -> None:
    """Put a picture of a widget, or of a part of it, on the clipboard."""
    flags = Qt.ImageConversionFlag.NoOpaqueDetection  # as the widget is grabbed
    # Qt keeps it in an object of its own: the clipboard frees it after Python has ended.
    QGuiApplication.clipboard().setPixmap(QPixmap.fromImage(pixels(widget, part), flags))
    CLIPBOARD.copied.emit()


@contextmanager
def _without_caches(widget: QWidget) -> Iterator[None]:
    """Let plots be drawn without their caches, which are as coarse as the screen."""
    from pyqtgraph import ScatterPlotItem  # noqa: PLC0415  (not at the start)

    found = [*widget.findChildren(QGraphicsView)]
    views = [*found, widget] if isinstance(widget, QGraphicsView) else found
    papers = [(view, view.cacheMode()) for view in views if view.isVisible()]
    items = [item for view, _ in papers for item in view.items()]
    modes = [(item, item.cacheMode()) for item in items]
    cached = [(item, mode) for item, mode in modes if mode != QGraphicsItem.CacheMode.NoCache]
    points = [item for item in items if isinstance(item, ScatterPlotItem)]
    uses = [(item, item.opts["useCache"]) for item in points]
    for item in points:
        item.opts["useCache"] = False
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
        for item, use in uses:
            item.opts["useCache"] = use


def _readable_elsewhere(drawing: bytes, size: QSize) -> bytes:
    """Give Qt's SVG its size in pixels, and fonts of every machine after those of this one."""
    box = f'width="{size.width()}" height="{size.height()}"'
    text = _BOX.sub(box, drawing.decode(), count=1)
    return _FONT.sub(_readable_font, text).encode()


def _readable_font(match: re.Match[str]) -> str:
    """Return a font with one of every machine after it, and the size at which Qt draws it.

    On many screens Qt rounds the size to whole pixels. Words of the size that was asked for would
    be wider than the gap that is left for them.
    """
    family, size, weight, style = match.groups()
    generic = "monospace" if "mono" in family.lower() else "sans-serif"
    families = f"{family}, {generic}" if family != generic else family
    drawn = _drawn_size(family, float(size), int(weight), style == "italic")
    return (
        f'font-family="{families}" font-size="{drawn:g}" font-weight="{weight}" '
        f'font-style="{style}"'
    )


@cache
def _drawn_size(family: str, pixels: float, weight: int, italic: bool) -> float:
    """Return the size in pixels of letters as wide as Qt draws those of this size."""

    def width(times: int) -> float:
        font = QFont(family)
        font.setPointSizeF(times * pixels * _POINTS)
        font.setWeight(QFont.Weight(weight))
        font.setItalic(italic)
        return QFontMetricsF(font).horizontalAdvance(_SAMPLE) / times

    return round(pixels * width(1) / width(100), 2)


def pixels(widget: QWidget, part: QRect | None = None) -> QImage:
    """Return the pixels of a widget, or of a part of it, as a screen shows them.

    If that has several for each of a usual one, lines are as wide as on a usual screen.
    """
    shown, ratio = part or widget.rect(), widget.devicePixelRatio()
    if ratio == 1:
        with without_controls(widget):
            return widget.grab(shown).toImage()  # a pixmap is for the window's thread alone
    return _played(_recorded(widget, shown, ratio), shown.size())


def _recorded(widget: QWidget, part: QRect, ratio: float = 1.0) -> FineRecording:
    """Record how a part of a widget is drawn at a multiple of the pixels of a usual screen."""
    recording = FineRecording(ratio)
    edges, application = _Edges(widget, part, recording), QCoreApplication.instance()
    if application is None:
        raise AssertionError
    application.installEventFilter(edges)
    try:
        with _without_caches(widget), without_controls(widget):
            # Graphics views have another method of this name.
            QWidget.render(widget, recording, QPoint(), QRegion(part))
    finally:
        application.removeEventFilter(edges)
    return recording


class _Edges(QObject):
    """Notes where widgets end while they are drawn into a recording.

    On a screen, Qt clips each to what is seen of it; so a row of a table can be cut off. It does
    not record that.
    """

    def __init__(self, root: QWidget, part: QRect, recording: FineRecording) -> None:
        super().__init__()
        self._root, self._part, self._recording = root, part, recording
        self._drawn: QObject | None = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Send each paint event, to see what it draws."""
        if event.type() is not QEvent.Type.Paint or watched is self._drawn:
            return False
        edge = self._edge_of(watched) if isinstance(watched, QWidget) else None
        if edge is None:
            return False
        start, before, self._drawn = self._recording.size(), self._drawn, watched
        QCoreApplication.sendEvent(watched, event)
        self._drawn, ratio = before, self._recording.ratio
        corner, size = QPointF(edge.topLeft()) * ratio, QSizeF(edge.size()) * ratio
        self._recording.clips.append(Clip(start, self._recording.size(), QRectF(corner, size)))
        return True

    def _edge_of(self, widget: QWidget) -> QRect | None:
        """Return the part of a widget that is seen, if it could draw beyond it."""
        origin, whole = self._part.topLeft(), widget.rect()
        if widget is not self._root and not self._root.isAncestorOf(widget):
            return None
        whole = whole.translated(widget.mapTo(self._root, QPoint()) - origin)
        seen, around = whole, widget
        while around is not self._root and (parent := around.parentWidget()) is not None:
            around = parent
            seen &= around.rect().translated(around.mapTo(self._root, QPoint()) - origin)
        area = widget.parentWidget()
        is_viewport = isinstance(area, QAbstractScrollArea) and area.viewport() is widget
        return seen if is_viewport or seen != whole else None


def _played(recording: FineRecording, size: QSize) -> QImage:
    """Draw a recording in its pixels."""
    drawn = QImage(
        (QSizeF(size) * recording.ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied
    )
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.drawPicture(0, 0, with_scaling_lines(recording))
    painter.end()
    return drawn
