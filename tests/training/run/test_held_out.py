"""States are evaluated on images that are not trained on, at intervals."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MissingDataError
from cnnviz.numerics.forward import single_pass
from cnnviz.numerics.rule import EXACT
from cnnviz.training.errors import RunFileError, SettingsError
from cnnviz.training.export.table import as_table
from cnnviz.training.files.recorder import record
from cnnviz.training.files.restore import restore
from cnnviz.training.files.run_file import read_run, write_run
from cnnviz.training.run.held_out import interval
from cnnviz.training.run.held_out_curve import NOT_EVALUATED
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

Make = Callable[..., Trainer]


def by_hand(trainer: Trainer, data: Dataset) -> tuple[float, float]:
    """Send each image forward by itself; return the loss and accuracy."""
    errors, right = [], []
    batch = trainer.forward
    assert batch is not None
    for image, label in zip(data.images, data.labels, strict=True):
        passed = single_pass(image.T / 255, trainer.parameters, batch.mean, batch.std)
        target = int(label > 4)
        errors.append((target - passed.o) ** 2 / 2)
        right.append((passed.o > 0.5) == target)
    return float(np.mean(errors)), float(np.mean(right))


def test_the_figures_are_those_of_single_pictures(make_trainer: Make, digits: Dataset) -> None:
    trainer = make_trainer(subset=60, rule=EXACT, learning_rate=100.0)
    trainer.held_out.switch(True, 30)
    for _ in range(3):
        trainer.step()
    trainer.evaluate_held_out()
    curve, view = trainer.curve.held_out, trainer.held_out.view
    assert view is not None
    assert (view.iteration, view.first, view.interval) == (3, 1767, 5)
    expected = by_hand(trainer, Dataset("last", digits.images[-30:], digits.labels[-30:]))
    assert (curve.loss[-1], curve.accuracy[-1]) == pytest.approx(expected, rel=1e-9)
    assert (view.predictions.loss, view.predictions.accuracy) == (curve.loss[-1], expected[1])
    assert curve.images.tolist() == [30]


def test_states_are_evaluated_every_so_many_iterations_and_on_demand(make_trainer: Make) -> None:
    trainer = make_trainer(subset=60)
    trainer.step()
    assert trainer.curve.held_out is NOT_EVALUATED
    trainer.held_out.switch(True, 30)
    for _ in range(10):
        trainer.step()
    assert trainer.curve.held_out.iteration.tolist() == [5, 10]
    trainer.go_to(7)
    trainer.evaluate_held_out()
    trainer.evaluate_held_out()
    assert trainer.curve.held_out.iteration.tolist() == [5, 7, 10]
    trainer.held_out.switch(False)
    trainer.evaluate_held_out()
    assert trainer.held_out.view is None


def test_a_fork_keeps_what_it_shares(make_trainer: Make) -> None:
    trainer = make_trainer(subset=60)
    trainer.held_out.switch(True, 30)
    for _ in range(10):
        trainer.step()
    whole = trainer.curve.held_out
    trainer.go_to(6)
    trainer.change(learning_rate=1.0)
    for _ in range(4):
        trainer.step()
    forked = trainer.curve.held_out
    assert forked.iteration.tolist() == [5, 10]
    assert forked.loss[0] == whole.loss[0]
    assert forked.loss[1] != whole.loss[1]
    trainer.discard_after(8)
    assert trainer.curve.held_out.iteration.tolist() == [5]


def test_another_subset_in_the_past_leaves_the_record_alone(make_trainer: Make) -> None:
    trainer = make_trainer(subset=60)
    trainer.held_out.switch(True, 30)
    for _ in range(6):
        trainer.step()
    trainer.go_to(5)
    before = trainer.curve.held_out
    trainer.change(subset=50)
    trainer.evaluate_held_out()
    view = trainer.held_out.view
    assert view is not None
    assert view.predictions.loss != before.loss[0]
    assert trainer.curve.held_out is before


def test_a_larger_subset_holds_out_fewer(make_trainer: Make) -> None:
    trainer = make_trainer(subset=20)
    trainer.held_out.switch(True, 30)
    trainer.evaluate_held_out()
    trainer.change(subset=1790)
    trainer.evaluate_held_out()
    assert trainer.curve.held_out.images.tolist() == [7]
    trainer.step()
    trainer.change(subset=20)  # the others have been trained on
    trainer.step()
    trainer.evaluate_held_out()
    assert trainer.curve.held_out.images.tolist()[-1] == 7
    trainer.change(subset=1797)
    trainer.evaluate_held_out()
    assert trainer.held_out.view is None


def test_an_undefined_batch_leaves_them_undefined(
    make_trainer: Make, identical_images: Dataset
) -> None:
    trainer = make_trainer(identical_images, subset=3)
    trainer.held_out.switch(True, 2)
    trainer.evaluate_held_out()
    assert np.isnan(trainer.curve.held_out.loss).tolist() == [True]
    view = trainer.held_out.view
    assert view is not None
    assert np.isnan(view.predictions.output).all()


def test_images_that_cannot_be_read_switch_it_off(make_trainer: Make, tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").touch()
    (tmp_path / "train-labels-idx1-ubyte").touch()
    (tmp_path / "t10k-images-idx3-ubyte").touch()
    trainer = make_trainer(source=str(tmp_path))
    trainer.held_out.switch(True)
    with pytest.raises(MissingDataError, match="test labels"):
        trainer.evaluate_held_out()
    trainer.evaluate_held_out()
    assert not trainer.held_out.on


def test_a_run_file_keeps_and_resumes_them(digits: Dataset, tmp_path: Path) -> None:
    settings, path = Settings(subset=60, rule=EXACT, learning_rate=50.0), tmp_path / "run.npz"
    recording = record(digits, settings, 7, held_out=30)
    write_run(path, recording.run)
    found = read_run(path).held_out
    assert found.iteration.tolist() == [0, 5, 7]
    for name in ("iteration", "loss", "accuracy", "images"):
        np.testing.assert_array_equal(getattr(found, name), getattr(recording.run.held_out, name))
    lines = as_table(recording.run).splitlines()
    assert lines[0].endswith(",held_out_loss,held_out_accuracy,held_out_images")
    assert [line.endswith(",30") for line in lines[1:]] == [True, *[False] * 4, True, False, True]
    assert f",{float(found.loss[1])!r}," in lines[6]
    trainer = restore(path)
    for _ in range(3):
        trainer.step()
    assert trainer.curve.held_out.iteration.tolist() == [0, 5, 7, 10]
    trainer.close()


def test_a_run_file_with_impossible_figures_is_refused(digits: Dataset, tmp_path: Path) -> None:
    run, path = record(digits, Settings(subset=4), 3, held_out=2).run, tmp_path / "run.npz"
    write_run(path, run)
    with np.load(path) as file:
        arrays = dict(file)
    for name, value in (
        ("held_out_iteration", np.array([0, 9])),
        ("held_out_iteration", np.array([3, 3])),
        ("held_out_loss", np.zeros(99)),
        ("held_out_images", np.array(["a", "b"])),
    ):
        np.savez(path, **{**arrays, name: value})
        with pytest.raises(RunFileError, match=r"held.out"):
            read_run(path)


def test_more_than_there_are_cannot_be_recorded(digits: Dataset) -> None:
    with pytest.raises(SettingsError, match="has 1,597 images beside the subset"):
        record(digits, Settings(), 1, held_out=1_598)


@given(held_out=st.integers(1, 60_000), trained=st.integers(2, 60_000))
def test_an_evaluation_is_spread_over_as_many_iterations_as_it_needs(
    held_out: int, trained: int
) -> None:
    every = interval(held_out, trained)
    assert every * trained >= 8 * held_out
    leading = int(str(every)[0])
    assert leading in (1, 2, 5)
    assert every == leading * 10 ** (len(str(every)) - 1)
    if every > 1:
        before = {1: every // 2, 2: every // 2, 5: 2 * every // 5}[leading]
        assert before * trained < 8 * held_out
