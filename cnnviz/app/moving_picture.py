"""Draws panels of the real window at one iteration after another into a moving picture."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from cnnviz.app.look.theme import ThemeName
from cnnviz.app.offscreen import offscreen_window
from cnnviz.app.picture_file import pixels
from cnnviz.training.export.moving_file import check_moving_file, moving_file
from cnnviz.training.run.trainer import Trainer


@dataclass(frozen=True, slots=True)
class MovingPicture:
    """The contents of a moving picture."""

    out: Path
    """The file, a GIF or an MP4 by its ending."""
    iterations: range
    """A frame for each."""
    panels: tuple[str, ...]
    """Names of panels, from the top to the bottom; none for the whole window."""
    size: tuple[int, int]
    """Width and height in pixels."""
    frames_per_second: float
    theme: ThemeName
    image: int
    """Index of the selected image."""


@contextmanager
def record(trainer: Trainer, moving: MovingPicture) -> Iterator[Iterator[None]]:
    """Write a moving picture of a run; the window takes the trainer.

    Yields
    ------
    iterator
        Draws and writes a frame each time. If it is left before its end, nothing is left of the
        file.

    Raises
    ------
    SnapshotError
        If the size is too small, or a part of the window fails.
    ExportError, UnwritableFileError
        If the file cannot be written.
    """
    check_moving_file(moving.out, moving.frames_per_second)
    with (
        suppress(_LeftError),
        offscreen_window(trainer, moving.theme) as opened,
        moving_file(moving.out, moving.frames_per_second) as add,
    ):
        window, remaining = opened.window, deque(moving.iterations)
        window.selection.select_image(moving.image)
        opened.wait_for(window.loop.select(moving.image))
        drawn = opened.arranged(moving.panels, moving.size)

        def frames() -> Iterator[None]:
            while remaining:
                opened.wait_for(window.loop.go_to(remaining.popleft()))
                opened.settle()
                add(_colours(pixels(drawn)))
                yield

        yield frames()
        if remaining:
            raise _LeftError


class _LeftError(Exception):
    """Ends the writing of a file before its end."""


def _colours(image: QImage) -> NDArray[np.uint8]:
    """Return red, green and blue, shape (height, width, 3)."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
