"""Opens a picture of a digit, which may be any file."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter

from cnnviz.data.drawing import ink_of
from cnnviz.data.errors import MalformedFileError, UnsuitableDataError
from cnnviz.data.reading import file_size, open_regular

_FORMATS: Final = (b"png", b"jpeg")
_LARGEST_FILE: Final = 20 << 20
"""Bytes."""
_LARGEST_SIDE: Final = 8_000
"""Rows and columns, in pixels."""
_LARGEST_AREA: Final = 32_000_000
"""Pixels of a picture: 128 MB decoded."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a PNG or JPEG of any size, dark on light or light on dark; nothing else is decoded.

    Its size is checked before it is decoded. Any thread may call this.

    Returns
    -------
    ndarray of uint8, shape (rows, columns)
        255 for ink, 0 for paper.

    Raises
    ------
    MissingDataError, UnreadableFileError
        If the file is not there or cannot be read.
    UnsuitableDataError
        If it is no such picture, too large, or shows nothing.
    MalformedFileError
        If it is damaged.
    """
    with open_regular(path) as file:
        if file_size(file) > _LARGEST_FILE:
            raise UnsuitableDataError(
                f"{path.name} has more than {_LARGEST_FILE >> 20} MB: choose a smaller picture."
            )
        content = QByteArray(file.read(_LARGEST_FILE))
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    kind = QImageReader.imageFormat(buffer).data()
    if kind not in _FORMATS:
        raise UnsuitableDataError(
            f"{path.name} is not a PNG or JPEG picture: save it as one of these."
        )
    reader = QImageReader(buffer, kind)
    size = reader.size()
    if not _is_reasonable(size):
        raise UnsuitableDataError(
            f"{path.name} has {size.width():,} × {size.height():,} pixels: choose a picture of at "
            f"most {_LARGEST_SIDE:,} × {_LARGEST_SIDE:,} and {_LARGEST_AREA // 1_000_000} million."
        )
    image = reader.read()
    if image.isNull():
        raise MalformedFileError(f"{path.name} is damaged: save or copy it again.")
    ink = ink_of(_grey(image, "white"))
    if not ink.any() and image.hasAlphaChannel():
        ink = ink_of(_grey(image, "black"))  # light ink on nothing
    if not ink.any():
        raise UnsuitableDataError(f"Nothing is drawn in {path.name}: choose another picture.")
    return np.rint(255 * ink).astype(np.uint8)


def _is_reasonable(size: QSize) -> bool:
    wide, high = size.width(), size.height()
    return 0 < wide <= _LARGEST_SIDE and 0 < high <= _LARGEST_SIDE and wide * high <= _LARGEST_AREA


def _grey(image: QImage, ground: str) -> NDArray[np.uint8]:
    """Return the grey levels of a picture on a ground, shape (rows, columns)."""
    opaque = image
    if image.hasAlphaChannel():
        opaque = QImage(image.size(), QImage.Format.Format_RGB32)
        opaque.fill(QColor(ground))
        painter = QPainter(opaque)
        painter.drawImage(0, 0, image)
        painter.end()
    grey = opaque.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].copy()
