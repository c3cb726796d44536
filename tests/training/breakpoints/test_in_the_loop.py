"""The training loop stops at breakpoints."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer


class ManualLoop:
    """A training loop that runs in the thread of the test."""

    def __init__(self, trainer: Trainer) -> None:
        self.mailbox = Mailbox()
        self.trainer = trainer
        self.loop = TrainingLoop(trainer, self.mailbox)

    def frame(self) -> Frame:
        """Carry out the commands, run up to the next stop, and return the newest frame."""
        for _ in range(10_000):
            if not (self.loop.queue or self.loop._session.running):
                break
            self.loop._scheduler.run_once()
        frame = self.mailbox.take()
        assert frame is not None
        assert not frame.running
        return frame

    def breakpoints(self, *texts: str) -> None:
        self.loop.set_breakpoints(tuple(Breakpoint(i, t) for i, t in enumerate(texts, 1)))

    def run(self) -> Frame:
        self.loop.start()
        return self.frame()


@pytest.fixture
def manual(make_trainer: Callable[..., Trainer]) -> ManualLoop:
    return ManualLoop(make_trainer(subset=30, pause_on_warning=False))


@pytest.fixture
def losses(make_trainer: Callable[..., Trainer]) -> np.ndarray:
    trainer = make_trainer(subset=30, pause_on_warning=False)
    for _ in range(40):
        trainer.step()
    return trainer.curve.loss


def test_a_frame_without_breakpoints_has_none(manual: ManualLoop) -> None:
    manual.loop.step()
    frame = manual.frame()
    assert (frame.breakpoints, frame.stopped) == ((), None)


def test_a_run_stops_goes_on_and_stops_again(manual: ManualLoop, losses: np.ndarray) -> None:
    manual.breakpoints("loss rises")
    rises = np.flatnonzero(np.diff(losses) > 0) + 1
    assert len(rises) > 3
    for hits, iteration in enumerate(rises[:4].tolist(), 1):
        frame = manual.run()
        assert frame.iteration == frame.last == iteration
        assert frame.stopped is not None
        assert (frame.stopped.number, frame.stopped.iteration) == (1, iteration)
        assert f"{losses[iteration]:.3g}" in frame.stopped.values
        assert frame.breakpoints[0].hits == hits
        np.testing.assert_array_equal(frame.curve.loss, losses[: iteration + 1])


def test_a_run_goes_on_after_its_only_stop(manual: ManualLoop) -> None:
    manual.breakpoints("iteration = 5")
    assert manual.run().iteration == 5
    manual.loop.start()
    for _ in range(30):
        manual.loop._scheduler.run_once()
    manual.loop.pause()
    frame = manual.frame()
    assert frame.iteration > 25
    assert frame.stopped is None
    assert frame.breakpoints[0].hits == 1


def test_a_step_shows_the_stop_that_it_hits(manual: ManualLoop) -> None:
    manual.breakpoints("iteration = 2", "at delta and iteration = 7")
    for expected in (None, 2):
        manual.loop.step()
        frame = manual.frame()
        assert (frame.stopped.iteration if frame.stopped else None) == expected
    manual.loop.back()
    assert manual.frame().stopped is None
    manual.loop.step()
    assert manual.frame().stopped is not None  # each time


def test_an_operation_stops_in_the_middle_of_each_iteration(manual: ManualLoop) -> None:
    manual.breakpoints("at filter_gradient", "at delta")
    seen = []
    for _ in range(5):
        frame = manual.run()
        assert frame.stopped is not None
        seen.append((frame.iteration, frame.stopped.operation))
    assert seen == [
        (0, "delta"),
        (0, "filter_gradient"),
        (1, "delta"),
        (1, "filter_gradient"),
        (2, "delta"),
    ]


def test_back_to_before_the_condition_and_on_again(manual: ManualLoop) -> None:
    manual.breakpoints("iteration >= 20", "loss rises")
    frame = manual.run()
    while frame.iteration < 20:
        frame = manual.run()
    manual.loop.back_to_cause(1)
    frame = manual.frame()
    assert (frame.iteration, frame.last) == (19, 20)
    assert frame.stopped is not None
    assert frame.stopped.back_from == 20
    manual.loop.set_breakpoints((Breakpoint(1, "iteration >= 20"),))
    frame = manual.run()
    assert frame.iteration == 20
    assert frame.stopped is not None
    assert frame.stopped.back_from is None


def test_a_command_that_moves_the_run_ends_a_search(manual: ManualLoop) -> None:
    manual.breakpoints("saturated >= 0")
    for _ in range(6):
        manual.loop.step()
    manual.frame()
    manual.loop.back_to_cause(1)
    manual.loop.select(3)  # does not move the run
    assert manual.frame().iteration == 6
    message = manual.mailbox.take_message()
    assert message is not None
    assert "every state" in message.text
    manual.loop.back_to_cause(1)
    manual.loop.step()
    assert manual.frame().iteration == 7
    message = manual.mailbox.take_message()
    assert message is not None
    assert message.text.startswith("breakpoint 1 (saturated >= 0)") or "ended" in message.text


def test_a_reset_counts_hits_from_0_again(manual: ManualLoop) -> None:
    manual.breakpoints("iteration = 2")
    assert manual.run().breakpoints[0].hits == 1
    manual.loop.reset()
    frame = manual.frame()
    assert (frame.breakpoints[0].hits, frame.stopped) == (0, None)
    assert manual.run().iteration == 2


def test_the_latest_set_of_breakpoints_is_in_force(manual: ManualLoop) -> None:
    for iteration in (2, 3, 4):
        manual.breakpoints(f"iteration = {iteration}")
    frame = manual.run()
    assert frame.iteration == 4
    assert frame.done == manual.loop.sent


def test_an_operation_stops_with_the_debugger_before_it(manual: ManualLoop) -> None:
    manual.breakpoints("at filter_gradient and iteration = 2", "at patches and iteration = 3")
    frame = manual.run()
    assert frame.iteration == 2
    assert frame.debug is not None
    assert (frame.debug.iteration, frame.debug.position) == (2, 14)
    assert OPERATIONS[frame.debug.position].name == "filter_gradient"
    frame = manual.run()
    assert frame.iteration == 3
    assert frame.debug is not None
    assert (frame.debug.iteration, frame.debug.position) == (3, 0)
    manual.loop.debug_step()
    frame = manual.frame()
    assert frame.debug is not None
    assert frame.debug.position == 1


def test_finishing_an_iteration_stops_at_every_marked_operation(manual: ManualLoop) -> None:
    manual.breakpoints(
        "at delta", "at map_gradient and iteration = 0", "at average_over_images and iteration = 7"
    )
    for operation, number in (("delta", 1), ("map_gradient", 2)):
        manual.loop.finish_iteration()
        frame = manual.frame()
        assert frame.debug is not None
        assert OPERATIONS[frame.debug.position].name == operation
        assert frame.stopped is not None
        assert (frame.stopped.number, frame.stopped.operation) == (number, operation)
    manual.loop.finish_iteration()
    frame = manual.frame()
    assert (frame.iteration, frame.stopped) == (1, None)
    assert [b.hits for b in frame.breakpoints] == [1, 1, 0]


def test_running_to_an_operation_stops_at_a_marked_one_before_it(manual: ManualLoop) -> None:
    manual.breakpoints("at delta")
    places = {operation.name: place for place, operation in enumerate(OPERATIONS)}
    manual.loop.run_to_operation("average_over_images")
    assert (frame := manual.frame()).debug is not None
    assert frame.debug.position == places["delta"]
    manual.loop.run_to_operation("average_over_images")
    assert (frame := manual.frame()).debug is not None
    assert frame.debug.position == places["average_over_images"] + 1
    manual.loop.debug_back()
    manual.loop.debug_step()
    assert manual.frame().breakpoints[0].hits == 1


def test_a_run_passes_the_operation_at_which_stepping_has_stopped(manual: ManualLoop) -> None:
    manual.breakpoints("at delta")
    manual.loop.finish_iteration()
    assert manual.frame().iteration == 0
    frame = manual.run()
    assert frame.iteration == 1
    assert frame.debug is not None
    assert OPERATIONS[frame.debug.position].name == "delta"


def test_a_step_stops_at_an_operation_and_then_does_the_rest(manual: ManualLoop) -> None:
    manual.breakpoints("at delta", "at average_over_images and iteration = 1")
    seen = []
    for _ in range(5):
        manual.loop.step()
        frame = manual.frame()
        stop = frame.stopped
        seen.append((frame.iteration, stop.operation if stop else None))
        if stop is not None:
            assert frame.debug is not None
            assert OPERATIONS[frame.debug.position].name == stop.operation
    assert seen == [(0, "delta"), (1, None), (1, "delta"), (1, "average_over_images"), (2, None)]


@pytest.mark.parametrize("command", ["step", "start"])
def test_operations_that_are_done_stop_nothing(manual: ManualLoop, command: str) -> None:
    manual.loop.run_to_operation("error")
    manual.breakpoints("at dense", "at map_gradient")
    manual.loop.debug_step()  # δ
    manual.frame()
    getattr(manual.loop, command)()
    frame = manual.frame()
    assert frame.iteration == 0
    assert frame.stopped is not None
    assert frame.stopped.operation == "map_gradient"
