from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import DTypeLike

from cnnviz.numerics.checking.case import GALLERY, Case
from cnnviz.numerics.checking.data_check import check_data
from cnnviz.numerics.checking.data_faults import DATA_FAULTS, DataFault
from cnnviz.numerics.checking.fault import Fault
from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.checking.gradient_check import check_gradient
from cnnviz.numerics.checking.operation_check import check_operations
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT
from tests.numerics.samples import made_batch, relative_difference

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
KINDS = {
    "sign-of-error": "sign",
    "no-standardisation": "missing factor",
    "factor-2": "factor",
    "sum-for-mean": "sum for mean",
    "mean-for-sum": "mean for sum",
    "gradient-kept": "kept",
    "updated-weights": "updated weights",
    "no-slope-at-maps": "missing factor",
    "slope-with-plus": "missing factor",
    "mean-error": "mean over images",
    "filter-last": "permutation",
    "map-transposed": "permutation",
    "filter-rotated": "permutation",
    "filter-turned": "permutation",
    "filters-swapped": "permutation",
}


@each_fault
@pytest.mark.parametrize(("n", "dtype"), [(6, np.float64), (16, np.float32)])
def test_the_operation_check_names_its_operation_and_no_other(
    fault: Fault, dtype: DTypeLike, n: int
) -> None:
    batch, parameters = made_batch(n, dtype=dtype), initial_parameters(0, dtype)
    checks = check_operations(batch, parameters, fault.rule, 15.0)
    found = {one.name: one.kind for one in checks if one.verdict != "right"}
    seen = "operation check" in fault.seen_by
    assert found == ({fault.variant.operation: KINDS.get(fault.name)} if seen else {})


def after_one_iteration(fault: Fault) -> Case:
    """A fault may keep something of the last iteration, which the first does not have."""
    case = Case.with_fault(made_batch(8), initial_parameters(0), fault, 15.0)
    return case.after(case.iteration())


@each_fault
def test_the_gradient_check_sees_what_it_is_said_to_see(fault: Fault) -> None:
    case = after_one_iteration(fault)
    check = check_gradient(case.batch, case.parameters, fault.rule, 15.0, case.last)
    assert check.agrees == ("gradient check" not in fault.seen_by)


def test_a_fault_of_an_operation_leaves_data_and_start_as_they_are() -> None:
    """So the data check sees none of them."""
    batch, first = made_batch(5), initial_parameters(0)
    for fault in FAULTS:
        case = Case.with_fault(batch, first, fault, 15.0)
        assert (case.batch, case.first) == (batch, first)
        assert "data check" not in fault.seen_by


def test_what_is_kept_of_the_last_iteration_is_wrong_from_the_second_on() -> None:
    (fault,) = (fault for fault in FAULTS if fault.rule.kept)
    first = Case.with_fault(made_batch(20), initial_parameters(0), fault, 0.5)
    assert check_gradient(first.batch, first.parameters, fault.rule, 0.5, first.last).agrees
    before = first.iteration()
    second = first.after(before)
    exact = iterate(second.batch, second.parameters, EXACT, 0.5)
    np.testing.assert_allclose(second.iteration()["dW"], before["dW"] + exact["dW"])


@each_fault
def test_its_plain_numpy_is_what_it_computes(fault: Fault) -> None:
    tensors = iterate(made_batch(5), initial_parameters(1), EXACT, 0.5)
    tensors = {**tensors, "dW_last": 3 * tensors["dW"]}
    operation = next(o for o in OPERATIONS if o.name == fault.operation)
    computed = operation.variant(fault.rule).compute(tensors, 0.5)
    variables = {**tensors, "np": np, "lr": 0.5}
    exec(fault.variant.numpy, variables)  # noqa: S102
    for name, result in zip(operation.writes, computed, strict=True):
        assert relative_difference(result, np.asarray(variables[name])) < 1e-9, name
        is_wrong = relative_difference(result, tensors[name]) > 1e-6
        assert is_wrong == (not fault.is_decoy and name == operation.writes[-1])


@each_fault
def test_it_is_written_in_three_ways(fault: Fault) -> None:
    variant = fault.variant
    operation = next(o for o in OPERATIONS if o.name == variant.operation)
    assert variant.name != operation.right.name
    for text, right in (
        (variant.formula, operation.right.formula),
        (variant.latex, operation.right.latex),
        (variant.numpy, operation.right.numpy),
    ):
        assert text
        assert text != right
    for left, closing in ("()", "[]", "{}"):
        for text in (variant.formula, variant.latex):
            assert text.count(left) == text.count(closing)


def test_its_latex_can_be_set() -> None:
    ziamath = pytest.importorskip("ziamath")
    for fault in FAULTS[::3]:
        svg = ziamath.Latex(fault.variant.latex).svg()
        assert svg.count("<use") + svg.count("<path") > 3, fault.name


# Of the data and the start


def parts(fault: DataFault | None, n: int = 20) -> Case:
    return Case.with_fault(made_batch(n), initial_parameters(0), fault, 15.0)


@pytest.mark.parametrize("fault", DATA_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_the_data_leaves_the_gradient_right(fault: DataFault) -> None:
    case = parts(fault)
    state = case.batch, case.parameters
    assert {one.verdict for one in check_operations(*state, case.rule, 15.0)} == {"right"}
    assert check_gradient(*state, case.rule, 15.0).agrees
    assert fault.seen_by == ("data check",)


def digit_like(n: int) -> Iterator[Case]:
    """Images whose bars stand where their digit says, so that labels can be told from pixels."""
    random = np.random.default_rng(n)
    digits = random.integers(0, 10, size=n).astype(np.uint8)
    images = random.integers(0, 60, size=(n, 28, 28)).astype(np.uint8)
    for image, digit in zip(images, digits, strict=True):
        image[4 : 8 + 2 * (digit % 5), 4 + digit : 8 + digit] = 255
    batch = Batch.from_images(images, digits)
    for fault in (None, *DATA_FAULTS):
        yield Case.with_fault(batch, initial_parameters(0), fault, 15.0)


def test_the_data_check_names_each_fault_of_the_data_and_no_other() -> None:
    seen = [
        [one.name for one in check_data(case.batch, case.first) if one.verdict == "wrong"]
        for case in digit_like(200)
    ]
    names = ["labels", "repeated images", "pixel range", "filters", "saturation"]
    assert seen == [[], *([name] for name in names)]


def test_names_are_their_own_and_decoys_are_named_so() -> None:
    assert len({fault.name for fault in GALLERY}) == len(GALLERY)
    assert len({(fault.operation, fault.title) for fault in GALLERY}) == len(GALLERY)
    decoys = [fault for fault in FAULTS if fault.is_decoy]
    assert len(decoys) == 3
    assert len(GALLERY) - len(decoys) == 36
    assert all(fault.name.startswith("decoy-") == fault.is_decoy for fault in FAULTS)
    for fault in FAULTS:
        assert bool(fault.seen_by) == (not fault.is_decoy)
