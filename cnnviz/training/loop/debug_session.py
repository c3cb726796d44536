"""The debugger in the training thread: its operations give way to other commands."""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.debugger.operation_positions import END, POSITION_OF
from cnnviz.training.limits import IMAGE_FIRST
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.run.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.training.debugger.debugger import Debugger
    from cnnviz.training.debugger.explainer import Explainer
    from cnnviz.training.debugger.view import DebugView

LONG: Final = 0.05
"""Seconds of work after which light commands are answered during it."""
T = TypeVar("T")


class DebugSession:
    """Moves a debugger through the operations of an iteration, and publishes it on the way.

    The debugger is created when it is first used.

    Parameters
    ----------
    queue : CommandQueue
        Interrupts the operations.
    show : callable
        Publishes a frame before each operation of a large batch.
    stops_at : callable
        Returns whether a breakpoint stops before an operation, by its position.
    """

    def __init__(
        self,
        trainer: Trainer,
        queue: CommandQueue,
        show: Callable[[], None],
        stops_at: Callable[[int], bool],
    ) -> None:
        self._queue = queue
        self._show = show
        self._stops_at = stops_at
        self._shown = False
        self._on_progress: ProgressCallback | None = None
        self._range = 0, 1  # the positions at the start and at the goal
        self._began = math.inf
        self.use(trainer)

    def use(self, trainer: Trainer) -> None:
        """Step through the iterations of another trainer."""
        self._trainer = trainer
        self._created: Debugger | None = None

    @property
    def _debugger(self) -> "Debugger":
        if self._created is None:
            from cnnviz.training.debugger.debugger import Debugger  # noqa: PLC0415  (slow)

            self._created = Debugger(self._trainer, self._report)
        return self._created

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Report the progress of the operations under way, 0 to 1, from now on."""
        self._on_progress = on_progress

    @property
    def takes_long(self) -> bool:
        """Whether the operation under way takes so long that commands are answered during it."""
        return self._is_large and time.perf_counter() - self._began >= LONG

    @property
    def done(self) -> int:
        """Operations of the next iteration that are done; a run ignores their breakpoints."""
        position = self._debugger.position if self._shown else 0
        return position % END

    def view(self, image: int, *, computing: bool) -> "DebugView | None":
        """Return the view of the debugger, see `Debugger.view`; None if it is not shown."""
        return self._debugger.view(image, computing=computing) if self._shown else None

    def show(self, on: bool) -> None:
        """Show the operations from now on, or hide them."""
        self._shown = on
        if not on:
            self.leave()

    def leave(self) -> None:
        """Release every tensor; the next operation is the first from the current state."""
        if self._created is not None:
            self._created.leave()

    def step(self) -> None:
        """Do the next operation."""
        debugger = self._debugger
        if debugger.aim > debugger.position:
            debugger.step()
            self.catch_up()
        else:
            self._operate(debugger.position % END + 1)

    def back(self) -> None:
        """Undo the last operation."""
        self._shown = True
        self._debugger.back(self._queue.interruption())
        self.catch_up()

    def run_to(self, operation: str) -> None:
        """Do or undo operations until this one is the last that is done."""
        debugger = self._debugger
        if debugger.is_done(operation):
            self._shown = True
            debugger.go_back_to(operation)
        else:
            self._operate(POSITION_OF[operation] + 1)

    def finish(self) -> None:
        """Do the remaining operations; after the last one, all of the next iteration."""
        self._operate(END)

    def restart(self) -> None:
        """Undo every operation of the iteration."""
        self._shown = True
        self._debugger.restart()

    def is_past(self, operation: str) -> bool:
        """Whether an operation is done."""
        return self._debugger.position > POSITION_OF[operation]

    def stop_before(self, operation: str) -> None:
        """Restart the iteration, and do the operations before this one."""
        self._shown = True
        self._debugger.leave()
        if POSITION_OF[operation] > 0:
            self._operate(POSITION_OF[operation], stopping=False)

    def catch_up(self) -> bool:
        """Repeat the operations that a change has undone, until a command waits.

        Returns whether there were any.
        """
        if not self._shown:
            return False
        debugger, queue = self._debugger, self._queue
        if debugger.aim == debugger.position:
            return False
        self._range = debugger.position, debugger.aim
        while debugger.aim > debugger.position and not queue.has_work:
            self._do(debugger.repeat_next)
        return True

    @property
    def explainer(self) -> "Explainer":
        """Explains the selected cell."""
        return self._debugger.explainer

    def _operate(self, goal: int, *, stopping: bool = True) -> None:
        """Do operations of the iteration, at least one, up to a number of them.

        A breakpoint at an operation ends it, unless `stopping` is off, and so does, after a while,
        a command that stops operations.
        """
        self._shown = True
        debugger, interrupted = self._debugger, self._queue.stops_operations()
        debugger.stop_repeating()
        self._range = debugger.position % END, goal
        while self._do(debugger.step) and debugger.position != goal and not interrupted():
            if stopping and debugger.position < END and self._stops_at(debugger.position):
                return

    def _do(self, operation: Callable[[], T]) -> T:
        """Do one operation, after showing the selected image of a large batch."""
        if self._is_large:
            self._show()
        self._began = time.perf_counter()
        try:
            return operation()
        finally:
            self._began = math.inf

    @property
    def _is_large(self) -> bool:
        return self._trainer.settings.subset > IMAGE_FIRST

    def _report(self, share: float) -> None:
        """Convert the progress of one operation into that of all operations up to the goal."""
        if self._on_progress is not None:
            start, goal = self._range
            done = self._debugger.position % END - start + share
            self._on_progress(min(1.0, done / max(1, goal - start)))
