"""What a filter responds to, against plain loops."""

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics import filter_profile as module
from cnnviz.numerics.filter_profile import PATCHES, Patch, filter_profile
from cnnviz.numerics.layers import correlate, patches
from cnnviz.numerics.network import Batch, initial_parameters

N = 40


def looped(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    responses = np.zeros((24, 24))
    for row in range(24):
        for col in range(24):
            responses[row, col] = (image[row : row + 5, col : col + 5] / 255 * weights).sum()
    return responses


def test_patches_and_digits_are_those_of_plain_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 16)  # more than one block
    digits = bundled_digits()
    images, labels = digits.images[:N], digits.labels[:N]
    weights = np.random.default_rng(3).normal(size=(5, 5))
    shares: list[float] = []
    found = filter_profile(images, labels, weights, shares.append)
    assert shares == [16 / N, 32 / N, 1.0]
    maps = [looped(image, weights) for image in images]
    for kind, best, sign in ((found.strongest, np.argmax, -1), (found.weakest, np.argmin, 1)):
        extremes = [m.ravel()[best(m)] for m in maps]
        expected = np.argsort(sign * np.array(extremes), kind="stable")[:PATCHES]
        assert sorted(p.image for p in kind) == sorted(expected)
        for patch in kind:
            assert patch.response == pytest.approx(extremes[patch.image], rel=1e-5)
            at = maps[patch.image][patch.row, patch.col]
            assert at == pytest.approx(patch.response, rel=1e-5)
    largest = np.array([m.max() for m in maps])
    for digit in range(10):
        own = largest[labels == digit]
        assert found.counts[digit] == len(own)
        if len(own):
            assert found.mean[digit] == pytest.approx(own.mean(), rel=1e-5)
            assert found.low[digit] == pytest.approx(np.percentile(own, 10), rel=1e-5)
        else:
            assert np.isnan(found.mean[digit])


def test_responses_are_the_networks_own_upright() -> None:
    digits = bundled_digits()
    f = initial_parameters(2).f
    batch = Batch.from_images(digits.images[:N], digits.labels[:N])
    maps = correlate(patches(batch.X), f)[:, 1]  # as the notebook lays them out: (k, r, c)
    found = filter_profile(digits.images[:N], digits.labels[:N], f[:, :, 1].T)
    for patch in (*found.strongest, *found.weakest):
        assert isinstance(patch, Patch)
        assert maps[patch.image, patch.col, patch.row] == pytest.approx(patch.response, rel=1e-5)
