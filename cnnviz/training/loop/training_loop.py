"""The loop that a training thread runs: commands in, frames out. Knows no Qt."""

from pathlib import Path

from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.debugger.view import Point
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.scheduler import Scheduler
from cnnviz.training.loop.session import Session
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


class TrainingLoop:
    """Runs a trainer as a person commands.

    `run` is the body of the training thread. Commands may be given from any thread; each returns at
    once with its number, and they are carried out in the order in which they came.

    Parameters
    ----------
    trainer : Trainer
        From now on the loop's own.
    mailbox : Mailbox
        Where frames and messages go.
    """

    def __init__(self, trainer: Trainer, mailbox: Mailbox) -> None:
        self._queue = CommandQueue()
        self._session = Session(trainer, mailbox, self._queue)
        self._scheduler = Scheduler(self._session, self._queue, mailbox)

    @property
    def sent(self) -> int:
        """The number of the last command that was given; frames say which has been carried out."""
        return self._queue.sent

    def run(self) -> None:
        """Carry out commands and iterate until `stop`."""
        self._scheduler.run()

    def stop(self) -> None:
        """End `run`, after the iteration that is under way and the files yet to be saved."""
        self._queue.close()

    def start(self) -> int:
        """Iterate until paused."""
        return self._queue.put(self._session.start, ending=True)

    def pause(self) -> int:
        """Stop iterating."""
        return self._queue.put(self._session.pause, ending=True, light=True)

    def step(self) -> int:
        """Pause, and do one iteration, or what comes before a breakpoint in it."""
        return self._queue.put(self._session.step)

    def back(self) -> int:
        """Pause, and look at the state before."""
        return self._queue.put(self._session.back)

    def go_to(self, iteration: int) -> int:
        """Pause, and look at a state of the run. Only the latest of several in a row counts."""
        return self._queue.put(lambda: self._session.go_to(iteration), "go_to", absolute=True)

    def switch(self, branch: int) -> int:
        """Pause, and look at another branch. Only the latest of several in a row counts."""
        return self._queue.put(lambda: self._session.switch(branch), "switch", absolute=True)

    def rename_branch(self, branch: int, name: str) -> int:
        """Give a branch another name."""
        return self._queue.put(lambda: self._session.trainer.branches.rename(branch, name))

    def delete_branch(self, branch: int) -> int:
        """Forget a branch; the one that is looked at stays."""
        return self._queue.put(lambda: self._session.trainer.branches.delete(branch))

    def bookmark(self, branch: int, iteration: int, name: str | None) -> int:
        """Name a state of a branch; None takes the bookmark away."""
        return self._queue.put(
            lambda: self._session.trainer.branches.bookmark(branch, iteration, name)
        )

    def edit(self, edit: Edit) -> int:
        """Pause, and give a parameter of the state that is looked at another value: in a branch."""
        return self._queue.put(lambda: self._session.edit(edit))

    def draw(self, pixel: Pixel) -> int:
        """Draw a pixel over an image, from the next iteration on."""
        return self._queue.put(lambda: self._session.trainer.draw(pixel))

    def erase(self, image: int) -> int:
        """Take back all that is drawn over an image, from the next iteration on."""
        return self._queue.put(lambda: self._session.trainer.erase(image))

    def reset(self) -> int:
        """Pause, and start again from iteration 0."""
        return self._queue.put(self._session.reset, absolute=True)

    def change(self, settings: Settings) -> int:
        """Use other settings from the next iteration on; another seed pauses and starts again.

        Only the latest of several in a row counts, where they have the same seed.
        """
        return self._queue.put(lambda: self._session.change(settings), f"change {settings.seed}")

    def select(self, image: int) -> int:
        """Show another image. Only the latest of several in a row counts."""
        return self._queue.put(lambda: self._session.select(image), "select", light=True)

    def pace(self, iterations_per_second: float | None) -> int:
        """Iterate at this speed while running; None is as fast as it goes.

        Raises
        ------
        ValueError
            Where the speed is not above 0.
        """
        if iterations_per_second is not None and not iterations_per_second > 0:
            message = f"a pace of {iterations_per_second} is none: it must be above 0, or None."
            raise ValueError(message)
        return self._queue.put(
            lambda: self._session.pace.set(iterations_per_second), "pace", light=True
        )

    def load(self, source: str) -> int:
        """Pause, and start again on other data; what cannot be read leaves everything as it was."""
        return self._queue.put(lambda: self._session.load(source))

    def open_run(self, path: Path) -> int:
        """Pause, and show a recorded run at its last iteration."""
        return self._queue.put(lambda: self._session.open_run(path))

    def save_run(self, path: Path) -> int:
        """Pause, and record the run in a file; a message says that it is there."""
        return self._queue.put(lambda: self._session.save_run(path), lasting=True)

    def set_breakpoints(self, breakpoints: tuple[Breakpoint, ...]) -> int:
        """Stop at these from now on. Only the latest of several in a row counts."""
        return self._queue.put(lambda: self._session.set_breakpoints(breakpoints), "breakpoints")

    def back_to_cause(self, number: int) -> int:
        """Pause, and look at the latest earlier state in which a breakpoint did not hold.

        A long search ends early where another command comes that would move the run.
        """
        return self._queue.put(lambda: self._session.back_to_cause(number))

    def debug(self, on: bool) -> int:
        """Show the iteration's operations from now on, or no more; changes nothing in the run."""
        return self._queue.put(lambda: self._session.stepping.show(on), "debug")

    def debug_step(self) -> int:
        """Pause, and do the iteration's next operation."""
        return self._queue.put(lambda: self._session.operations().step(), ending=True)

    def debug_back(self) -> int:
        """Pause, and undo the iteration's last operation."""
        return self._queue.put(lambda: self._session.operations().back(), ending=True)

    def run_to_operation(self, operation: str) -> int:
        """Pause, and do or undo operations of the iteration until this one is the last done."""
        return self._queue.put(lambda: self._session.operations().run_to(operation))

    def finish_iteration(self) -> int:
        """Pause, and do the operations that are left; after the last one, all of the next."""
        return self._queue.put(lambda: self._session.operations().finish())

    def restart_iteration(self) -> int:
        """Pause, and undo the iteration's operations."""
        return self._queue.put(lambda: self._session.operations().restart(), ending=True)

    def explain(self, tensor: str, index: tuple[int, ...], *, mean: bool = False) -> int:
        """Explain a cell of a tensor. Only the latest of several in a row counts.

        The arguments are those of `Point`.
        """
        point = Point(tensor, index, mean)
        return self._queue.put(
            lambda: self._session.stepping.point_at(point), "explain", light=True
        )

    def save_tensor(self, tensor: str, path: Path) -> int:
        """Write a tensor of the iteration to an .npy or .csv file; a message says it is there."""
        return self._queue.put(lambda: self._session.save_tensor(tensor, path), lasting=True)
