"""Tests of the distribution of a tensor's values, against plain loops over its entries."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import reporting_progress
from cnnviz.numerics.network import Floats, unravel_unit
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.distribution import BINS, Distribution, distribution
from cnnviz.training.debugger.view import tensor_view

SHAPES = {
    "f": (5, 5, 3),
    "wo": (1728, 1),
    "C": (4, 3, 24, 24),
    "a": (1728, 4),
    "z": (1, 150),
    "std": (1, 1),
}


def counted(name: str, values: Floats, found: Distribution, image: int | None) -> Distribution:
    """Count every entry in a loop, in the same bars."""
    parts = len(found.counts)
    counts, zero = np.zeros((parts, BINS), int), np.zeros(parts, int)
    saturated, kinds = np.zeros((parts, 2), int), Counter[str]()
    axis = TENSORS[name].image_axis(values.ndim)
    bars, slack = found.bars(values), 1e-9 * (found.edges[-1] - found.edges[0])
    for index, value in np.ndenumerate(values):
        if image is not None and axis is not None and index[axis] != image:
            continue
        at = dict(zip(TENSORS[name].axes, index, strict=False))
        part = (at["i"] if "i" in at else unravel_unit(at["j"])[0]) if parts > 1 else 0
        kinds["all"] += 1
        if math.isnan(value):
            kinds["nan"] += 1
        elif math.isinf(value):
            kinds["inf"] += 1
        else:
            bar = int(bars[index])
            assert found.edges[bar] - slack <= value <= found.edges[bar + 1] + slack
            counts[part, bar] += 1
            zero[part] += value == 0
            if value * (1 - value) < layers.SATURATED:
                saturated[part, int(value > 0.5)] += 1
    return Distribution(
        found.edges, counts, zero, saturated, kinds["nan"], kinds["inf"], kinds["all"]
    )


def assert_same(found: Distribution, wanted: Distribution) -> None:
    assert found.counts.tolist() == wanted.counts.tolist()
    assert found.zero.tolist() == wanted.zero.tolist()
    assert (found.undefined, found.infinite, found.size) == (
        *(wanted.undefined, wanted.infinite),
        wanted.size,
    )
    if found.saturated is not None and wanted.saturated is not None:
        assert found.saturated.tolist() == wanted.saturated.tolist()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("image", [None, 2])
def test_every_value_is_in_its_bar_by_filter(name: str, image: int | None) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=SHAPES[name])
    values.flat[:: 3 if values.size > 1 else 2] = 0
    if TENSORS[name].scale == "activation":
        values = 1 / (1 + np.exp(-20 * values))
    found = distribution(tensor_view(name, values), image)
    assert len(found.counts) == (3 if name in {"f", "wo", "C", "a"} else 1)
    assert (found.saturated is not None) == (name == "a")
    assert_same(found, counted(name, values, found, image))


def test_the_values_of_patches_are_counted_as_often_as_they_are_there() -> None:
    rng = np.random.default_rng(1)
    images = np.where(rng.random((28, 28, 3)) < 0.5, 0, rng.random((28, 28, 3)))
    patches = layers.patches(images)
    found = distribution(tensor_view("P", patches))
    assert_same(found, counted("P", patches, found, None))
    one = distribution(tensor_view("P", patches), 1)
    assert one.size == 24 * 24 * 25
    assert int(one.zero[0]) == np.count_nonzero(patches[:, :, 1] == 0)


@settings(max_examples=50)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30),
)
def test_undefined_and_infinite_values_are_counted_apart(numbers: list[float]) -> None:
    values = np.array([numbers])
    with np.errstate(all="ignore"):
        view = tensor_view("zs", values)
    found = distribution(view)
    finite = [x for x in numbers if math.isfinite(x)]
    assert found.undefined == sum(map(math.isnan, numbers))
    assert found.infinite == sum(map(math.isinf, numbers))
    assert (found.size, int(found.counts.sum())) == (len(numbers), len(finite))
    assert np.isfinite(found.edges).all()
    assert (np.diff(found.edges) > 0).all()
    bars = found.bars(np.array(numbers))
    assert [bar >= 0 for bar in bars] == [math.isfinite(x) for x in numbers]
    assert np.bincount(bars[bars >= 0], minlength=BINS).tolist() == found.counts[0].tolist()


def test_it_ends_between_blocks_of_images_if_it_is_cancelled() -> None:
    class StopError(Exception):
        pass

    def stop(_share: float) -> None:
        raise StopError

    view = tensor_view("z", np.zeros((1, 500)))
    with reporting_progress(stop), pytest.raises(StopError):
        distribution(view)
