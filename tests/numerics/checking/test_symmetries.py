from dataclasses import astuple

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.symmetries import rounding, symmetries
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, RULES, Rule
from tests.numerics.samples import made_batch, mixed_parameters


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [2, 3, 40])
def test_all_three_are_zero_for_the_exact_gradient(seed: int, n: int) -> None:
    parameters = mixed_parameters(seed) if seed % 2 else initial_parameters(seed)
    tensors = iterate(made_batch(n, seed), parameters, EXACT, 15.0)
    sums = symmetries(tensors)
    size = 1 / tensors["std"].item()
    assert abs(sums.sum_delta) < 1e-12 * size
    assert abs(sums.sum_zs_delta) < 1e-12 * size
    assert abs(sums.wo_dot_gradient) < 1e-11 * size * np.abs(tensors["z"]).max()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_they_find_the_missing_standardisation_and_nothing_else(rule: Rule) -> None:
    sums = symmetries(iterate(made_batch(20), initial_parameters(0), rule, 15.0))
    missing = not rule.corrects("standardisation")
    for value in (sums.sum_delta, sums.sum_zs_delta, sums.wo_dot_gradient):
        assert (abs(value) > 1e-3) == missing


def test_each_is_the_sum_that_it_is_called() -> None:
    tensors = iterate(made_batch(6), initial_parameters(0), Rule.correcting(()), 15.0)
    sums = symmetries(tensors)
    assert sums.sum_delta == pytest.approx(sum(tensors["delta"][0].tolist()))
    assert sums.sum_zs_delta == pytest.approx(float(tensors["zs"][0] @ tensors["delta"][0]))
    assert sums.wo_dot_gradient == pytest.approx((tensors["wo"].T @ tensors["dW"]).item())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(3))
def test_rounding_limits_the_exact_rule_s_sums_and_no_forgotten_standardisation(
    dtype: str, seed: int
) -> None:
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:30], digits.labels[:30], dtype)
    parameters = initial_parameters(seed, dtype)
    forgetting = Rule.correcting(("scale", "update-order", "pairing", "layout"))
    for rule, within in ((EXACT, True), (forgetting, False)):
        tensors = iterate(batch, parameters, rule, 15.0)
        found, limits = astuple(symmetries(tensors)), astuple(rounding(tensors))
        assert [abs(a) <= b for a, b in zip(found, limits, strict=True)] == [within] * 3
