"""The loop that a training thread runs: commands in, frames out. Knows no Qt."""

import math
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
from cnnviz.numerics.forward import Forward
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.breakpoints.breakpoints import Breakpoint, Breakpoints, Stop
from cnnviz.training.breakpoints.watching import Watching, go_to_cause
from cnnviz.training.debug_view import Point
from cnnviz.training.debugger import END, IMAGE_FIRST, PLACES, Debugger
from cnnviz.training.edits import Edit
from cnnviz.training.errors import DebuggerError, TrainingError
from cnnviz.training.frame import Frame, image_view
from cnnviz.training.mailbox import Mailbox, Message
from cnnviz.training.pixels import Pixel
from cnnviz.training.restore import restore
from cnnviz.training.room import check_room
from cnnviz.training.run_file import write_run
from cnnviz.training.settings import Settings
from cnnviz.training.tensor_file import write_tensor
from cnnviz.training.trainer import Trainer

_IDLE: Final = 3600.0
"""Seconds to wait where only a command can bring work."""
_LONG: Final = 0.02
"""Seconds after which an iteration is not waited for before a person is answered."""
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
        self._debugger = Debugger(trainer)
        self._debugging = False
        self._sent = 0
        self._done = 0
        self._began = math.inf
        self._published: tuple[Frame, Forward | None] | None = None

    @property
    def sent(self) -> int:
        """The number of the last command that was given; frames say which has been carried out."""
        return self._sent

    # Commands, from any thread.

    def start(self) -> int:
        """Iterate until paused."""
        return self._send(self._start, ending=True)

    def pause(self) -> int:
        """Stop iterating."""
        return self._send(self._pause, ending=True, light=True)

    def step(self) -> int:
        """Pause, and do exactly one iteration."""
        return self._send(self._step)

    def back(self) -> int:
        """Pause, and look at the state before."""
        return self._send(self._back)

    def go_to(self, iteration: int) -> int:
        """Pause, and look at a state of the run. Only the latest of several in a row counts."""
        return self._send(lambda: self._go_to(iteration), "go_to", absolute=True)

    def switch(self, branch: int) -> int:
        """Pause, and look at another branch. Only the latest of several in a row counts."""
        return self._send(lambda: self._switch(branch), "switch", absolute=True)

    def rename_branch(self, branch: int, name: str) -> int:
        """Give a branch another name."""
        return self._send(lambda: self._trainer.branches.rename(branch, name))

    def delete_branch(self, branch: int) -> int:
        """Forget a branch; the one that is looked at stays."""
        return self._send(lambda: self._trainer.branches.delete(branch))

    def bookmark(self, branch: int, iteration: int, name: str | None) -> int:
        """Name a state of a branch; None takes the bookmark away."""
        return self._send(lambda: self._trainer.branches.bookmark(branch, iteration, name))

    def edit(self, edit: Edit) -> int:
        """Pause, and give a parameter of the state that is looked at another value: in a branch."""
        return self._send(lambda: self._edit(edit))

    def draw(self, pixel: Pixel) -> int:
        """Draw a pixel over an image, from the next iteration on."""
        return self._send(lambda: self._trainer.draw(pixel))

    def erase(self, image: int) -> int:
        """Take back all that is drawn over an image, from the next iteration on."""
        return self._send(lambda: self._trainer.erase(image))

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
        return self._send(lambda: self._select(image), "select", light=True)

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
        return self._send(lambda: self._pace(iterations_per_second), "pace", light=True)

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

    def debug(self, on: bool) -> int:
        """Show the iteration's operations from now on, or no more; changes nothing in the run."""
        return self._send(lambda: self._debug(on), "debug")

    def debug_step(self) -> int:
        """Pause, and do the iteration's next operation."""
        return self._send(lambda: self._operate(lambda: True), ending=True)

    def debug_back(self) -> int:
        """Pause, and undo the iteration's last operation."""
        return self._send(lambda: self._rewind(self._debugger.back), ending=True)

    def run_to_operation(self, operation: str) -> int:
        """Pause, and do or undo operations of the iteration until this one is the last done."""
        return self._send(lambda: self._run_to_operation(operation))

    def finish_iteration(self) -> int:
        """Pause, and do the operations that are left; after the last one, all of the next."""
        return self._send(lambda: self._operate(lambda: self._debugger.position == END))

    def restart_iteration(self) -> int:
        """Pause, and undo the iteration's operations."""
        return self._send(lambda: self._rewind(self._debugger.restart), ending=True)

    def explain(self, tensor: str, index: tuple[int, ...]) -> int:
        """Explain a cell of a tensor. Only the latest of several in a row counts."""
        return self._send(lambda: self._debugger.point_at(Point(tensor, index)), "explain")

    def save_tensor(self, tensor: str, path: Path) -> int:
        """Write a tensor of the iteration to an .npy or .csv file; a message says it is there."""
        return self._send(lambda: self._save_tensor(tensor, path), lasting=True)

    def stop(self) -> None:
        """End `run`, after the iteration that is under way and the files yet to be saved."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    # The training thread.

    def run(self) -> None:
        """Carry out commands and iterate until `stop`."""
        with blas_on_one_thread():
            self._trainer.report(self._meanwhile)
            try:
                self._guarded(self._publish)
                while self._turn():
                    pass
            finally:
                self._trainer.report(None)
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
        self._done = max(self._done, command.number)
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
        self._began = time.perf_counter()
        try:
            went_on, stop = self._watching.advance(ahead=ahead)
        finally:
            self._began = math.inf
        self._stop_for(stop)
        notice = trainer.notice
        if not went_on or (notice and (notice.final or trainer.settings.pause_on_warning)):
            self._running = False

    def _meanwhile(self, share: float) -> None:
        """Answer what can be answered while an iteration is under way, and say how far it is."""
        if time.perf_counter() - self._began < _LONG or self._published is None:
            return
        before = self._done
        while True:
            with self._wake:
                if not (self._commands and self._commands[0].light):
                    break
                command = self._commands.popleft()
            command.act()
            self._done = command.number
        if self._done != before:
            frame, forward = self._published
            index = min(max(0, self._image), frame.settings.subset - 1)
            view = image_view(frame.dataset, index, frame.parameters, forward)
            frame = replace(frame, image=view, running=self._running, done=self._done)
            self._mailbox.put(frame)
        self._mailbox.progress = share

    def _look(self) -> None:
        self._stop_for(self._watching.look())

    def _stop_for(self, stop: Stop | None) -> None:
        """Stop at a breakpoint, where one was hit."""
        if stop is not None:
            self._running = False
            if stop.operation is not None:
                self._operate_up_to(stop.operation)

    def _back_to_cause(self, number: int) -> None:
        self._running = False

        def unwanted() -> bool:
            with self._wake:
                return self._stopping or any(c.replaces not in _STAY for c in self._commands)

        go_to_cause(self._trainer, self._breakpoints, number, unwanted)

    def _publish(self, *, computing: bool = False) -> None:
        frame = self._trainer.frame(self._image, running=self._running, done=self._done)
        if self._debugging and not self._running:
            frame = replace(frame, debug=self._debugger.view(self._image, computing=computing))
        if breakpoints := self._breakpoints.all:
            stopped = self._breakpoints.stop_at(frame.parameters)
            frame = replace(frame, breakpoints=breakpoints, stopped=stopped)
        self._published = frame, self._trainer.forward
        self._mailbox.put(frame)

    def _start(self) -> None:
        self._breakpoints.go_on()
        if not self._running:
            self._due = time.perf_counter()
        self._running = True
        self._debugger.leave()

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

    def _switch(self, branch: int) -> None:
        self._running = False
        self._trainer.switch(branch, self._interruption())

    def _edit(self, edit: Edit) -> None:
        self._running = False
        self._trainer.edit(edit)

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
        trainer.branches.name_current(path.stem)
        trainer.branches.take_over(before.branches)
        trainer.report(self._meanwhile)
        self._trainer = trainer
        self._watching = Watching(trainer, self._breakpoints)
        self._breakpoints.restart()
        self._debugger = Debugger(trainer)

    def _debug(self, on: bool) -> None:
        self._debugging = on
        if not on:
            self._debugger.leave()

    def _operate(self, reached: Callable[[], bool], *, stopping: bool = True) -> None:
        """Do operations of the iteration, at least one, until `reached`.

        A breakpoint at an operation on the way ends it, unless `stopping` is off, and where it
        takes long, a command that asks for something else.
        """
        self._running, self._debugging = False, True
        debugger, until = self._debugger, time.perf_counter() + _PATIENCE
        while True:
            if self._trainer.settings.subset > IMAGE_FIRST:
                self._publish(computing=True)
            if not debugger.step() or reached() or self._stopping:
                return
            on_the_way = stopping and debugger.position < END
            if on_the_way and self._watching.at_operation(debugger.position) is not None:
                return
            with self._wake:
                ended = any(command.ending or command.absolute for command in self._commands)
            if ended and time.perf_counter() > until:
                return

    def _operate_up_to(self, operation: str) -> None:
        """Stand before an operation of the iteration."""
        debugger, place = self._debugger, PLACES[operation]
        self._debugging = True
        debugger.leave()
        if place > 0:
            self._operate(lambda: debugger.position == place, stopping=False)

    def _rewind(self, act: Callable[[], object]) -> None:
        self._running, self._debugging = False, True
        act()

    def _run_to_operation(self, operation: str) -> None:
        debugger = self._debugger
        if debugger.is_done(operation):
            self._rewind(lambda: debugger.go_back_to(operation))
        else:
            self._operate(lambda: debugger.is_done(operation))

    def _save_tensor(self, tensor: str, path: Path) -> None:
        values = self._debugger.tensors.get(tensor)
        if values is None:
            raise DebuggerError(f"{tensor} is not computed yet: step on to where it is written.")
        write_tensor(path, values)
        self._mailbox.tell(Message(f"Saved {tensor} to {path.name}."))

    def _save_run(self, path: Path) -> None:
        self._running = False
        check_room(path, self._trainer.last, self._trainer.settings.numpy_dtype)
        run = self._trainer.to_run()
        write_run(path, run)
        iterations = "1 iteration" if run.iterations == 1 else f"{run.iterations:,} iterations"
        branches = self._trainer.branches
        of = f" of “{branches.current.name}”" if len(branches) > 1 else ""
        rest = ", and no other branch: switch to one to save it" if of else ""
        self._mailbox.tell(Message(f"Saved {iterations}{of} to {path.name}{rest}."))

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
        ending: bool = False,
        light: bool = False,
    ) -> int:
        with self._wake:
            self._sent += 1
            self._commands.append(
                _Command(self._sent, act, replaces, absolute, lasting, ending, light)
            )
            self._wake.notify()
            return self._sent
