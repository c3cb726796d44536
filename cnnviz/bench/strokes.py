"""The time from a pen's move on the Network's image to the maps that follow it."""

import time
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.bench.headless import repeated
from cnnviz.bench.live import open_window, settings_of, wait
from cnnviz.training.run.trainer import Trainer

_MOVES: Final = 40
_BETWEEN: Final = 0.016
"""Seconds from one move to the next."""
_LONGEST: Final = 5.0
"""Seconds for the last move to be followed."""
_SETTLING: Final = 0.3
"""Seconds that training takes to gain its pace."""


def measure_strokes(source: str, n: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Draw on the image, and return the seconds from each move to the window painted with it.

    First training is paused, then it runs as fast as it goes.
    """
    with open_window(Trainer(repeated(source, n), settings_of(n, "float64"))) as window:
        window.complete()
        panel = window.panels.network
        panel.drawing.action.trigger()
        wait(_SETTLING)
        paused = _circle(window, panel)
        window.loop.pace(None)
        window.loop.start()
        wait(_SETTLING)
        return paused, _circle(window, panel)


def _circle(window: MainWindow, panel: NetworkPanel) -> tuple[float, ...]:
    """Draw a circle, and return the seconds from each move to the painted window."""
    watch = _Watch(window)
    for number, angle in enumerate(np.linspace(0, 1.8 * np.pi, _MOVES)):
        x, y = 0.5 + 0.3 * np.cos(angle), 0.5 + 0.3 * np.sin(angle)
        watch.move(panel, x, y, is_first=number == 0)
        wait(_BETWEEN)
    end = time.perf_counter() + _LONGEST
    while watch.waiting and time.perf_counter() < end:
        wait(_BETWEEN)
    window.removeEventFilter(watch)
    return tuple(watch.seconds)


class _Watch(QObject):
    """Notes when the window has been painted with the result of which command."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._done = 0
        self.waiting: list[tuple[int, float]] = []
        """The commands that have not been painted, and when they were sent."""
        self.seconds: list[float] = []
        """The time from each move to the picture."""
        window.installEventFilter(self)

    def move(self, panel: NetworkPanel, x: float, y: float, *, is_first: bool) -> None:
        """Move the pressed mouse to a point, by shares of the paper."""
        pad = panel.drawing.pad
        if pad is None:
            return
        paper = pad.paper()
        position = QPointF(paper.x() + x * paper.width(), paper.y() + y * paper.height())
        kind = QEvent.Type.MouseButtonPress if is_first else QEvent.Type.MouseMove
        left, began = Qt.MouseButton.LeftButton, time.perf_counter()
        changing = left if is_first else Qt.MouseButton.NoButton
        held = Qt.KeyboardModifier.NoModifier
        on_screen = QPointF(pad.mapToGlobal(position))
        QApplication.sendEvent(pad, QMouseEvent(kind, position, on_screen, changing, left, held))
        self.waiting.append((self._window.loop.sent, began))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the time at which the window has been painted."""
        if event.type() == QEvent.Type.UpdateRequest and (frame := self._window.frame) is not None:
            self._done = frame.done
            QTimer.singleShot(0, self._note)
        return super().eventFilter(watched, event)

    @Slot()
    def _note(self) -> None:
        now = time.perf_counter()
        self.seconds += [now - began for sent, began in self.waiting if sent <= self._done]
        self.waiting = [(sent, began) for sent, began in self.waiting if sent > self._done]
