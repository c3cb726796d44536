"""Pictures from anywhere: read if they are what they claim, refused before they take memory."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from cnnviz.app.drawing import picture
from cnnviz.app.drawing.picture import read_picture
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.drawing import as_mnist
from cnnviz.data.errors import (
    DataError,
    MalformedFileError,
    MissingDataError,
    UnsuitableDataError,
)

DIGIT = bundled_digits().image(0)


def saved(path: Path, grey: np.ndarray, quality: int = -1) -> Path:
    """Write grey levels as a picture."""
    rows, columns = grey.shape
    levels = np.ascontiguousarray(grey, np.uint8)
    image = QImage(levels.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    assert image.save(str(path), quality=quality)
    return path


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG that claims a size, whatever its pixels are."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", ["digit.png", "digit.jpg"])
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (200, 90)])
def test_a_digit_is_read_whatever_its_polarity(
    tmp_path: Path, name: str, paper: int, ink: int
) -> None:
    expected = as_mnist(np.kron(DIGIT, np.ones((8, 8), np.uint8))).astype(int)
    big = np.kron(np.pad(DIGIT, 3), np.ones((8, 8)))
    grey = paper + (ink - paper) * big / 255
    found = as_mnist(read_picture(saved(tmp_path / name, grey, 95))).astype(int)
    assert np.abs(found - expected).mean() < 14
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9


def test_ink_on_nothing_is_read(tmp_path: Path) -> None:
    for colour in ("black", "white"):
        image = QImage(60, 90, QImage.Format.Format_ARGB32)
        image.fill(QColor(0, 0, 0, 0))
        for y in range(20, 70):
            image.setPixelColor(30, y, QColor(colour))
        path = tmp_path / f"{colour}.png"
        assert image.save(str(path))
        ink = read_picture(path)
        assert ink.shape == (90, 60)
        assert (ink > 128).sum() == 50


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", UnsuitableDataError, "not a PNG or JPEG picture"),
        (b"GIF89a" + bytes(100), UnsuitableDataError, "not a PNG or JPEG picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsuitableDataError, "PNG or JPEG"),
        (png(100_000, 100_000), UnsuitableDataError, "100,000 × 100,000 pixels"),
        (png(7_000, 7_000), UnsuitableDataError, "and 32 million"),
        (png(50, 50), MalformedFileError, "damaged"),
        (png(4, 4, (b"\0" + b"\xc8" * 4) * 4), UnsuitableDataError, "Nothing is drawn in "),
    ],
)
def test_files_that_are_no_pictures_are_refused(
    tmp_path: Path, content: bytes, error: type[DataError], words: str
) -> None:
    path = tmp_path / "some.png"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        read_picture(path)
    assert str(caught.value).endswith(".")


def test_a_file_that_is_too_long_or_absent_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "_LARGEST_FILE", 50)
    with pytest.raises(UnsuitableDataError, match="more than"):
        read_picture(saved(tmp_path / "digit.png", DIGIT))
    with pytest.raises(MissingDataError):
        read_picture(tmp_path / "none.png")
