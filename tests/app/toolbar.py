"""Clicks on the toolbar."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def button(window: MainWindow, name: str) -> QToolButton:
    found = window.run_toolbar.findChild(QToolButton, f"{name}-button")
    assert found is not None
    return found


def click(qtbot: QtBot, window: MainWindow, name: str) -> None:
    qtbot.mouseClick(button(window, name), Qt.MouseButton.LeftButton)


def at(window: MainWindow, iteration: int) -> Callable[[], bool]:
    return lambda: window.frame is not None and window.frame.iteration == iteration


def paused(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.frame is not None and not window.frame.running


def expected_parameters(iterations: int, **settings: object) -> np.ndarray:
    trainer = Trainer(bundled_digits(), Settings(**{"subset": 20, **settings}))  # type: ignore[arg-type]
    for _ in range(iterations):
        trainer.step()
    f = trainer.parameters.f
    trainer.close()
    return f
