"""The error of differences of the loss, by their step."""

import numpy as np

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.gradient_check import STEP
from cnnviz.numerics.checking.step_curve import STEPS, step_curve
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT


def test_it_is_truncation_on_one_side_and_rounding_on_the_other() -> None:
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:10], digits.labels[:10])
    shares: list[float] = []
    parameters = initial_parameters(0)
    curve = step_curve(batch, parameters, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    steps = np.array(STEPS)
    for errors in (curve.filters, curve.dense):
        # A tenth of the step is a hundredth of the truncation, but ten times the rounding.
        np.testing.assert_allclose(errors[0] / errors[2], 100, rtol=0.1)
        rounding = errors[steps < 1e-7]
        assert (np.diff(np.log10(rounding)) > 0).mean() > 0.6
        assert rounding[-1] > 1e3 * errors.min()
        chosen = errors[np.abs(np.log10(steps / STEP)).argmin()]
        assert chosen < 100 * errors.min()


def test_a_quotient_is_that_of_the_loss() -> None:
    """The largest error at the largest step, with the loss of whole iterations."""
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:6], digits.labels[:6])
    parameters = initial_parameters(3)
    exact = iterate(batch, parameters, EXACT, 1.0)
    step = STEPS[0] * exact["std"].item()

    def loss(j: int, by: float) -> float:
        moved = parameters.wo.copy()
        moved[j, 0] += by
        out = iterate(batch, type(parameters)(parameters.f, moved), EXACT, 1.0)
        return float(out["E"].mean())

    some = range(0, 1728, 36)
    errors = [abs((loss(j, step) - loss(j, -step)) / (2 * step) - exact["dW"][j, 0]) for j in some]
    curve = step_curve(batch, parameters)
    assert max(errors) <= curve.dense[0] * (1 + 1e-9)
    assert max(errors) > 0.1 * curve.dense[0]
