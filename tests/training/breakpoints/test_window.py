"""Many states checked together give the same as two at a time."""

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
from cnnviz.training.breakpoints.evaluate import happened, held
from cnnviz.training.breakpoints.parser import parse
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.breakpoints.window import WatchedState, window_of
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
def states(request: pytest.FixtureRequest) -> Iterator[list[WatchedState]]:
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
def test_conditions_and_events_of_many_states_and_of_two(
    text: str, operation: str | None, states: list[WatchedState]
) -> None:
    condition = parse(text)
    together = held(condition, window_of(states), operation)
    pairs = [held(condition, window_of(pair), operation) for pair in pairwise(states)]
    assert together[1:].tolist() == [bool(pair[1]) for pair in pairs]
    events = happened(condition, window_of(states))
    pairs = [happened(condition, window_of(pair)) for pair in pairwise(states)]
    assert events[1:].tolist() == [bool(pair[1]) for pair in pairs]


@pytest.mark.parametrize("text", CONDITIONS)
def test_states_without_a_result_and_of_other_batches(
    text: str,
    states: list[WatchedState],
    identical_images: Dataset,
    make_trainer: Callable[..., Trainer],
) -> None:
    undefined = state_of(make_trainer(identical_images, subset=5))
    smaller = state_of(make_trainer(subset=6))
    mixed = [*states[:3], smaller, states[3], undefined, states[4]]
    condition = parse(text)
    for function in (held, happened):
        together = function(condition, window_of(mixed))
        pairs = [function(condition, window_of(pair)) for pair in pairwise(mixed)]
        assert together[1:].tolist() == [bool(pair[1]) for pair in pairs]


def test_weights_of_any_size_are_compared_without_a_warning(states: list[WatchedState]) -> None:
    p = states[0].parameters
    largest = np.full_like(p.f, np.finfo(p.f.dtype).max / 4)
    huge = replace(states[1], parameters=Parameters(largest, p.wo * 0))
    zero = replace(states[2], parameters=Parameters(p.f * 0, p.wo * 0))
    window = window_of([zero, huge, zero, zero])
    assert held(parse("step > 1"), window).tolist()[:2] == [False, True]
    assert held(parse("dense step > 0"), window).tolist() == [False, False, False, False]
    assert held(parse("step > 1"), window_of([zero, huge])).tolist() == [False, True]
    assert held(parse("dense step > 0"), window_of([zero, huge])).tolist() == [False, False]


def sequence(
    tracker: BreakpointTracker, states: list[WatchedState]
) -> list[tuple[int, str | None, int]]:
    """Check states one by one, and return the stops."""
    stops = []
    for before, now in pairwise(states):
        while (stop := tracker.check_operations(before)) is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            tracker.clear_stop()
        if (stop := tracker.check_states([before, now])) is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            tracker.clear_stop()
    return stops


def in_windows(
    tracker: BreakpointTracker, states: list[WatchedState], length: int
) -> list[tuple[int, str | None, int]]:
    """Check many states at a time, and return the stops."""
    stops, here = [], 0
    while here < len(states) - 1:
        while (stop := tracker.check_operations(states[here])) is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            tracker.clear_stop()
        batch = states[here : here + length + 1]
        stop = tracker.check_states(batch)
        here = batch[-1].iteration
        if stop is not None:
            stops.append((stop.iteration, stop.operation, stop.number))
            here = stop.iteration
            tracker.clear_stop()
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
    states: list[WatchedState], conditions: list[tuple[str, int]], length: int
) -> None:
    trackers = BreakpointTracker(), BreakpointTracker()
    for tracker in trackers:
        tracker.set(Breakpoint(i, text, hit=hit) for i, (text, hit) in enumerate(conditions))
    expected = sequence(trackers[0], states)
    assert in_windows(trackers[1], states, length) == expected
    assert trackers[1].all == trackers[0].all


@pytest.mark.parametrize("text", ["loss rises", "iteration = 17", "at delta and iteration = 17"])
def test_iterations_after_a_stop_are_undone(
    make_trainer: Callable[..., Trainer], text: str
) -> None:
    plain = make_trainer(subset=30, pause_on_warning=False)
    trainer = make_trainer(subset=30, pause_on_warning=False)
    tracker = BreakpointTracker()
    tracker.set([Breakpoint(1, text, hit=2 if text == "loss rises" else 1)])
    watcher = BreakpointWatcher(trainer, tracker)
    stop = None
    while stop is None and trainer.last < 40:
        stop = watcher.check_operations() or watcher.advance(defer=True)[1]
    stop = stop or watcher.check_pending()
    assert stop is not None
    assert trainer.iteration == trainer.last == stop.iteration
    assert tracker.stop_at(trainer.parameters) == stop
    for _ in range(stop.iteration):
        plain.step()
    assert trainer.parameters.wo.tobytes() == plain.parameters.wo.tobytes()
    np.testing.assert_array_equal(trainer.curve.loss, plain.curve.loss)
    tracker.clear_stop()
    assert watcher.check_operations() is None
    assert watcher.check_pending() is None
    watcher.advance()
    plain.step()
    assert trainer.parameters.wo.tobytes() == plain.parameters.wo.tobytes()
    assert trainer.notice == plain.notice


def test_recorded_iterations_are_not_undone(make_trainer: Callable[..., Trainer]) -> None:
    trainer = make_trainer(subset=6)
    for _ in range(30):
        trainer.step()
    trainer.go_to(3)
    tracker = BreakpointTracker()
    tracker.set([Breakpoint(1, "iteration = 9")])
    watcher = BreakpointWatcher(trainer, tracker)
    stop = None
    while stop is None:
        stop = watcher.advance(defer=True)[1]
    assert (trainer.iteration, trainer.last) == (9, 30)
