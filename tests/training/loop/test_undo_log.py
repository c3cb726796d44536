"""Undo and redo: what was changed is as it was before, bit by bit, and nothing else is offered."""

import gc
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.numerics.rule import EXACT
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.errors import SettingsError, TrainingError
from cnnviz.training.loop import undo_log
from cnnviz.training.loop.undo_log import UndoLog
from cnnviz.training.pixels import DrawnImage, Pixel
from cnnviz.training.run import deleted_branches, kept_parameters
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.capture import Capture
from cnnviz.training.sessions.resume import resume
from cnnviz.training.sessions.session_file import SessionFile
from cnnviz.training.settings import Settings
from tests.training.driver import Driver
from tests.training.sessions.kept_run import DIGITS, act, assert_same


@pytest.fixture(autouse=True)
def no_gestures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_log, "_GESTURE", 0.0)


class Seen(TypedDict):
    """Everything that undoing gives back."""

    iteration: int
    settings: Settings
    current: int
    branches: list[object]
    breakpoints: tuple[Breakpoint, ...]
    parameters: bytes


@dataclass
class Run:
    """A run with its log, as a session has them."""

    trainer: Trainer = field(default_factory=lambda: Trainer(DIGITS, Settings(subset=3)))
    breakpoints: BreakpointTracker = field(default_factory=BreakpointTracker)
    log: UndoLog = field(default_factory=UndoLog)
    impatient: bool = False
    """Whether a person does not wait for states to be computed again."""

    def interruption(self) -> Callable[[], bool]:
        return lambda: self.impatient

    def __post_init__(self) -> None:
        _ = self.trainer.forward

    def do(self, action: Callable[[], object]) -> None:
        with self.log.recording(self), suppress(TrainingError):
            action()
        _ = self.trainer.forward  # a window shows every state

    def act(self, action: str, number: int) -> None:
        self.do(lambda: act(self.trainer, action, number))

    def edit(self, value: float, index: tuple[int, ...] = (2, 0, 1)) -> None:
        self.do(lambda: edit_state(self.trainer, Edit(self.trainer.iteration, "f", index, value)))

    def train(self, iterations: int) -> None:
        for _ in range(iterations):
            self.trainer.step()

    def undo(self) -> str:
        return self._checked(self.log.undo(self, running=False))

    def redo(self) -> str:
        return self._checked(self.log.redo(self, running=False))

    @property
    def offered(self) -> tuple[str, str]:
        return self.log.offered(self, running=False)

    @property
    def seen(self) -> Seen:
        trainer = self.trainer
        parameters = trainer.parameters
        return {
            "iteration": trainer.iteration,
            "settings": trainer.settings,
            "current": trainer.branches.current.number,
            "branches": [
                (*_described(b), b.history.last, b.history.values_from(0).tobytes())
                for b in trainer.branches.all
            ],
            "breakpoints": self.breakpoints.all,
            "parameters": parameters.f.tobytes() + parameters.wo.tobytes(),
        }

    def _checked(self, words: str) -> str:
        _ = self.trainer.forward
        return words


def _described(b: BranchState) -> tuple[object, ...]:
    name = "" if b.follows_settings else b.name  # which depends on the others' names
    return b.number, name, b.named, b.parent, b.origin, dict(b.bookmarks), b.history.edits


UNDOABLE = ("change", "edit", "edit", "draw", "bookmark", "rename", "delete", "reset")


@given(st.lists(st.tuples(st.sampled_from(UNDOABLE), st.integers(0, 999)), max_size=8))
@settings(max_examples=15)
def test_all_changes_are_undone_and_redone_in_their_order(actions: list[tuple[str, int]]) -> None:
    run = Run()
    run.train(3)
    run.act("change", 1)
    run.train(2)  # the second branch in which something can be done
    run.trainer.go_to(2)
    run.log.clear()
    states = [run.seen]
    for action, number in actions:
        run.act(action, number)
        if run.seen != states[-1]:
            states.append(run.seen)
    for state in reversed(states[:-1]):
        assert run.undo()
        assert run.seen == state
    assert run.undo() == ""
    for state in states[1:]:
        assert run.redo()
        assert run.seen == state
    assert run.redo() == ""


def test_an_edit_says_what_it_is_and_its_empty_branch_goes() -> None:
    run = Run()
    run.train(4)
    before = run.seen
    run.edit(0.5)
    assert len(run.trainer.branches) == 2
    assert run.offered == ("edit of filter 2, row 1, column 3", "")
    assert run.undo() == "edit of filter 2, row 1, column 3"
    assert run.seen == before
    assert run.trainer.branches.deleted == ""  # a person has not deleted it
    assert run.offered == ("", "edit of filter 2, row 1, column 3")


def test_a_long_way_to_the_state_before_can_be_interrupted() -> None:
    run = Run()
    run.train(6)
    run.trainer.go_to(3)
    before = run.seen
    run.edit(0.5)  # so that state 3 of the branch before must be computed again
    after, offered = run.seen, run.offered
    run.impatient = True
    assert run.undo() == ""
    assert (run.seen, run.offered) == (after, offered)
    run.impatient = False
    assert run.undo() == "edit of filter 2, row 1, column 3"
    assert run.seen == before


def test_a_branch_that_was_trained_stays_when_its_edits_are_undone() -> None:
    run = Run()
    run.train(4)
    parameters = run.seen["parameters"]
    run.edit(0.5)
    run.edit(0.25, (0, 0, 0))
    assert run.offered[0] == "edit of filter 1, row 1, column 1"
    run.train(2)
    trained = run.seen
    assert run.undo() == "2 edits at iteration 4; its branch stays"
    assert (run.seen["iteration"], run.seen["parameters"]) == (4, parameters)
    assert run.seen["branches"] == trained["branches"]
    run.redo()
    assert run.trainer.branches.current.number == 2
    run.trainer.go_to(6)
    assert run.seen == trained


def test_an_undone_edit_leaves_a_state_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parameters, "RECENT", 2)
    run = Run()
    run.train(5)
    run.edit(0.5)
    edited = run.seen["parameters"]
    run.trainer.switch(1)
    run.trainer.switch(2)
    run.edit(0.25, (0, 0, 0))
    assert run.undo()
    run.train(4)
    run.trainer.go_to(5)
    assert run.seen["parameters"] == edited


def test_a_setting_is_undone_for_the_next_iteration_and_where_it_holds() -> None:
    run = Run()
    run.train(2)
    run.do(lambda: run.trainer.change(learning_rate=1.0))
    run.train(2)
    run.do(lambda: run.trainer.change(rule=EXACT))
    assert run.offered == ("rule exact", "")
    run.trainer.go_to(1)  # where η is 15, and the rule the notebook's
    assert run.offered == ("", "")
    run.trainer.go_to(4)
    assert run.undo() == "η 15 → 1"
    assert (run.trainer.settings.learning_rate, run.trainer.iteration) == (15.0, 4)


def test_pixels_are_not_undone_on_other_images() -> None:
    run = Run()
    drawing = DrawnImage(1, 7, bytes(784))
    run.do(
        lambda: run.trainer.apply(run.trainer.settings.with_drawing(drawing, run.trainer.dataset))
    )
    assert run.offered[0] == "image 1 drawn as 7"
    run.undo()
    run.trainer.use(run.trainer.dataset, "elsewhere")
    assert run.offered == ("", "")


def test_a_new_change_ends_what_could_be_redone() -> None:
    run = Run()
    run.act("bookmark", 1)
    run.undo()
    assert run.offered == ("", "bookmark “bookmark 1” at iteration 0")
    run.act("rename", 1)
    assert run.offered == ("renaming of “notebook, η 15, n 3” to “branch 1”", "")


def test_a_slider_makes_one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_log, "_GESTURE", 60.0)
    run = Run()
    for rate in (12.0, 9.0, 7.0):
        run.do(lambda rate=rate: run.trainer.change(learning_rate=rate))  # type: ignore[misc]
    assert run.undo() == "η 15 → 7"
    assert run.offered[0] == ""


def test_breakpoints_and_their_hits_come_back() -> None:
    run, tracker = Run(), BreakpointTracker()
    run.breakpoints = tracker
    first, second = Breakpoint(1, "loss rises"), Breakpoint(2, "")
    run.do(lambda: tracker.set([first]))
    assert run.offered[0] == "addition of breakpoint “loss rises”"
    run.do(lambda: tracker.set([first, second]))
    run.do(lambda: tracker.set([first, Breakpoint(2, "not finite")]))  # written as it was added
    assert run.undo() == "addition of breakpoint “not finite”"
    run.do(lambda: tracker.set([first, second]))
    run.do(lambda: tracker.set([first]))  # or never written
    assert run.offered[0] == "addition of breakpoint “loss rises”"
    run.do(lambda: tracker.set([Breakpoint(1, "loss rises", enabled=False)]))
    assert run.offered[0] == "change of breakpoint “loss rises”"
    run.do(lambda: tracker.set([]))
    assert run.undo() == "deletion of breakpoint “loss rises”"
    assert tracker.all == (Breakpoint(1, "loss rises", enabled=False),)


def test_states_of_branches_that_are_gone_for_good_are_freed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deleted_branches, "MOST_RESTORABLE", 1)
    run = Run()
    run.train(3)
    for _ in range(2):
        run.act("reset", 0)
        run.train(2)
    first = weakref.ref(run.trainer.branches.branch(1).history)
    run.do(lambda: run.trainer.branches.delete(1))
    assert first() is not None
    run.do(lambda: run.trainer.branches.delete(2))
    gc.collect()
    assert first() is None
    assert run.undo() == "deletion of branch “notebook, η 15, n 3 (2)”"


def test_a_refused_change_leaves_nothing_to_undo() -> None:
    run = Run()
    run.do(lambda: run.trainer.change(subset=100_000))
    assert run.offered == ("", "")


def test_what_could_not_be_undone_or_redone_can_be_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise SettingsError("there is no memory for this now.")

    run = Run()
    run.do(lambda: run.trainer.change(subset=2))
    for repeat in (run.undo, run.redo):
        offered = run.offered
        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "apply", refused)
            with pytest.raises(SettingsError):
                repeat()
        assert run.offered == offered
        assert repeat() == "n 3 → 2"


def test_a_session_keeps_the_run_as_it_is_after_undoing(tmp_path: Path) -> None:
    run, known = Run(), Capture()
    file = SessionFile(tmp_path / "one.session", create=True)

    def keep() -> None:
        if (delta := known.delta(run.trainer, {})) is not None:
            file.write(delta)

    run.train(3)
    run.edit(0.5)
    run.edit(0.25, (0, 0, 0))
    keep()
    assert run.undo()
    keep()
    assert run.undo()
    keep()
    assert run.redo()
    run.act("bookmark", 2)
    keep()
    assert run.undo()
    keep()
    file.close()
    file = SessionFile(file.path)
    assert_same(run.trainer, resume(file, {DIGITS: "bundled"}).trainer)
    file.close()


class TestCommands:
    def test_frames_offer_what_commands_undo(self, driver: Driver) -> None:
        loop = driver.loop
        driver.after(loop.step())
        before = driver.after(loop.draw(Pixel(0, 3, 4, 90)))
        assert before.undo.startswith("image 0, row 4, column 5 = 0.353")
        edited = driver.after(loop.edit(Edit(1, "wo", (17, 0), -2.0)))
        assert edited.undo == "edit of dense weight of filter 1, row 18, column 1"
        assert (len(edited.branches), edited.deleted_branch) == (2, "")
        undone = driver.after(loop.undo())
        assert (undone.branch.number, len(undone.branches)) == (1, 1)
        assert undone.redo == edited.undo
        np.testing.assert_array_equal(undone.parameters.wo, before.parameters.wo)
        assert driver.after(loop.undo()).settings.pixels == ()
        redone = driver.after(loop.redo())
        assert redone.settings.pixels == (Pixel(0, 3, 4, 90),)
        assert driver.after(loop.redo()).parameters.wo[17] == -2.0

    def test_nothing_that_leads_elsewhere_is_offered_while_training_runs(
        self, driver: Driver
    ) -> None:
        loop = driver.loop
        driver.after(loop.change(learning_rate=1.0))
        driver.after(loop.edit(Edit(0, "f", (0, 0, 0), 1.0)))
        driver.after(loop.start())
        running = driver.until(lambda frame: frame.iteration >= 2)
        assert running.undo == ""
        assert driver.after(loop.undo()).running
        driver.after(loop.change(learning_rate=2.0))
        assert driver.until(lambda _: True).undo == "η 1 → 2"
        after = driver.after(loop.undo())
        assert after.running
        assert after.settings.learning_rate == 1.0
        driver.after(loop.pause())

    def test_other_data_leave_nothing_to_undo(self, driver: Driver) -> None:
        driver.after(driver.loop.change(learning_rate=1.0))
        after = driver.after(driver.loop.load("bundled"))
        assert (after.undo, after.redo) == ("", "")
