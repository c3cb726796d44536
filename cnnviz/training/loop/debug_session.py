"""An iteration, operation by operation, in a thread that others want something of."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.debugger.debugger import IMAGE_FIRST, Debugger
from cnnviz.training.debugger.operation_positions import END, POSITION_OF
from cnnviz.training.debugger.view import DebugView, Point
from cnnviz.training.errors import DebuggerError
from cnnviz.training.files.tensor_file import write_tensor
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.run.trainer import Trainer

LONG: Final = 0.05
"""Seconds after which nothing is waited for before a person is answered."""
T = TypeVar("T")


class DebugSession:
    """Has a debugger do what a person asked for, and says what there is to show.

    Parameters
    ----------
    trainer : Trainer
    queue : CommandQueue
        Tells whether something else is wanted.
    show : callable
        Shows how far it is, before an operation that takes its time.
    stops_at : callable
        Says whether a breakpoint stops at an operation, by its place in the iteration.
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
        self._way = 0, 1
        self._began = math.inf
        self.use(trainer)

    def use(self, trainer: Trainer) -> None:
        """Step through the iterations of another trainer."""
        self._trainer = trainer
        self._debugger = Debugger(trainer, self._hear)

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Let somebody hear how much of the way through operations is done, 0 to 1."""
        self._on_progress = on_progress

    @property
    def takes_long(self) -> bool:
        """Whether an operation takes so long that a person is to be answered meanwhile."""
        return self._is_large and time.perf_counter() - self._began >= LONG

    @property
    def done(self) -> int:
        """Operations of the iteration to come that are done: a run passes them."""
        position = self._debugger.position if self._shown else 0
        return position % END

    def view(self, image: int, *, computing: bool = False) -> DebugView | None:
        """Return what is there, for views; None where nobody wants to see it.

        The arguments are those of `Debugger.view`.
        """
        return self._debugger.view(image, computing=computing) if self._shown else None

    def show(self, on: bool) -> None:
        """Have a view of the operations from now on, or no more."""
        self._shown = on
        if not on:
            self.leave()

    def leave(self) -> None:
        """Let go of every tensor; what is asked for next starts at the trainer's state."""
        self._debugger.leave()

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
        """Do or undo operations until this one is the last done."""
        debugger = self._debugger
        if debugger.is_done(operation):
            self._shown = True
            debugger.go_back_to(operation)
        else:
            self._operate(POSITION_OF[operation] + 1)

    def finish(self) -> None:
        """Do the operations that are left; after the last one, all of the next iteration."""
        self._operate(END)

    def restart(self) -> None:
        """Undo every operation of the iteration."""
        self._shown = True
        self._debugger.restart()

    def is_past(self, operation: str) -> bool:
        """Tell whether an operation has been stepped over."""
        return self._debugger.position > POSITION_OF[operation]

    def stand_before(self, operation: str) -> None:
        """Start the iteration anew, and do what comes before an operation."""
        self._shown = True
        self._debugger.leave()
        if POSITION_OF[operation] > 0:
            self._operate(POSITION_OF[operation], stopping=False)

    def catch_up(self) -> bool:
        """Do the operations again that a change has undone, where that was left for later.

        A command that waits comes first.

        Returns
        -------
        bool
            Whether there was anything to do.
        """
        debugger, queue = self._debugger, self._queue
        if not self._shown or debugger.aim == debugger.position:
            return False
        self._way = debugger.position, debugger.aim
        while debugger.aim > debugger.position and not queue.has_work:
            self._do(debugger.again)
        return True

    def point_at(self, point: Point) -> None:
        """Choose the cell that is explained."""
        self._debugger.point_at(point)

    def save(self, tensor: str, path: Path) -> None:
        """Write a tensor to an .npy or .csv file.

        Raises
        ------
        DebuggerError
            Where it is not computed yet, or cannot be written.
        """
        values = self._debugger.tensors.get(tensor)
        if values is None:
            raise DebuggerError(f"{tensor} is not computed yet: step on to where it is written.")
        write_tensor(path, values)

    def _operate(self, goal: int, *, stopping: bool = True) -> None:
        """Do operations of the iteration, at least one, until so many are done.

        A breakpoint at an operation on the way ends it, unless `stopping` is off, and where it
        takes long, a command that asks for something else.
        """
        self._shown = True
        debugger, left = self._debugger, self._queue.stops_operations()
        debugger.stay()
        self._way = debugger.position % END, goal
        while self._do(debugger.step) and debugger.position != goal and not left():
            if stopping and debugger.position < END and self._stops_at(debugger.position):
                return

    def _do(self, operation: Callable[[], T]) -> T:
        """Do one operation; a large batch shows its image before."""
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

    def _hear(self, share: float) -> None:
        """Hear how far an operation is, and say how far the way is."""
        if self._on_progress is not None:
            start, goal = self._way
            done = self._debugger.position % END - start + share
            self._on_progress(min(1.0, done / max(1, goal - start)))
