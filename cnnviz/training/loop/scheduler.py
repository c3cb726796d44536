"""The order of work in a training thread: all waiting commands, then an iteration, and again.

While neither is due, states that are missing from the log are computed.
"""

import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext

from cnnviz.data.errors import DataError
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.errors import TrainingError
from cnnviz.training.loop.command_queue import CommandQueue, Request
from cnnviz.training.loop.keeper import Keeper
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.session import Session


class Scheduler:
    """The body of a training thread. Errors are reported in messages, and never end it."""

    def __init__(
        self, session: Session, queue: CommandQueue, mailbox: Mailbox, keeper: Keeper
    ) -> None:
        self._session = session
        self._keeper = keeper
        self._queue = queue
        self._mailbox = mailbox
        self._next_answer = 0.0
        self._has_refused = False
        self._outdated = True  # whether the published frame lacks more than the image outside

    def run(self) -> None:
        """Carry out commands and iterate until the queue is closed."""
        with blas_on_one_thread():
            self._session.report(self._during_iteration, self._during_operation)
            try:
                self._guarded(self._session.publish)
                while self.run_once():
                    pass
            finally:
                self._guarded(lambda: self._keeper.end(self._session.trainer))
                self._session.close()

    def run_once(self) -> bool:
        """Wait for a command, an iteration or idle work, and do it; False at the end."""
        session, queue, keeper = self._session, self._queue, self._keeper
        if not queue.wait(lambda: min(session.time_left, session.idle_left, keeper.time_left)):
            return False
        request = queue.take()
        if request is None:
            if session.time_left <= 0:
                session.pace.next()
                if not self._guarded(session.iterate):
                    self._guarded(session.publish)
                keeper.touch()
            elif session.idle_left <= 0:
                self._guarded(session.filler.fill)
                keeper.touch()
            keeper.keep(session.trainer)
            return True
        # A command acts on the state in which a breakpoint stops.
        self._guarded(session.check_pending)
        if not request.command.light:
            keeper.keep_now(session.trainer)
        self._carry_out(request)
        session.report_forgotten()
        keeper.touch()
        self._outdated |= not request.command.outside
        if self._mailbox.wanted or not len(queue):
            self._publish()
        if not self._guarded(session.catch_up):
            self._guarded(session.publish)
        return True

    def _publish(self) -> None:
        """Publish a frame; if only an image outside of the batch is another one, little of it."""
        session = self._session
        if self._outdated or session.running:
            self._outdated = not self._guarded(session.publish)
        else:
            self._guarded(session.publish_image)

    def _carry_out(self, request: Request) -> None:
        """Carry out a request; if it is refused, the one that it superseded."""
        attempt: Request | None = request
        session, undoable = self._session, request.command.undoable
        with session.undo_log.recording(session) if undoable else nullcontext():
            while attempt is not None and not self._guarded(attempt.act):
                attempt = attempt.superseded
        if attempt is request and self._has_refused and not request.command.light:
            self._has_refused = False
            self._mailbox.put_message(Message(""))
        self._queue.carried_out(request)

    def _guarded(self, act: Callable[[], None]) -> bool:
        """Do something; False if it raised an error, which pauses the run and is reported."""
        try:
            act()
            return True
        except (TrainingError, DataError) as error:
            message = Message(str(error), refused=True)
        except MemoryError:
            message = Message(
                "there is not enough memory for this: use a smaller subset or float32.",
                refused=True,
            )
        except Exception as error:
            message = Message(
                f"Training stopped because of an error in cnnviz: {type(error).__name__}: {error}",
                traceback.format_exc(),
                refused=True,
            )
        self._session.pause()
        self._has_refused = True
        self._mailbox.put_message(message)
        return False

    def answer(self) -> None:
        """Carry out light commands while the trainer is busy with other work."""
        if self._carry_out_light():
            self._session.publish_image()

    def _during_iteration(self, share: float) -> None:
        """Carry out light commands while an iteration is under way, and report its progress."""
        if self._session.takes_long:
            self.answer()
            self._mailbox.progress = share

    def _during_operation(self, share: float) -> None:
        """Do the same while an operation of the debugger is under way.

        The trainer is at rest then, so a whole frame can be published. That may take long, too: at
        most half of the time goes into it.
        """
        now = time.perf_counter()
        if not self._session.debug_session.takes_long:
            return
        if now >= self._next_answer and self._carry_out_light(during_operation=True):
            self._session.publish(computing=True)
            self._next_answer = 2 * time.perf_counter() - now
        self._mailbox.progress = share

    def _carry_out_light(self, *, during_operation: bool = False) -> bool:
        """Carry out the light commands that come next; return whether there were any."""
        answered = False
        while request := self._queue.take_light(during_operation=during_operation):
            self._carry_out(request)
            answered = True
        return answered
