"""Held-out images in the training thread: at once where it is paused, spread out where it runs."""

from collections.abc import Callable

import numpy as np

from cnnviz.training.loop.hold_out import HoldOut, hold_out
from cnnviz.training.run.held_out import interval
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import Driver

Make = Callable[..., Trainer]


def test_every_paused_state_is_evaluated(driver: Driver) -> None:
    frame = driver.after(driver.loop.hold_out(True))
    assert frame.held_out is not None
    assert frame.held_out.iteration == 0
    for _ in range(2):
        frame = driver.after(driver.loop.step())
    assert frame.held_out is not None
    assert frame.held_out.iteration == 2
    assert frame.curve.held_out.iteration.tolist() == [0, 1, 2]
    assert driver.after(driver.loop.hold_out(False)).held_out is None


def test_a_run_as_fast_as_possible_is_evaluated_every_so_many_iterations(driver: Driver) -> None:
    driver.loop.change(subset=300, dtype="float32")
    frame = driver.after(driver.loop.hold_out(True))
    assert frame.held_out is not None
    every = interval(len(frame.held_out.dataset), frame.settings.subset)
    assert frame.held_out.interval == every
    driver.run()
    driver.until(lambda frame: frame.iteration > 2 * every)
    driver.after(driver.loop.pause())
    frame = driver.after(driver.loop.select(0))
    at = frame.curve.held_out.iteration
    assert at[-1] == frame.iteration
    np.testing.assert_array_equal(at[:-1], np.arange(0, frame.iteration, every))


def test_nothing_is_held_out_of_data_that_is_all_trained_on(driver: Driver) -> None:
    n = len(driver.trainer.dataset)
    driver.after(driver.loop.change(subset=n))
    frame = driver.after(driver.loop.hold_out(True))
    assert f"all {n:,} are trained on" in driver.message().text
    assert frame.held_out is None
    assert not driver.trainer.held_out.on


def test_the_number_is_chosen_and_kept(driver: Driver) -> None:
    frame = driver.after(driver.loop.hold_out(True, 100))
    assert frame.held_out is not None
    assert (len(frame.held_out.dataset), frame.held_out.first) == (100, 1697)
    driver.after(driver.loop.hold_out(False))
    frame = driver.after(driver.loop.hold_out(True))  # as many as before
    assert frame.held_out is not None
    assert len(frame.held_out.dataset) == 100
    frame = driver.after(driver.loop.hold_out_share(0.5))
    assert frame.held_out is not None
    assert len(frame.held_out.dataset) == 898  # of 1,797
    assert frame.curve.held_out.images[-1] == 898


def test_more_than_there_are_is_refused(driver: Driver) -> None:
    driver.after(driver.loop.hold_out(True, 100))
    frame = driver.after(driver.loop.hold_out(True, 1_797))
    there = 1_797 - frame.settings.subset
    name = driver.trainer.dataset.name
    assert driver.message().text == (
        f"1,797 images cannot be held out: {name} has {there:,} images beside the subset."
    )
    driver.after(driver.loop.step())
    frame = driver.after(driver.loop.step())
    assert frame.held_out is not None
    assert len(frame.held_out.dataset) == 100


def test_the_number_of_held_out_images_is_undone_and_redone_by_name(driver: Driver) -> None:
    def count(command: int) -> int:
        frame = driver.after(command)
        return 0 if frame.held_out is None else len(frame.held_out.dataset)

    frame = driver.after(driver.loop.hold_out(True))
    assert frame.held_out is not None
    default = len(frame.held_out.dataset)
    assert frame.undo == f"held-out images none → {default}"
    frame = driver.after(driver.loop.hold_out(True, default))  # as many as there are
    assert frame.undo == f"held-out images none → {default}"
    frame = driver.after(driver.loop.hold_out_share(0.5))
    assert frame.undo == f"held-out images {default} → 898"
    assert count(driver.loop.undo()) == default
    frame = driver.after(driver.loop.undo())
    assert frame.held_out is None
    assert frame.redo == f"held-out images none → {default}"
    assert count(driver.loop.redo()) == default
    assert count(driver.loop.redo()) == 898
    assert count(driver.loop.hold_out(True, 5_000)) == 898  # refused, so nothing new to undo
    assert count(driver.loop.undo()) == default


def test_held_out_images_of_a_smaller_subset_are_undone_to_none(driver: Driver) -> None:
    driver.after(driver.loop.hold_out(True, 100))
    frame = driver.after(driver.loop.change(subset=5))
    assert frame.undo.startswith("n ")
    driver.after(driver.loop.undo())
    assert driver.after(driver.loop.undo()).held_out is None


def test_the_number_is_known_before_the_first_evaluation(make_trainer: Make) -> None:
    trainer = make_trainer(subset=4)
    hold_out(trainer, True, 100)
    trainer.change(subset=8)
    trainer.step()  # between two evaluations
    assert trainer.held_out.view is None
    assert HoldOut.of(trainer).words == "100"
