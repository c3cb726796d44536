"""Recorded drawings whose lines and pixels look in every program as they do on the screen.

A cosmetic pen, as plots have it, keeps its width in pixels however the drawing is scaled. In a
picture with three times the pixels it is a third as wide as on the screen; in SVG, programs that
do not know ``vector-effect`` draw it as wide as the data are high.
"""

import binascii
import math
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QImage,
    QPaintDevice,
    QPainter,
    QPainterPath,
    QPen,
    QPicture,
    QTransform,
)

# Commands of Qt's format of recorded drawings (QPicturePrivate::PaintCommand).
_ELLIPSE: Final = 8
_POLYLINE: Final = 12
_POLYGON: Final = 13
_PIXMAP: Final = 17
_IMAGE: Final = 18
_PATH: Final = 25
_PEN: Final = 46
_BRUSH: Final = 47
_MATRIX: Final = 55
_CLIP_REGION: Final = 61
_CLIP_PATH: Final = 62
_HINTS: Final = 63
_CLIP_ENABLED: Final = 65
_IMAGES: Final = (_PIXMAP, _IMAGE)
_CLIPS: Final = (_CLIP_REGION, _CLIP_PATH, _CLIP_ENABLED)
_SHAPES: Final = (_ELLIPSE, _POLYLINE, _POLYGON, _PATH)

_HEADER: Final = struct.Struct(">4sHHHBB4iI")
"""The format's name, a checksum, its version, the first command, the bounds, and how many commands
follow."""
_CHECKED: Final = 6
"""Bytes of the header before those of which there is a checksum."""
_PLAIN: Final = (Qt.BrushStyle.NoBrush, Qt.BrushStyle.SolidPattern)
_LONG: Final = 255
"""In place of the length of a command that is as long or longer."""
_RECT: Final = 4 * 8
"""Bytes of a rectangle."""
_FLAGS: Final = 4
"""Bytes after an image, but not after a pixmap."""
_NO_REGION: Final = bytes(4)
_SHARPNESS: Final = 2
"""Pixels of an image in a drawing for each of the screen."""
_ENLARGED: Final = 1.5
"""Pixels of the screen for each of an image that is drawn to show its own pixels."""
_MOST_REPEATED: Final = 64
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_METRIC: Final = QPaintDevice.PaintDeviceMetric
_HALVES: Final = tuple(metric for metric in _METRIC if "Encoded" in metric.name)
_Value = TypeVar("_Value", QPen, QBrush, QPainterPath, QImage)


@dataclass(frozen=True, slots=True)
class Clip:
    """An edge beyond which a part of a recording is not seen."""

    start: int
    end: int
    """Where the part starts and ends, in bytes."""
    rect: QRectF
    """In the coordinates of the device."""


class FineRecording(QPicture):
    """Records what is drawn on a screen that has a multiple of the pixels of a usual one."""

    def __init__(self, ratio: float = 1.0) -> None:
        super().__init__()
        self.ratio: Final = ratio
        self.clips: list[Clip] = []
        """Edges that a screen gives to what is drawn, in its order."""

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        """Return a property of the screen, of which a QPicture knows no fine ones."""
        if metric == _METRIC.PdmDevicePixelRatio:
            return int(self.ratio)
        if metric == _METRIC.PdmDevicePixelRatioScaled:
            return round(self.ratio * self.devicePixelRatioFScale())
        if metric in _HALVES:  # a double in two numbers
            return int(struct.unpack("=2i", struct.pack("=d", self.ratio))[metric.value & 1])
        return super().metric(metric)


def with_scaling_lines(recording: FineRecording) -> QPicture:
    """Return a recording with pens that scale, of the same widths in the pixels of a usual screen.

    The shapes that a cosmetic pen draws are recorded anew in the coordinates of the device, so
    that a transformation of the data does not distort the pen. Segments of one line that were
    drawn one by one are joined.
    """
    content = bytes(cast("memoryview", recording.data()))[: recording.size()]
    if not content:
        return recording
    tag, _, *version, begin, length, left, top, width, height, _ = _HEADER.unpack_from(content)
    rewriter = _Rewriter(version[0], recording.ratio)
    at, clips = _HEADER.size, deque(recording.clips)
    while at < len(content):
        while clips and at >= clips[0].end:
            clips.popleft()
        rewriter.clip_to(clips[0].rect if clips and at >= clips[0].start else None)
        command, size = content[at], content[at + 1]
        at += 2
        if size == _LONG:
            (size,) = struct.unpack_from(">I", content, at)
            at += 4
        rewriter.add(command, content[at : at + size])
        at += size
    commands = rewriter.finish()
    count = rewriter.count
    header = _HEADER.pack(tag, 0, *version, begin, length, left, top, width, height, count)
    checked = header[_CHECKED:] + commands
    total = header[: _CHECKED - 2] + struct.pack(">H", _checksum(checked)) + checked
    rewritten = QPicture()
    rewritten.setData(total)
    return rewritten


def _checksum(content: bytes) -> int:
    """Return Qt's checksum, CRC-16 of ISO 3309, whose bits are in reverse to those of `crc_hqx`."""
    crc = binascii.crc_hqx(content.translate(_REVERSED), 0xFFFF)
    return int(f"{crc:016b}"[::-1], 2) ^ 0xFFFF


@dataclass
class _Rewriter:
    """Takes one command after another, and keeps those that draw the same with scaling pens."""

    version: int
    ratio: float
    count: int = 0
    _out: bytearray = field(default_factory=bytearray)
    _matrix: QTransform = field(default_factory=QTransform)
    _matrix_bytes: bytes = b""
    _pen_bytes: bytes = b""
    _scaling_pen: bytes | None = None  # in place of a cosmetic one
    _is_smooth: bool = False  # images are
    _edge: QRectF | None = None
    _own_clip: tuple[int, bytes, bytes] | None = None  # the last one, and its matrix
    _has_pattern: bool = False  # the brush depends on the matrix
    _written: dict[int, bytes] = field(default_factory=dict)  # the last matrix and pen
    _line: list[NDArray[np.float64]] = field(default_factory=list)  # not written yet

    def add(self, command: int, body: bytes) -> None:
        """Take a command."""
        if command in _CLIPS and self._edge is not None:
            self._clip_inside(command, body)
        elif command == _MATRIX:
            self._matrix_bytes = body
            self._matrix = QTransform(*struct.unpack_from(">9d", body))
        elif command == _PEN:
            self._pen_bytes, self._scaling_pen = body, self._scaled(body)
        elif command in _SHAPES and self._scaling_pen is not None and not self._has_pattern:
            self._draw(command, body)
        else:
            if command == _HINTS:
                smooth = QPainter.RenderHint.SmoothPixmapTransform.value
                self._is_smooth = bool(struct.unpack(">I", body)[0] & smooth)
            if command == _BRUSH:
                self._has_pattern = self._read(body, QBrush()).style() not in _PLAIN
            self._write_line()
            self._set(_MATRIX, self._matrix_bytes)
            self._set(_PEN, self._pen_bytes)
            self._write(command, self._shown(command, body) if command in _IMAGES else body)

    def clip_to(self, edge: QRectF | None) -> None:
        """Draw nothing beyond an edge from now on, whatever else clips; None for no edge."""
        if edge is self._edge:
            return
        self._edge, self._own_clip = edge, None
        self._write_line()
        if edge is None:
            self._write(_CLIP_REGION, _NO_REGION + _operation(Qt.ClipOperation.NoClip))
        else:
            self._write_edge(edge)

    def _write_edge(self, edge: QRectF) -> None:
        path = QPainterPath()
        path.addRect(edge)
        self._set(_MATRIX, _identity())
        self._write(_CLIP_PATH, self._bytes(path) + _operation(Qt.ClipOperation.ReplaceClip))

    def _clip_inside(self, command: int, body: bytes) -> None:
        """Clip inside the edge."""
        self._write_line()
        if command != _CLIP_ENABLED and body[-1:] == _operation(Qt.ClipOperation.IntersectClip):
            self._set(_MATRIX, self._matrix_bytes)
            self._write(command, body)
            return
        if self._edge is not None:
            self._write_edge(self._edge)
        if command != _CLIP_ENABLED:
            replaces = body[-1:] == _operation(Qt.ClipOperation.ReplaceClip)
            self._own_clip = (command, body, self._matrix_bytes) if replaces else None
        if self._own_clip is not None and body != b"\0":
            command, body, matrix = self._own_clip
            self._set(_MATRIX, matrix)
            self._write(command, body[:-1] + _operation(Qt.ClipOperation.IntersectClip))

    def finish(self) -> bytes:
        """Return all commands."""
        self._write_line()
        return bytes(self._out)

    def _scaled(self, body: bytes) -> bytes | None:
        """Return a pen that scales for a cosmetic one; None if the pen scales or draws nothing."""
        pen = self._read(body, QPen())
        if not pen.isCosmetic() or pen.style() == Qt.PenStyle.NoPen:
            return None
        if pen.widthF() <= 1 and pen.style() != Qt.PenStyle.SolidLine:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # as Qt draws thin cosmetic dashes
        pen.setWidthF((pen.widthF() or 1.0) * self.ratio)
        pen.setCosmetic(False)
        return self._bytes(pen)

    def _shown(self, command: int, body: bytes) -> bytes:
        """Return an image without what is not shown of it, and with pixels that stay sharp.

        Qt's SVG would show all of it, and programs smooth the pixels of a small image.
        """
        end = len(body) - (_FLAGS if command == _IMAGE else 0)
        target, source = (
            QRectF(*struct.unpack(">4d", body[at : at + _RECT])) for at in (0, end - _RECT)
        )
        image = self._read(body[_RECT : end - _RECT], QImage())
        part = source.toAlignedRect() & image.rect()
        if part.isEmpty() or QRectF(part) != source:
            return body
        times = self._enlargement(target.size(), part.size())
        if part == image.rect() and times == (1, 1):
            return body
        shown = image.copy(part).scaled(part.width() * times[0], part.height() * times[1])
        whole = struct.pack(">4d", 0, 0, shown.width(), shown.height())
        return body[:_RECT] + self._bytes(shown) + whole + body[end:]

    def _enlargement(self, target: QSizeF, part: QSize) -> tuple[int, int]:
        """Return how often to repeat the columns and rows of an image in a drawing."""
        if self._is_smooth or self.ratio != 1:
            return 1, 1
        m = self._matrix
        wide = target.width() * math.hypot(m.m11(), m.m12()) / part.width()
        high = target.height() * math.hypot(m.m21(), m.m22()) / part.height()
        return _times(wide), _times(high)

    def _draw(self, command: int, body: bytes) -> None:
        """Draw a shape in the coordinates of the device."""
        if command in {_POLYLINE, _POLYGON}:
            points = np.frombuffer(body, ">f8", 2 * struct.unpack_from(">I", body)[0], 4)
            mapped = self._mapped(points.reshape(-1, 2))
            if command == _POLYLINE:
                self._continue_line(mapped)
                return
            self._write_line()
            self._prepare()
            self._write(_POLYGON, _polygon(mapped) + body[4 + points.nbytes :])
            return
        if command == _ELLIPSE:
            path = QPainterPath()
            path.addEllipse(QRectF(*struct.unpack(">4d", body)))
        else:
            path = self._read(body, QPainterPath())
        self._write_line()
        self._prepare()
        self._write(_PATH, self._bytes(self._matrix.map(path)))

    def _mapped(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        m = self._matrix
        mapped: NDArray[np.float64] = points @ [[m.m11(), m.m12()], [m.m21(), m.m22()]]
        mapped += m.dx(), m.dy()
        return mapped

    def _continue_line(self, points: NDArray[np.float64]) -> None:
        """Go on with the line if the points begin at its end, or begin another."""
        pen, matrix = self._scaling_pen, self._written.get(_MATRIX)
        same = self._line and pen == self._written.get(_PEN) and matrix == _identity()
        if same and np.array_equal(self._line[-1][-1], points[0]):
            self._line.append(points[1:])
            return
        self._write_line()
        self._prepare()
        self._line = [points]

    def _write_line(self) -> None:
        if self._line:
            self._write(_POLYLINE, _polygon(np.concatenate(self._line)))
            self._line = []

    def _prepare(self) -> None:
        self._set(_MATRIX, _identity())
        self._set(_PEN, self._scaling_pen or self._pen_bytes)

    def _set(self, command: int, body: bytes) -> None:
        """Write a matrix or a pen, unless it is in use."""
        if body and self._written.get(command) != body:
            self._write(command, body)
            self._written[command] = body

    def _write(self, command: int, body: bytes) -> None:
        size = len(body)
        length = bytes([size]) if size < _LONG else struct.pack(">BI", _LONG, size)
        self._out += bytes([command]) + length + body
        self.count += 1

    def _read(self, body: bytes, into: _Value) -> _Value:
        stream = QDataStream(QByteArray(body))
        stream.setVersion(self.version)
        stream >> into
        return into

    def _bytes(self, value: QPen | QPainterPath | QImage) -> bytes:
        content = QByteArray()
        stream = QDataStream(content, QIODevice.OpenModeFlag.WriteOnly)
        stream.setVersion(self.version)
        stream << value
        return bytes(content.data())


def _operation(operation: Qt.ClipOperation) -> bytes:
    return bytes([operation.value])


def _times(pixels: float) -> int:
    """Return how often to repeat something of this width in pixels; once if it is not enlarged."""
    return 1 if pixels < _ENLARGED else min(_MOST_REPEATED, round(_SHARPNESS * pixels))


def _identity() -> bytes:
    return struct.pack(">9dB", 1, 0, 0, 0, 1, 0, 0, 0, 1, 0)


def _polygon(points: NDArray[np.float64]) -> bytes:
    return struct.pack(">I", len(points)) + points.astype(">f8").tobytes()
