"""The loop that a training thread runs: commands in, frames out. Knows no Qt."""

import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition
from typing import Final

from cnnviz.data.errors import DataError
from cnnviz.data.source import load
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.breakpoints.breakpoints import Breakpoint, Breakpoints, Stop
from cnnviz.training.breakpoints.watching import Watching, go_to_cause
from cnnviz.training.errors import TrainingError
from cnnviz.training.mailbox import Mailbox, Message
from cnnviz.training.restore import restore
from cnnviz.training.room import check_room
from cnnviz.training.run_file import write_run
from cnnviz.training.settings import Settings
from cnnviz.training.trainer import Trainer

_IDLE: Final = 3600.0
"""Seconds to wait where only a command can bring work."""
_PATIENCE: Final = 0.2
"""Seconds after which a long way to one state gives way to the wish for another."""
_BREAKPOINTS: Final = "breakpoints"
_STAY: Final = frozenset({"select", "pace", _BREAKPOINTS})
"""Commands, by what they replace, that do not move the run."""


@dataclass(frozen=True, slots=True)
class _Command:
    """Something a person asked for.

    Attributes
    ----------
    number : int
        Commands are numbered from 1 on.
    act : callable
        What to do, in the training thread.
    replaces : str
        Commands with the same name that wait right before this one need not run; "" for those
        that must all run.
    absolute : bool
        Whether it leads to the same state from wherever it starts.
    lasting : bool
        Whether it is carried out even where `stop` comes before its turn.
    """

    number: int
    act: Callable[[], None]
    replaces: str = ""
    absolute: bool = False
    lasting: bool = False


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
        self._trainer = trainer
        self._mailbox = mailbox
        self._breakpoints = Breakpoints()
        self._watching = Watching(trainer, self._breakpoints)
        self._commands: deque[_Command] = deque()
        self._wake = Condition()
        self._stopping = False
        self._running = False
        self._interval = 0.0
        self._due = 0.0
        self._image = 0
        self._sent = 0
        self._done = 0

    @property
    def sent(self) -> int:
        """The number of the last command that was given; frames say which has been carried out."""
        return self._sent

    # Commands, from any thread.

    def start(self) -> int:
        """Iterate until paused."""
        return self._send(self._start)

    def pause(self) -> int:
        """Stop iterating."""
        return self._send(self._pause)

    def step(self) -> int:
        """Pause, and do exactly one iteration."""
        return self._send(self._step)

    def back(self) -> int:
        """Pause, and look at the state before."""
        return self._send(self._back)

    def go_to(self, iteration: int) -> int:
        """Pause, and look at a state of the run. Only the latest of several in a row counts."""
        return self._send(lambda: self._go_to(iteration), "go_to", absolute=True)

    def reset(self) -> int:
        """Pause, and start again from iteration 0."""
        return self._send(self._reset, absolute=True)

    def change(self, settings: Settings) -> int:
        """Use other settings from the next iteration on; another seed pauses and starts again.

        Only the latest of several in a row counts, where they have the same seed.
        """
        return self._send(lambda: self._change(settings), f"change {settings.seed}")

    def select(self, image: int) -> int:
        """Show another image. Only the latest of several in a row counts."""
        return self._send(lambda: self._select(image), "select")

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
        return self._send(lambda: self._pace(iterations_per_second), "pace")

    def load(self, source: str) -> int:
        """Pause, and start again on other data; what cannot be read leaves everything as it was."""
        return self._send(lambda: self._load(source))

    def open_run(self, path: Path) -> int:
        """Pause, and show a recorded run at its last iteration."""
        return self._send(lambda: self._open_run(path))

    def save_run(self, path: Path) -> int:
        """Pause, and record the run in a file; a message says that it is there."""
        return self._send(lambda: self._save_run(path), lasting=True)

    def set_breakpoints(self, breakpoints: tuple[Breakpoint, ...]) -> int:
        """Stop at these from now on. Only the latest of several in a row counts."""
        return self._send(lambda: self._breakpoints.set(breakpoints), _BREAKPOINTS)

    def back_to_cause(self, number: int) -> int:
        """Pause, and look at the latest earlier state in which a breakpoint did not hold.

        A long search ends early where another command comes that would move the run.
        """
        return self._send(lambda: self._back_to_cause(number))

    def stop(self) -> None:
        """End `run`, after the iteration that is under way and the files yet to be saved."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    # The training thread.

    def run(self) -> None:
        """Carry out commands and iterate until `stop`."""
        with blas_on_one_thread():
            try:
                self._guarded(self._publish)
                while self._turn():
                    pass
            finally:
                self._trainer.close()

    def _turn(self) -> bool:
        """Wait for something to do and do it; False at the end.

        All commands that wait go before the next iteration.
        """
        with self._wake:
            while not (self._stopping or self._commands or self._time_left() <= 0):
                self._wake.wait(self._time_left())
            if self._stopping and not any(command.lasting for command in self._commands):
                return False
            command = self._next_command()
        if command is None:
            self._due = max(time.perf_counter(), self._due + self._interval)
            if not self._guarded(self._iterate):
                self._guarded(self._publish)
            return True
        self._guarded(self._look)  # a command acts on the state that a run has stopped in
        self._guarded(command.act)
        self._done = command.number
        if self._mailbox.wanted or not self._commands:
            self._guarded(self._publish)
        return True

    def _next_command(self) -> _Command | None:
        """Take the oldest command that waits, leaving out those that the next one replaces."""
        command = self._commands.popleft() if self._commands else None
        while command and command.replaces and self._commands:
            if self._commands[0].replaces != command.replaces:
                break
            command = self._commands.popleft()
        return command

    def _time_left(self) -> float:
        return min(self._due - time.perf_counter(), _IDLE) if self._running else _IDLE

    def _guarded(self, act: Callable[[], None]) -> bool:
        """Do something; what goes wrong pauses training and is told, and gives False."""
        try:
            act()
            return True
        except (TrainingError, DataError) as error:
            self._running = False
            self._mailbox.tell(Message(str(error)))
        except MemoryError:
            self._running = False
            self._mailbox.tell(
                Message("there is not enough memory for this: use a smaller subset or float32.")
            )
        except Exception as error:
            self._running = False
            text = (
                f"training stopped because of an error in cnnviz: {type(error).__name__}: {error}"
            )
            self._mailbox.tell(Message(text, traceback.format_exc()))
        return False

    def _iterate(self) -> None:
        self._stop_for(self._watching.next_operation())
        if self._running:
            self._advance(ahead=self._interval == 0 and not self._mailbox.wanted)
        if self._mailbox.wanted or self._time_left() > 0:  # or it would stay unseen in a pause
            self._look()
            self._publish()

    def _advance(self, *, ahead: bool = False) -> None:
        trainer = self._trainer
        went_on, stop = self._watching.advance(ahead=ahead)
        self._stop_for(stop)
        notice = trainer.notice
        if not went_on or (notice and (notice.final or trainer.settings.pause_on_warning)):
            self._running = False

    def _look(self) -> None:
        self._stop_for(self._watching.look())

    def _stop_for(self, stop: Stop | None) -> None:
        """Stop at a breakpoint, where one was hit."""
        if stop is not None:
            self._running = False

    def _publish(self) -> None:
        frame = self._trainer.frame(self._image, running=self._running, done=self._done)
        if breakpoints := self._breakpoints.all:
            stopped = self._breakpoints.stop_at(frame.parameters)
            frame = replace(frame, breakpoints=breakpoints, stopped=stopped)
        self._mailbox.put(frame)

    def _back_to_cause(self, number: int) -> None:
        self._running = False

        def unwanted() -> bool:
            with self._wake:
                return self._stopping or any(c.replaces not in _STAY for c in self._commands)

        go_to_cause(self._trainer, self._breakpoints, number, unwanted)

    def _start(self) -> None:
        self._breakpoints.go_on()
        if not self._running:
            self._due = time.perf_counter()
        self._running = True

    def _pause(self) -> None:
        self._running = False

    def _step(self) -> None:
        self._running = False
        self._advance()

    def _back(self) -> None:
        self._running = False
        self._trainer.back(self._interruption())

    def _go_to(self, iteration: int) -> None:
        self._running = False
        self._trainer.go_to(iteration, self._interruption())

    def _reset(self) -> None:
        self._running = False
        self._trainer.reset()
        self._breakpoints.restart()

    def _change(self, settings: Settings) -> None:
        if settings.seed != self._trainer.settings.seed:
            self._running = False
            self._breakpoints.restart()
        self._trainer.change(settings)

    def _select(self, image: int) -> None:
        self._image = image

    def _pace(self, iterations_per_second: float | None) -> None:
        self._interval = 1 / iterations_per_second if iterations_per_second else 0.0
        self._due = min(self._due, time.perf_counter() + self._interval)

    def _load(self, source: str) -> None:
        self._running = False
        self._trainer.use(load(source), source)
        self._breakpoints.restart()

    def _open_run(self, path: Path) -> None:
        self._running = False
        before = self._trainer
        trainer = restore(path, before.dataset)
        before.close()
        pausing = before.settings.pause_on_warning
        trainer.change(replace(trainer.settings, pause_on_warning=pausing))
        self._trainer = trainer
        self._watching = Watching(trainer, self._breakpoints)
        self._breakpoints.restart()

    def _save_run(self, path: Path) -> None:
        self._running = False
        check_room(path, self._trainer.last, self._trainer.settings.numpy_dtype)
        run = self._trainer.to_run()
        write_run(path, run)
        iterations = "1 iteration" if run.iterations == 1 else f"{run.iterations:,} iterations"
        self._mailbox.tell(Message(f"Saved {iterations} to {path.name}."))

    def _interruption(self) -> Callable[[], bool]:
        """Return what says, during a long recomputation, whether it is still wanted."""
        until = time.perf_counter() + _PATIENCE

        def interrupted() -> bool:
            late = time.perf_counter() > until
            return self._stopping or (
                late and len(self._commands) > 0 and self._commands[0].absolute
            )

        return interrupted

    def _send(
        self,
        act: Callable[[], None],
        replaces: str = "",
        *,
        absolute: bool = False,
        lasting: bool = False,
    ) -> int:
        with self._wake:
            self._sent += 1
            self._commands.append(_Command(self._sent, act, replaces, absolute, lasting))
            self._wake.notify()
            return self._sent
