"""Many states looked at together give what they give one by one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.conditions import parse
from cnnviz.training.breakpoints.evaluate import Facts, State, event_of, holds
from cnnviz.training.breakpoints.evaluate_batch import StateWindow, happened, held
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher, state_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

CONDITIONS = (
    "iteration >= 7",
    "iteration = 9 or iteration < 4",
    "loss > 0.09",
    "loss rises",
    "loss rises by 0.01",
    "loss rises by 5 %",
    "accuracy <= 60 %",
    "saturated > 0.5",
    "not finite",
    "step > 0.05",
    "filter step > 0.5",
    "filter 2 step <= 0.01",
    "dense step > 0.1",
    "filter 2 changes",
    "any filter changes",
    "any filter changes by 10 %",
    "image 7 flips",
    "image 30 flips",
    "any image flips",
    "any image flips and loss rises or iteration = 3",
    "at delta",
    "at delta and loss rises",
    "at dense or iteration = 5",
)


@pytest.fixture(scope="module", params=["float64", "float32"])
def states(request: pytest.FixtureRequest) -> Iterator[list[State]]:
    settings = Settings(subset=30, dtype=request.param, pause_on_warning=False)
    trainer = Trainer(bundled_digits(), settings)
    seen = [state_of(trainer)]
    for _ in range(40):
        trainer.step()
        seen.append(state_of(trainer))
    yield seen
    trainer.close()


@pytest.mark.parametrize("operation", [None, "delta", "dense"])
@pytest.mark.parametrize("text", CONDITIONS)
def test_what_holds_and_happens(text: str, operation: str | None, states: list[State]) -> None:
    condition, stretch = parse(text), StateWindow(states)
    assert stretch.uniform
    facts = [Facts(before, now, operation) for before, now in pairwise(states)]
    assert held(condition, stretch, operation).tolist() == [holds(condition, f) for f in facts]
    event = event_of(condition)
    events = [event is not None and event(f) for f in facts]
    assert happened(condition, stretch, operation).tolist() == events


def test_a_state_without_a_result_or_of_another_batch_is_not_looked_at_with_others(
    states: list[State], alike: Dataset, make_trainer: Callable[..., Trainer]
) -> None:
    undefined = state_of(make_trainer(alike, subset=5))
    assert not StateWindow([states[0], undefined]).uniform
    assert not StateWindow([states[0], state_of(make_trainer(subset=6))]).uniform


def test_weights_of_any_size_are_compared_without_a_warning(states: list[State]) -> None:
    p = states[0].parameters
    largest = np.full_like(p.f, np.finfo(p.f.dtype).max / 4)
    huge = replace(states[1], parameters=Parameters(largest, p.wo * 0))
    zero = replace(states[2], parameters=Parameters(p.f * 0, p.wo * 0))
    stretch = StateWindow([zero, huge, zero, zero])
    assert held(parse("step > 1"), stretch).tolist()[:1] == [True]
    assert held(parse("dense step > 0"), stretch).tolist() == [False, False, False]
    assert holds(parse("step > 1"), Facts(zero, huge))
    assert not holds(parse("dense step > 0"), Facts(zero, huge))


def sequence(owner: BreakpointTracker, states: list[State]) -> list[tuple[int, str | None, int]]:
    """Run over states one by one, as an uninterrupted run does, and return its stops."""
    stops = []
    for before, now in pairwise(states):
        while (stop := owner.see_operations(before)) is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            owner.go_on()
        if (stop := owner.see(before, now)) is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            owner.go_on()
    return stops


def in_stretches(
    owner: BreakpointTracker, states: list[State], length: int
) -> list[tuple[int, str | None, int]]:
    """Run over states many at a time, and return the run's stops."""
    stops, here = [], 0
    while here < len(states) - 1:
        while (stop := owner.see_operations(states[here])) is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            owner.go_on()
        ahead = states[here : here + length + 1]
        stop = owner.see_stretch(ahead)
        here = ahead[-1].iteration
        if stop is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            here = stop.iteration
            owner.go_on()
    return stops


@given(
    st.lists(
        st.tuples(st.sampled_from(CONDITIONS), st.sampled_from([1, 2, 3, 10**9])),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 41),
)
def test_stops_and_hits(
    states: list[State], conditions: list[tuple[str, int]], length: int
) -> None:
    owners = BreakpointTracker(), BreakpointTracker()
    for owner in owners:
        owner.set(Breakpoint(i, text, hit=hit) for i, (text, hit) in enumerate(conditions))
    expected = sequence(owners[0], states)
    assert in_stretches(owners[1], states, length) == expected
    assert owners[1].all == owners[0].all


@pytest.mark.parametrize("text", ["loss rises", "iteration = 17", "at delta and iteration = 17"])
def test_what_was_computed_ahead_of_a_stop_is_taken_back(
    make_trainer: Callable[..., Trainer], text: str
) -> None:
    plain = make_trainer(subset=30, pause_on_warning=False)
    trainer = make_trainer(subset=30, pause_on_warning=False)
    owner = BreakpointTracker()
    owner.set([Breakpoint(1, text, hit=2 if text == "loss rises" else 1)])
    watching = BreakpointWatcher(trainer, owner)
    stop = None
    while stop is None and trainer.last < 40:
        stop = watching.next_operation() or watching.advance(ahead=True)[1]
    stop = stop or watching.look()
    assert stop is not None
    assert trainer.iteration == trainer.last == stop.iteration
    assert owner.stop_at(trainer.parameters) == stop
    for _ in range(stop.iteration):
        plain.step()
    assert trainer.parameters.wo.tobytes() == plain.parameters.wo.tobytes()
    np.testing.assert_array_equal(trainer.curve.loss, plain.curve.loss)
    owner.go_on()
    assert watching.next_operation() is None
    assert watching.look() is None
    watching.advance()
    plain.step()
    assert trainer.parameters.wo.tobytes() == plain.parameters.wo.tobytes()
    assert trainer.notice == plain.notice


def test_along_the_past_nothing_is_taken_back(make_trainer: Callable[..., Trainer]) -> None:
    trainer = make_trainer(subset=6)
    for _ in range(30):
        trainer.step()
    trainer.go_to(3)
    owner = BreakpointTracker()
    owner.set([Breakpoint(1, "iteration = 9")])
    watching = BreakpointWatcher(trainer, owner)
    stop = None
    while stop is None:
        stop = watching.advance(ahead=True)[1]
    assert (trainer.iteration, trainer.last) == (9, 30)
