"""The session of a training thread: a trainer, its breakpoints, its debugger, and the frames."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cnnviz.data.errors import DataError
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.forward import ForwardPass
from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.errors import SettingsError
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.loop.debug_session import LONG, DebugSession
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.pace import Pace
from cnnviz.training.loop.state_filler import StateFiller
from cnnviz.training.loop.undo_log import UndoLog
from cnnviz.training.own_code.errors import OwnCodeError, SourceError
from cnnviz.training.pixels import DrawnImage
from cnnviz.training.run.deleted_branches import MOST_BYTES, MOST_RESTORABLE
from cnnviz.training.run.predictions import DRAWN, OutsideImage, image_view, outside_view
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.training.own_code.process import OwnCode, OwnCodeProcesses
    from cnnviz.training.own_code.source import OwnSource

_UNHURRIED: Final = 4
"""Least time from one evaluation of held-out images to the next, as a multiple of its duration."""


class Session:
    """Iterates, stops at breakpoints, and publishes frames. Used by one thread.

    `trainer` is used by the session alone from now on. `log` receives the parameters of all states.
    """

    def __init__(
        self, trainer: Trainer, mailbox: Mailbox, queue: CommandQueue, log: StateLog | None
    ) -> None:
        self.trainer = trainer
        self._log = log
        trainer.branches.use_log(log)
        self.filler = StateFiller()
        self.breakpoints = BreakpointTracker()
        self.undo_log = UndoLog()
        self.debug_session = DebugSession(
            trainer,
            queue,
            lambda: self.publish(computing=True),
            lambda position: self._breakpoint_watcher.check_operations(position) is not None,
        )
        self._own_code: OwnCodeProcesses | None = None  # most runs have none
        self.pace = Pace()
        self.running = False
        """Whether training goes on from one iteration to the next."""
        self.follows_path = False
        """Whether the frames carry the path of the run."""
        self._run = 0  # counts the trainers
        self._image = 0
        self.outside: OutsideImage | None = None
        """An image to show that is not in the batch."""
        self._mailbox = mailbox
        self._queue = queue
        self._breakpoint_watcher = BreakpointWatcher(trainer, self.breakpoints)
        self._on_progress: ProgressCallback | None = None
        self._began = math.inf
        self._published: tuple[Frame, ForwardPass | None] | None = None

    @property
    def time_left(self) -> float:
        """Seconds until the next iteration; infinite while paused."""
        return self.pace.time_left if self.running else math.inf

    @property
    def idle_left(self) -> float:
        """Seconds until there is work for an idle session: 0, or infinite."""
        is_busy = self.running or self._queue.is_saving  # which computes the same states
        return math.inf if is_busy else self.filler.time_left

    @property
    def takes_long(self) -> bool:
        """Whether the iteration under way takes so long that commands are answered during it."""
        return time.perf_counter() - self._began >= LONG and self._published is not None

    def report(
        self, on_progress: ProgressCallback | None, on_operation: ProgressCallback | None
    ) -> None:
        """Report progress, 0 to 1, from now on."""
        self._on_progress = on_progress
        self.trainer.report(on_progress)
        self.debug_session.report(on_operation)

    def use(self, trainer: Trainer, log: StateLog | None = None) -> None:
        """Work on another trainer; `log` takes the place of the one so far."""
        self._log = log or self._log
        trainer.report(self._on_progress)
        trainer.branches.use_log(self._log)
        self.filler.begin(trainer.branches, self._log)
        self.trainer = trainer
        self._run += 1
        self.undo_log.clear()
        self._breakpoint_watcher = BreakpointWatcher(trainer, self.breakpoints)
        self.breakpoints.restart()
        self.debug_session.use(trainer)

    def close(self) -> None:
        """End the threads of the kernel, and own code."""
        self.report(None, None)
        self.filler.end()
        self.trainer.close()
        if self._log is not None:
            self._log.close()
        if self._own_code is not None:
            self._own_code.close()

    def end_own_code(self) -> None:
        """End all own code for good, from any thread; a computation under way fails."""
        if self._own_code is not None:
            self._own_code.kill()

    def allow(self, source: "OwnSource") -> "OwnCode":
        """Let own code run wherever a rule of the run has it, and return it.

        Raises SourceError if it fails outside its functions.
        """
        from cnnviz.training.own_code.process import OwnCodeProcesses  # noqa: PLC0415  (slow)

        if self._own_code is None:
            self._own_code = OwnCodeProcesses()
        try:
            code = self._own_code.allow(source)
        except OwnCodeError as error:
            raise SourceError(f"this code cannot be run: {error}") from error
        self.trainer.exchange(code.variants)
        return code

    # What is shown.

    def publish(self, *, computing: bool = False) -> None:
        """Put a frame into the mailbox; `computing` says that an operation is under way."""
        if not computing and self.time_left > _UNHURRIED * self.trainer.held_out.cost:
            self._evaluate_held_out()
        debug = None if self.running else self.debug_session.view(self._image, computing=computing)
        breakpoints = self.breakpoints.all
        stopped = self.breakpoints.stop_at(self.trainer.parameters) if breakpoints else None
        if stopped and stopped.operation and self.debug_session.is_past(stopped.operation):
            stopped = None
        frame = frame_of(
            self.trainer,
            self._image,
            running=self.running,
            done=self._queue.done,
            debug=debug,
            breakpoints=breakpoints,
            stopped=stopped,
            path=self.follows_path,
            outside=self.outside,
            run=self._run,
            offered=self.undo_log.offered(self, running=self.running),
        )
        self._published = frame, self.trainer.forward
        self._mailbox.put(frame)

    def _evaluate_held_out(self) -> None:
        try:
            self.trainer.evaluate_held_out()
        except DataError as error:
            self._mailbox.put_message(Message(str(error), refused=True))

    def publish_image(self) -> None:
        """Put the last frame into the mailbox again, with the image that is selected now.

        The trainer is not touched: an iteration may be under way.
        """
        if self._published is not None:
            frame, forward = self._published
            index = min(max(0, self._image), frame.settings.subset - 1)
            view = image_view(frame.dataset, index, frame.parameters, forward)
            now = replace(frame, image=view, outside=None)
            if self.outside is not None:
                outside = outside_view(self.outside, frame.parameters, forward)
                now = replace(now, outside=outside)
            self._mailbox.put(replace(now, running=self.running, done=self._queue.done))

    def catch_up(self) -> None:
        """Repeat the operations that a change has undone, and publish them."""
        if not self.running and self.debug_session.catch_up():
            self.publish()

    def select(self, image: int) -> None:
        """Show another image of the batch, and none outside of it."""
        self._image, self.outside = image, None

    def keep_drawing(self, image: int, label: int) -> None:
        """Put the drawing that is shown in place of an image, and show that.

        Raises SettingsError if no drawing is shown.
        """
        if self.outside is None or self.outside.name != DRAWN:
            raise SettingsError("nothing is drawn that could be kept: draw a digit first.")
        drawing = DrawnImage(image, label, self.outside.image.tobytes())
        self.trainer.apply(self.trainer.settings.with_drawing(drawing, self.trainer.dataset))
        self.select(image)

    def interruption(self) -> Callable[[], bool]:
        """Return a function that tells whether the current recomputation is obsolete."""
        return self._queue.interruption()

    def undo(self) -> None:
        """Undo what a person has done last, if anything can be undone."""
        if words := self.undo_log.undo(self, running=self.running):
            self.put_message(f"Undone: {words}.")

    def redo(self) -> None:
        """Redo what was undone last, if anything can be redone."""
        if words := self.undo_log.redo(self, running=self.running):
            self.put_message(f"Redone: {words}.")

    def forget_changes(self) -> None:
        """Make all changes so far impossible to undo: another run begins."""
        self.undo_log.clear()
        self.trainer.branches.forget_deleted(by_hand=False)

    def report_forgotten(self) -> None:
        """Report the deleted branches that have just become impossible to restore."""
        if names := self.trainer.branches.take_forgotten():
            listed = ", ".join(f"“{name}”" for name in names)
            self.put_message(
                f"{listed} can no longer be restored: of deleted branches, the last "
                f"{MOST_RESTORABLE} are kept, if they take at most {MOST_BYTES // 10**6} MB."
            )

    def put_message(self, text: str, *, lasting: bool = False) -> None:
        """Put a message into the mailbox; see `Message`."""
        self._mailbox.put_message(Message(text, lasting=lasting))

    # Iterations.

    def start(self) -> None:
        """Iterate until paused."""
        self.breakpoints.clear_stop()
        if not self.running:
            self._skip_operations()
            self.pace.begin()
        self.running = True
        self.debug_session.leave()

    def pause(self) -> None:
        """Stop iterating."""
        self.running = False

    def step(self) -> None:
        """Pause, and do one iteration, or the operations of it before a breakpoint."""
        self.pause()
        self._skip_operations()
        stop = self._breakpoint_watcher.check_operations()
        if stop is None:
            self._advance()
        else:
            self._stop_for(stop)

    def iterate(self) -> None:
        """Do the next iteration of the run, unless a breakpoint stops it before."""
        self._stop_for(self._breakpoint_watcher.check_operations())
        if self.running:
            self._advance(defer=self.pace.unlimited and not self._mailbox.wanted)
        if self._mailbox.wanted or self.time_left > 0:  # a slow run shows every state
            self.check_pending()
            self.publish()

    def check_pending(self) -> None:
        """Check the states whose breakpoints have not been checked yet."""
        self._stop_for(self._breakpoint_watcher.check_pending())

    def _skip_operations(self) -> None:
        """Stop at none of the operations that have been done in the debugger."""
        if self.breakpoints.at_operations:
            self.breakpoints.skip_operations(self.trainer.parameters, self.debug_session.done)

    def _advance(self, *, defer: bool = False) -> None:
        self._began = time.perf_counter()
        try:
            went_on, stop = self._breakpoint_watcher.advance(defer=defer)
        finally:
            self._began = math.inf
        self._stop_for(stop)
        notice = self.trainer.notice
        if not went_on or (notice and (notice.final or self.trainer.settings.pause_on_warning)):
            self.pause()

    def _stop_for(self, stop: Stop | None) -> None:
        """Pause if a breakpoint was hit, and do the operations before it."""
        if stop is not None:
            self.pause()
            if stop.operation is not None:
                self.debug_session.stop_before(stop.operation)
