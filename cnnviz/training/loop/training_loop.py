"""The loop that a training thread runs: commands in, frames out. Knows no Qt."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.drawing import as_mnist
from cnnviz.data.source import load
from cnnviz.numerics.network import Parameters
from cnnviz.numerics.rule import Rule
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.command_queue import Command, CommandQueue
from cnnviz.training.loop.keeper import Keeper
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.run_files import RunFiles
from cnnviz.training.loop.scheduler import Scheduler
from cnnviz.training.loop.session import Session
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.detour import begin_branch, begin_detour, end_detour, end_repeated
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.predictions import DRAWN, OutsideImage
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings, SettingsChange

if TYPE_CHECKING:
    from cnnviz.numerics.why import Cause
    from cnnviz.training.own_code.source import OwnSource


class TrainingLoop:
    """Runs a trainer by commands.

    `run` is the body of the training thread. The commands may be sent from any thread: each call
    returns at once with the number of the command, and the training thread carries them out in
    their order. A command that is refused changes nothing, and a message reports why.

    `trainer` is used by the training thread alone from now on. `sessions` returns the folder in
    which the run is kept while it happens, with the parameters of the newest states in a log;
    without it, it is not kept.
    """

    def __init__(
        self, trainer: Trainer, mailbox: Mailbox, sessions: Callable[[], Path] | None = None
    ) -> None:
        self.queue = CommandQueue()
        self._keeper = Keeper(sessions, mailbox)
        self._session = Session(trainer, mailbox, self.queue, self._keeper.log)
        self.files = RunFiles(self._session, self.queue, mailbox)
        """Saves and opens runs."""
        self._scheduler = Scheduler(self._session, self.queue, mailbox, self._keeper)

    @property
    def sent(self) -> int:
        """The number of the newest command; frames say up to which they have been carried out."""
        return self.queue.sent

    def run(self) -> None:
        """Carry out commands and iterate until `stop`."""
        try:
            self._scheduler.run()
        finally:
            self.files.close()

    def stop(self) -> None:
        """End `run`, after the iteration that is under way and the files yet to be saved."""
        self.queue.close()
        self._session.end_own_code()  # what it computes may take long

    @property
    def keeps(self) -> bool:
        """Whether everything is being kept in a session, so that nothing is lost at the end."""
        return self._keeper.keeps

    @property
    def scratch(self) -> int:
        """Bytes of the scratch file with the newest states, if they are not in the session."""
        log = self._keeper.log
        return log.size if log is not None and log.is_scratch else 0

    # Running.

    @Command(moves=True, stops_operations=True)
    def start(self) -> None:
        """Iterate until paused."""
        self._session.start()

    @Command(moves=True, stops_operations=True, light=True, ends_steps=True)
    def pause(self) -> None:
        """Stop iterating."""
        self._session.pause()

    @Command(moves=True, steps=True)
    def step(self) -> None:
        """Pause, and do one iteration, or the operations of it before a breakpoint."""
        self._session.step()

    @Command(coalesced=True, light=True)
    def pace(self, iterations_per_second: float | None) -> None:
        """Iterate at this speed; None is as fast as possible."""
        self._session.pace.set(iterations_per_second)

    # Settings and data, from the next iteration on.

    @Command(coalesced=True, undoable=True)
    def change(self, **change: Unpack[SettingsChange]) -> None:
        """Change some settings, and leave the others."""
        self._session.trainer.change(**change)

    @Command(undoable=True)
    def correct(self, switch: str, *, on: bool) -> None:
        """Turn one switch of the gradient rule on or off."""
        trainer = self._session.trainer
        others = set(trainer.settings.rule.corrected) - {switch}
        trainer.change(rule=Rule.correcting(others | {switch} if on else others))

    @Command(coalesced=True, undoable=True)
    def hold_out(self, on: bool, wanted: int | None = None) -> None:
        """Switch the evaluation of states on held-out images on or off.

        `wanted` is how many; by default, as many as before.
        """
        from cnnviz.training.loop.hold_out import hold_out  # noqa: PLC0415  (slow)

        hold_out(self._session.trainer, on, wanted)

    @Command(coalesced=True, undoable=True)
    def hold_out_share(self, share: float) -> None:
        """Evaluate states on a share, 0 to 1, of the test images, or of the data if it has none."""
        from cnnviz.training.loop.hold_out import hold_out_share  # noqa: PLC0415  (slow)

        hold_out_share(self._session.trainer, share)

    @Command(moves=True)
    def allow_code(self, sources: "Sequence[OwnSource]") -> None:
        """Pause, and let own code run wherever a rule of the run has it."""
        for source in sources:
            self._paused().allow(source)

    @Command(moves=True, absolute=True, ends_steps=True)
    def train_code(self, source: "OwnSource") -> None:
        """Let own code run, go to iteration 0, and iterate from there with it in the exact rule."""
        session = self._paused()
        code = session.allow(source)
        session.trainer.go_to(0)
        session.trainer.change(rule=code.rule)
        session.start()

    @Command(undoable=True)
    def draw(self, pixel: Pixel) -> None:
        """Draw a pixel over an image."""
        trainer = self._session.trainer
        trainer.apply(trainer.settings.with_pixel(pixel, trainer.dataset))

    @Command(undoable=True)
    def erase(self, image: int) -> None:
        """Remove everything drawn over an image."""
        trainer = self._session.trainer
        trainer.apply(trainer.settings.without_drawing(image))

    @Command(moves=True)
    def load(self, source: str) -> None:
        """Pause, and start again on other data."""
        dataset = load(source)
        self._paused().trainer.use(dataset, source)
        self._session.forget_changes()
        self._session.breakpoints.restart()
        if dataset.notice:
            self._session.put_message(dataset.notice, lasting=True)

    # Time and branches.

    @Command(moves=True, absolute=True, ends_steps=True, undoable=True)
    def reset(self, seed: int | None = None) -> None:
        """Pause, and start again from iteration 0, with another seed if one is given."""
        self._paused().trainer.reset(seed)
        self._session.breakpoints.restart()

    @Command(moves=True, absolute=True, ends_steps=True)
    def begin(
        self,
        name: str,
        source: str,
        settings: Settings,
        iterations: int,
        parameters: Parameters | None = None,
        *,
        lasting: bool = True,
    ) -> None:
        """Pause, and begin a branch of this name with some iterations done.

        It begins with the parameters of the seed, unless others are given. Without a name it is
        named after its settings. If it is not lasting, it and its forks go when the detour ends,
        and it takes the place of an unchanged one that began alike.

        It counts as saved until something is done in it: it can be begun again at any time.
        """
        trainer, is_obsolete = self._paused().trainer, self.queue.interruption()
        begin_branch(trainer, name, source, settings, parameters)
        trainer.branches.current.lasting = lasting
        if not lasting:
            end_repeated(trainer)
        while trainer.iteration < iterations and not is_obsolete() and trainer.step():
            pass
        trainer.branches.mark_saved(trainer.branches.current)
        self._session.forget_changes()
        self._session.breakpoints.restart()

    @Command(moves=True)
    def begin_detour(self) -> None:
        """Pause, and note where the run is: `end_detour` goes back there."""
        begin_detour(self._paused().trainer)

    @Command(moves=True, ends_steps=True)
    def end_detour(self) -> None:
        """Pause, and go back to where the run was; branches that are not lasting are deleted."""
        end_detour(self._paused().trainer)
        self._session.forget_changes()

    @Command(moves=True, steps=True)
    def back(self) -> None:
        """Pause, and go to the state before."""
        self._paused().trainer.back(self.queue.interruption())

    @Command(moves=True, absolute=True, ends_steps=True, coalesced=True)
    def go_to(self, iteration: int) -> None:
        """Pause, and go to a state of the branch."""
        self._paused().trainer.go_to(iteration, self.queue.interruption())

    @Command(moves=True)
    def back_to_cause(self, number: int) -> None:
        """Pause, and go to the latest earlier state in which a breakpoint did not hold."""
        from cnnviz.training.loop.cause import go_to_cause  # noqa: PLC0415  (slow)

        session = self._paused()
        go_to_cause(session.trainer, session.breakpoints, number, self.queue.ends_search)

    @Command(moves=True, absolute=True, ends_steps=True, coalesced=True)
    def switch(self, branch: int) -> None:
        """Pause, and go to another branch."""
        self._paused().trainer.switch(branch, self.queue.interruption())

    @Command(moves=True, undoable=True)
    def edit(self, edit: Edit) -> None:
        """Pause, and give a parameter of the current state another value, in a branch."""
        edit_state(self._paused().trainer, edit)

    @Command(undoable=True)
    def rename_branch(self, branch: int, name: str) -> None:
        """Give a branch another name."""
        self._session.trainer.branches.rename(branch, name)

    @Command(undoable=True)
    def delete_branch(self, branch: int) -> None:
        """Delete a branch other than the current one."""
        self._session.trainer.branches.delete(branch)

    @Command()
    def restore_branch(self) -> None:
        """Restore the branch that was deleted last."""
        self._session.trainer.branches.restore()

    @Command(undoable=True)
    def bookmark(self, branch: int, iteration: int, name: str | None) -> None:
        """Name a state of a branch; None removes the bookmark."""
        self._session.trainer.branches.bookmark(branch, iteration, name)

    @Command(moves=True)
    def undo(self) -> None:
        """Undo the newest change of a person that can be undone, if there is one."""
        self._session.undo()

    @Command(moves=True)
    def redo(self) -> None:
        """Redo the change that was undone last, if it can be redone."""
        self._session.redo()

    # The debugger.

    @Command(undoable=True)
    def set_breakpoints(
        self, breakpoints: tuple[Breakpoint, ...], seen: tuple[Breakpoint, ...] | None = None
    ) -> None:
        """Stop at these breakpoints; if a person has seen others, change only what they changed."""
        self._set_breakpoints(breakpoints, seen)

    @Command()
    def restore_breakpoints(
        self, breakpoints: tuple[Breakpoint, ...], seen: tuple[Breakpoint, ...] | None
    ) -> None:
        """Stop at breakpoints from before, as `set_breakpoints`; a person cannot undo that."""
        self._set_breakpoints(breakpoints, seen)

    def _set_breakpoints(
        self, breakpoints: tuple[Breakpoint, ...], seen: tuple[Breakpoint, ...] | None
    ) -> None:
        tracker = self._session.breakpoints
        if seen is None:
            tracker.set(breakpoints)
        else:
            tracker.change(seen, breakpoints)

    @Command(coalesced=True)
    def debug(self, on: bool) -> None:
        """Show the operations of the iteration, or hide them; changes nothing in the run."""
        self._session.debug_session.show(on)

    @Command(moves=True, stops_operations=True, steps=True)
    def debug_step(self) -> None:
        """Pause, and do the next operation of the iteration."""
        self._paused().debug_session.step()

    @Command(moves=True, stops_operations=True, steps=True)
    def debug_back(self) -> None:
        """Pause, and undo the last operation of the iteration."""
        self._paused().debug_session.back()

    @Command(moves=True)
    def run_to_operation(self, operation: str) -> None:
        """Pause, and do or undo operations of the iteration until this one is the last done."""
        self._paused().debug_session.run_to(operation)

    @Command(moves=True)
    def finish_iteration(self) -> None:
        """Pause, and do the remaining operations; after the last one, all of the next iteration."""
        self._paused().debug_session.finish()

    @Command(moves=True, stops_operations=True)
    def restart_iteration(self) -> None:
        """Pause, and undo the operations of the iteration."""
        self._paused().debug_session.restart()

    @Command(coalesced=True, light=True)
    def explain(self, point: Point) -> None:
        """Explain a cell of a tensor."""
        self._session.debug_session.explainer.point_at(point)

    @Command(coalesced=True, light=True)
    def leave_out(self, causes: "Collection[Cause]") -> None:
        """Compute the explained cell again without these causes of it."""
        self._session.debug_session.explainer.leave_out(causes)

    @Command(coalesced=True, light=True)
    def select(self, image: int) -> None:
        """Show another image."""
        self._session.select(image)

    @Command(coalesced=True, light=True, outside=True)
    def show_outside(self, image: OutsideImage | None) -> None:
        """Show an image that is not in the batch, or the selected one again."""
        self._session.outside = image

    @Command(coalesced=True, light=True, outside=True)
    def show_drawing(self, ink: NDArray[np.uint8], label: int | None) -> None:
        """Show a drawing, scaled to 28 × 28 pixels as MNIST was; 255 is ink."""
        self._session.outside = OutsideImage(as_mnist(ink), label, DRAWN)

    @Command(undoable=True)
    def keep_drawing(self, image: int, label: int) -> None:
        """Put the drawing that is shown in place of an image, and show that."""
        self._session.keep_drawing(image, label)

    @Command(coalesced=True)
    def follow_path(self, on: bool) -> None:
        """Add some states of the whole run to the frames, or leave them out."""
        self._session.follows_path = on

    # Sessions.

    def note(self, name: str, text: str) -> int:
        """Keep a note of the window in the session, by a name that begins with a letter.

        It is kept even if `stop` comes first.
        """
        self._keeper.note(name, text)
        return self._take_notes()

    @Command(light=True)
    def _take_notes(self) -> None:
        """Wake the thread, which takes notes after each command."""

    @Command(moves=True)
    def resume(self, session: Path) -> None:
        """Pause, and go on with another session; the one so far is kept as it is."""
        before = self._paused().trainer
        trainer = self._keeper.resume(session, before)
        before.close()
        self._session.use(trainer, self._keeper.log)

    def _paused(self) -> Session:
        """Pause, and return the session."""
        self._session.pause()
        return self._session
