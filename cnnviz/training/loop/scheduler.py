"""A training thread's turns: all commands that wait, then an iteration, and again."""

import time
import traceback
from collections.abc import Callable

from cnnviz.data.errors import DataError
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.errors import TrainingError
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.session import Session


class Scheduler:
    """The body of a training thread. What goes wrong in it is told, and never ends it.

    Parameters
    ----------
    session : Session
        What commands act on, and what iterates.
    queue : CommandQueue
        What is to be done first.
    mailbox : Mailbox
        Where frames and messages go.
    """

    def __init__(self, session: Session, queue: CommandQueue, mailbox: Mailbox) -> None:
        self._session = session
        self._queue = queue
        self._mailbox = mailbox
        self._next_answer = 0.0

    def run(self) -> None:
        """Carry out commands and iterate until the queue is closed."""
        with blas_on_one_thread():
            self._session.report(self._meanwhile, self._within)
            try:
                self._guarded(self._session.publish)
                while self.take():
                    pass
            finally:
                self._session.close()

    def take(self) -> bool:
        """Wait for something to do and do it; False at the end.

        All commands that wait go before the next iteration.
        """
        session, queue = self._session, self._queue
        if not queue.wait(lambda: session.time_left):
            return False
        command = queue.take()
        if command is None:
            session.pace.next()
            if not self._guarded(session.iterate):
                self._guarded(session.publish)
            return True
        self._guarded(session.look)  # a command acts on the state that a run has stopped in
        self._guarded(command.act)
        queue.carried_out(command)
        if self._mailbox.wanted or not len(queue):
            self._guarded(session.publish)
        if not self._guarded(session.catch_up):
            self._guarded(session.publish)
        return True

    def _guarded(self, act: Callable[[], None]) -> bool:
        """Do something; what goes wrong pauses training and is told, and gives False."""
        try:
            act()
            return True
        except (TrainingError, DataError) as error:
            message = Message(str(error))
        except MemoryError:
            message = Message(
                "there is not enough memory for this: use a smaller subset or float32."
            )
        except Exception as error:
            message = Message(
                f"training stopped because of an error in cnnviz: {type(error).__name__}: {error}",
                traceback.format_exc(),
            )
        self._session.pause()
        self._mailbox.tell(message)
        return False

    def _meanwhile(self, share: float) -> None:
        """Answer what can be answered while an iteration is under way, and say how far it is."""
        if self._session.keeps_waiting:
            if self._take_light():
                self._session.publish_image()
            self._mailbox.progress = share

    def _within(self, share: float) -> None:
        """Do the same while an operation of an iteration that is stepped through is under way.

        The trainer rests then, and everything can be shown. That may take long, too: at most half
        of the time goes into answers.
        """
        now = time.perf_counter()
        if not self._session.stepping.takes_long:
            return
        if now >= self._next_answer and self._take_light(ending=False):
            self._session.publish(computing=True)
            after = time.perf_counter()
            self._next_answer = 2 * after - now
        self._mailbox.progress = share

    def _take_light(self, *, ending: bool = True) -> bool:
        """Carry out the light commands that come next; say whether there were any."""
        answered = False
        while (command := self._queue.take_light(ending=ending)) is not None:
            command.act()
            self._queue.carried_out(command)
            answered = True
        return answered
