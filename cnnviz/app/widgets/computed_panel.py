"""A panel that draws the result of a computation on the newest frame."""

from collections.abc import Callable
from time import thread_time
from typing import Final, Generic, TypeVar

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent

from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.loop.frame import Frame

R = TypeVar("R")

_NOTHING: Final = (None, None, None, None)


class ComputedPanel(FramePanel, Generic[R]):
    """Base of the panels that follow the run by a computation beside training.

    While the panel is visible, the newest state is computed as soon as the one before is done,
    at most once an interval; states in between are left out, and nothing waits. It is computed
    once more when the run pauses, because that may be done with more care.

    Parameters
    ----------
    kind : str
        Name of the computation among the background tasks.
    interval : int
        Least milliseconds between two computations while training runs.
    label : str
        What a screen reader calls the result in words.
    share : float
        Of one processor's time, at most, while training runs: a computation that takes longer is
        followed by a longer pause.
    """

    def __init__(
        self, kind: str, interval: int, tasks: BackgroundTasks, label: str, *, share: float = 1.0
    ) -> None:
        super().__init__(interval)
        self.words = selectable_label(label)
        """The result in words, or why there is none; subclasses lay it out."""
        self._share = share
        self._kind, self._tasks = kind, tasks
        self._computed: tuple[object, ...] = _NOTHING
        self._is_late = False

    def hideEvent(self, event: QHideEvent) -> None:
        """End the computation: its result would not be seen."""
        super().hideEvent(event)
        if self._tasks.is_busy(self._kind):
            self._tasks.cancel(self._kind)
            self._computed = _NOTHING
        self._is_late = False

    def _draw(self, frame: Frame) -> None:
        state = frame.parameters, frame.dataset, frame.settings, frame.running
        if all(one is other for one, other in zip(state, self._computed, strict=True)):
            return
        if self._tasks.is_busy(self._kind):
            self._is_late = True
            return
        self._computed = state
        compute = self._computation(frame)

        def measured(on_progress: ProgressCallback) -> tuple[R, float]:
            began = thread_time()
            return compute(on_progress), thread_time() - began

        self._tasks.start(self._kind, measured, self._finish, on_error=self._fail)

    def _computation(self, frame: Frame) -> Callable[[ProgressCallback], R]:
        """Return the computation of a background thread for a frame."""
        raise NotImplementedError

    def _show(self, result: R) -> None:
        """Show the result of a computation."""
        raise NotImplementedError

    @Slot(object)
    def _finish(self, measured: tuple[R, float]) -> None:
        result, seconds = measured
        self._throttle.rest(1000 * seconds / self._share)
        self._show(result)
        self._catch_up()

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self.words.setText(sentence)
        self._catch_up()

    def _catch_up(self) -> None:
        if self._is_late and self._frame is not None:
            self._is_late = False
            self._throttle.follow(running=self._frame.running)
