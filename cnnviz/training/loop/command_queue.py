"""What people have asked a training loop for, in the order in which it will be done."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Final

_IDLE: Final = 3600.0
"""Seconds to wait where only a command can bring work."""
_PATIENCE: Final = 0.2
"""Seconds after which what takes long gives way to another wish."""
_STAYING: Final = frozenset({"select", "pace", "breakpoints", "explain"})
"""Commands, by what they replace, that do not move the run."""


@dataclass(frozen=True, slots=True)
class Command:
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
        Whether it is carried out even where `CommandQueue.close` comes before its turn.
    ending : bool
        Whether operations that are still to be done, one by one, are left for it.
    light : bool
        Whether it leaves the trainer alone, so that it need not wait for the end of an iteration.
    """

    number: int
    act: Callable[[], None]
    replaces: str = ""
    absolute: bool = False
    lasting: bool = False
    ending: bool = False
    light: bool = False


class CommandQueue:
    """Commands that wait. Any thread may put one in; one thread takes them out."""

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._wake = Condition()
        self._closed = False
        self._sent = 0
        self._done = 0
        self._under_way: int | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def sent(self) -> int:
        """The number of the last command that was put in."""
        return self._sent

    @property
    def done(self) -> int:
        """The number up to which every command has been carried out.

        What was answered in the midst of another command counts once that one is done, too.
        """
        return self._done if self._under_way is None else min(self._done, self._under_way - 1)

    @property
    def closed(self) -> bool:
        """Whether the thread that takes commands out is to end."""
        return self._closed

    def put(
        self,
        act: Callable[[], None],
        replaces: str = "",
        *,
        absolute: bool = False,
        lasting: bool = False,
        ending: bool = False,
        light: bool = False,
    ) -> int:
        """Put a command in, and return its number. The arguments are those of `Command`."""
        with self._wake:
            self._sent += 1
            self._waiting.append(
                Command(self._sent, act, replaces, absolute, lasting, ending, light)
            )
            self._wake.notify()
            return self._sent

    def close(self) -> None:
        """End `wait`, after the commands that last."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    # For the thread that takes commands out.

    def wait(self, time_left: Callable[[], float]) -> bool:
        """Wait for a command, or until no time is left.

        Parameters
        ----------
        time_left : callable
            Gives the seconds until there is something to do without a command.

        Returns
        -------
        bool
            False at the end: the queue is closed, and nothing in it must still be done.
        """
        with self._wake:
            while not (self._closed or self._waiting) and (left := time_left()) > 0:
                self._wake.wait(min(left, _IDLE))
            return not self._closed or any(command.lasting for command in self._waiting)

    def take(self) -> Command | None:
        """Take the oldest command out, leaving out those that the next one replaces."""
        with self._wake:
            command = self._waiting.popleft() if self._waiting else None
            while command and command.replaces and self._waiting:
                if self._waiting[0].replaces != command.replaces:
                    break
                command = self._waiting.popleft()
            self._under_way = command.number if command else None
            return command

    def take_light(self, *, ending: bool = True) -> Command | None:
        """Take the oldest command out where it is a light one.

        Parameters
        ----------
        ending : bool
            Whether to take it where operations under way are left for it, too.
        """
        with self._wake:
            first = self._waiting[0] if self._waiting else None
            taken = first is not None and first.light and (ending or not first.ending)
            return self._waiting.popleft() if taken else None

    def carried_out(self, command: Command) -> None:
        """Remember that a command has been carried out."""
        self._done = max(self._done, command.number)
        if command.number == self._under_way:
            self._under_way = None

    def moves(self) -> bool:
        """Say whether a command waits that would move the run, or the end."""
        with self._wake:
            return self._closed or any(c.replaces not in _STAYING for c in self._waiting)

    def interruption(self) -> Callable[[], bool]:
        """Return what says, from now on, whether a long way to one state is for nothing.

        So it is where the next command leads to its state from wherever it starts.
        """
        return self._patient(lambda: len(self._waiting) > 0 and self._waiting[0].absolute)

    def operations_left(self) -> Callable[[], bool]:
        """Return what says, from now on, whether operations under way are left for a command."""

        def wanted() -> bool:
            with self._wake:
                return any(command.ending or command.absolute for command in self._waiting)

        return self._patient(wanted)

    def _patient(self, wanted: Callable[[], bool]) -> Callable[[], bool]:
        """Return what holds at the end, and after a while where something else is wanted."""
        until = time.perf_counter() + _PATIENCE
        return lambda: self._closed or (time.perf_counter() > until and wanted())
