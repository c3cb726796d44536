"""A trainer with breakpoints: stopping it, leaving it unchanged, and going back."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.breakpoints.evaluate import held
from cnnviz.training.breakpoints.parser import parse
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.breakpoints.window import window_of
from cnnviz.training.errors import NoCauseError
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher, state_of
from cnnviz.training.loop.cause import go_to_cause
from cnnviz.training.run import kept_parameters
from cnnviz.training.run.trainer import Trainer

CONDITIONS = (
    "iteration >= 12",
    "loss > 0.09",
    "loss rises",
    "saturated > 0.3",
    "step > 0.05",
    "filter 2 changes",
    "any image flips",
    "saturated > 0.3 and loss < 0.2",
)


def never() -> bool:
    return False


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_breakpoints_change_nothing(make_trainer: Callable[..., Trainer], dtype: str) -> None:
    plain = make_trainer(subset=30, dtype=dtype, pause_on_warning=False)
    watched = make_trainer(subset=30, dtype=dtype, pause_on_warning=False)
    tracker = BreakpointTracker()
    tracker.set(Breakpoint(i, text) for i, text in enumerate((*CONDITIONS, "at delta")))
    watcher = BreakpointWatcher(watched, tracker)
    for _ in range(25):
        plain.step()
        watcher.check_operations()
        assert watcher.advance()[0]
        assert plain.parameters.f.tobytes() == watched.parameters.f.tobytes()
        assert plain.parameters.wo.tobytes() == watched.parameters.wo.tobytes()
    assert sum(b.hits for b in tracker.all) > 25
    np.testing.assert_array_equal(plain.curve.loss, watched.curve.loss)


def test_without_active_breakpoints_no_state_is_collected(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnviz.training.loop import breakpoint_watcher

    def refused(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(breakpoint_watcher, "state_of", refused)
    trainer, tracker = make_trainer(), BreakpointTracker()
    tracker.set([Breakpoint(1, "loss rises", enabled=False), Breakpoint(2, "no condition")])
    watcher = BreakpointWatcher(trainer, tracker)
    assert watcher.check_operations() is None
    assert watcher.advance() == (True, None)


def test_the_share_of_saturated_units_of_a_past_state_stays_the_same(
    make_trainer: Callable[..., Trainer],
) -> None:
    trainer = make_trainer(subset=30, pause_on_warning=False)
    first = []
    for _ in range(12):
        first.append(trainer.current_state.saturated)
        trainer.step()
    for i in (11, 3, 0, 7):
        trainer.go_to(i)
        assert state_of(trainer).saturated == first[i]
    assert len(set(first)) > 3


@pytest.mark.parametrize("text", CONDITIONS)
def test_the_run_goes_back_to_the_latest_state_without_the_condition(
    make_trainer: Callable[..., Trainer], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_parameters, "RECENT", 4)  # so that states are recomputed
    trainer = make_trainer(subset=30, pause_on_warning=False)
    states = [state_of(trainer)]
    for _ in range(30):
        trainer.step()
        states.append(state_of(trainer))
    holding = held(parse(text), window_of(states)).tolist()
    tracker = BreakpointTracker()
    tracker.set([Breakpoint(1, text)])
    origins = [i for i in range(1, 31) if holding[i]][-3:]
    assert origins
    for origin in origins:
        trainer.go_to(origin)
        if all(holding[:origin]):
            with pytest.raises(NoCauseError, match="every state"):
                go_to_cause(trainer, tracker, 1, never)
            continue
        go_to_cause(trainer, tracker, 1, never)
        expected = max(i for i in range(origin) if not holding[i])
        assert trainer.iteration == expected
        assert trainer.parameters.wo.tobytes() == states[expected].parameters.wo.tobytes()
        stop = tracker.stop_at(trainer.parameters)
        assert stop is not None
        assert (stop.iteration, stop.back_from) == (expected, origin)
        assert f"the latest before {origin} at which breakpoint 1 ({text})" in stop.summary


@pytest.mark.parametrize("text", ["iteration >= 0", "saturated >= 0", "at delta"])
def test_a_condition_that_has_always_held_has_no_cause(
    make_trainer: Callable[..., Trainer], text: str, is_one_sentence: Callable[[object], str]
) -> None:
    trainer = make_trainer(subset=6)
    tracker = BreakpointTracker()
    tracker.set([Breakpoint(4, text)])
    for _ in range(5):
        trainer.step()
    BreakpointWatcher(trainer, tracker).check_operations()
    trainer.change(learning_rate=2.0)
    with pytest.raises(NoCauseError) as caught:
        go_to_cause(trainer, tracker, 4, never)
    assert f"breakpoint 4 ({text})" in is_one_sentence(caught.value)
    assert trainer.iteration == 5
    assert trainer.settings.learning_rate == 2.0  # the new setting is kept


def test_an_interrupted_search_changes_nothing(
    make_trainer: Callable[..., Trainer], is_one_sentence: Callable[[object], str]
) -> None:
    trainer = make_trainer(subset=6)
    tracker = BreakpointTracker()
    tracker.set([Breakpoint(1, "saturated >= 0")])
    for _ in range(20):
        trainer.step()
    trainer.change(learning_rate=2.0)
    stop = Stop(1, "saturated >= 0", 20, None, "")
    tracker.set_stop(stop, trainer.parameters)
    for allowed in (0, 1, 8):
        asked: list[int] = []

        def interrupted(asked: list[int] = asked, allowed: int = allowed) -> bool:
            asked.append(trainer.iteration)
            return len(asked) > allowed

        with pytest.raises(NoCauseError) as caught:
            go_to_cause(trainer, tracker, 1, interrupted)
        assert "was ended at iteration " in is_one_sentence(caught.value)
        assert trainer.iteration == 20
        assert trainer.settings.learning_rate == 2.0
        assert tracker.stop_at(trainer.parameters) == stop
        assert min(asked) > 5


def test_a_breakpoint_that_does_not_exist_or_parse_has_no_cause(
    make_trainer: Callable[..., Trainer], is_one_sentence: Callable[[object], str]
) -> None:
    tracker = BreakpointTracker()
    tracker.set([Breakpoint(1, "never")])
    for number in (1, 2):
        with pytest.raises(NoCauseError) as caught:
            go_to_cause(make_trainer(), tracker, number, never)
        is_one_sentence(caught.value)
