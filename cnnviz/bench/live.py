"""Measures the real window at full speed: its pace, its drawings, its answers to clicks."""

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
from cnnviz.app.runtime.thread_priority import share_python
from cnnviz.app.window.main_window import MainWindow
from cnnviz.bench.headless import repeated
from cnnviz.bench.machine import peak_memory
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.rule import EXACT
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings

SIZE: Final = (1440, 900)
_ROWS: Final = (1, 4, 7, 3, 6)
"""Rows of the table that are clicked on in each round."""
_WARM_UP: Final = 0.5
"""Seconds that do not count at first."""
_FEWEST: Final = 5
"""Iterations of a round, at least."""
_SETTLING: Final = 0.1
"""Seconds that training takes to regain its pace after it has been held."""
_REST: Final = 60
"""Milliseconds between the effect of one click and the next click."""
_DEFAULT_INTERVAL: Final = sys.getswitchinterval()
"""Python's switch interval, in seconds, if there is no window."""
_LONGEST: Final = 5_000
"""Milliseconds after which a click counts as unanswered."""


@dataclass(frozen=True, slots=True)
class Live:
    """The figures of the window with a batch of n images.

    `headless` and `live` are iterations a second, measured alternately without and with the window,
    and once more without; `drawn` are drawings a second. `gap` and `answer` are 95th percentiles
    in seconds: of the time between two drawings, and from a click on an image to the window that
    shows it.
    """

    n: int
    headless: tuple[float, ...]
    live: tuple[float, ...]
    drawn: float
    gap: float
    answer: float

    @property
    def shares(self) -> tuple[float, ...]:
        """The pace with the window over the headless one: of each round, to those around it."""
        around = map(statistics.mean, pairwise(self.headless))
        return tuple(live / pace for live, pace in zip(self.live, around, strict=True))

    @property
    def share(self) -> float:
        """The same over all rounds: each alone depends on the machine's pace in it."""
        return statistics.mean(self.live) / statistics.mean(self.headless)


def measure_live(source: str, n: int, dtype: Precision, rounds: int, seconds: float) -> Live:
    """Measure the window at one size, in rounds of some seconds, more if iterations are long.

    The window's training is held while another trainer is measured, with nothing drawn: the pace of
    a machine changes within seconds, and rounds are as close together as that.
    """
    dataset, settings = repeated(source, n), settings_of(n, dtype)
    bare, watched = Trainer(dataset, settings), HeldTrainer(dataset, settings)
    headless, live = [], list[float]()
    gaps, answers = list[float](), list[float]()
    with running_window(watched) as window:
        wait(_WARM_UP)
        seconds = max(seconds, _FEWEST / watched.held(lambda: _headless(bare, 0.0)))
        headless.append(watched.held(lambda: _headless(bare, seconds)))
        for _ in range(rounds):
            wait(_SETTLING)
            watch = _Watch(window)
            wait(seconds)
            live.append(watch.pace())
            gaps += watch.gaps()
            answers += [watch.answer(row) for row in _ROWS]
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


def window_memory(source: str, n: int, dtype: Precision) -> float:
    """Return the most megabytes that this process holds while it trains with a window."""
    with running_window(Trainer(repeated(source, n), settings_of(n, dtype))) as window:
        while window.frame is None or window.frame.iteration < 3:
            wait(0.05)
    return peak_memory()


class HeldTrainer(Trainer):
    """A trainer whose iterations can be held."""

    def __init__(self, dataset: Dataset, settings: Settings) -> None:
        self._free, self._iterating = Event(), Lock()
        self._free.set()
        super().__init__(dataset, settings)

    def step(self) -> bool:
        """Do one iteration, as soon as they are not held."""
        self._free.wait()
        with self._iterating:
            return super().step()

    def hold(self) -> None:
        """Let no further iteration begin, and wait for the one that is under way."""
        self._free.clear()
        self._iterating.acquire()

    def release(self) -> None:
        """Let iterations begin again."""
        self._iterating.release()
        self._free.set()

    def held(self, act: Callable[[], float]) -> float:
        """Measure something between two iterations."""
        self.hold()
        try:
            return act()
        finally:
            self.release()


def _headless(trainer: Trainer, seconds: float) -> float:
    """Return the iterations a second, of one at least, of a trainer that nothing disturbs."""
    sys.setswitchinterval(_DEFAULT_INTERVAL)
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
def open_window(trainer: Trainer, *, keeps: bool = True) -> Iterator[MainWindow]:
    """Open the default window without the user's settings, and close it in the end.

    It keeps a session, as the program's does, unless `keeps` says otherwise.
    """
    create_application()
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        sessions = (lambda: folder) if keeps else None
        window = MainWindow(trainer, LIGHT, store, sessions=sessions)
        window.resize(*SIZE)
        window.show()
        try:
            yield window
        finally:
            window.close()
            window.deleteLater()
            wait(0)


@contextmanager
def running_window(trainer: Trainer, *, keeps: bool = True) -> Iterator[MainWindow]:
    """Open the default window, and train as fast as it goes."""
    with open_window(trainer, keeps=keeps) as window:
        window.loop.pace(None)
        window.loop.start()
        yield window


def settings_of(n: int, dtype: Precision) -> Settings:
    """Return the settings of a run that goes on whatever happens."""
    return Settings(subset=n, dtype=dtype, rule=EXACT, pause_on_warning=False)


class _Watch(QObject):
    """Notes when the window is drawn, and the iteration that it shows."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._drawn: list[tuple[float, int]] = []
        self._clicked = -1  # the image that was clicked on
        self._answered = 0.0
        self._waiting = QEventLoop(self)
        self._shown: Frame | None = None
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the time at which the window has been drawn."""
        if event.type() == QEvent.Type.UpdateRequest:
            self._shown = self._window.frame  # drawn now; a newer one may come before the note
            QTimer.singleShot(0, self._note)
        return super().eventFilter(watched, event)

    @Slot()
    def _note(self) -> None:
        if (frame := self._shown) is None:
            return
        now = time.perf_counter()
        self._drawn.append((now, frame.iteration))
        if frame.image.index == self._clicked and not self._answered:
            self._answered = now
            self._waiting.quit()

    def pace(self) -> float:
        """Return iterations a second, from the first drawing of an iteration to that of the last.

        The time before and after is part of an iteration only, which may be long.
        """
        (start, first), (end, last) = self._drawn[0], self._drawn[-1]
        new = [after for before, after in pairwise(self._drawn) if after[1] > before[1]]
        if len(new) > 1:
            (start, first), (end, last) = new[0], new[-1]
        return (last - first) / (end - start)

    def gaps(self) -> list[float]:
        """Return the seconds between drawings."""
        return [after - before for (before, _), (after, _) in pairwise(self._drawn)]

    def answer(self, row: int) -> float:
        """Click on a row of the table, and return the seconds until its image is on screen."""
        panel = self._window.panels.predictions
        self._clicked, self._answered = panel.model.image_at(row), 0.0
        start = time.perf_counter()
        QTest.mouseClick(
            panel.table.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            panel.table.visualRect(panel.model.index(row, 0)).center(),
        )
        QTimer.singleShot(_LONGEST, self._waiting.quit)
        self._waiting.exec()
        took = (self._answered or time.perf_counter()) - start
        wait(_REST / 1_000)
        return took

    def end(self) -> None:
        """Stop noting."""
        self._window.removeEventFilter(self)


def wait(seconds: float) -> None:
    """Run Qt's events for some seconds."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1_000), loop.quit)
    loop.exec()
