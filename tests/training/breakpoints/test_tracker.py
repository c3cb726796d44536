"""Hits are counted, and runs stopped, as in any debugger."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.breakpoints.window import WatchedState
from cnnviz.training.errors import ConditionError
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher, state_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture(scope="module")
def states() -> Iterator[list[WatchedState]]:
    from cnnviz.data.bundled import bundled_digits

    trainer = Trainer(bundled_digits(), Settings(subset=30, pause_on_warning=False))
    seen = [state_of(trainer)]
    for _ in range(30):
        trainer.step()
        seen.append(state_of(trainer))
    yield seen
    trainer.close()


def stops(tracker: BreakpointTracker, states: list[WatchedState]) -> list[int]:
    """Return the iterations at which a run over these states stops."""
    pairs = pairwise(states)
    return [stop.iteration for a, b in pairs if (stop := tracker.check_states([a, b])) is not None]


def tracker_of(*texts: str, **fields: object) -> BreakpointTracker:
    tracker = BreakpointTracker()
    tracker.set(Breakpoint(i, text, **fields) for i, text in enumerate(texts, 1))  # type: ignore[arg-type]
    return tracker


def losses(states: list[WatchedState]) -> list[float]:
    return [state.forward.loss for state in states if state.forward]


def rises(states: list[WatchedState]) -> list[int]:
    loss = losses(states)
    return [i for i in range(1, len(loss)) if loss[i] > loss[i - 1]]


def test_an_event_is_hit_each_time(states: list[WatchedState]) -> None:
    tracker = tracker_of("loss rises")
    assert stops(tracker, states) == rises(states)
    assert tracker.all[0].hits == len(rises(states)) > 3


def test_a_comparison_is_hit_when_it_becomes_true(states: list[WatchedState]) -> None:
    loss = losses(states)
    begins = [i for i in range(1, 31) if loss[i] < 0.12 and (i == 1 or not loss[i - 1] < 0.12)]
    assert len(begins) > 1
    assert stops(tracker_of("loss < 0.12"), states) == begins
    assert stops(tracker_of("iteration >= 7"), states) == [7]


def test_after_a_jump_no_condition_counts_as_having_held(
    states: list[WatchedState],
) -> None:
    tracker = tracker_of("iteration >= 7")
    assert stops(tracker, states[:12]) == [7]
    assert stops(tracker, states[15:20]) == [16]
    assert stops(tracker, states[19:25]) == []  # continues from the last checked state


def test_a_new_or_changed_condition_first_applies_at_the_next_state(
    states: list[WatchedState],
) -> None:
    tracker = tracker_of("iteration >= 7")
    stops(tracker, states[:10])
    tracker.set([*tracker.all, Breakpoint(2, "iteration >= 3")])
    assert stops(tracker, states[9:12]) == [10]
    assert [b.hits for b in tracker.all] == [1, 1]
    tracker.set([Breakpoint(1, "iteration >= 8"), tracker.all[1]])
    assert stops(tracker, states[11:14]) == [12]
    assert [b.hits for b in tracker.all] == [1, 1]


def test_the_nth_hit_and_later_hits_stop(states: list[WatchedState]) -> None:
    tracker = tracker_of("loss rises", hit=3)
    assert stops(tracker, states) == rises(states)[2:]
    tracker.restart()
    assert tracker.all[0].hits == 0


def test_hits_of_a_disabled_breakpoint_are_not_counted(states: list[WatchedState]) -> None:
    tracker = tracker_of("loss rises", enabled=False)
    assert not tracker.active
    assert stops(tracker, states) == []
    assert tracker.all[0].hits == 0


def test_a_condition_that_does_not_parse_never_stops_and_has_a_reason(
    states: list[WatchedState],
) -> None:
    tracker = tracker_of("loss falls")
    assert not tracker.active
    assert stops(tracker, states) == []
    (restored,) = tracker.all
    assert restored.condition is None
    assert isinstance(restored.problem, ConditionError)
    assert restored.problem.column == 5
    assert Breakpoint(1, "loss rises").problem is None


def test_hits_stay_while_other_breakpoints_change(states: list[WatchedState]) -> None:
    tracker = tracker_of("loss rises", "not finite")
    stops(tracker, states)
    hits = tracker.all[0].hits
    tracker.set([Breakpoint(1, "loss rises", enabled=False, hit=5), Breakpoint(7, "step > 1")])
    assert [b.hits for b in tracker.all] == [hits, 0]
    tracker.set([Breakpoint(1, "loss rises by 0.1")])
    assert [b.hits for b in tracker.all] == [0]


def test_a_breakpoint_that_was_deleted_and_restored_keeps_its_hits(
    states: list[WatchedState],
) -> None:
    tracker = tracker_of("loss rises")
    stops(tracker, states)
    before = tracker.all
    tracker.set([])
    stops(tracker, states)  # hits of a deleted breakpoint are not counted
    tracker.set(before)
    assert [b.hits for b in tracker.all] == [len(rises(states))]
    tracker.set([])
    tracker.restart()
    tracker.set(before)
    assert [b.hits for b in tracker.all] == [0]


def test_the_first_of_several_hits_stops_and_all_are_counted(states: list[WatchedState]) -> None:
    tracker = tracker_of("iteration = 3", "iteration >= 3", "iteration = 4")
    stop = None
    for a, b in pairwise(states[:4]):
        stop = tracker.check_states([a, b])
    assert stop == Stop(1, "iteration = 3", 3, None, "the iteration is 3")
    assert stop.summary == ("Breakpoint 1 (iteration = 3) at iteration 3: the iteration is 3.")
    assert [b.hits for b in tracker.all] == [1, 1, 0]


def test_a_stop_belongs_to_one_state_until_the_run_continues(states: list[WatchedState]) -> None:
    tracker = tracker_of("iteration = 3")
    stops(tracker, states[:4])
    stop = tracker.stop_at(states[3].parameters)
    assert stop is not None
    assert tracker.stop_at(states[2].parameters) is None
    tracker.clear_stop()
    assert tracker.stop_at(states[3].parameters) is None


def test_operations_stop_in_their_order_and_once_a_state(states: list[WatchedState]) -> None:
    tracker = tracker_of(
        "at filter_gradient", "at dense or at delta", "at sigmoid and iteration = 1"
    )
    seen = []
    for state in states[:2]:
        while (stop := tracker.check_operations(state)) is not None:
            seen.append((stop.iteration, stop.operation, stop.number))
            tracker.clear_stop()
        assert tracker.check_operations(state) is None
    order = ["dense", "delta", "filter_gradient"]
    numbers = [2, 2, 1]
    assert seen == [
        *zip([0] * 3, order, numbers, strict=True),
        (1, "sigmoid", 3),
        *zip([1] * 3, order, numbers, strict=True),
    ]
    assert [b.hits for b in tracker.all] == [2, 4, 1]


def test_an_operation_never_stops_a_run_between_iterations(states: list[WatchedState]) -> None:
    texts = [f"at {operation.name}" for operation in OPERATIONS]
    assert stops(tracker_of(*texts), states) == []


def test_an_operation_after_the_loss_has_risen(states: list[WatchedState]) -> None:
    tracker = tracker_of("at delta and loss rises")
    seen = []
    for a, b in pairwise(states):
        assert tracker.check_states([a, b]) is None
        if (stop := tracker.check_operations(b)) is not None:
            assert "the loss rose from" in stop.values
            assert stop.where == f"iteration {b.iteration}, before δ"
            seen.append(stop.iteration)
    assert seen == rises(states)


def test_saturation_is_computed_only_for_conditions_on_it() -> None:
    assert not tracker_of("loss rises").needs_saturation
    assert tracker_of("loss rises and saturated > 0.5").needs_saturation


def test_a_failed_iteration_is_not_finite_once(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer()
    tracker = tracker_of("iteration >= 0", "not finite")
    watcher = BreakpointWatcher(trainer, tracker)
    watcher.advance()

    def fail(*_: object) -> None:
        raise NonFiniteError("dense_update", "1 of 1728 values of wo are not finite.")

    monkeypatch.setattr(FastIteration, "update", fail)
    went_on, stop = watcher.advance()
    assert not went_on
    assert stop == Stop(
        2, "not finite", 1, None, "dense update: 1 of 1728 values of wo are not finite"
    )
    assert watcher.advance() == (False, None)
    assert [b.hits for b in tracker.all] == [1, 1]


def test_a_batch_without_a_deviation_is_not_finite(
    identical_images: Dataset, make_trainer: Callable[..., Trainer]
) -> None:
    trainer = make_trainer(identical_images, subset=5)
    watcher = BreakpointWatcher(trainer, tracker_of("not finite"))
    went_on, stop = watcher.advance()
    assert not went_on
    assert stop is not None
    assert stop.values.startswith("standardise: ")
    assert watcher.advance() == (False, None)


@pytest.mark.parametrize(
    ("text", "back_from", "may"),
    [
        ("at delta", None, False),  # every iteration has it
        ("at delta and loss > 0", None, True),
        ("loss rises", None, True),
        ("loss rises", 7, False),
    ],
)
def test_whether_a_stop_may_have_a_cause(text: str, back_from: int | None, may: bool) -> None:
    assert Stop(1, text, 3, None, "", back_from=back_from).may_have_cause == may
