"""Draws the real main window into a picture, without a display."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QImageWriter

from cnnviz.app import picture_file
from cnnviz.app.debugger.contents import VIEW_NAMED
from cnnviz.app.errors import SnapshotError
from cnnviz.app.look.theme import ThemeName
from cnnviz.app.offscreen import OffscreenWindow, offscreen_window
from cnnviz.app.snapshot_request import DebuggedOperation, StopAt
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.atomic_file import UnwritableFileError, check_writable, replacing
from cnnviz.teaching.errors import LessonError
from cnnviz.terminal import uninterrupted
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.debugger.point import Point
from cnnviz.training.run.trainer import Trainer

_DRAWINGS: Final = {".svg", ".pdf"}
"""Endings of files without pixels."""


@dataclass(frozen=True, slots=True)
class WindowPicture:
    """A picture of the window, or of panels."""

    out: Path
    """The file, whose ending names the format."""
    size: tuple[int, int] = (1440, 900)
    """Width and height of the picture in pixels."""
    theme: ThemeName = "light"
    panels: tuple[str, ...] = ()
    """Names of panels, from the top to the bottom; none for the whole window."""
    image: int = 0
    """Index of the selected image."""
    presentation: bool = False
    """Whether type is larger."""
    stop_at: StopAt | None = None
    """The breakpoint that ends the iterations that are done first."""
    debugged: DebuggedOperation | None = None
    """The operation in the debugger, which is in front; None for another panel."""
    workspace: str | None = None
    """The arrangement of the window; None for the first. In "check", the rule in use is checked."""
    lesson: Path | None = None
    """The file of a lesson that is begun, in the workspace "teach"."""


def snapshot(trainer: Trainer, picture: WindowPicture) -> None:
    """Save a picture of the window on a run, at its current state; the window takes the trainer.

    Raises SnapshotError if the picture is too small for its content or cannot be written, if the
    lesson cannot be read, if the breakpoint or the operation that it is to show is not reached, or
    if a part of the window fails.
    """
    check_picture_file(picture.out)
    if picture.lesson is not None:
        _check_lesson(picture.lesson)
    with offscreen_window(trainer, picture.theme) as opened:
        window = opened.window
        if not picture.panels:
            window.resize(QSize(*picture.size))
        window.set_presentation(picture.presentation)
        window.selection.select_image(picture.image)
        opened.wait_for(window.loop.select(picture.image))
        if picture.stop_at is not None:
            _iterate(opened, picture.stop_at)
        _arrange(opened, picture)
        if picture.debugged is not None or "debugger" in picture.panels:
            _step(opened, picture.debugged)
        has_pixels = picture.out.suffix.lower() not in _DRAWINGS
        drawn = opened.draw(picture.panels, picture.size, pixels_alone=has_pixels)
    with uninterrupted():  # the file is whole, or not there
        _write(drawn, picture)


def _arrange(opened: OffscreenWindow, picture: WindowPicture) -> None:
    """Change to the workspace, and let it show something."""
    window = opened.window
    name = "teach" if picture.lesson is not None else picture.workspace
    if name is None:
        return
    window.commands.layout.choose_workspace(name)
    opened.settle()
    if name == "check" and isinstance(check := window.panels.by_name[name], LazyPanel):
        check.panel.task.start.click()
    if picture.lesson is not None:
        window.commands.lessons.begin_file(picture.lesson)
    opened.settle()


def _iterate(opened: OffscreenWindow, until: StopAt) -> None:
    """Do iterations, one by one, until the breakpoint stops them.

    Raises SnapshotError if it does not.
    """
    window, breakpoint_ = opened.window, Breakpoint(1, until.condition)
    opened.wait_for(window.loop.set_breakpoints((breakpoint_,)))
    for _ in range(until.iterations):
        opened.wait_for(window.loop.step())
        if window.frame is not None and window.frame.stopped is not None:
            return
    raise SnapshotError(
        f"“{until.condition}” does not become true within {until.iterations:,} iterations: "
        "ask for more of them, or for another condition."
    )


def _step(opened: OffscreenWindow, debugged: DebuggedOperation | None) -> None:
    """Open the debugger, and go to an operation and a cell of its result.

    Raises SnapshotError if the operation has no result, or no such cell.
    """
    window = opened.window
    window.commands.debugger.open()
    opened.wait_for(window.loop.debug(True))
    if debugged is None:
        return
    panel = window.commands.debugger.panel
    opened.wait_for(window.loop.run_to_operation(debugged.operation))
    view = panel.view
    if view is None or view.point is None or view.failure is not None:
        message = view.failure.message if view and view.failure else "there is no iteration to do."
        raise SnapshotError(message)
    if debugged.cell is not None:
        name, shape = view.point.tensor, view.tensors[view.point.tensor].values.shape
        inside = (0 <= at < size for at, size in zip(debugged.cell, shape, strict=False))
        if len(debugged.cell) != len(shape) or not all(inside):
            message = (
                f"{name} is {' × '.join(map(str, shape))}, so it has no cell "
                f"{','.join(map(str, debugged.cell))}: indices are counted from 0."
            )
            raise SnapshotError(message)
        opened.wait_for(window.loop.explain(Point(name, debugged.cell)))
    panel.show_view(VIEW_NAMED[debugged.view])
    if debugged.view == "image":
        panel.step_into()


def check_picture_file(path: Path) -> None:
    """Raise `SnapshotError` for a file that could not be written, before anything is drawn."""
    pixels = {bytes(name.data()).decode() for name in QImageWriter.supportedImageFormats()}
    known = {f".{name}" for name in pixels} | _DRAWINGS
    if path.suffix.lower() not in known:
        message = f"{path} does not name a picture: end its name in .png, .svg or .pdf."
        raise SnapshotError(message)
    try:
        check_writable(path)
    except UnwritableFileError as error:
        raise SnapshotError(str(error)) from error


def _check_lesson(path: Path) -> None:
    """Raise `SnapshotError` for a lesson that cannot be read."""
    from cnnviz.teaching.reader import read_lesson  # noqa: PLC0415  (other pictures need none)

    try:
        read_lesson(path)
    except LessonError as error:
        raise SnapshotError(str(error)) from error


def _write(drawn: picture_file.Picture, picture: WindowPicture) -> None:
    """Write a picture whole or not at all, or raise `SnapshotError`."""
    path = picture.out
    try:
        content = drawn.content(path.suffix.lower())
        with replacing(path) as file:
            file.write(content)
    except UnwritableFileError as error:
        raise SnapshotError(str(error)) from error
