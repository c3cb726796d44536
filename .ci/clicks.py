"""Run the program on this X display and drive it with a real mouse and keyboard.

The program runs in this process, so its window can be asked where the Step button is; the events
come from xdotool through the X server. The drive is a row of stages, each a condition that is
polled by a timer, so the program's own event loop runs all the while.
"""

import gc
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QPoint, QProcess, QThread, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QToolBar, QWidget
from shiboken6 import isValid

from cnnviz import cli
from cnnviz.app.application import create_application
from cnnviz.app.window.main_window import MainWindow

CLICKS = 20
STAGE_TIME_LIMIT = 30.0
ENDING_TIME_LIMIT = 2.0


class Stage(NamedTuple):
    """An awaited condition, in words and as a test, and whether the program may end meanwhile."""

    name: str
    reached: Callable[[], bool]
    may_end: bool = False


def shown_iteration(window: QWidget) -> int:
    """Return the iteration that the window's title names."""
    found = re.search(r"\biteration (\d[\d,]*)", window.windowTitle())
    if found is None:
        raise LookupError(f'the title "{window.windowTitle()}" names no iteration')
    return int(found[1].replace(",", ""))


def step_button(window: QWidget) -> QWidget:
    """Return the button of the toolbar that steps."""
    action = window.findChild(QAction, "step")
    for bar in window.findChildren(QToolBar):
        button = bar.widgetForAction(action) if action is not None else None
        if button is not None:
            return button
    raise LookupError('no toolbar has a button for an action named "step"')


def xdotool(*arguments: object, may_end: bool = False) -> Iterator[Stage]:
    """Run xdotool without stopping the event loop."""
    words = [str(argument) for argument in arguments]
    process = QProcess(QApplication.instance())
    process.start("xdotool", words)
    idle = QProcess.ProcessState.NotRunning
    yield Stage(f"xdotool {' '.join(words)}", lambda: process.state() == idle, may_end)
    if process.error() != QProcess.ProcessError.UnknownError or process.exitCode() != 0:
        output = process.readAllStandardError().toStdString()
        raise RuntimeError(f"xdotool {' '.join(words)}: {process.errorString()} {output}")
    process.deleteLater()


def click(widget: QWidget) -> Iterator[Stage]:
    """Click the middle of a widget."""
    centre = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
    yield from xdotool("mousemove", centre.x(), centre.y(), "click", 1)


def main_windows() -> list[MainWindow]:
    """Return the program's windows that are on the screen."""
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, MainWindow) and widget.isVisible()
    ]


def refuse_messages() -> None:
    """Raise if the window shows an error; its title would go on counting."""
    for window in main_windows():
        if window.status.dismiss.isVisible():
            raise RuntimeError(f"the window says: {window.status.text.text()}")


def drive() -> Iterator[Stage]:
    """Train `CLICKS` iterations by clicks, use the keys, and close the window as it trains."""
    yield Stage("the window", lambda: bool(main_windows()))
    (window,) = main_windows()

    def shows(iteration: int) -> Stage:
        return Stage(f"iteration {iteration}", lambda: shown_iteration(window) == iteration)

    yield Stage("the window on the screen", window.windowHandle().isExposed)
    yield Stage("a title with iteration 0", lambda: "iteration 0" in window.windowTitle())
    yield from xdotool("search", "--sync", "--onlyvisible", "--name", "^cnnviz")
    # There is no window manager to give it the keyboard.
    yield from xdotool("windowfocus", int(window.winId()))
    yield Stage("the keyboard focus", window.isActiveWindow)
    button = step_button(window)
    yield Stage("the Step button", lambda: button.isVisible() and button.isEnabled())

    for clicks in range(1, CLICKS // 2 + 1):
        yield from click(button)
        yield shows(clicks)
    for _ in range(CLICKS // 2, CLICKS):
        yield from click(button)  # and the next at once: no step may be lost
    yield shows(CLICKS)

    yield from xdotool("key", "Left")
    yield shows(CLICKS - 1)
    yield from xdotool("key", "Right")
    yield shows(CLICKS)
    # The window is to close on a thread at work.
    yield from xdotool("key", "space")
    yield Stage("a run", lambda: shown_iteration(window) > CLICKS)
    sys.stdout.write(f'{CLICKS} clicks and a run: the title reads "{window.windowTitle()}"\n')
    yield from xdotool("key", "ctrl+q", may_end=True)  # everything is kept: nothing is asked
    yield Stage("the window to close", lambda: not window.isVisible(), may_end=True)
    yield Stage("the program to end", lambda: False, may_end=True)


class Driver:
    """Goes through the stages as the event loop runs, and keeps what went wrong."""

    def __init__(self, application: QApplication) -> None:
        self.failure: Exception | None = None
        """Why the drive ended early."""
        self._application = application
        self._stages = drive()
        self._stage = Stage("the start", lambda: True)
        self._deadline = time.monotonic() + STAGE_TIME_LIMIT
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(5)
        application.aboutToQuit.connect(self._end)

    def _look(self) -> None:
        try:
            refuse_messages()
            if self._stage.reached():
                self._stage = next(self._stages)
                self._deadline = time.monotonic() + STAGE_TIME_LIMIT
            elif time.monotonic() > self._deadline:
                titles = [window.windowTitle() for window in main_windows()]
                raise TimeoutError(
                    f"{STAGE_TIME_LIMIT:.0f} s without {self._stage.name}; titles: {titles}"
                )
        except Exception as error:
            self._timer.stop()
            self.failure = error
            self._application.closeAllWindows()
            self._application.exit(1)  # quit() would ask a window that will not close

    def _end(self) -> None:
        """Release the window, so that it is destroyed when the program wants it to be."""
        self._timer.stop()
        if self.failure is None and not self._stage.may_end:
            self.failure = RuntimeError(f"the program ended before {self._stage.name}")
        self._stages.close()
        self._stage = Stage("nothing", lambda: True)


def threads_left() -> list[object]:
    """Return the threads of Python and Qt that still run, without the main one."""
    # Python may keep its record of a thread that Qt started after that has ended: ask Linux.
    python = [
        thread
        for thread in threading.enumerate()
        if thread != threading.main_thread()
        and Path(f"/proc/self/task/{thread.native_id}").exists()
    ]
    qt = [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, QThread)
        and isValid(thing)
        and thing.isRunning()
        and thing != QThread.currentThread()
    ]
    return [*python, *qt]


def left_behind() -> list[object]:
    """Return the threads and windows that stay, after a moment in which they may still end."""
    end = time.monotonic() + ENDING_TIME_LIMIT
    while (left := [*threads_left(), *main_windows()]) and time.monotonic() < end:
        QApplication.processEvents()
    return left


def main() -> int:
    """Run the program, driven, and return its exit status."""
    application = create_application()
    driver = Driver(application)
    status = cli.main(["--data", "bundled"])
    for process in application.findChildren(QProcess):
        process.waitForFinished()  # the key that closed the window is still being released
    if driver.failure is not None:
        raise RuntimeError("the drive ended early") from driver.failure
    if left := left_behind():
        raise RuntimeError(f"left behind: {left}")
    return status


if __name__ == "__main__":
    sys.exit(main())
