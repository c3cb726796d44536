"""Any sequence of what a person can do, against a list of states."""

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training import history
from cnnviz.training.run import Run
from cnnviz.training.settings import Settings
from cnnviz.training.trainer import Trainer

DIGITS = bundled_digits()
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "learning_rate": st.sampled_from([0.01, 15.0, 1e3]),
        "subset": st.sampled_from([2, 3, 5]),
        "rule": st.sampled_from([NOTEBOOK, EXACT]),
        "dtype": st.sampled_from(["float64", "float32"]),
        "pause_on_warning": st.booleans(),
    },
)


@lru_cache
def batch_of(subset: int, dtype: str) -> Batch:
    return Batch.from_images(DIGITS.images[:subset], DIGITS.labels[:subset], dtype)


def iterated(state: Parameters, law: Settings) -> Parameters:
    """The state after one iteration, by arithmetic that knows nothing of before."""
    iteration = FastIteration(batch_of(law.subset, law.dtype))
    iteration.forward(state.astype(law.dtype))
    return iteration.update(law.rule, law.learning_rate)


def loss_of(state: Parameters, law: Settings) -> float:
    return FastIteration(batch_of(law.subset, law.dtype)).forward(state.astype(law.dtype)).loss


class TrainerMachine(RuleBasedStateMachine):
    """The model: all states, the settings between them, the place, the settings in force."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.settings = Settings(subset=3, seed=seed)
        self.trainer = Trainer(DIGITS, self.settings)
        self.begin_again()

    def begin_again(self) -> None:
        self.first = self.settings.kept
        self.states = [initial_parameters(self.settings.seed)]
        self.laws: list[Settings] = []
        self.losses = [loss_of(self.states[0], self.settings)]
        self.place = 0
        self.trainer.frame(0)  # the first settings are those in force when it is first shown

    def law_at(self, place: int) -> Settings:
        """The settings of that time."""
        if place < len(self.laws):
            return self.laws[place]
        return self.laws[-1] if self.laws else self.first

    def look_at(self, place: int) -> None:
        self.place = place
        pausing = self.settings.pause_on_warning
        self.settings = replace(self.law_at(place), pause_on_warning=pausing)

    @rule(count=st.integers(1, 12))
    def step(self, count: int) -> None:
        for _ in range(count):
            assert self.trainer.step()
            if self.place < len(self.laws) and self.laws[self.place] == self.settings.kept:
                self.look_at(self.place + 1)
                continue
            del self.laws[self.place :], self.states[self.place + 1 :]
            del self.losses[self.place + 1 :]
            self.laws.append(self.settings.kept)
            self.states.append(iterated(self.states[self.place], self.settings))
            self.losses.append(loss_of(self.states[-1], self.settings))
            self.place += 1

    @rule(count=st.integers(1, 6))
    def back(self, count: int) -> None:
        for _ in range(count):
            assert self.trainer.back() == (self.place > 0)
            if self.place > 0:
                self.look_at(self.place - 1)

    @rule(data=st.data())
    def go_to(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.states) - 1))
        assert self.trainer.go_to(place)
        self.look_at(place)

    @precondition(lambda self: len(self.states) > 4)
    @rule(data=st.data(), patience=st.integers(0, 10))
    def go_to_unless_interrupted(self, data: st.DataObject, patience: int) -> None:
        place = data.draw(st.integers(0, len(self.states) - 1))
        asked = iter([False] * patience)
        if self.trainer.go_to(place, lambda: next(asked, True)):
            self.look_at(place)

    @rule(change=CHANGES)
    def change(self, change: dict[str, object]) -> None:
        self.settings = replace(self.settings, **change)
        self.trainer.change(self.settings)

    @rule(seed=st.integers(0, 3))
    def another_seed(self, seed: int) -> None:
        again = seed != self.settings.seed
        self.settings = replace(self.settings, seed=seed)
        self.trainer.change(self.settings)
        if again:
            self.begin_again()

    @rule()
    def reset(self) -> None:
        self.trainer.reset()
        self.begin_again()

    @rule()
    def close(self) -> None:
        self.trainer.close()

    @rule(open_it=st.booleans())
    def save(self, *, open_it: bool) -> None:
        run = self.trainer.to_run()
        self.check_run(run)
        if open_it:
            looked_at = self.place
            waits = looked_at == len(self.laws)
            self.trainer.close()
            self.trainer = Trainer.from_run(run, DIGITS)
            # A file's states are in one precision, which holds each of them exactly.
            self.states = [state.astype(run.f.dtype) for state in self.states]
            settings = self.settings
            self.look_at(len(self.laws))
            self.settings = settings.kept if waits else self.settings.kept

    def check_run(self, run: Run) -> None:
        assert run.iterations == len(self.laws)
        for t, state in enumerate(self.states):
            assert run.f[t].tobytes() == state.f.astype(run.f.dtype).tobytes()
            assert run.wo[t].tobytes() == state.wo.astype(run.f.dtype).tobytes()
        assert run.loss.tolist() == self.losses[:-1]

    @invariant()
    def shows_the_state(self) -> None:
        if not hasattr(self, "place"):
            return
        frame = self.trainer.frame(0)
        assert (frame.iteration, frame.last) == (self.place, len(self.laws))
        assert frame.settings == self.settings
        shown = self.states[self.place].astype(self.settings.dtype)
        assert frame.parameters.f.tobytes() == shown.f.tobytes()
        assert frame.parameters.wo.tobytes() == shown.wo.tobytes()
        assert frame.predictions.loss == loss_of(shown, self.settings)

    @invariant()
    def shows_the_curve(self) -> None:
        if not hasattr(self, "place"):
            return
        curve = self.trainer.frame(0).curve
        assert curve.loss.tolist() == self.losses
        assert curve.first == self.first
        changes = [
            (i, law)
            for i, (before, law) in enumerate(pairwise([self.first, *self.laws]))
            if law != before
        ]
        assert [(mark.iteration, mark.settings) for mark in curve.marks] == changes

    def teardown(self) -> None:
        if hasattr(self, "trainer"):
            self.trainer.close()


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep so little that much is computed again."""
    monkeypatch.setattr(history, "RECENT", 3)
    monkeypatch.setattr(history, "SPACING", 4)
    monkeypatch.setattr(history, "MOST_KEYFRAMES", 3)


TestTrainer = TrainerMachine.TestCase
TestTrainer.settings = hypothesis_settings(max_examples=40, stateful_step_count=25, deadline=None)
