"""The real window while training runs as fast as it goes: its pace, its frames, its answers."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QSettings, Qt, QTimer, Slot
from PySide6.QtTest import QTest

from cnnviz.app.application import create_application
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.runtime.thread_priority import share_python
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.rule import EXACT
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings

SIZE: Final = (1440, 900)
CLICKS: Final = 5
"""In each turn."""
_WARM_UP: Final = 0.5
"""Seconds before anything counts."""
_FEWEST: Final = 5
"""Iterations of a turn."""
_SETTLING: Final = 0.1
"""Seconds until it goes on as before, after having been held."""
_REST: Final = 60
"""Milliseconds between the effect of one click and the next click."""
_PYTHONS_INTERVAL: Final = sys.getswitchinterval()
"""Seconds after which a Python thread lets another run, where there is no window."""
_LONGEST: Final = 5_000
"""Milliseconds after which a click counts as unanswered."""


@dataclass(frozen=True, slots=True)
class Live:
    """What was seen of the window at one size of the batch.

    Attributes
    ----------
    n : int
        Images.
    headless, live : tuple of float
        Iterations a second without and with the window, in turns; one more without.
    drawn : float
        Times a second that the window was drawn.
    gap : float
        95th percentile of the time between two drawings, in seconds.
    answer : float
        95th percentile of the time from a click on an image to the window that shows it, in
        seconds.
    """

    n: int
    headless: tuple[float, ...]
    live: tuple[float, ...]
    drawn: float
    gap: float
    answer: float

    @property
    def shares(self) -> tuple[float, ...]:
        """What the window leaves of the headless pace: of each turn, against those around it."""
        around = map(statistics.mean, pairwise(self.headless))
        return tuple(live / pace for live, pace in zip(self.live, around, strict=True))

    @property
    def share(self) -> float:
        """What it leaves over all turns: each alone depends on the machine's pace in it."""
        return statistics.mean(self.live) / statistics.mean(self.headless)


def measure_live(dataset: Dataset, n: int, dtype: Precision, rounds: int, seconds: float) -> Live:
    """Measure the window at one size; a QApplication is made where there is none.

    The window's training is held while another trainer has a turn, with nothing drawn: the pace of
    a machine changes within seconds, and turns are as close together as that.

    Parameters
    ----------
    dataset : Dataset
        Holds `n` images at least.
    n : int
    dtype : {"float64", "float32"}
    rounds : int
        Turns with the window.
    seconds : float
        Of each turn; more where iterations are so long that it would see few.
    """
    settings = Settings(subset=n, dtype=dtype, rule=EXACT, pause_on_warning=False)
    bare, watched = Trainer(dataset, settings), _HeldTrainer(dataset, settings)
    headless, live = [], list[float]()
    gaps, answers = list[float](), list[float]()
    with open_window(watched) as window:
        window.loop.pace(None)
        window.loop.start()
        wait(_WARM_UP)
        seconds = max(seconds, _FEWEST / watched.held(lambda: _headless(bare, 0.0)))
        headless.append(watched.held(lambda: _headless(bare, seconds)))
        for _ in range(rounds):
            wait(_SETTLING)
            watch = _Watch(window)
            wait(seconds)
            live.append(watch.pace())
            gaps += watch.gaps()
            answers += [watch.answer(row) for row in _rows()]
            watch.end()
            headless.append(watched.held(lambda: _headless(bare, seconds)))
    bare.close()
    return Live(
        n,
        tuple(headless),
        tuple(live),
        1 / statistics.mean(gaps),
        float(np.percentile(gaps, 95)),
        float(np.percentile(answers, 95)),
    )


class _HeldTrainer(Trainer):
    """A trainer whose iterations can be held up."""

    def __init__(self, dataset: Dataset, settings: Settings) -> None:
        self._free, self._iterating = Event(), Lock()
        self._free.set()
        super().__init__(dataset, settings)

    def step(self) -> bool:
        """Do one iteration, when it may."""
        self._free.wait()
        with self._iterating:
            return super().step()

    def held(self, act: Callable[[], float]) -> float:
        """Do something between two iterations, and return what that returns."""
        self._free.clear()
        with self._iterating:
            result = act()
        self._free.set()
        return result


def _headless(trainer: Trainer, seconds: float) -> float:
    """Return the iterations a second of a trainer that has the machine to itself; one at least."""
    sys.setswitchinterval(_PYTHONS_INTERVAL)
    with blas_on_one_thread():
        for _ in range(2):
            trainer.step()
        start, before = time.perf_counter(), trainer.iteration
        trainer.step()
        while (now := time.perf_counter()) < start + seconds:
            trainer.step()
    share_python()
    return (trainer.iteration - before) / (now - start)


@contextmanager
def open_window(trainer: Trainer) -> Iterator[MainWindow]:
    """Open the default window, with a store of its own, and close it in the end."""
    create_application()
    with TemporaryDirectory() as folder:
        store = QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat)
        window = MainWindow(trainer, LIGHT, store)
        window.resize(*SIZE)
        window.show()
        try:
            yield window
        finally:
            window.close()
            window.deleteLater()
            wait(0)


class _Watch(QObject):
    """Sees when the window is drawn, and what it showed then."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._drawn: list[tuple[float, int]] = []
        self._wanted = -1
        self._answered = 0.0
        self._waiting = QEventLoop(self)
        self._shown: Frame | None = None
        self._predictions = predictions_of(window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the time at which the window has been drawn."""
        if event.type() == QEvent.Type.UpdateRequest:
            self._shown = self._window.frame  # which is drawn now, whatever comes before the note
            QTimer.singleShot(0, self, self._note)
        return super().eventFilter(watched, event)

    @Slot()
    def _note(self) -> None:
        if (frame := self._shown) is None:
            return
        now = time.perf_counter()
        self._drawn.append((now, frame.iteration))
        if frame.image.index == self._wanted and not self._answered:
            self._answered = now
            self._waiting.quit()

    def pace(self) -> float:
        """Return iterations a second, from the first drawing of an iteration to that of another.

        Where iterations are long, the time before the first and after the last is part of one.
        """
        (start, first), (end, last) = self._drawn[0], self._drawn[-1]
        new = [after for before, after in pairwise(self._drawn) if after[1] > before[1]]
        if len(new) > 1:
            (start, first), (end, last) = new[0], new[-1]
        return (last - first) / (end - start)

    def gaps(self) -> list[float]:
        """Return the seconds between drawings."""
        return [float(gap) for gap in np.diff([time for time, _ in self._drawn])]

    def answer(self, row: int) -> float:
        """Click on a row of the table, and return the seconds until its image is on screen."""
        table, model = self._predictions.table, self._predictions.model
        index = model.index(row, 0)
        self._wanted, self._answered = model.image_at(row), 0.0
        start = time.perf_counter()
        QTest.mouseClick(
            table.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            table.visualRect(index).center(),
        )
        QTimer.singleShot(_LONGEST, self._waiting, self._waiting.quit)
        self._waiting.exec()
        took = (self._answered or time.perf_counter()) - start
        wait(_REST / 1_000)
        return took

    def end(self) -> None:
        """Look no more."""
        self._window.removeEventFilter(self)


def _rows() -> list[int]:
    return [1 + (3 * click) % 7 for click in range(CLICKS)]  # never the same one twice running


def predictions_of(window: MainWindow) -> PredictionsPanel:
    """Return the window's Predictions panel."""
    panel = window.panels["predictions"]
    if not isinstance(panel, PredictionsPanel):
        message = f"the Predictions panel is a {type(panel).__name__}"
        raise TypeError(message)
    return panel


def wait(seconds: float) -> None:
    """Let Qt go on for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1_000), loop, loop.quit)
    loop.exec()
