"""What a training thread works on: a trainer, its breakpoints, its debugger, and what is shown."""

import math
import time
from dataclasses import replace
from pathlib import Path

from cnnviz.data.source import load
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.forward import ForwardPass
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.files.restore import restore
from cnnviz.training.files.run_file import write_run
from cnnviz.training.limits import check_disk_space
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher, go_to_cause
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.loop.debug_session import LONG, DebugSession
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.pace import Pace
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.predictions import image_view
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


class Session:
    """Iterates, moves through time, and shows the state that is looked at. One thread's own.

    Parameters
    ----------
    trainer : Trainer
        From now on the session's own.
    mailbox : Mailbox
        Where frames and messages go.
    queue : CommandQueue
        Tells whether what takes long is still wanted.
    """

    def __init__(self, trainer: Trainer, mailbox: Mailbox, queue: CommandQueue) -> None:
        self.running = False
        """Whether iterations follow each other."""
        self.pace = Pace()
        """When they do."""
        self.stepping = DebugSession(
            trainer,
            queue,
            lambda: self.publish(computing=True),
            lambda place: self._breakpoint_watcher.at_operation(place) is not None,
        )
        """What goes through an iteration, operation by operation."""
        self._image = 0
        self._trainer = trainer
        self._mailbox = mailbox
        self._queue = queue
        self._breakpoints = BreakpointTracker()
        self._breakpoint_watcher = BreakpointWatcher(trainer, self._breakpoints)
        self._on_progress: ProgressCallback | None = None
        self._began = math.inf
        self._published: tuple[Frame, ForwardPass | None] | None = None

    @property
    def trainer(self) -> Trainer:
        """The run that is looked at."""
        return self._trainer

    @property
    def time_left(self) -> float:
        """Seconds until the next iteration; infinite where none is to come."""
        return self.pace.time_left if self.running else math.inf

    @property
    def keeps_waiting(self) -> bool:
        """Whether an iteration takes so long that a person is to be answered meanwhile."""
        long = time.perf_counter() - self._began >= LONG
        return long and self._published is not None

    def report(self, on_progress: ProgressCallback | None, within: ProgressCallback | None) -> None:
        """Let somebody hear how much is done, 0 to 1.

        Parameters
        ----------
        on_progress : callable or None
            Hears it during an iteration.
        within : callable or None
            Hears it during operations of an iteration that is stepped through.
        """
        self._on_progress = on_progress
        self._trainer.report(on_progress)
        self.stepping.report(within)

    def close(self) -> None:
        """End the threads of the arithmetic."""
        self.report(None, None)
        self._trainer.close()

    # What is shown.

    def publish(self, *, computing: bool = False) -> None:
        """Put a frame into the mailbox.

        Parameters
        ----------
        computing : bool
            Whether an operation is under way.
        """
        trainer = self._trainer
        debug = None if self.running else self.stepping.view(self._image, computing=computing)
        stopped = self._breakpoints.stop_at(trainer.parameters)
        if stopped and stopped.operation and self.stepping.is_past(stopped.operation):
            stopped = None
        frame = frame_of(
            trainer,
            self._image,
            running=self.running,
            done=self._queue.done,
            debug=debug,
            breakpoints=self._breakpoints.all,
            stopped=stopped,
        )
        self._published = frame, trainer.forward
        self._mailbox.put(frame)

    def publish_image(self) -> None:
        """Put the last frame into the mailbox again, with the image that is selected now.

        This leaves the trainer alone, which may be in the midst of an iteration.
        """
        if self._published is not None:
            frame, forward = self._published
            index = min(max(0, self._image), frame.settings.subset - 1)
            view = image_view(frame.dataset, index, frame.parameters, forward)
            done = self._queue.done
            self._mailbox.put(replace(frame, image=view, running=self.running, done=done))

    def catch_up(self) -> None:
        """Do the operations again that a change has undone, and show them."""
        if not self.running and self.stepping.catch_up():
            self.publish()

    def select(self, image: int) -> None:
        """Show another image."""
        self._image = image

    def tell(self, text: str) -> None:
        """Put a message into the mailbox."""
        self._mailbox.tell(Message(text))

    # Iterations.

    def start(self) -> None:
        """Iterate until paused."""
        self._breakpoints.go_on()
        if not self.running:
            self._pass_operations()
            self.pace.begin()
        self.running = True
        self.stepping.leave()

    def iterate(self) -> None:
        """Do the next iteration of a run that goes on, unless a breakpoint stops it before."""
        self._stop_for(self._breakpoint_watcher.next_operation())
        if self.running:
            self._advance(ahead=self.pace.unlimited and not self._mailbox.wanted)
        if self._mailbox.wanted or self.time_left > 0:  # or it would stay unseen in a pause
            self.look()
            self.publish()

    def look(self) -> None:
        """Look whether a breakpoint stops the run in a state that was only remembered."""
        self._stop_for(self._breakpoint_watcher.check_pending())

    def pause(self) -> None:
        """Stop iterating."""
        self.running = False

    def step(self) -> None:
        """Pause, and do one iteration, or what comes before a breakpoint in it."""
        self.running = False
        self._pass_operations()
        stop = self._breakpoint_watcher.next_operation()
        if stop is None:
            self._advance()
        else:
            self._stop_for(stop)

    def operations(self) -> DebugSession:
        """Pause, and return what goes through the iteration."""
        self.running = False
        return self.stepping

    # Time.

    def back(self) -> None:
        """Pause, and look at the state before."""
        self.running = False
        self._trainer.back(self._queue.interruption())

    def go_to(self, iteration: int) -> None:
        """Pause, and look at a state of the run."""
        self.running = False
        self._trainer.go_to(iteration, self._queue.interruption())

    def switch(self, branch: int) -> None:
        """Pause, and look at another branch."""
        self.running = False
        self._trainer.switch(branch, self._queue.interruption())

    def edit(self, edit: Edit) -> None:
        """Pause, and give a parameter of the state that is looked at another value."""
        self.running = False
        self._trainer.edit(edit)

    def reset(self) -> None:
        """Pause, and start again from iteration 0."""
        self.running = False
        self._trainer.reset()
        self._breakpoints.restart()

    def change(self, settings: Settings) -> None:
        """Use other settings from the next iteration on; another seed pauses and starts again."""
        if settings.seed != self._trainer.settings.seed:
            self.running = False
            self._breakpoints.restart()
        self._trainer.change(settings)

    # Breakpoints.

    def set_breakpoints(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Stop at these from now on."""
        self._breakpoints.set(breakpoints)

    def back_to_cause(self, number: int) -> None:
        """Pause, and look at the latest earlier state in which a breakpoint did not hold."""
        self.running = False
        go_to_cause(self._trainer, self._breakpoints, number, self._queue.moves)

    # Data and files.

    def load(self, source: str) -> None:
        """Pause, and start again on other data."""
        self.running = False
        self._trainer.use(load(source), source)
        self._breakpoints.restart()

    def open_run(self, path: Path) -> None:
        """Pause, and show a recorded run at its last iteration."""
        self.running = False
        before = self._trainer
        trainer = restore(path, before.branches.datasets)
        before.close()
        pausing = before.settings.pause_on_warning
        trainer.change(replace(trainer.settings, pause_on_warning=pausing))
        trainer.branches.name_current(path.stem)
        trainer.branches.take_over(before.branches)
        trainer.report(self._on_progress)
        self._trainer = trainer
        self._breakpoint_watcher = BreakpointWatcher(trainer, self._breakpoints)
        self._breakpoints.restart()
        self.stepping.use(trainer)

    def save_run(self, path: Path) -> None:
        """Pause, record the run in a file, and say so."""
        self.running = False
        check_disk_space(path, self._trainer.last, self._trainer.settings.numpy_dtype)
        run = self._trainer.to_run()
        write_run(path, run)
        iterations = "1 iteration" if run.iterations == 1 else f"{run.iterations:,} iterations"
        branches = self._trainer.branches
        of = f" of “{branches.current.name}”" if len(branches) > 1 else ""
        rest = ", and no other branch: switch to one to save it" if of else ""
        self.tell(f"Saved {iterations}{of} to {path.name}{rest}.")

    def save_tensor(self, tensor: str, path: Path) -> None:
        """Write a tensor of the iteration to a file, and say so."""
        self.stepping.save(tensor, path)
        self.tell(f"Saved {tensor} to {path.name}.")

    def _pass_operations(self) -> None:
        """Stop at none of the operations that have been stepped through."""
        if self._breakpoints.at_operations:
            self._breakpoints.pass_operations(self._trainer.parameters, self.stepping.done)

    def _advance(self, *, ahead: bool = False) -> None:
        trainer = self._trainer
        self._began = time.perf_counter()
        try:
            went_on, stop = self._breakpoint_watcher.advance(defer=ahead)
        finally:
            self._began = math.inf
        self._stop_for(stop)
        notice = trainer.notice
        if not went_on or (notice and (notice.final or trainer.settings.pause_on_warning)):
            self.running = False

    def _stop_for(self, stop: Stop | None) -> None:
        """Stop at a breakpoint, where one was hit."""
        if stop is not None:
            self.running = False
            if stop.operation is not None:
                self.stepping.stand_before(stop.operation)
