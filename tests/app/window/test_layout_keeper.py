"""The layout is written while it changes, and windows do not undo each other's."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from cnnviz.app.window import layout_keeper
from cnnviz.app.window.main_window import MainWindow
from tests.app.docks import dock


def timer_of(window: MainWindow) -> QTimer:
    """Return the timer by which a window looks at its layout."""
    (timer,) = window.layout_keeper.findChildren(QTimer)
    return timer


def test_the_layout_is_there_after_a_kill_and_another_window_does_not_undo_it(
    make_window: Callable[..., MainWindow],
    qtbot: QtBot,
    store: QSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout_keeper, "INTERVAL", 10)

    def on_disk(key: str) -> object:
        return QSettings(store.fileName(), QSettings.Format.IniFormat).value(key)

    first = make_window()
    first.layout_keeper.begin()
    qtbot.waitUntil(lambda: on_disk("state") is not None)
    shown = on_disk("state")
    dock(first, "loss").toggleViewAction().trigger()
    qtbot.waitUntil(lambda: on_disk("state") != shown)
    second = make_window(QSettings(store.fileName(), QSettings.Format.IniFormat))
    assert dock(second, "loss").isHidden()
    looks = QSignalSpy(timer_of(second).timeout)
    second.layout_keeper.begin()
    qtbot.waitUntil(lambda: looks.count() > 60)  # it has settled
    dock(first, "controls").toggleViewAction().trigger()
    before = on_disk("state")
    qtbot.waitUntil(lambda: on_disk("state") != before)
    layout = on_disk("state")
    second.close()
    assert on_disk("state") == layout
    first.commands.lessons._hidden.add("loss")  # what a lesson does with the panels is not kept
    first_looks = QSignalSpy(timer_of(first).timeout)
    dock(first, "controls").toggleViewAction().trigger()
    qtbot.waitUntil(lambda: first_looks.count() > 2)
    assert on_disk("state") == layout
