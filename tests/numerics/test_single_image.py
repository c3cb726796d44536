import numpy as np
import pytest

from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.explain import Entry, explain
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import RULES, Rule
from cnnviz.numerics.single_image import image_tensors
from tests.numerics.samples import made_batch, mixed_parameters

ETA = 7.0
AXIS_OF_IMAGES = {"X": 2, "P": 2, "C": 0, "A": 0, "a": 1, "G": 1, "g": 1, "M": 3} | dict.fromkeys(
    ("y", "z", "zs", "o", "E", "error_wrt_output", "output_wrt_z", "delta"), 1
)
ALWAYS = {"X", "y", "f", "wo", "P", "C", "A", "a", "z", "mean", "std", "zs", "o", "E"} | {
    "error_wrt_output",
    "output_wrt_z",
    "delta",
}


def of_image(batch: Batch, image: int, parameters: Parameters, rule: Rule) -> Tensors:
    fast = FastIteration(batch)
    return image_tensors(batch, image, parameters, fast.forward(parameters), rule, ETA)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_a_single_image_equals_its_part_of_the_batch(rule: Rule) -> None:
    batch, parameters = made_batch(6), mixed_parameters()
    whole = iterate(batch, parameters, rule, ETA)
    for image in (0, 4):
        single = of_image(batch, image, parameters, rule)
        backward = {"G"} if rule.corrects("update-order") else set()
        if rule.corrects("update-order") and rule.corrects("pairing"):
            backward |= {"g", "M"}
        assert set(single) == ALWAYS | backward
        for name, tensor in single.items():
            expected = whole[name]
            if name in AXIS_OF_IMAGES:
                expected = np.take(expected, [image], axis=AXIS_OF_IMAGES[name])
            rounding = 1e-11 * np.abs(expected).max()
            np.testing.assert_allclose(tensor, expected, rtol=0, atol=rounding, err_msg=name)
            assert not tensor.flags.writeable, name


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_image_keeps_the_precision(dtype: type) -> None:
    single = of_image(made_batch(4, dtype=dtype), 3, initial_parameters(0, dtype), RULES[-1])
    assert {tensor.dtype for tensor in single.values()} == {np.dtype(dtype)}


def test_an_images_numbers_explain_themselves() -> None:
    single = of_image(made_batch(6), 4, mixed_parameters(), RULES[-1])
    for name, index in [("C", (0, 1, 10, 12)), ("z", (0, 0)), ("G", (700, 0)), ("M", (3, 4, 1, 0))]:
        assert explain(Entry(single, RULES[-1], ETA, name, index, 0)).value == single[name][index]


def test_an_image_that_overflows_is_named() -> None:
    batch, parameters = made_batch(4), initial_parameters(0)
    forward = FastIteration(batch).forward(parameters)
    huge = Parameters(np.full((5, 5, 3), np.finfo(float).max / 2), parameters.wo)
    with pytest.raises(NonFiniteError) as caught:
        image_tensors(batch, 1, huge, forward, RULES[0], ETA)
    assert caught.value.operation == "correlate"
