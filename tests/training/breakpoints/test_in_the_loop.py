"""The training loop under breakpoints, turn by turn."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer


class Scheduler:
    """A loop whose turns the test takes itself, in its own thread."""

    def __init__(self, trainer: Trainer) -> None:
        self.mailbox = Mailbox()
        self.trainer = trainer
        self.loop = TrainingLoop(trainer, self.mailbox)

    def frame(self) -> Frame:
        """Carry out what was asked for, up to the next stop, and return the newest frame."""
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
def turns(make_trainer: Callable[..., Trainer]) -> Scheduler:
    return Scheduler(make_trainer(subset=30, pause_on_warning=False))


@pytest.fixture
def losses(make_trainer: Callable[..., Trainer]) -> np.ndarray:
    trainer = make_trainer(subset=30, pause_on_warning=False)
    for _ in range(40):
        trainer.step()
    return trainer.curve.loss


def test_a_frame_without_breakpoints_has_none(turns: Scheduler) -> None:
    turns.loop.step()
    frame = turns.frame()
    assert (frame.breakpoints, frame.stopped) == ((), None)


def test_a_run_stops_goes_on_and_stops_again(turns: Scheduler, losses: np.ndarray) -> None:
    turns.breakpoints("loss rises")
    rises = np.flatnonzero(np.diff(losses) > 0) + 1
    assert len(rises) > 3
    for hits, iteration in enumerate(rises[:4].tolist(), 1):
        frame = turns.run()
        assert frame.iteration == frame.last == iteration
        assert frame.stopped is not None
        assert (frame.stopped.number, frame.stopped.iteration) == (1, iteration)
        assert f"{losses[iteration]:.3g}" in frame.stopped.values
        assert frame.breakpoints[0].hits == hits
        np.testing.assert_array_equal(frame.curve.loss, losses[: iteration + 1])


def test_a_run_that_goes_on_stops_for_nothing_else(turns: Scheduler) -> None:
    turns.breakpoints("iteration = 5")
    assert turns.run().iteration == 5
    turns.loop.start()
    for _ in range(30):
        turns.loop._scheduler.run_once()
    turns.loop.pause()
    frame = turns.frame()
    assert frame.iteration > 25
    assert frame.stopped is None
    assert frame.breakpoints[0].hits == 1


def test_a_step_says_what_it_hits(turns: Scheduler) -> None:
    turns.breakpoints("iteration = 2", "at delta and iteration = 7")
    for expected in (None, 2):
        turns.loop.step()
        frame = turns.frame()
        assert (frame.stopped.iteration if frame.stopped else None) == expected
    turns.loop.back()
    assert turns.frame().stopped is None
    turns.loop.step()
    assert turns.frame().stopped is not None  # whoever comes again is told again


def test_an_operation_stops_in_the_middle_of_each_iteration(turns: Scheduler) -> None:
    turns.breakpoints("at filter_gradient", "at delta")
    seen = []
    for _ in range(5):
        frame = turns.run()
        assert frame.stopped is not None
        seen.append((frame.iteration, frame.stopped.operation))
    assert seen == [
        (0, "delta"),
        (0, "filter_gradient"),
        (1, "delta"),
        (1, "filter_gradient"),
        (2, "delta"),
    ]


def test_back_to_the_cause_and_on_again(turns: Scheduler) -> None:
    turns.breakpoints("iteration >= 20", "loss rises")
    frame = turns.run()
    while frame.iteration < 20:
        frame = turns.run()
    turns.loop.back_to_cause(1)
    frame = turns.frame()
    assert (frame.iteration, frame.last) == (19, 20)
    assert frame.stopped is not None
    assert frame.stopped.back_from == 20
    turns.loop.set_breakpoints((Breakpoint(1, "iteration >= 20"),))
    frame = turns.run()
    assert frame.iteration == 20
    assert frame.stopped is not None
    assert frame.stopped.back_from is None


def test_a_search_gives_way_to_a_command_that_moves_the_run(turns: Scheduler) -> None:
    turns.breakpoints("saturated >= 0")
    for _ in range(6):
        turns.loop.step()
    turns.frame()
    turns.loop.back_to_cause(1)
    turns.loop.select(3)  # this one does not
    assert turns.frame().iteration == 6
    message = turns.mailbox.take_message()
    assert message is not None
    assert "every state" in message.text
    turns.loop.back_to_cause(1)
    turns.loop.step()
    assert turns.frame().iteration == 7
    message = turns.mailbox.take_message()
    assert message is not None
    assert message.text.startswith("breakpoint 1 (saturated >= 0)") or "ended" in message.text


def test_hits_begin_anew_with_the_run(turns: Scheduler) -> None:
    turns.breakpoints("iteration = 2")
    assert turns.run().breakpoints[0].hits == 1
    turns.loop.reset()
    frame = turns.frame()
    assert (frame.breakpoints[0].hits, frame.stopped) == (0, None)
    assert turns.run().iteration == 2


def test_only_the_latest_of_several_sets_counts(turns: Scheduler) -> None:
    for iteration in (2, 3, 4):
        turns.breakpoints(f"iteration = {iteration}")
    frame = turns.run()
    assert frame.iteration == 4
    assert frame.done == turns.loop.sent


def test_an_operation_stops_with_the_debugger_before_it(turns: Scheduler) -> None:
    turns.breakpoints("at filter_gradient and iteration = 2", "at patches and iteration = 3")
    frame = turns.run()
    assert frame.iteration == 2
    assert frame.debug is not None
    assert (frame.debug.iteration, frame.debug.position) == (2, 14)
    assert OPERATIONS[frame.debug.position].name == "filter_gradient"
    frame = turns.run()
    assert frame.iteration == 3
    assert frame.debug is not None
    assert (frame.debug.iteration, frame.debug.position) == (3, 0)
    turns.loop.debug_step()
    frame = turns.frame()
    assert frame.debug is not None
    assert frame.debug.position == 1


def test_finishing_an_iteration_stops_at_every_operation_that_is_marked(turns: Scheduler) -> None:
    turns.breakpoints(
        "at delta", "at map_gradient and iteration = 0", "at average_over_images and iteration = 7"
    )
    for operation, number in (("delta", 1), ("map_gradient", 2)):
        turns.loop.finish_iteration()
        frame = turns.frame()
        assert frame.debug is not None
        assert OPERATIONS[frame.debug.position].name == operation
        assert frame.stopped is not None
        assert (frame.stopped.number, frame.stopped.operation) == (number, operation)
    turns.loop.finish_iteration()
    frame = turns.frame()
    assert (frame.iteration, frame.stopped) == (1, None)
    assert [b.hits for b in frame.breakpoints] == [1, 1, 0]


def test_running_to_an_operation_stops_before_it_where_another_is_marked(turns: Scheduler) -> None:
    turns.breakpoints("at delta")
    places = {operation.name: place for place, operation in enumerate(OPERATIONS)}
    turns.loop.run_to_operation("average_over_images")
    assert (frame := turns.frame()).debug is not None
    assert frame.debug.position == places["delta"]
    turns.loop.run_to_operation("average_over_images")
    assert (frame := turns.frame()).debug is not None
    assert frame.debug.position == places["average_over_images"] + 1
    turns.loop.debug_back()
    turns.loop.debug_step()
    assert turns.frame().breakpoints[0].hits == 1


def test_a_run_after_a_stop_on_the_way_through_an_iteration_passes_it(turns: Scheduler) -> None:
    turns.breakpoints("at delta")
    turns.loop.finish_iteration()
    assert turns.frame().iteration == 0
    frame = turns.run()
    assert frame.iteration == 1
    assert frame.debug is not None
    assert OPERATIONS[frame.debug.position].name == "delta"


def test_a_step_stops_at_an_operation_and_then_does_the_rest(turns: Scheduler) -> None:
    turns.breakpoints("at delta", "at average_over_images and iteration = 1")
    seen = []
    for _ in range(5):
        turns.loop.step()
        frame = turns.frame()
        stop = frame.stopped
        seen.append((frame.iteration, stop.operation if stop else None))
        if stop is not None:
            assert frame.debug is not None
            assert OPERATIONS[frame.debug.position].name == stop.operation
    assert seen == [(0, "delta"), (1, None), (1, "delta"), (1, "average_over_images"), (2, None)]


@pytest.mark.parametrize("command", ["step", "start"])
def test_operations_that_are_done_stop_nothing_any_more(turns: Scheduler, command: str) -> None:
    turns.loop.run_to_operation("error")
    turns.breakpoints("at dense", "at map_gradient")
    turns.loop.debug_step()  # δ
    turns.frame()
    getattr(turns.loop, command)()
    frame = turns.frame()
    assert frame.iteration == 0
    assert frame.stopped is not None
    assert frame.stopped.operation == "map_gradient"
