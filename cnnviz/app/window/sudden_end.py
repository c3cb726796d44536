"""Keeps the run if the display, the terminal or the parent of the program goes away."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings, QStandardPaths, QTimer

from cnnviz.app.runtime.qt_messages import filtering_qt_messages
from cnnviz.app.runtime.settings_file import is_writable
from cnnviz.app.window.main_window import MainWindow
from cnnviz.terminal import ENDING_SIGNALS, complain
from cnnviz.training.loop.mailbox import Message

_LOST: Final = ("The X11 connection broke", "The Wayland connection")
"""How Qt's last words begin if the display goes away; it ends the process after them."""
_MENTIONED: Final = "rescued"
"""Key of the newest kept run that the window has mentioned."""


@contextmanager
def ending_well(window: MainWindow) -> Iterator[None]:
    """Keep the run if a signal ends the program in this context, or if the display goes away.

    Ctrl-C closes the window at once, and keeps nothing.
    """

    def close(number: int, _frame: object) -> None:
        if number != signal.SIGINT:
            _rescue(window)
        # Python notices a signal because the window's timers run it.
        QTimer.singleShot(0, window.close_unasked)

    def wanted(text: str) -> bool:
        if text.startswith(_LOST):
            _end_without_display(window)
        return True

    before = {number: signal.signal(number, close) for number in ENDING_SIGNALS}
    try:
        with filtering_qt_messages(wanted):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def mention_rescued_run(window: MainWindow, store: QSettings) -> None:
    """Say once where the run is that was kept when the program ended last."""
    runs = sorted(_folder().glob("run-*.npz"))
    if runs and runs[-1].name != store.value(_MENTIONED):
        if is_writable(store):
            store.setValue(_MENTIONED, runs[-1].name)
        text = f"cnnviz ended without being closed. Its run was kept: open {runs[-1]} with Ctrl+O."
        window.status.show_message(Message(text, lasting=True))


def _folder() -> Path:
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(data, "cnnviz", "kept-runs")


def _rescue(window: MainWindow) -> Path | None:
    """Have the training thread save the run before it ends; None if there is none."""
    if window.frame is None or window.frame.last == 0:
        return None
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    path = folder / f"run-{time.strftime('%Y-%m-%d-%H%M%S')}.npz"
    window.loop.save_run(path)
    return path


def _end_without_display(window: MainWindow) -> None:
    """End the process in place of Qt, which would abort it, after the run has been saved."""
    path = _rescue(window)
    window.stop_training()
    kept = f": the run is kept in {path}" if path is not None and path.is_file() else ""
    try:
        complain(f"the display went away{kept}.")
    finally:
        os._exit(1)
