"""Long computations on threads of their own, with progress, errors and cancellation."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Slot

from cnnviz.app.runtime.sentences import as_sentence
from cnnviz.app.runtime.thread_priority import let_the_window_go_first
from cnnviz.data.errors import DataError
from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.numerics.errors import NumericsError
from cnnviz.teaching.errors import TeachingError
from cnnviz.training.errors import TrainingError

_POLL: Final = 20
"""Milliseconds between polls of the computations, if there are any."""
_REFUSALS: Final = (NumericsError, TrainingError, DataError, TeachingError)
"""Errors whose message is a sentence for the person."""

T = TypeVar("T")
Compute = Callable[[ProgressCallback], T]
"""``compute(on_progress)`` returns a result. It ends by an error from `on_progress`, or from a
`blocks_of` loop, if it is cancelled. Its arguments are immutable values, and it knows no Qt."""


class _CancelledError(Exception):
    """Ends a computation whose result is no longer needed."""


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Functions that are called in the window's thread."""

    on_result: Callable[[Any], object]
    on_progress: Callable[[float], object]
    on_error: Callable[[str], object]
    on_cancel: Callable[[], object]


class _Task:
    """One computation and its thread."""

    def __init__(self, kind: str, compute: Compute[object], receiver: _Receiver) -> None:
        self.receiver = receiver
        self.share = self.shown = 0.0
        self.result: object = None
        self.error: Exception | None = None
        self._cancelled = Event()
        self._compute = compute
        self._thread = Thread(target=self._run, name=kind)

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        if not self._cancelled.is_set():
            self._cancelled.set()
            self.receiver.on_cancel()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        let_the_window_go_first()
        try:
            with reporting_progress(self._check):
                self.result = self._compute(self._report)
        except _CancelledError:
            pass
        except Exception as error:
            self.error = error

    def _check(self, _share: float) -> None:
        if self._cancelled.is_set():
            raise _CancelledError

    def _report(self, share: float) -> None:
        self._check(share)
        self.share = share


class BackgroundTasks(QObject):
    """Runs one computation of each kind at a time, beside training and the window.

    All methods, and all callbacks, are for the window's thread. A cancelled computation calls
    nothing back from then on; its thread ends when it next reports its progress.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: dict[str, _Task] = {}
        self._waiting: dict[str, _Task] = {}
        self._timer = QTimer(self, interval=_POLL)
        self._timer.timeout.connect(self._poll)

    def start(
        self,
        kind: str,
        compute: Compute[T],
        on_result: Callable[[T], object],
        *,
        on_progress: Callable[[float], object] = lambda _share: None,
        on_error: Callable[[str], object] = lambda _text: None,
        on_cancel: Callable[[], object] = lambda: None,
    ) -> None:
        """Start a computation; it replaces one of the same kind that is not done yet.

        Parameters
        ----------
        kind : str
            The computation that was started last is the one of its kind that calls back.
        on_progress : callable
            Called with the share that is done, 0 to 1, each time it has changed.
        on_error : callable
            Called with one sentence if there is no result. An error that is a fault of the program
            is also reported to `sys.excepthook`.
        on_cancel : callable
            Called when it is cancelled, to end for example a process that it waits for.
        """
        self.cancel(kind)
        task = _Task(kind, compute, _Receiver(on_result, on_progress, on_error, on_cancel))
        if kind in self._running:  # at most one thread for each kind
            self._waiting[kind] = task
        else:
            self._begin(kind, task)

    def cancel(self, kind: str) -> None:
        """Cancel the computation of a kind, if there is one."""
        self._waiting.pop(kind, None)
        if task := self._running.get(kind):
            task.cancel()

    def is_busy(self, kind: str) -> bool:
        """Return whether a computation of this kind is yet to call back."""
        task = self._running.get(kind)
        return kind in self._waiting or (task is not None and not task.is_cancelled)

    @property
    def are_done(self) -> bool:
        """Whether no computation is yet to call back."""
        kinds = self._running.keys() | self._waiting.keys()
        return not any(self.is_busy(kind) for kind in kinds)

    def stop(self) -> None:
        """Cancel everything, and wait until every thread has ended."""
        self._timer.stop()
        self._waiting.clear()
        for task in self._running.values():
            task.cancel()
        for task in self._running.values():
            task.join()
        self._running.clear()

    def _begin(self, kind: str, task: _Task) -> None:
        self._running[kind] = task
        task.start()
        self._timer.start()

    @Slot()
    def _poll(self) -> None:
        for kind, task in list(self._running.items()):
            done = task.is_done  # before the share is read, so that the last one is not missed
            if not task.is_cancelled and task.share != task.shown:
                task.shown = task.share
                task.receiver.on_progress(task.shown)
            if done and self._running.get(kind) is task:
                del self._running[kind]
                self._finish(task)
                if following := self._waiting.pop(kind, None):
                    self._begin(kind, following)
        if not self._running:
            self._timer.stop()

    def _finish(self, task: _Task) -> None:
        error, receiver = task.error, task.receiver
        if task.is_cancelled:
            return
        if error is None:
            receiver.on_result(task.result)
        elif isinstance(error, _REFUSALS):
            receiver.on_error(as_sentence(str(error)))
        else:
            receiver.on_error(f"An error in cnnviz: {type(error).__name__}: {error}.")
            sys.excepthook(type(error), error, error.__traceback__)
