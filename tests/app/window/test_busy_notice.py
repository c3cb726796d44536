import threading

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.window.main_window import MainWindow
from cnnviz.training.run.trainer import Trainer


def test_a_slow_step_shows_a_busy_notice(
    reused_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, go_on, step = reused_window, threading.Event(), Trainer.step

    def slow(trainer: Trainer) -> bool:
        assert go_on.wait(10)
        return step(trainer)

    monkeypatch.setattr(Trainer, "step", slow)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.status.state.text() == "Working …")
    go_on.set()
    qtbot.waitUntil(lambda: window.status.state.text() == "Paused")
    assert window.frame is not None
    assert window.frame.iteration == 1


def test_a_slow_command_shows_a_busy_notice(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, change = threading.Event(), Trainer.change

    def slow(trainer: Trainer, **values: object) -> None:
        assert go_on.wait(10)
        change(trainer, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "change", slow)
    qtbot.mouseClick(window.panels.controls.all_images, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: window.status.state.text() == "Working …")
    go_on.set()
    qtbot.waitUntil(lambda: window.status.state.text() == "Paused")
    assert window.frame is not None
    assert window.frame.settings.subset == 1797
