"""Writes pictures, and what else the window exports, to files."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QPixmap

from cnnviz.atomic_file import UnwritableFileError, replacing


def write_picture(picture: QPixmap, path: Path, kind: str = "png") -> None:
    """Write a picture whole or not at all.

    Parameters
    ----------
    kind : str
        Qt's name of the format, such as "png".

    Raises
    ------
    UnwritableFileError
        If it cannot be written.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    if not picture.save(buffer, kind):
        raise UnwritableFileError(f"{path} cannot be written as {kind.upper()}: end it in .png.")
    write_bytes(bytes(content.data()), path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    UnwritableFileError
        If it cannot be written.
    """
    with replacing(path) as file:
        file.write(content)
