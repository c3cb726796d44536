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
from PySide6.QtGui import QImageWriter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app.application import create_application
from cnnviz.app.debugger.parts import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.look.theme import THEMES, ThemeName
from cnnviz.app.picture_file import write_picture
from cnnviz.app.runtime.qt_messages import filtering_qt_messages
from cnnviz.app.runtime.training_thread import FramePump
from cnnviz.app.runtime.unhandled_errors import watching_unhandled_errors
from cnnviz.app.snapshot_request import DebugSession, StopAt, View
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


class SnapshotError(Exception):
    """The picture could not be made or written; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What picture is wanted.

    Attributes
    ----------
    out : Path
        The file, whose ending names the format.
    size : tuple of int
        Width and height of the picture in pixels.
    theme : {"light", "dark"}
    panel : str or None
        One panel's name; None for the whole window.
    image : int
        Index of the selected image.
    presentation : bool
        Whether type is larger.
    stop_at : StopAt or None
        Iterations that are done first, until a breakpoint stops them.
    stepping : Stepping or None
        What the debugger shows, in front.
    """

    out: Path
    size: tuple[int, int] = (1440, 900)
    theme: ThemeName = "light"
    panel: str | None = None
    image: int = 0
    presentation: bool = False
    stop_at: StopAt | None = None
    stepping: DebugSession | None = None


def snapshot(trainer: Trainer, picture: Picture) -> None:
    """Save a picture of the window on a run, at the state that is looked at.

    Parameters
    ----------
    trainer : Trainer
        It goes over to the window.
    picture : Picture

    Raises
    ------
    SnapshotError
        If the picture is too small for what is on it, or cannot be written; if what it is to show
        does not come about; or if a part of the window fails.
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
        application = create_application(THEMES[picture.theme])
        store = QSettings(str(Path(folder, "cnnviz.ini")), QSettings.Format.IniFormat)
        window = MainWindow(trainer, THEMES[picture.theme], store)
        try:
            window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            window.show()
            window.complete()
            if picture.panel is None:
                window.resize(QSize(*picture.size))
            window.set_presentation(picture.presentation)
            window.selection.select_image(picture.image)
            _wait_for(application, window, window.loop.select(picture.image))
            if picture.stop_at is not None:
                _iterate(application, window, picture.stop_at)
            if picture.stepping is not None or picture.panel == "debugger":
                _step(application, window, picture.stepping)
            pixmap = _grab(window, picture)
        finally:
            window.close()
            window.deleteLater()
    if faults:
        message = f"an error in cnnviz spoils the picture: {type(faults[0]).__name__}: {faults[0]}."
        raise SnapshotError(message)
    with uninterrupted():  # the file is whole, or not there
        _write(pixmap, picture.out)


def _wait_for(application: QApplication, window: MainWindow, command: int) -> None:
    """Run Qt's events until a frame shows that the command has been carried out.

    Raises
    ------
    SnapshotError
        Where the training thread has an error to tell instead.
    """
    loop = QEventLoop(application)
    told: list[Message] = []

    def look(frame: Frame) -> None:
        if frame.done >= command:
            loop.quit()

    def give_up(message: Message) -> None:
        told.append(message)
        loop.quit()

    pump = window.findChild(FramePump)
    if pump is None:
        raise AssertionError
    window.frame_shown.connect(look)
    pump.message_taken.connect(give_up)
    loop.exec()
    window.frame_shown.disconnect(look)
    pump.message_taken.disconnect(give_up)
    if told:
        raise SnapshotError(told[0].text)
    application.processEvents()


def _iterate(application: QApplication, window: MainWindow, until: StopAt) -> None:
    """Do iterations, one by one, until the breakpoint stops them.

    Raises
    ------
    SnapshotError
        Where it does not.
    """
    breakpoint_ = Breakpoint(1, until.condition)
    _wait_for(application, window, window.loop.set_breakpoints((breakpoint_,)))
    for _ in range(until.iterations):
        _wait_for(application, window, window.loop.step())
        if window.frame is not None and window.frame.stopped is not None:
            return
    message = (
        f"“{until.condition}” does not come true within {until.iterations:,} iterations: "
        "do more of them, or name another condition."
    )
    raise SnapshotError(message)


def _step(application: QApplication, window: MainWindow, stepping: DebugSession | None) -> None:
    """Open the debugger, and go to an operation and a cell of what it computes.

    Raises
    ------
    SnapshotError
        Where the operation has no result, or no such cell.
    """
    window.debugger_commands.open()
    _wait_for(application, window, window.loop.debug(True))
    if stepping is None:
        return
    panel = window.debugger_commands.panel
    _wait_for(application, window, window.loop.run_to_operation(stepping.operation))
    view = panel.view
    if view is None or view.point is None or view.failure is not None:
        message = view.failure.message if view and view.failure else "there is no iteration to do."
        raise SnapshotError(message)
    if stepping.cell is not None:
        name, shape = view.point.tensor, view.tensors[view.point.tensor].values.shape
        inside = (0 <= at < size for at, size in zip(stepping.cell, shape, strict=False))
        if len(stepping.cell) != len(shape) or not all(inside):
            message = (
                f"{name} is {' × '.join(map(str, shape))}, so it has no cell "
                f"{','.join(map(str, stepping.cell))}: indices are counted from 0."
            )
            raise SnapshotError(message)
        _wait_for(application, window, window.loop.explain(Point(name, stepping.cell)))
    panel.show_view(_VIEWS[stepping.view])
    if stepping.view == "image":
        panel.step_into()


def _grab(window: MainWindow, picture: Picture) -> QPixmap:
    """Draw what was asked for in exactly the size that was asked for.

    Raises
    ------
    SnapshotError
        Where there is no room for it.
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
    drawn.setFixedSize(wanted)  # and no layout around it has another opinion
    QApplication.processEvents()
    return drawn.grab()


def _drawn(window: MainWindow, picture: Picture) -> QWidget:
    return window if picture.panel is None else window.panels[picture.panel]


def _check_file(path: Path) -> None:
    """Refuse a file that could not be written, before anything is drawn.

    Raises
    ------
    SnapshotError
    """
    known = {bytes(name.data()).decode() for name in QImageWriter.supportedImageFormats()}
    if path.suffix.lower().removeprefix(".") not in known:
        message = f"{path} does not name a picture: end its name in .png."
        raise SnapshotError(message)
    try:
        check_writable(path)
    except UnwritableFileError as error:
        raise SnapshotError(str(error)) from error


def _write(pixmap: QPixmap, path: Path) -> None:
    """Write a picture whole or not at all.

    Raises
    ------
    SnapshotError
    """
    try:
        write_picture(pixmap, path, path.suffix.removeprefix("."))
    except UnwritableFileError as error:
        raise SnapshotError(str(error)) from error


def _is_of_use(text: str) -> bool:
    """Return whether Qt says more than what its offscreen platform lacks."""
    return not text.startswith("This plugin does not support")
