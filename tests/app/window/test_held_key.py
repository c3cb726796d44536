"""A key that is held down during long iterations, in the real window."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.window.main_window import MainWindow
from cnnviz.training.run.trainer import Trainer

pytestmark = pytest.mark.reuses_window(compared=False)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds every iteration until the event is set."""
    opened = threading.Event()
    original = Trainer.step

    def held(self: Trainer, *arguments: object, **named: object) -> object:
        assert opened.wait(60)
        return original(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "step", held)
    yield opened
    opened.set()


def send(window: MainWindow, kind: QEvent.Type, time: int = 0, *, repeated: bool = False) -> None:
    key = QKeyEvent(kind, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "", repeated)
    key.setTimestamp(time)
    QApplication.sendEvent(window, key)


def press(
    window: MainWindow, action: QAction, *, repeated: bool = False, released: int = 0, time: int = 0
) -> None:
    """Act as Qt does on a shortcut: offer the key to the window, then trigger the action.

    The key is released before, as Qt reports it, and pressed at another or the same time.
    """
    send(window, QEvent.Type.KeyRelease, released)
    send(window, QEvent.Type.ShortcutOverride, time, repeated=repeated)
    action.trigger()


def test_repetitions_wait_for_the_current_iteration(
    window: MainWindow, gate: threading.Event, qtbot: QtBot
) -> None:
    step, before = window.run_toolbar.step, window.loop.sent
    press(window, step)
    for _ in range(60):  # two seconds of a held key
        press(window, step, repeated=True)
    assert window.loop.sent == before + 1
    gate.set()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done == before + 1)
    assert window.frame is not None
    assert window.frame.iteration == 1


def test_repetitions_that_qt_takes_for_presses_wait_too(
    window: MainWindow, gate: threading.Event
) -> None:
    step, before = window.run_toolbar.step, window.loop.sent
    press(window, step, time=1000)
    for time in range(1660, 3660, 40):
        press(window, step, released=time, time=time)  # X11's repetition
    assert window.loop.sent == before + 1
    press(window, step, released=3700, time=3750)
    assert window.loop.sent == before + 2
    gate.set()


def test_a_held_key_continues_once_its_iteration_is_done(
    window: MainWindow, gate: threading.Event, qtbot: QtBot
) -> None:
    gate.set()
    step = window.run_toolbar.step
    press(window, step)
    for t in (1, 2):
        qtbot.waitUntil(lambda t=t: window.frame is not None and window.frame.iteration == t)
        press(window, step, repeated=True)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 3)


def test_every_press_and_click_counts(
    window: MainWindow, gate: threading.Event, qtbot: QtBot
) -> None:
    step = window.run_toolbar.step
    press(window, step)
    press(window, step, repeated=True)
    press(window, step)
    step.trigger()  # a click, with no key before it
    gate.set()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 3)


def test_operations_of_the_debugger_do_the_same(window: MainWindow, gate: threading.Event) -> None:
    window.run_toolbar.step.trigger()  # keeps the training thread busy
    operation = window.commands.debugger.actions["step"]
    press(window, operation)
    before = window.loop.sent
    for _ in range(60):
        press(window, operation, repeated=True)
    assert window.loop.sent == before
    gate.set()
