from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch
from cnnviz.numerics.operations import iterate
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.predictions import upright
from cnnviz.training.run.trainer import Trainer


def readable(frame: Frame) -> dict[str, np.ndarray]:
    """The tensors of a frame's state, by the readable path."""
    s = frame.settings
    batch = Batch.from_images(
        frame.dataset.images[: s.subset], frame.dataset.labels[: s.subset], s.numpy_dtype
    )
    return dict(iterate(batch, frame.parameters, s.rule, s.learning_rate))


def turned(maps: np.ndarray) -> np.ndarray:
    """Feature maps in image orientation, one cell at a time."""
    out = np.empty_like(maps)
    for i, r, c in np.ndindex(maps.shape):
        out[i, c, r] = maps[i, r, c]
    return out


def test_a_frame_shows_what_the_readable_path_computes(
    make_trainer: Callable[..., Trainer],
) -> None:
    trainer = make_trainer(subset=6)
    for _ in range(3):
        trainer.step()
    for k in range(6):
        frame = frame_of(trainer, k)
        t, view = readable(frame), frame.image
        close = {"rtol": 1e-11, "atol": 1e-13}
        np.testing.assert_allclose(view.maps, turned(t["C"][k]), **close)
        np.testing.assert_allclose(view.activations, turned(t["A"][k]), **close)
        weighted = (t["wo"][:, 0] * t["a"][:, k]).reshape(3, 24, 24)
        np.testing.assert_allclose(view.contributions, turned(weighted), **close)
        np.testing.assert_allclose(view.z, t["z"][0, k], rtol=1e-11)
        np.testing.assert_allclose(
            [view.zs, view.o, view.error], [t[name][0, k] for name in ("zs", "o", "E")], rtol=1e-8
        )
        np.testing.assert_allclose(frame.predictions.output, t["o"][0], rtol=1e-8)
        np.testing.assert_allclose(frame.predictions.error, t["E"][0], rtol=1e-8)
        assert frame.predictions.loss == pytest.approx(t["E"].mean(), rel=1e-8)
        right = (t["o"] > 0.5) == (t["y"] == 1)
        assert frame.predictions.accuracy == right.mean()
        np.testing.assert_array_equal(frame.filters, turned(t["f"].transpose(2, 0, 1)))
        np.testing.assert_array_equal(frame.dense, turned(t["wo"].reshape(3, 24, 24)))


@pytest.mark.parametrize(("dtype", "digits_"), [("float64", 12), ("float32", 5)])
def test_contributions_sum_to_z(
    make_trainer: Callable[..., Trainer], dtype: str, digits_: int
) -> None:
    trainer = make_trainer(dtype=dtype)
    trainer.step()
    view = frame_of(trainer, 2).image
    assert view.contributions.dtype == dtype
    assert float(view.contributions.sum(dtype=np.float64)) == pytest.approx(
        view.z, rel=10.0**-digits_
    )


def test_pictures_are_upright(make_trainer: Callable[..., Trainer]) -> None:
    """A filter that reads only the pixel at its upper right corner shifts the image."""
    trainer = make_trainer()
    image = trainer.dataset.images[1]
    frame = frame_of(trainer, 1)
    np.testing.assert_array_equal(frame.image.image, image)
    pixels = image / 255
    for i in range(3):
        expected = sum(
            frame.filters[i, a, b] * pixels[a : a + 24, b : b + 24]
            for a in range(5)
            for b in range(5)
        )
        np.testing.assert_allclose(frame.image.maps[i], expected, rtol=1e-12, atol=1e-14)


def test_labels_and_targets_are_those_of_the_data(
    make_trainer: Callable[..., Trainer], digits: Dataset
) -> None:
    trainer = make_trainer(subset=30)
    frame = frame_of(trainer, 7)
    assert (frame.image.index, frame.image.label) == (7, digits.labels[7])
    assert frame.image.target == int(digits.labels[7] > 4)
    np.testing.assert_array_equal(frame.predictions.target, digits.labels[:30] > 4)
    assert frame.dataset is digits


@pytest.mark.parametrize(("asked", "shown"), [(-5, 0), (0, 0), (3, 3), (4, 3), (1_000, 3)])
def test_an_image_beyond_the_subset_is_its_last(
    make_trainer: Callable[..., Trainer], asked: int, shown: int
) -> None:
    assert frame_of(make_trainer(subset=4), asked).image.index == shown


def test_a_frame_contains_the_position_in_the_run(make_trainer: Callable[..., Trainer]) -> None:
    trainer = make_trainer()
    for _ in range(5):
        trainer.step()
    trainer.go_to(2)
    frame = frame_of(trainer, 0, running=True, done=17)
    assert (frame.iteration, frame.last, frame.running, frame.done) == (2, 5, True, 17)
    assert len(frame.curve.loss) == 6
    assert frame.predictions.loss == frame.curve.loss[2]
    assert frame.predictions.accuracy == frame.curve.accuracy[2]


def arrays_of(frame: Frame) -> dict[str, np.ndarray]:
    parts = (frame, frame.image, frame.predictions, frame.curve, frame.parameters)
    return {
        f"{type(part).__name__}.{name}": value
        for part in parts
        for name in part.__dataclass_fields__
        if isinstance(value := getattr(part, name), np.ndarray)
    }


def test_every_array_of_a_frame_is_read_only(
    make_trainer: Callable[..., Trainer], identical_images: Dataset
) -> None:
    for trainer in (make_trainer(), make_trainer(identical_images)):
        arrays = arrays_of(frame_of(trainer, 0))
        assert len(arrays) == 14
        assert not [name for name, array in arrays.items() if array.flags.writeable]


def test_a_frame_never_changes_while_training_continues(
    make_trainer: Callable[..., Trainer],
) -> None:
    trainer = make_trainer()
    trainer.step()
    frame = frame_of(trainer, 1)
    before = {name: array.copy() for name, array in arrays_of(frame).items()}
    for _ in range(3):
        trainer.step()
        frame_of(trainer, 0)
    for name, array in arrays_of(frame).items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_with_zero_deviation_the_defined_values_are_shown(
    make_trainer: Callable[..., Trainer], identical_images: Dataset
) -> None:
    frame = frame_of(make_trainer(identical_images), 3)
    view = frame.image
    assert float(view.contributions.sum()) == pytest.approx(view.z, rel=1e-12)
    assert np.isfinite(view.maps).all()
    assert np.isnan([view.zs, view.o, view.error]).all()
    assert np.isnan(frame.predictions.output).all()
    assert np.isnan(frame.predictions.error).all()
    assert len(frame.predictions.output) == len(frame.predictions.target) == 4
    assert np.isnan([frame.predictions.loss, frame.predictions.accuracy]).all()
    assert np.isnan(frame.curve.loss).tolist() == [True]


def test_upright_swaps_the_last_two_axes() -> None:
    maps = np.arange(24).reshape(2, 3, 4)
    up = upright(maps)
    assert up.shape == (2, 4, 3)
    assert up[1, 3, 2] == maps[1, 2, 3]
    assert up.flags.c_contiguous
    assert not up.flags.writeable
    maps[0, 0, 0] = 99
    assert up[0, 0, 0] == 0
