"""Commands to a training loop, and the queue in which they wait for its thread."""

import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import wraps
from threading import Condition
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

_IDLE: Final = 3600.0
"""Seconds to wait if only a command can bring work."""
_GRACE: Final = 0.2
"""Seconds for which long work, or waiting steps, go on before another command is carried out."""


class _Sender(Protocol):
    """An object with methods that are commands."""

    @property
    def queue(self) -> "CommandQueue": ...


S = TypeVar("S", bound=_Sender)
P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Makes a method a command, and describes it to the queue.

    A call, from any thread, puts the command into the queue and returns its number at once. The
    training thread runs the method when its turn comes.
    """

    moves: bool = False
    """Whether it moves the run to another state, which ends a search through the states."""
    absolute: bool = False
    """Whether it leads to the same state from any other, so that a long way to another one may be
    cut short."""
    coalesced: bool = False
    """Whether it supersedes a command right before it that sets the same arguments."""
    light: bool = False
    """Whether it leaves the trainer alone, so that it can be carried out during an iteration."""
    outside: bool = False
    """Whether it only changes the image outside of the batch that is shown."""
    stops_operations: bool = False
    """Whether it stops the debugger on its way through the operations of an iteration."""
    steps: bool = False
    """Whether it moves the run by one step."""
    ends_steps: bool = False
    """Whether it makes the steps that wait before it pointless."""
    lasting: bool = False
    """Whether it is carried out even if the queue is closed before its turn."""
    undoable: bool = False
    """Whether a person can undo the change that it makes."""

    def __call__(self, act: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], int]:
        """Return the method that puts `act` into the queue of its object."""

        @wraps(act)
        def send(sender: S, /, *args: P.args, **kwargs: P.kwargs) -> int:
            key = (act.__name__, *sorted(kwargs)) if self.coalesced else None
            return sender.queue.put(self, lambda: act(sender, *args, **kwargs), key)

        return send


@dataclass(frozen=True, slots=True)
class Request:
    """A command in the queue."""

    number: int
    """Requests are numbered from 1."""
    command: Command
    act: Callable[[], None]
    """Carries it out."""
    key: Hashable
    """Equal for commands that supersede each other; None for one that supersedes none."""
    superseded: "Request | None" = None
    """The request before this one; it is carried out if this one is refused."""
    since: float = 0.0
    """The time at which it was sent."""


class CommandQueue:
    """Requests in their order. Any thread may put one in; one thread takes them out."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()
        self._wake = Condition()
        self._closed = False
        self._sent = 0
        self._done = 0
        self._under_way: int | None = None
        self._lasting_under_way = False
        self._expected = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def has_work(self) -> bool:
        """Whether a request waits, or the queue is closed."""
        return self._closed or len(self._waiting) > 0

    @property
    def sent(self) -> int:
        """The number of the newest request."""
        return self._sent

    @property
    def done(self) -> int:
        """The number up to which every request has been carried out.

        A light one that was carried out during another request counts after that one is done.
        """
        return self._done if self._under_way is None else min(self._done, self._under_way - 1)

    @property
    def under_way(self) -> int:
        """The number of the request that is being carried out; 0 if none is."""
        return self._under_way or 0

    @property
    def is_saving(self) -> bool:
        """Whether a lasting request waits, is expected or is being carried out."""
        with self._wake:
            return self._lasting_under_way or self._expected > 0 or self._lasting_waits()

    def put(self, command: Command, act: Callable[[], None], key: Hashable = None) -> int:
        """Put a request in, and return its number. The arguments are those of `Request`."""
        with self._wake:
            self._sent += 1
            request = Request(self._sent, command, act, key, since=time.perf_counter())
            self._waiting.append(request)
            self._wake.notify()
            return self._sent

    def close(self) -> None:
        """End `wait`, after the lasting commands."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    # For the thread that takes requests out.

    def wait(self, time_left: Callable[[], float]) -> bool:
        """Wait for a request, or until no time is left.

        `time_left` returns the seconds until there is something to do without a command. Returns
        False at the end: the queue is closed, and no lasting command waits or is expected.
        """
        with self._wake:
            while not (self._closed or self._waiting) and (left := time_left()) > 0:
                self._wake.wait(min(left, _IDLE))
            while self._closed and self._expected and not self._lasting_waits():
                self._wake.wait(_IDLE)
            return not self._closed or self._lasting_waits()

    def expect(self, count: int) -> None:
        """Expect more, or fewer, lasting requests of another thread, for which `wait` waits."""
        with self._wake:
            self._expected += count

    def _lasting_waits(self) -> bool:
        return any(request.command.lasting for request in self._waiting)

    def take(self) -> Request | None:
        """Take the oldest request out, or the one that supersedes it.

        Pointless steps are dropped.
        """
        with self._wake:
            while self._first_is_pointless():
                self._waiting.popleft()
            if not self._waiting:
                self._under_way = None
                return None
            request = self._waiting.popleft()
            while request.key and self._waiting and self._waiting[0].key == request.key:
                request = replace(self._waiting.popleft(), superseded=request)
            self._under_way = request.number
            self._lasting_under_way = request.command.lasting
            return request

    def _first_is_pointless(self) -> bool:
        """Return whether the oldest request is a step before a command that ends steps.

        Steps are done first for a while, so that no quick one is lost.
        """
        if not self._waiting or not self._waiting[0].command.steps:
            return False
        for request in self._waiting:
            command = request.command
            if command.ends_steps:
                return time.perf_counter() - request.since > _GRACE
            if command.lasting or (command.moves and not command.steps):
                return False
        return False

    def take_light(self, *, during_operation: bool = False) -> Request | None:
        """Take the oldest request out if it is light.

        `during_operation` says that an operation of the debugger is under way: a command that stops
        the operations is left in the queue, where the debugger sees it.
        """
        with self._wake:
            first = self._waiting[0].command if self._waiting else None
            if first and first.light and not (during_operation and first.stops_operations):
                return self._waiting.popleft()
            return None

    def carried_out(self, request: Request) -> None:
        """Note that a request has been carried out."""
        self._done = max(self._done, request.number)
        if request.number == self._under_way:
            self._under_way = None
            self._lasting_under_way = False

    def ends_search(self) -> bool:
        """Whether a waiting command moves the run, or the queue is closed."""
        with self._wake:
            return self._closed or any(request.command.moves for request in self._waiting)

    def interruption(self) -> Callable[[], bool]:
        """Return a function that tells whether the current recomputation is obsolete.

        That is so if the next command leads to its state from anywhere.
        """
        return self._after_grace(
            lambda: len(self._waiting) > 0 and self._waiting[0].command.absolute
        )

    def stops_operations(self) -> Callable[[], bool]:
        """Return a function that returns whether a command stops the operations under way."""

        def wanted() -> bool:
            with self._wake:
                commands = [request.command for request in self._waiting]
            return any(command.stops_operations or command.absolute for command in commands)

        return self._after_grace(wanted)

    def _after_grace(self, wanted: Callable[[], bool]) -> Callable[[], bool]:
        """Return a function that is true once the queue is closed or, in a while, if `wanted`."""
        until = time.perf_counter() + _GRACE
        return lambda: self._closed or (time.perf_counter() > until and wanted())
