import numpy as np
import pytest
from numpy.typing import DTypeLike

from cnnviz.numerics.checking.faults import FAULTS, Fault
from cnnviz.numerics.checking.gradient_check import check_gradient
from cnnviz.numerics.checking.operation_check import check_operations
from cnnviz.numerics.network import initial_parameters
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
    "updated-weights": "stale weights",
    "no-slope-at-maps": "missing factor",
    "slope-with-plus": "missing factor",
    "mean-error": "mean over images",
    "filter-last": "permutation",
    "map-transposed": "permutation",
    "filter-rotated": "permutation",
    "filters-swapped": "permutation",
}


@each_fault
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [6, 40])
def test_the_operation_check_names_its_operation_and_no_other(
    fault: Fault, dtype: DTypeLike, n: int
) -> None:
    batch, parameters = made_batch(n, dtype=dtype), initial_parameters(0, dtype)
    checks = check_operations(batch, parameters, fault.rule, 15.0)
    found = {one.name: one.kind for one in checks if one.verdict != "right"}
    seen = "operation check" in fault.seen_by
    assert found == ({fault.variant.operation: KINDS.get(fault.name)} if seen else {})


@each_fault
def test_the_gradient_check_sees_what_it_is_said_to_see(fault: Fault) -> None:
    check = check_gradient(made_batch(20), initial_parameters(0), fault.rule, 15.0)
    assert check.agrees == ("gradient check" not in fault.seen_by)


@each_fault
def test_its_plain_numpy_is_what_it_computes(fault: Fault) -> None:
    tensors = iterate(made_batch(5), initial_parameters(1), EXACT, 0.5)
    operation = next(o for o in OPERATIONS if o.name == fault.variant.operation)
    computed = operation.variant(fault.rule).compute(tensors, 0.5)
    variables = {**tensors, "np": np, "lr": 0.5}
    exec(fault.variant.numpy, variables)  # noqa: S102
    for name, result in zip(operation.writes, computed, strict=True):
        assert relative_difference(result, np.asarray(variables[name])) < 1e-9, name
        is_wrong = relative_difference(result, tensors[name]) > 1e-6
        assert is_wrong == (not fault.is_decoy and name == operation.writes[-1])


def test_names_are_their_own_and_decoys_are_named_so() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({(fault.variant.operation, fault.variant.name) for fault in FAULTS}) == len(FAULTS)
    decoys = [fault for fault in FAULTS if fault.is_decoy]
    assert len(decoys) == 3
    assert len(FAULTS) - len(decoys) == 25
    assert all(fault.name.startswith("decoy-") == fault.is_decoy for fault in FAULTS)
    for fault in FAULTS:
        assert bool(fault.seen_by) == (not fault.is_decoy)
