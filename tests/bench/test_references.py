"""What cnnviz is compared with does the same work."""

import numpy as np
import pytest

from cnnviz.bench.references import loop_iteration, torch_iteration
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK


def batch(n: int) -> Batch:
    digits = bundled_digits()
    return Batch.from_images(digits.images[:n], digits.labels[:n])


def test_the_loop_version_is_the_notebook() -> None:
    images, parameters = batch(4), initial_parameters(3)
    ours = updated(iterate(images, parameters, NOTEBOOK, 15.0))
    theirs = loop_iteration(images, parameters, 15.0)
    np.testing.assert_allclose(theirs.f, ours.f, rtol=1e-9)
    np.testing.assert_allclose(theirs.wo, ours.wo, rtol=1e-9)


def test_pytorch_computes_the_exact_gradient() -> None:
    images, parameters = batch(20), initial_parameters(3)
    theirs = torch_iteration(images, parameters, 15.0)
    if theirs is None:
        pytest.skip("PyTorch is not installed")
    for _ in range(3):
        parameters = updated(iterate(images, parameters, EXACT, 15.0))
        compared = theirs()
        np.testing.assert_allclose(compared.f, parameters.f, rtol=1e-9)
        np.testing.assert_allclose(compared.wo, parameters.wo, rtol=1e-9)
