from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.source import load
from cnnviz.numerics.checking.data_check import (
    FEWEST_LABELLED,
    DataFinding,
    check_data,
    saturated_share,
)
from cnnviz.numerics.checking.data_faults import DATA_FAULTS
from cnnviz.numerics.layers import SATURATED
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from tests.numerics.samples import made_batch

SHUFFLED = next(fault for fault in DATA_FAULTS if fault.name == "labels-shuffled")


def batch_of(dataset: Dataset, n: int, start: int = 0, dtype: str = "float64") -> Batch:
    few = dataset.first(start + n)
    return Batch.from_images(few.images[start:], few.labels[start:], dtype)


def found(batch: Batch, seed: int = 0, dtype: str = "float64") -> dict[str, DataFinding]:
    return {one.name: one for one in check_data(batch, initial_parameters(seed, dtype))}


def alarms(batch: Batch, seed: int = 0, dtype: str = "float64") -> list[str]:
    return [one.name for one in found(batch, seed, dtype).values() if one.verdict == "wrong"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_false_alarm_on_the_bundled_digits(dtype: str) -> None:
    digits = bundled_digits()
    for seed, n in enumerate((2, 3, 10, FEWEST_LABELLED, 200)):
        assert alarms(batch_of(digits, n, 100 * seed, dtype), seed, dtype) == []


def test_no_false_alarm_on_mnist_and_none_missed(mnist_folder: Path) -> None:
    digits = load(str(mnist_folder))
    judged = set()
    for seed in range(3):
        for n in (30, FEWEST_LABELLED):
            batch = batch_of(digits, n, 400 * seed)
            assert alarms(batch, seed) == [], (seed, n)
            shuffled, _ = SHUFFLED.apply(batch, initial_parameters(seed))
            verdict = found(shuffled, seed)["labels"].verdict
            assert verdict == ("wrong" if n >= FEWEST_LABELLED else "not judged")
            judged.add(verdict)
    assert judged == {"wrong", "not judged"}


@pytest.mark.parametrize("grey", [0, 255])
@pytest.mark.parametrize("digits", [(3, 7), (1,)])
def test_no_false_alarm_on_a_few_plain_drawings(grey: int, digits: tuple[int, ...]) -> None:
    """Six pictures, all white or black, or with strokes five pixels wide."""
    images = np.full((6, 28, 28), grey, np.uint8)
    images[3:] = 0
    images[3:, 4:24, 8:13] = 255
    labels = np.resize(np.array(digits, np.uint8), 6)
    batch = Batch.from_images(images, labels)
    for seed in range(8):
        assert alarms(batch, seed) == []


def test_images_that_are_all_alike_but_for_noise() -> None:
    """Their labels cannot be told from shuffled ones, and the finding says so."""
    labels = found(made_batch(200))["labels"]
    assert labels.verdict == "wrong"
    assert "do not belong to these images" in labels.sentence
    assert labels.value < labels.threshold
    one_kind = Batch(made_batch(200).planes, np.ones((1, 200)))
    assert found(one_kind)["labels"].verdict == "not judged"


def test_agreement_is_that_of_the_nearest_other_image() -> None:
    batch = batch_of(bundled_digits(), 60)
    flat = batch.planes.reshape(60, -1)
    agreeing = 0
    for k in range(60):
        distances = [np.inf if j == k else ((flat[j] - flat[k]) ** 2).sum() for j in range(60)]
        agreeing += batch.y[0, k] == batch.y[0, int(np.argmin(distances))]
    assert found(batch)["labels"].value == agreeing / 60


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1, "right"), (255, "wrong"), (1 / 255, "wrong"), (-1, "wrong")]
)
def test_the_range_of_pixels(factor: float, verdict: str) -> None:
    batch = batch_of(bundled_digits(), 10)
    assert found(Batch(batch.planes * factor, batch.y))["pixel range"].verdict == verdict


def test_equal_filters_are_named() -> None:
    first = initial_parameters(0)
    f = np.array(first.f)
    f[:, :, 2] = f[:, :, 0]
    finding = next(
        one
        for one in check_data(batch_of(bundled_digits(), 10), Parameters(f, first.wo))
        if one.name == "filters"
    )
    assert finding.verdict == "wrong"
    assert finding.sentence.startswith("Filters 1 and 3 differ by 0")


def test_saturated_share_counts_units_that_see_ink() -> None:
    batch, f = batch_of(bundled_digits(), 3), 5 * initial_parameters(1).f
    seeing = saturated = 0
    for k in range(3):
        for r in range(24):
            for c in range(24):
                window = batch.X[r : r + 5, c : c + 5, k]
                if not window.any():
                    continue
                for i in range(3):
                    a = 1 / (1 + np.exp(-(window * f[:, :, i]).sum()))
                    seeing += 1
                    saturated += a * (1 - a) < SATURATED
    assert saturated_share(batch, f) == pytest.approx(saturated / seeing)
    blank = Batch(np.zeros((2, 28, 28)), np.zeros((1, 2)))
    assert saturated_share(blank, f) == 0


@pytest.mark.parametrize(("n", "is_sample"), [(200, False), (201, True)])
def test_a_share_of_the_first_images_alone_is_named_as_that(n: int, is_sample: bool) -> None:
    sentence = found(Batch(np.ones((n, 28, 28)), np.ones((1, n))))["saturation"].sentence
    assert ("of the units that see ink in the first 200 images have" in sentence) == is_sample
