"""Draws panels of the real window at one iteration after another into a moving picture."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from cnnviz.app.errors import SnapshotError
from cnnviz.app.look.theme import GRID, ThemeName
from cnnviz.app.offscreen import OffscreenWindow, offscreen_window
from cnnviz.app.picture_file import pixels
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.panel_area import PanelArea
from cnnviz.app.window.main_window import MainWindow
from cnnviz.training.export.moving_file import check_moving_file, moving_file
from cnnviz.training.run.trainer import Trainer


@dataclass(frozen=True, slots=True)
class MovingPicture:
    """The contents of a moving picture."""

    out: Path
    """The file, a GIF or an MP4 by its ending."""
    iterations: range
    """A frame for each."""
    panels: tuple[str, ...] = ()
    """Names of panels, from the top to the bottom; none for the whole window."""
    size: tuple[int, int] = (960, 720)
    """Width and height in pixels."""
    frames_per_second: float = 10.0
    theme: ThemeName = "light"
    image: int = 0
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
        drawn = _arranged(opened, moving)

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


def _arranged(opened: OffscreenWindow, moving: MovingPicture) -> QWidget:
    """Return the window, or a widget with the panels below each other, at exactly the size.

    Raises SnapshotError if the size is too small.
    """
    if not moving.panels:
        return opened.fix_size(None, moving.size)
    if "debugger" in moving.panels:
        opened.window.commands.debugger.open()
    for name in moving.panels:
        opened.window.complete(name)
    stack, wanted = _stack(opened.window, moving.panels), QSize(*moving.size)
    stack.show()
    opened.settle()
    least = stack.minimumSizeHint()
    if wanted.expandedTo(least) != wanted:
        raise SnapshotError(
            f"{wanted.width()}x{wanted.height()} is too small: {', '.join(moving.panels)} need at "
            f"least {least.width()}x{least.height()} pixels."
        )
    stack.setFixedSize(wanted)
    return stack


def _stack(window: MainWindow, names: tuple[str, ...]) -> QWidget:
    """Take panels out of their docks, where one can hide another; the height goes by their need."""
    stack = QWidget(window, Qt.WindowType.Window)
    stack.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    stack.setBackgroundRole(QPalette.ColorRole.Base)  # as panels have it
    layout = QVBoxLayout(stack)
    contents = [_docked(window.panels.by_name[name]) for name in names]
    fill_box(layout, *contents, spacing=GRID, margins=(GRID, GRID, GRID, GRID))
    for at, content in enumerate(contents):
        if isinstance(content, PanelArea):
            content.require_whole(True)
        layout.setStretch(at, max(1, content.minimumSizeHint().height()))
    return stack


def _docked(panel: QWidget) -> QWidget:
    """Return the widget of a panel's dock: the panel, or what scrolls it."""
    while (parent := panel.parentWidget()) is not None and not isinstance(parent, QDockWidget):
        panel = parent
    return panel


def _colours(image: QImage) -> NDArray[np.uint8]:
    """Return red, green and blue, shape (height, width, 3)."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
