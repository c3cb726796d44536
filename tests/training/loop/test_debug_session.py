"""The debugger's commands through the training thread."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.loop import command_queue, debug_session
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import Driver

POSITION_OF = {operation.name: position for position, operation in enumerate(OPERATIONS)}


@pytest.fixture
def driver(make_trainer: Callable[..., Trainer]) -> Iterator[Driver]:
    made = Driver(make_trainer(subset=6))
    made.thread.start()
    yield made
    made.loop.stop()
    made.thread.join()


def shown(frame: Frame) -> DebugView:
    assert frame.debug is not None
    return frame.debug


def test_debugging_starts_only_on_request(driver: Driver) -> None:
    assert driver.after(driver.loop.step()).debug is None
    assert shown(driver.after(driver.loop.debug(True))).position == 0
    assert driver.after(driver.loop.debug(False)).debug is None


def test_commands_move_within_an_iteration(driver: Driver) -> None:
    loop = driver.loop
    assert shown(driver.after(loop.debug_step())).position == 1
    assert shown(driver.after(loop.run_to_operation("delta"))).position == POSITION_OF["delta"] + 1
    assert shown(driver.after(loop.debug_back())).position == POSITION_OF["delta"]
    assert shown(driver.after(loop.run_to_operation("dense"))).position == POSITION_OF["dense"] + 1
    frame = driver.after(loop.finish_iteration())
    assert (shown(frame).position, frame.iteration) == (16, 1)
    frame = driver.after(loop.restart_iteration())
    assert (shown(frame).position, frame.iteration) == (0, 0)


def test_two_finished_iterations_are_two_of_the_readable_path(driver: Driver) -> None:
    parameters, batch = driver.trainer.parameters, driver.trainer.batch
    settings = driver.trainer.settings
    for _ in range(2):
        parameters = updated(iterate(batch, parameters, settings.rule, settings.learning_rate))
    driver.loop.finish_iteration()
    frame = driver.after(driver.loop.finish_iteration())
    assert frame.iteration == 2
    np.testing.assert_array_equal(frame.parameters.f, parameters.f)
    np.testing.assert_array_equal(frame.parameters.wo, parameters.wo)


def test_running_leaves_it_and_pausing_starts_at_the_new_state(driver: Driver) -> None:
    driver.loop.run_to_operation("delta")
    running = driver.after(driver.loop.start())
    assert running.running
    assert running.debug is None
    paused = driver.after(driver.loop.pause())
    assert shown(paused).position == 0
    assert shown(paused).iteration == paused.iteration


def test_a_cell_is_explained_and_follows_the_image(driver: Driver) -> None:
    driver.loop.finish_iteration()
    frame = driver.after(driver.loop.explain(Point("G", (5, 2))))
    assert shown(frame).point == Point("G", (5, 2))
    frame = driver.after(driver.loop.select(4))
    explanation = shown(frame).explanation
    assert explanation is not None
    assert explanation.index == (5, 4)


def test_a_large_batch_shows_its_image_during_computation(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debug_session, "IMAGE_FIRST", 5)
    seen: list[DebugView] = []
    put = driver.mailbox.put

    def watch(frame: Frame) -> None:
        if frame.debug is not None:
            seen.append(frame.debug)
        put(frame)

    monkeypatch.setattr(driver.mailbox, "put", watch)
    driver.loop.select(3)
    driver.after(driver.loop.run_to_operation("correlate"))
    under_way = [view for view in seen if view.computing == "correlate"]
    assert len(under_way) == 1
    assert under_way[0].tensors["C"].image == 3
    assert seen[-1].computing is None
    assert seen[-1].tensors["C"].values.shape == (6, 3, 24, 24)


def test_too_little_memory_is_reported(
    driver: Driver,
    monkeypatch: pytest.MonkeyPatch,
    is_one_sentence: Callable[[object], str],
) -> None:
    monkeypatch.setattr("cnnviz.training.limits.machine_memory", lambda: 500_000)
    frame = driver.after(driver.loop.debug_step())
    assert shown(frame).position == 0
    text = is_one_sentence(driver.message().text)
    assert text.startswith("stepping through 6 images takes")


def test_running_operations_yield_to_another_command(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_queue, "_GRACE", -1.0)
    driver = Driver(make_trainer(subset=6))
    driver.loop.finish_iteration()
    driver.loop.select(2)  # is no such command
    last = driver.loop.restart_iteration()
    driver.thread.start()
    frame = driver.after(last)
    assert shown(frame).position == 0
    assert frame.last == 0  # the iteration was never finished
    driver.loop.finish_iteration()
    frame = driver.after(driver.loop.finish_iteration())  # another of the same waits its turn
    assert frame.last == 2
    driver.loop.stop()
    driver.thread.join()
