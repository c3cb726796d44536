"""Branches on data sets that are not in use: little memory, and everything still works."""

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data import evicted_images
from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import DataError
from cnnviz.data.source import load
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from tests.training.recorded import run_of

COUNT = 1_500
SIZE = COUNT * 28 * 28


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evicted_images, "MOST_KEPT", 50)


@pytest.fixture
def source(tmp_path: Path, digits: Dataset) -> str:
    path = tmp_path / "mine.npz"
    np.savez(path, x_train=digits.images[:COUNT], y_train=digits.labels[:COUNT])
    return str(path)


@pytest.fixture
def left(make_trainer: Callable[..., Trainer], source: str) -> Trainer:
    """A trainer that has gone on to other images after two iterations on these."""
    trainer = make_trainer(load(source), source, subset=20)
    for _ in range(2):
        trainer.step()
    trainer.use(load("bundled"), "bundled")
    trainer.step()
    return trainer


@pytest.mark.parametrize("compressed", [False, True])
def test_twelve_loads_need_little_more_memory_than_one(
    make_trainer: Callable[..., Trainer], source: str, *, compressed: bool
) -> None:
    """12 loads of 60,000 images took 833 MB."""
    trainer = make_trainer(load("bundled"), "bundled", subset=20)
    if compressed:
        with np.load(source) as arrays:
            np.savez_compressed(source, **arrays)
    memory = []
    gc.freeze()  # objects of other tests, which need not be collected twelve times
    tracemalloc.start()
    try:
        for _ in range(12):
            trainer.use(load(source), source)
            trainer.step()
            gc.collect()
            memory.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(trainer.branches) == 12
    assert memory[0] > SIZE
    assert memory[-1] - memory[1] < SIZE  # ten more loads need less than one


def test_a_branch_on_a_few_images_returns_without_the_file(
    left: Trainer, source: str, digits: Dataset
) -> None:
    Path(source).unlink()
    left.switch(1)
    frame = frame_of(left, 3)
    assert (frame.iteration, frame.dataset.name) == (1, "mine.npz")
    np.testing.assert_array_equal(frame.image.image, digits.images[3])
    left.go_to(2)
    assert left.step()
    assert run_of(left).config.images == 20


def test_more_images_are_loaded_again(left: Trainer, digits: Dataset) -> None:
    left.switch(1)
    left.change(subset=COUNT)
    assert len(frame_of(left, 0).predictions.output) == COUNT
    np.testing.assert_array_equal(left.dataset.images, digits.images[:COUNT])
    assert not left.dataset.images.flags.writeable
    left.use(load("bundled"), "bundled")
    assert left.branches.all[0].dataset.loaded == 20  # the images that it was trained on


def test_missing_images_are_reported_and_change_nothing(
    left: Trainer, source: str, digits: Dataset, is_one_sentence: Callable[[object], str]
) -> None:
    left.switch(1)
    Path(source).unlink()
    before = left.settings
    with pytest.raises(DataError, match=r"mine\.npz does not exist") as error:
        left.change(subset=COUNT)
    is_one_sentence(error.value)
    np.savez(source, x_train=digits.images[1 : COUNT + 1], y_train=digits.labels[:COUNT])
    with pytest.raises(DataError, match="have changed since") as error:
        left.change(subset=COUNT)
    is_one_sentence(str(error.value).replace("mine.npz", ""))
    assert left.settings == before
    assert left.step()


def test_small_data_sets_are_kept(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    monkeypatch.setattr(evicted_images, "MOST_KEPT", 2_000)
    trainer = make_trainer(digits, subset=20)
    trainer.step()
    trainer.use(digits.first(30), "elsewhere")
    assert trainer.branches.all[0].dataset is digits
