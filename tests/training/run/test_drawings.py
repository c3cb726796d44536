"""Drawings that are kept: trained on, erased, in branches and in run files."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch
from cnnviz.numerics.operations import iterate, updated
from cnnviz.training.errors import RunFileError, SettingsError
from cnnviz.training.export.moment import Moment
from cnnviz.training.files.restore import restore
from cnnviz.training.files.run_file import read_run, write_run
from cnnviz.training.pixels import DrawnImage, Pixel
from cnnviz.training.run.trainer import Trainer
from tests.training.recorded import run_of

Make = Callable[..., Trainer]
RING = np.pad(np.full((12, 12), 200, np.uint8), 8)


def ring(image: int, label: int = 8) -> DrawnImage:
    return DrawnImage(image, label, RING.tobytes())


def test_the_drawing_is_trained_on_from_the_next_iteration(
    make_trainer: Make, digits: Dataset
) -> None:
    trainer = make_trainer(subset=6)
    trainer.step()
    start = trainer.parameters
    trainer.apply(trainer.settings.with_drawing(ring(2), trainer.dataset))
    images, labels = digits.images[:6].copy(), digits.labels[:6].copy()
    images[2], labels[2] = RING, 8
    batch = Batch.from_images(images, labels)
    settings = trainer.settings
    tensors = iterate(batch, start, settings.rule, settings.learning_rate)
    forward = trainer.forward
    assert forward is not None
    assert forward.loss == pytest.approx(float(tensors["E"].mean()))
    trainer.step()
    np.testing.assert_allclose(trainer.parameters.wo, updated(tensors).wo)
    (mark,) = trainer.curve.marks
    assert (mark.iteration, mark.settings.drawings) == (1, (ring(2),))


def test_pixels_and_erasing_go_with_a_drawing(make_trainer: Make, digits: Dataset) -> None:
    trainer = make_trainer(subset=6)
    trainer.apply(trainer.settings.with_pixel(Pixel(2, 1, 1, 50), trainer.dataset))
    trainer.apply(trainer.settings.with_drawing(ring(2), trainer.dataset))
    assert trainer.settings.pixels == ()  # they were of the image before
    trainer.apply(trainer.settings.with_pixel(Pixel(2, 0, 0, 7), trainer.dataset))
    as_drawn = Pixel(2, 9, 9, 200)
    trainer.apply(trainer.settings.with_pixel(as_drawn, trainer.dataset))
    assert trainer.settings.pixels == (Pixel(2, 0, 0, 7),)
    assert trainer.current_state.data.image(2)[0, 0] == 7
    trainer.apply(trainer.settings.without_drawing(2))
    assert trainer.current_state.data is digits
    with pytest.raises(SettingsError, match="no image 1797"):
        trainer.apply(trainer.settings.with_drawing(ring(1797), trainer.dataset))


def test_in_the_past_it_makes_a_branch_that_is_named_after_it(make_trainer: Make) -> None:
    trainer = make_trainer(subset=6)
    for _ in range(3):
        trainer.step()
    trainer.go_to(1)
    trainer.apply(trainer.settings.with_drawing(ring(4, 0), trainer.dataset))
    assert trainer.pending_change == "image 4 drawn as 0"
    trainer.step()
    assert trainer.branches.current.name == "image 4 drawn as 0 at iteration 1"
    trainer.go_to(2)
    trainer.apply(trainer.settings.without_drawing(4))
    trainer.change(learning_rate=1.0)
    assert trainer.pending_change == ""  # it is the last state
    trainer.use(trainer.dataset, "bundled")
    assert trainer.settings.drawings == ()


def test_a_run_file_keeps_them(make_trainer: Make, tmp_path: Path) -> None:
    trainer, path = make_trainer(subset=6), tmp_path / "run.npz"
    trainer.step()
    trainer.apply(trainer.settings.with_drawing(ring(2), trainer.dataset))
    trainer.step()
    write_run(path, run_of(trainer))
    run = read_run(path)
    assert [mark.settings.drawings for mark in run.config.settings] == [(), (ring(2),)]
    assert json.loads(run.config.to_json())["version"] == 4
    moment = Moment.of_run(run, trainer.dataset)
    np.testing.assert_array_equal(moment.images[2], RING)
    assert moment.labels[2] == 8
    other = restore(path)
    assert other.settings.drawings == (ring(2),)
    assert other.forward is not None
    assert trainer.forward is not None
    assert other.forward.loss == trainer.forward.loss
    other.close()


@pytest.mark.parametrize(
    ("key", "value"), [("grey", "AAAA"), ("grey", "!"), ("label", 12), ("image", -3), ("label", "")]
)
def test_a_damaged_drawing_in_a_file_is_refused(
    make_trainer: Make, tmp_path: Path, key: str, value: object
) -> None:
    trainer, path = make_trainer(subset=6), tmp_path / "run.npz"
    trainer.apply(trainer.settings.with_drawing(ring(2), trainer.dataset))
    trainer.step()
    write_run(path, run_of(trainer))
    with np.load(path) as file:
        arrays = dict(file)
    config = json.loads(str(arrays["config"]))
    config["marks"][0]["settings"]["drawings"][0][key] = value
    np.savez(path, **{**arrays, "config": np.array(json.dumps(config))})
    with pytest.raises(RunFileError, match="does not describe a run"):
        read_run(path)
