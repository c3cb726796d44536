"""The training loop stops at breakpoints."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import Driver, Gate


class Runner(Driver):
    """A loop that waits for each command to be carried out."""

    def frame_at_rest(self) -> Frame:
        """Return the frame after all commands, in which training does not run."""
        last = self.loop.sent
        return self.until(lambda frame: frame.done >= last and not frame.running)

    def breakpoints(self, *texts: str) -> None:
        self.loop.set_breakpoints(tuple(Breakpoint(i, t) for i, t in enumerate(texts, 1)))

    def run_to_stop(self) -> Frame:
        self.loop.start()
        return self.frame_at_rest()


@pytest.fixture
def runner(make_trainer: Callable[..., Trainer]) -> Iterator[Runner]:
    made = Runner(make_trainer(subset=30, pause_on_warning=False))
    made.thread.start()
    yield made
    made.end()


@pytest.fixture
def losses(make_trainer: Callable[..., Trainer]) -> np.ndarray:
    trainer = make_trainer(subset=30, pause_on_warning=False)
    for _ in range(40):
        trainer.step()
    return trainer.curve.loss


def test_a_frame_without_breakpoints_has_none(runner: Runner) -> None:
    runner.loop.step()
    frame = runner.frame_at_rest()
    assert (frame.breakpoints, frame.stopped) == ((), None)


def test_a_run_stops_goes_on_and_stops_again(runner: Runner, losses: np.ndarray) -> None:
    runner.breakpoints("loss rises")
    rises = np.flatnonzero(np.diff(losses) > 0) + 1
    assert len(rises) > 3
    for hits, iteration in enumerate(rises[:4].tolist(), 1):
        frame = runner.run_to_stop()
        assert frame.iteration == frame.last == iteration
        assert frame.stopped is not None
        assert (frame.stopped.number, frame.stopped.iteration) == (1, iteration)
        assert f"{losses[iteration]:.3g}" in frame.stopped.values
        assert frame.breakpoints[0].hits == hits
        np.testing.assert_array_equal(frame.curve.loss, losses[: iteration + 1])


def test_a_run_goes_on_after_its_only_stop(runner: Runner) -> None:
    runner.breakpoints("iteration = 5")
    assert runner.run_to_stop().iteration == 5
    runner.loop.start()
    runner.until(lambda frame: frame.iteration > 25)
    runner.loop.pause()
    frame = runner.frame_at_rest()
    assert frame.iteration > 25
    assert frame.stopped is None
    assert frame.breakpoints[0].hits == 1


def test_a_step_shows_the_stop_that_it_hits(runner: Runner) -> None:
    runner.breakpoints("iteration = 2", "at delta and iteration = 7")
    for expected in (None, 2):
        runner.loop.step()
        frame = runner.frame_at_rest()
        assert (frame.stopped.iteration if frame.stopped else None) == expected
    runner.loop.back()
    assert runner.frame_at_rest().stopped is None
    runner.loop.step()
    assert runner.frame_at_rest().stopped is not None  # each time


def test_an_operation_stops_in_the_middle_of_each_iteration(runner: Runner) -> None:
    runner.breakpoints("at filter_gradient", "at delta")
    seen = []
    for _ in range(5):
        frame = runner.run_to_stop()
        assert frame.stopped is not None
        seen.append((frame.iteration, frame.stopped.operation))
    assert seen == [
        (0, "delta"),
        (0, "filter_gradient"),
        (1, "delta"),
        (1, "filter_gradient"),
        (2, "delta"),
    ]


def test_back_to_before_the_condition_and_on_again(runner: Runner) -> None:
    runner.breakpoints("iteration >= 20", "loss rises")
    frame = runner.run_to_stop()
    while frame.iteration < 20:
        frame = runner.run_to_stop()
    runner.loop.back_to_cause(1)
    frame = runner.frame_at_rest()
    assert (frame.iteration, frame.last) == (19, 20)
    assert frame.stopped is not None
    assert frame.stopped.back_from == 20
    runner.loop.set_breakpoints((Breakpoint(1, "iteration >= 20"),))
    frame = runner.run_to_stop()
    assert frame.iteration == 20
    assert frame.stopped is not None
    assert frame.stopped.back_from is None


def test_a_command_that_moves_the_run_ends_a_search(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.breakpoints("saturated >= 0")
    for _ in range(6):
        runner.loop.step()
    runner.frame_at_rest()
    runner.loop.back_to_cause(1)
    runner.loop.select(3)  # does not move the run
    assert runner.frame_at_rest().iteration == 6
    assert "every state" in runner.message().text
    gate = Gate(runner.trainer, "step", monkeypatch)
    runner.loop.step()
    gate.wait()
    runner.loop.back_to_cause(1)
    runner.loop.step()
    gate.opened.set()
    assert runner.frame_at_rest().iteration == 8
    assert "the search for the cause of breakpoint 1" in (text := runner.message().text)
    assert "was ended at iteration" in text


def test_a_reset_counts_hits_from_0_again(runner: Runner) -> None:
    runner.breakpoints("iteration = 2")
    assert runner.run_to_stop().breakpoints[0].hits == 1
    runner.loop.reset()
    frame = runner.frame_at_rest()
    assert (frame.breakpoints[0].hits, frame.stopped) == (0, None)
    assert runner.run_to_stop().iteration == 2


def test_the_latest_set_of_breakpoints_is_in_force(runner: Runner) -> None:
    for iteration in (2, 3, 4):
        runner.breakpoints(f"iteration = {iteration}")
    frame = runner.run_to_stop()
    assert frame.iteration == 4
    assert frame.done == runner.loop.sent


def test_an_operation_stops_with_the_debugger_before_it(runner: Runner) -> None:
    runner.breakpoints("at filter_gradient and iteration = 2", "at patches and iteration = 3")
    frame = runner.run_to_stop()
    assert frame.iteration == 2
    assert frame.debug is not None
    assert (frame.debug.iteration, frame.debug.position) == (2, 14)
    assert OPERATIONS[frame.debug.position].name == "filter_gradient"
    frame = runner.run_to_stop()
    assert frame.iteration == 3
    assert frame.debug is not None
    assert (frame.debug.iteration, frame.debug.position) == (3, 0)
    runner.loop.debug_step()
    frame = runner.frame_at_rest()
    assert frame.debug is not None
    assert frame.debug.position == 1


def test_finishing_an_iteration_stops_at_every_marked_operation(runner: Runner) -> None:
    runner.breakpoints(
        "at delta", "at map_gradient and iteration = 0", "at average_over_images and iteration = 7"
    )
    for operation, number in (("delta", 1), ("map_gradient", 2)):
        runner.loop.finish_iteration()
        frame = runner.frame_at_rest()
        assert frame.debug is not None
        assert OPERATIONS[frame.debug.position].name == operation
        assert frame.stopped is not None
        assert (frame.stopped.number, frame.stopped.operation) == (number, operation)
    runner.loop.finish_iteration()
    frame = runner.frame_at_rest()
    assert (frame.iteration, frame.stopped) == (1, None)
    assert [b.hits for b in frame.breakpoints] == [1, 1, 0]


def test_running_to_an_operation_stops_at_a_marked_one_before_it(runner: Runner) -> None:
    runner.breakpoints("at delta")
    places = {operation.name: place for place, operation in enumerate(OPERATIONS)}
    runner.loop.run_to_operation("average_over_images")
    assert (frame := runner.frame_at_rest()).debug is not None
    assert frame.debug.position == places["delta"]
    runner.loop.run_to_operation("average_over_images")
    assert (frame := runner.frame_at_rest()).debug is not None
    assert frame.debug.position == places["average_over_images"] + 1
    runner.loop.debug_back()
    runner.loop.debug_step()
    assert runner.frame_at_rest().breakpoints[0].hits == 1


def test_a_run_passes_the_operation_at_which_stepping_has_stopped(runner: Runner) -> None:
    runner.breakpoints("at delta")
    runner.loop.finish_iteration()
    assert runner.frame_at_rest().iteration == 0
    frame = runner.run_to_stop()
    assert frame.iteration == 1
    assert frame.debug is not None
    assert OPERATIONS[frame.debug.position].name == "delta"


def test_a_step_stops_at_an_operation_and_then_does_the_rest(runner: Runner) -> None:
    runner.breakpoints("at delta", "at average_over_images and iteration = 1")
    seen = []
    for _ in range(5):
        runner.loop.step()
        frame = runner.frame_at_rest()
        stop = frame.stopped
        seen.append((frame.iteration, stop.operation if stop else None))
        if stop is not None:
            assert frame.debug is not None
            assert OPERATIONS[frame.debug.position].name == stop.operation
    assert seen == [(0, "delta"), (1, None), (1, "delta"), (1, "average_over_images"), (2, None)]


@pytest.mark.parametrize("command", ["step", "start"])
def test_operations_that_are_done_stop_nothing(runner: Runner, command: str) -> None:
    runner.loop.run_to_operation("error")
    runner.breakpoints("at dense", "at map_gradient")
    runner.loop.debug_step()  # δ
    runner.frame_at_rest()
    getattr(runner.loop, command)()
    frame = runner.frame_at_rest()
    assert frame.iteration == 0
    assert frame.stopped is not None
    assert frame.stopped.operation == "map_gradient"
