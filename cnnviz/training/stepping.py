"""An iteration, operation by operation, in a thread that others want something of."""

from collections.abc import Callable
from pathlib import Path

from cnnviz.training.command_queue import CommandQueue
from cnnviz.training.debug_view import DebugView, Point
from cnnviz.training.debugger import END, IMAGE_FIRST, PLACES, Debugger
from cnnviz.training.errors import DebuggerError
from cnnviz.training.tensor_file import write_tensor
from cnnviz.training.trainer import Trainer


class Stepping:
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
        self.use(trainer)

    def use(self, trainer: Trainer) -> None:
        """Step through the iterations of another trainer."""
        self._trainer = trainer
        self._debugger = Debugger(trainer)

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
        self._operate(lambda: True)

    def back(self) -> None:
        """Undo the last operation."""
        self._shown = True
        self._debugger.back()

    def run_to(self, operation: str) -> None:
        """Do or undo operations until this one is the last done."""
        debugger = self._debugger
        if debugger.is_done(operation):
            self._shown = True
            debugger.go_back_to(operation)
        else:
            self._operate(lambda: debugger.is_done(operation))

    def finish(self) -> None:
        """Do the operations that are left; after the last one, all of the next iteration."""
        self._operate(lambda: self._debugger.position == END)

    def restart(self) -> None:
        """Undo every operation of the iteration."""
        self._shown = True
        self._debugger.restart()

    def stand_before(self, operation: str) -> None:
        """Start the iteration anew, and do what comes before an operation."""
        debugger, place = self._debugger, PLACES[operation]
        self._shown = True
        debugger.leave()
        if place > 0:
            self._operate(lambda: debugger.position == place, stopping=False)

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

    def _operate(self, reached: Callable[[], bool], *, stopping: bool = True) -> None:
        """Do operations of the iteration, at least one, until `reached`.

        A breakpoint at an operation on the way ends it, unless `stopping` is off, and where it
        takes long, a command that asks for something else.
        """
        self._shown = True
        debugger, left = self._debugger, self._queue.operations_left()
        while True:
            if self._trainer.settings.subset > IMAGE_FIRST:
                self._show()
            if not debugger.step() or reached() or left():
                return
            if stopping and debugger.position < END and self._stops_at(debugger.position):
                return
