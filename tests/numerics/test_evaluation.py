"""Images outside of the batch: each as a single picture is, standardised with the batch's z."""

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.evaluation import Evaluation
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.forward import single_pass
from cnnviz.numerics.network import Batch, Parameters, initial_parameters

DIGITS = bundled_digits()


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 99),
    trained=st.integers(2, 9),
    held_out=st.sampled_from((1, 3, 130, 250)),
    dtype=st.sampled_from(("float64", "float32")),
    threads=st.integers(1, 2),
)
def test_every_image_is_carried_as_a_single_picture_is(
    seed: int, trained: int, held_out: int, dtype: str, threads: int
) -> None:
    batch = Batch.from_images(DIGITS.images[:trained], DIGITS.labels[:trained], dtype)
    outside = slice(trained, trained + held_out)
    images = Batch.from_images(DIGITS.images[outside], DIGITS.labels[outside], dtype)
    parameters = initial_parameters(seed, dtype)
    with closing(FastIteration(batch)) as kernel:
        passed = kernel.forward(parameters)
    with closing(Evaluation(images, threads)) as evaluation:
        found = evaluation.forward(parameters, passed)
    single = [
        single_pass(plane, parameters, passed.mean, passed.std)
        for plane in images.planes[:: max(1, held_out // 5)]
    ]
    rtol = 1e-10 if dtype == "float64" else 2e-3
    some = found.o[0, :: max(1, held_out // 5)]
    np.testing.assert_allclose(some, [one.o for one in single], rtol=rtol)
    assert found.z.dtype == dtype
    error = (images.y - found.o) ** 2 / 2
    assert found.loss == pytest.approx(float(error.mean(dtype=np.float64)))
    assert found.accuracy == np.mean((found.o > 0.5) == (images.y > 0.5))


def test_weights_without_bounds_are_named() -> None:
    images = Batch.from_images(DIGITS.images[:4], DIGITS.labels[:4])
    start = initial_parameters(0)
    with closing(FastIteration(images)) as kernel:
        passed = kernel.forward(start)
    with closing(Evaluation(images)) as evaluation:
        for parameters, operation in (
            (Parameters(start.f, np.full_like(start.wo, 1e306)), "dense"),
            (Parameters(np.full_like(start.f, 1e308), start.wo), "correlate"),
        ):
            with pytest.raises(NonFiniteError) as caught:
                evaluation.forward(parameters, passed)
            assert caught.value.operation == operation
