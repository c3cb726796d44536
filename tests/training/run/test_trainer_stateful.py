"""Any sequence of the user's commands, against a list of states."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cnnviz.numerics.network import Parameters, initial_parameters
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.pixels import Pixel
from cnnviz.training.run import kept_parameters
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit, edited
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.recorded import f_of, run_of, wo_of
from tests.training.reference_run import CHANGES, DIGITS, drawn, iterated, loss_of


@dataclass
class BranchState:
    """One branch of the model."""

    parent: int | None
    first: Settings
    states: list[Parameters]
    losses: list[float]
    """states, losses: of every iteration."""
    applied: list[Settings]
    """The settings between two states."""
    edited: int | None = None
    """The state that the branch began with by an edit."""


class TrainerMachine(RuleBasedStateMachine):
    """The model: every branch, the current branch and iteration, and the current settings."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.settings = Settings(subset=3, seed=seed)
        self.trainer = Trainer(DIGITS, self.settings)
        self.lines: dict[int, BranchState] = {}
        self.begin_again()

    def begin_again(self) -> None:
        state = initial_parameters(self.settings.seed)
        loss = loss_of(state, self.settings)
        self.enter(BranchState(None, self.settings.kept, [state], [loss], []))
        self.iteration = 0
        frame_of(self.trainer, 0)  # the first settings are those in force when it is first shown

    def enter(self, line: BranchState) -> None:
        self.number = frame_of(self.trainer, 0).branch.number
        assert self.number not in self.lines
        self.lines[self.number] = line
        self.line = line

    def leave(self) -> None:
        if not (self.line.applied or self.line.parent or self.children()):
            del self.lines[self.number]

    def children(self) -> list[BranchState]:
        return [line for line in self.lines.values() if line.parent == self.number]

    def settings_at(self, iteration: int) -> Settings:
        """The settings of that time."""
        applied = self.line.applied
        if iteration < len(applied):
            return applied[iteration]
        return applied[-1] if applied else self.line.first

    def revise(self) -> None:
        """The newest state has the loss of the batch that it is trained on next."""
        if self.iteration == len(self.line.applied):
            self.line.losses[-1] = loss_of(self.line.states[-1], self.settings)

    def show(self, iteration: int) -> None:
        self.iteration = iteration
        pausing = self.settings.pause_on_warning
        self.settings = replace(self.settings_at(iteration), pause_on_warning=pausing)

    @rule(count=st.integers(1, 12))
    def step(self, count: int) -> None:
        for _ in range(count):
            assert self.trainer.step()
            iteration, line = self.iteration, self.line
            if iteration < len(line.applied):
                if line.applied[iteration] == self.settings.kept:
                    self.show(iteration + 1)
                    self.revise()
                    continue
                upto = iteration + 1
                fork = BranchState(
                    self.number,
                    line.first,
                    line.states[:upto],
                    line.losses[:upto],
                    line.applied[:iteration],
                )
                fork.losses[iteration] = loss_of(fork.states[iteration], self.settings)
                self.enter(fork)
            line = self.line
            line.applied.append(self.settings.kept)
            line.states.append(iterated(line.states[iteration], self.settings))
            line.losses.append(loss_of(line.states[-1], self.settings))
            self.iteration += 1

    @rule(count=st.integers(1, 6))
    def back(self, count: int) -> None:
        for _ in range(count):
            assert self.trainer.back() == (self.iteration > 0)
            if self.iteration > 0:
                self.show(self.iteration - 1)

    @rule(data=st.data())
    def go_to(self, data: st.DataObject) -> None:
        iteration = data.draw(st.integers(0, len(self.line.applied)))
        assert self.trainer.go_to(iteration)
        self.show(iteration)

    @precondition(lambda self: len(self.line.applied) > 3)
    @rule(data=st.data(), polls=st.integers(0, 10))
    def go_to_unless_interrupted(self, data: st.DataObject, polls: int) -> None:
        iteration = data.draw(st.integers(0, len(self.line.applied)))
        asked = iter([False] * polls)
        if self.trainer.go_to(iteration, lambda: next(asked, True)):
            self.show(iteration)

    @precondition(lambda self: len(self.lines) > 1)
    @rule(data=st.data(), polls=st.integers(0, 30))
    def switch(self, data: st.DataObject, polls: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.lines)))
        asked = iter([False] * polls)
        if self.trainer.switch(number, lambda: next(asked, True)) and number != self.number:
            self.number, self.line = number, self.lines[number]
            self.show(min(self.iteration, len(self.line.applied)))

    @precondition(lambda self: len(self.lines) > 1)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(set(self.lines) - {self.number})))
        self.trainer.branches.delete(number)
        gone = self.lines.pop(number)
        for line in self.lines.values():
            if line.parent == number:
                line.parent = gone.parent

    @rule(cell=st.sampled_from([("f", (1, 2, 0)), ("wo", (100, 0))]), value=st.floats(-2, 2))
    def edit(self, cell: tuple[Literal["f", "wo"], tuple[int, ...]], value: float) -> None:
        iteration, old = self.iteration, self.line
        change = Edit(iteration, *cell, value)
        edit_state(self.trainer, change)
        state = edited(old.states[iteration], change)
        loss = loss_of(state, old.applied[iteration - 1] if iteration else old.first)
        if old.edited == iteration == len(old.applied) and not self.children():
            old.states[-1], old.losses[-1] = state, loss
            return
        self.enter(
            BranchState(
                self.number,
                old.first,
                [*old.states[:iteration], state],
                [*old.losses[:iteration], loss],
                old.applied[:iteration],
                edited=iteration,
            )
        )

    @rule(change=CHANGES)
    def change(self, change: dict[str, object]) -> None:
        self.settings = replace(self.settings, **change)
        self.trainer.change(**change)

    @rule(image=st.integers(0, 4), row=st.integers(10, 12), grey=st.sampled_from([0, 99, 255]))
    def draw(self, image: int, row: int, grey: int) -> None:
        pixel = Pixel(image, row, 14, grey)
        self.trainer.apply(self.trainer.settings.with_pixel(pixel, self.trainer.dataset))
        self.settings = drawn(self.settings, pixel)

    @rule(seed=st.integers(0, 3))
    def another_seed(self, seed: int) -> None:
        self.settings = replace(self.settings, seed=seed)
        self.trainer.reset(seed)
        self.leave()
        self.begin_again()

    @rule()
    def reset(self) -> None:
        self.trainer.reset()
        self.leave()
        self.begin_again()

    @rule()
    def close(self) -> None:
        self.trainer.close()

    @rule(open_it=st.booleans())
    def save(self, *, open_it: bool) -> None:
        run = run_of(self.trainer)
        self.check_run(run)
        if open_it:
            waits = self.iteration == len(self.line.applied)
            self.trainer.close()
            self.trainer = resume_run(run, DIGITS)
            # A file's states are in one precision, which holds each of them exactly.
            self.line.states = [state.astype(f_of(run).dtype) for state in self.line.states]
            self.line.parent, self.line.edited = None, None
            self.number, self.lines = 1, {1: self.line}
            settings = self.settings
            self.show(len(self.line.applied))
            self.settings = settings.kept if waits else self.settings.kept

    def check_run(self, run: Run) -> None:
        assert run.iterations == len(self.line.applied)
        for t, state in enumerate(self.line.states):
            assert f_of(run)[t].tobytes() == state.f.astype(f_of(run).dtype).tobytes()
            assert wo_of(run)[t].tobytes() == state.wo.astype(f_of(run).dtype).tobytes()
        assert run.loss.tolist() == self.line.losses[:-1]

    @invariant()
    def shows_the_state(self) -> None:
        if not hasattr(self, "line"):
            return
        self.revise()
        frame = frame_of(self.trainer, 0)
        assert (frame.iteration, frame.last) == (self.iteration, len(self.line.applied))
        assert frame.settings == self.settings
        shown = self.line.states[self.iteration].astype(self.settings.dtype)
        assert frame.parameters.f.tobytes() == shown.f.tobytes()
        assert frame.parameters.wo.tobytes() == shown.wo.tobytes()
        assert frame.predictions.loss == loss_of(shown, self.settings)
        for pixel in self.settings.pixels:
            assert frame.dataset.images[pixel.position] == pixel.grey

    @invariant()
    def shows_every_line(self) -> None:
        if not hasattr(self, "line"):
            return
        self.revise()
        frame = frame_of(self.trainer, 0)
        assert frame.branch.number == self.number
        assert frame.curve is frame.branch.curve
        assert [branch.number for branch in frame.branches] == sorted(self.lines)
        for branch in frame.branches:
            line, curve = self.lines[branch.number], branch.curve
            assert curve.loss.tolist() == line.losses
            assert curve.first == line.first
            changes = [
                (i, after)
                for i, (before, after) in enumerate(pairwise([line.first, *line.applied]))
                if after != before
            ]
            assert [(mark.iteration, mark.settings) for mark in curve.marks] == changes

    def teardown(self) -> None:
        if hasattr(self, "trainer"):
            self.trainer.close()


@pytest.fixture(autouse=True)
def short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep so few states that many are recomputed."""
    monkeypatch.setattr(kept_parameters, "RECENT", 3)
    monkeypatch.setattr(kept_parameters, "SPACING", 4)
    monkeypatch.setattr(kept_parameters, "MOST_KEYFRAMES", 3)


TestTrainer = TrainerMachine.TestCase
TestTrainer.settings = hypothesis_settings(max_examples=20, stateful_step_count=25, deadline=None)
