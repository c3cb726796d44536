"""Draws the real main window into a picture, without a display."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QEventLoop,
    QSettings,
    QSize,
    Qt,
)
from PySide6.QtGui import QImageWriter
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app import picture_file
from cnnviz.app.application import create_application
from cnnviz.app.debugger.contents import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.look.theme import THEMES, ThemeName
from cnnviz.app.runtime.fonts import font_problem
from cnnviz.app.runtime.qt_messages import filtering_qt_messages
from cnnviz.app.runtime.training_thread import FramePump
from cnnviz.app.runtime.unhandled_errors import watching_unhandled_errors
from cnnviz.app.snapshot_request import DebuggedOperation, SnapshotError, StopAt, View
from cnnviz.app.window.main_window import MainWindow
from cnnviz.atomic_file import UnwritableFileError, check_writable
from cnnviz.terminal import ended_at_once, uninterrupted
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.debugger.view import Point
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.run.trainer import Trainer

_VIEWS: Final[dict[View, int]] = {
    "batch": TENSORS,
    "image": TENSORS,
    "cell": CELL,
    "why": WHY,
    "numbers": NUMBERS,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the window, or of one panel.

    Attributes
    ----------
    out : Path
        The file, whose ending names the format.
    size : tuple of int
        Width and height of the picture in pixels.
    panel : str or None
        One panel's name; None for the whole window.
    image : int
        Index of the selected image.
    presentation : bool
        Whether type is larger.
    stop_at : StopAt or None
        The breakpoint that ends the iterations that are done first.
    debugged : DebuggedOperation or None
        What the debugger shows, in front.
    """

    out: Path
    size: tuple[int, int] = (1440, 900)
    theme: ThemeName = "light"
    panel: str | None = None
    image: int = 0
    presentation: bool = False
    stop_at: StopAt | None = None
    debugged: DebuggedOperation | None = None


def snapshot(trainer: Trainer, picture: Picture) -> None:
    """Save a picture of the window on a run, at its current state; the window takes the trainer.

    Raises
    ------
    SnapshotError
        If the picture is too small for its content or cannot be written, if the breakpoint or the
        operation that it is to show is not reached, or if a part of the window fails.
    """
    _check_file(picture.out)
    faults: list[Exception] = []

    def note(error: Exception) -> bool:
        faults.append(error)
        return len(faults) == 1

    with (
        watching_unhandled_errors(note),
        filtering_qt_messages(_is_of_use),
        tempfile.TemporaryDirectory() as folder,
        ended_at_once(Path(folder)),
    ):
        create_application(THEMES[picture.theme])
        if problem := font_problem(QApplication.font()):
            raise SnapshotError(problem)
        store = QSettings(str(Path(folder, "cnnviz.ini")), QSettings.Format.IniFormat)
        window = MainWindow(trainer, THEMES[picture.theme], store)
        waiter = _FrameWaiter(window)
        try:
            window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            window.show()
            window.complete()
            if picture.panel is None:
                window.resize(QSize(*picture.size))
            window.set_presentation(picture.presentation)
            window.selection.select_image(picture.image)
            waiter.wait_for(window.loop.select(picture.image))
            if picture.stop_at is not None:
                _iterate(window, waiter, picture.stop_at)
            if picture.debugged is not None or picture.panel == "debugger":
                _step(window, waiter, picture.debugged)
            drawn = _grab(window, picture)
        finally:
            window.close()
            window.deleteLater()
    if faults:
        message = f"an error in cnnviz spoils the picture: {type(faults[0]).__name__}: {faults[0]}."
        raise SnapshotError(message)
    with uninterrupted():  # the file is whole, or not there
        _write(drawn, picture.out)


class _FrameWaiter:
    """Waits for the effects of commands; it notes errors of the training thread from the start."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._loop = window, QEventLoop(window)
        self._errors: list[Message] = []
        self._command = 0
        pump = window.findChild(FramePump)
        if pump is None:
            raise AssertionError
        pump.message_taken.connect(self._note)
        window.frame_shown.connect(self._check)

    def wait_for(self, command: int) -> None:
        """Run Qt's events until a frame shows that a command has been carried out.

        Raises
        ------
        SnapshotError
            If the training thread reports an error instead.
        """
        self._command = command
        if not self._errors:
            self._loop.exec()
        if self._errors:
            raise SnapshotError(self._errors[0].text)
        QApplication.processEvents()

    def _note(self, message: Message) -> None:
        self._errors.append(message)
        self._loop.quit()

    def _check(self, frame: Frame) -> None:
        if frame.done >= self._command:
            self._loop.quit()


def _iterate(window: MainWindow, waiter: _FrameWaiter, until: StopAt) -> None:
    """Do iterations, one by one, until the breakpoint stops them.

    Raises
    ------
    SnapshotError
        If it does not.
    """
    breakpoint_ = Breakpoint(1, until.condition)
    waiter.wait_for(window.loop.set_breakpoints((breakpoint_,)))
    for _ in range(until.iterations):
        waiter.wait_for(window.loop.step())
        if window.frame is not None and window.frame.stopped is not None:
            return
    raise SnapshotError(
        f"“{until.condition}” does not come true within {until.iterations:,} iterations: "
        "do more of them, or name another condition."
    )


def _step(window: MainWindow, waiter: _FrameWaiter, debugged: DebuggedOperation | None) -> None:
    """Open the debugger, and go to an operation and a cell of its result.

    Raises
    ------
    SnapshotError
        If the operation has no result, or no such cell.
    """
    window.debugger_commands.open()
    waiter.wait_for(window.loop.debug(True))
    if debugged is None:
        return
    panel = window.debugger_commands.panel
    waiter.wait_for(window.loop.run_to_operation(debugged.operation))
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
        waiter.wait_for(window.loop.explain(Point(name, debugged.cell)))
    panel.show_view(_VIEWS[debugged.view])
    if debugged.view == "image":
        panel.step_into()


def _grab(window: MainWindow, picture: Picture) -> picture_file.Picture:
    """Draw the window or the panel at exactly the requested size.

    Raises
    ------
    SnapshotError
        If the size is too small for it.
    """
    wanted, drawn = QSize(*picture.size), _drawn(window, picture)
    if picture.panel is not None:
        window.bring_up(picture.panel)  # some are hidden at first
    least = drawn.minimumSizeHint().expandedTo(drawn.minimumSize())
    if wanted.expandedTo(least) != wanted:
        what = f"the {picture.panel} panel" if picture.panel else "the window"
        message = (
            f"{wanted.width()}x{wanted.height()} is too small: {what} needs at least "
            f"{least.width()}x{least.height()} pixels."
        )
        raise SnapshotError(message)
    drawn.setFixedSize(wanted)  # whatever the layout around it prefers
    QApplication.processEvents()
    while not window.tasks.are_done:  # what panels compute of the state
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    QApplication.processEvents()
    return picture_file.Picture(drawn)


def _drawn(window: MainWindow, picture: Picture) -> QWidget:
    return window if picture.panel is None else window.panels[picture.panel]


def _check_file(path: Path) -> None:
    """Refuse a file that could not be written, before anything is drawn.

    Raises
    ------
    SnapshotError
    """
    pixels = {bytes(name.data()).decode() for name in QImageWriter.supportedImageFormats()}
    known = {*pixels, "svg", "pdf"}
    if path.suffix.lower().removeprefix(".") not in known:
        message = f"{path} does not name a picture: end its name in .png."
        raise SnapshotError(message)
    try:
        check_writable(path)
    except UnwritableFileError as error:
        raise SnapshotError(str(error)) from error


def _write(drawn: picture_file.Picture, path: Path) -> None:
    """Write a picture whole or not at all.

    Raises
    ------
    SnapshotError
    """
    try:
        picture_file.write_bytes(drawn.content(path.suffix.lower()), path)
    except UnwritableFileError as error:
        raise SnapshotError(str(error)) from error


def _is_of_use(text: str) -> bool:
    """Return whether Qt says more than what its offscreen platform lacks."""
    return not text.startswith("This plugin does not support")
