import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike

from cnnviz.numerics import layers
from cnnviz.numerics.checking.operation_check import OperationCheck, check_operations
from cnnviz.numerics.errors import SingleImageError, ZeroDeviationError
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.numerics.variants import Variant
from tests.numerics.samples import made_batch, mixed_parameters

HOLDS = {
    "scale": ("dense_gradient", "sum for mean"),
    "standardisation": ("delta", "missing factor"),
    "update-order": ("map_gradient", "updated weights"),
    "pairing": ("average_over_images", "mean over images"),
    "layout": ("reshape", "permutation"),
}
"""The operation that holds each departure, and the kind of mistake it is."""


def wrong(checks: tuple[OperationCheck, ...]) -> dict[str, str | None]:
    return {one.name: one.kind for one in checks if one.verdict == "wrong"}


def named(checks: tuple[OperationCheck, ...], name: str) -> OperationCheck:
    return next(one for one in checks if one.name == name)


def check_at(
    rule: Rule, n: int, seed: int, dtype: DTypeLike, *, mixed: bool, trained: int
) -> tuple[OperationCheck, ...]:
    batch = made_batch(n, seed, dtype)
    parameters = (mixed_parameters if mixed else initial_parameters)(seed, dtype)
    for _ in range(trained):
        parameters = updated(iterate(batch, parameters, rule, 15.0))
    return check_operations(batch, parameters, rule, 15.0)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [2, 5])
def test_under_each_rule_exactly_the_departures_are_wrong(
    rule: Rule, dtype: DTypeLike, n: int
) -> None:
    checks = check_at(rule, n, 1, dtype, mixed=False, trained=0)
    assert [one.name for one in checks] == [operation.name for operation in OPERATIONS]
    assert wrong(checks) == dict(HOLDS[switch] for switch in SWITCHES if not rule.corrects(switch))
    unjudged = {one.name for one in checks if one.verdict == "not judged"}
    assert unjudged == (set() if rule.corrects("pairing") else {"filter_gradient"})


@settings(max_examples=30, deadline=None)
@given(
    rule=st.sampled_from(RULES),
    n=st.integers(2, 24),
    seed=st.integers(0, 2**16),
    dtype=st.sampled_from([np.float64, np.float32]),
    mixed=st.booleans(),
    trained=st.integers(0, 6),
)
def test_no_false_alarm_and_none_missed(
    rule: Rule, n: int, seed: int, dtype: DTypeLike, mixed: bool, trained: int
) -> None:
    try:
        checks = check_at(rule, n, seed, dtype, mixed=mixed, trained=trained)
    except ZeroDeviationError:  # made images can be so alike that there is no ẑ
        return
    assert wrong(checks) == dict(HOLDS[switch] for switch in SWITCHES if not rule.corrects(switch))
    for one in checks:
        assert (one.error > one.tolerance) == (one.verdict == "wrong")
        if one.verdict != "wrong":
            assert one.kind is None


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_saturated_and_diverged_weights_change_no_verdict(dtype: DTypeLike) -> None:
    batch, fresh = made_batch(12, dtype=dtype), initial_parameters(0, dtype)
    for f, wo in ((1e3, 1), (-1e3, 1e6), (1, 1e-6), (1e-3, 1e12)):
        parameters = Parameters(fresh.f * dtype(f), fresh.wo * dtype(wo))  # type: ignore[operator]
        try:
            iterate(batch, parameters, NOTEBOOK, 15.0)
        except ZeroDeviationError:
            continue
        assert wrong(check_operations(batch, parameters, EXACT, 15.0)) == {}
        assert len(wrong(check_operations(batch, parameters, NOTEBOOK, 15.0))) == 5


Computation = Callable[[Tensors, float], tuple[Floats, ...]]
FILTER_ORDER = [1, 2, 0]


def faulty(operation: str, compute: Computation) -> Rule:
    """The exact rule but for one operation."""
    return Rule(frozenset({Variant(operation, "made wrong", "", "", "", compute)}))


def _map_gradient(t: Tensors) -> Floats:
    return layers.dense_backward(t["wo"], t["delta"]) * layers.sigmoid_derivative(t["a"])


def _filter_gradient(t: Tensors) -> Floats:
    return layers.correlate_gradient(t["P"], t["M"])


def _first_image_only(t: Tensors) -> Floats:
    return layers.correlate_gradient(t["P"][:, :, :1], t["M"][..., :1])


FAULTS: dict[str, tuple[str, Computation, str | None]] = {
    "no σ′ at the maps": ("map_gradient", lambda t, _: (t["wo"] @ t["delta"],), "missing factor"),
    "σ′ twice": (
        "map_gradient",
        lambda t, _: (_map_gradient(t) * layers.sigmoid_derivative(t["a"]),),
        None,
    ),
    "σ′ with + for ×": (
        "map_gradient",
        lambda t, _: ((t["wo"] @ t["delta"]) * (t["a"] + (1 - t["a"])),),
        "missing factor",
    ),
    "factor 2": ("dense_gradient", lambda t, _: (_dense(t) * 2,), "factor"),
    "mean twice": ("dense_gradient", lambda t, _: (_dense(t) / t["delta"].size,), "mean for sum"),
    "sign of the error": ("dense_gradient", lambda t, _: (-_dense(t),), "sign"),
    "filter rotated": (
        "filter_gradient",
        lambda t, _: (_filter_gradient(t)[:, ::-1, ::-1],),
        "permutation",
    ),
    "filter transposed": (
        "filter_gradient",
        lambda t, _: (_filter_gradient(t).transpose(0, 2, 1),),
        "permutation",
    ),
    "filters swapped": (
        "filter_gradient",
        lambda t, _: (_filter_gradient(t)[FILTER_ORDER],),
        "permutation",
    ),
    "first image only": ("filter_gradient", lambda t, _: (_first_image_only(t),), None),
    "sum for mean": (
        "filter_gradient",
        lambda t, _: (_filter_gradient(t) * t["P"].shape[2],),
        "sum for mean",
    ),
    "map transposed": (
        "reshape",
        lambda t, _: (layers.unflatten(t["g"]).transpose(1, 0, 2, 3),),
        "permutation",
    ),
    "climbing": ("dense_update", lambda t, lr: (t["wo"] + t["wo"].dtype.type(lr) * t["dW"],), None),
    "never updated": ("dense_update", lambda t, _: (t["wo"].copy(),), None),
    "one filter gets all": (
        "filter_update",
        lambda t, lr: (_one_filter(t["f"], t["dF"], lr),),
        None,
    ),
    "window off by one": (
        "correlate",
        lambda t, _: (layers.correlate(np.roll(t["P"], 1, axis=0), t["f"]),),
        "permutation",
    ),
    "filter rotated in the forward pass": (
        "correlate",
        lambda t, _: (layers.correlate(t["P"], t["f"][::-1, ::-1]),),
        None,
    ),
    "maps flattened with the filter last": (
        "flatten",
        lambda t, _: (t["A"].transpose(0, 2, 3, 1).reshape(-1, 1728).T,),
        "permutation",
    ),
    "sample deviation": (
        "standardise",
        lambda t, _: _sample_deviation(t["z"]),
        "factor",
    ),
    "error without ½": ("error", lambda t, _: ((t["y"] - t["o"]) ** 2,), "factor"),
    "not finite": (
        "map_gradient",
        lambda t, _: (_map_gradient(t) * t["a"].dtype.type(np.nan),),
        None,
    ),
}


def _dense(t: Tensors) -> Floats:
    return layers.dense_gradient(t["a"], t["delta"]) / t["delta"].size


def _one_filter(f: Floats, dF: Floats, lr: float) -> Floats:
    moved = f.copy()
    moved[..., 0] -= f.dtype.type(lr) * dF.sum(axis=0)
    return moved


def _sample_deviation(z: Floats) -> tuple[Floats, ...]:
    std = z.std(keepdims=True, ddof=1)
    return (z - z.mean(keepdims=True)) / std, z.mean(keepdims=True), std


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_fault_is_named_with_its_operation_and_kind_and_no_other(
    name: str, dtype: DTypeLike
) -> None:
    operation, compute, kind = FAULTS[name]
    batch, parameters = made_batch(11, dtype=dtype), initial_parameters(0, dtype)
    checks = check_operations(batch, parameters, faulty(operation, compute), 15.0)
    assert wrong(checks) == {operation: kind}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_decoys_are_right(dtype: DTypeLike) -> None:
    """Written in ways that look wrong: two signs that cancel, and σ′ of the activation."""
    decoys: list[tuple[str, Computation]] = [
        ("dense_update", lambda t, lr: (t["wo"] + t["wo"].dtype.type(lr) * -t["dW"],)),
        ("map_gradient", lambda t, _: (t["a"] * (1 - t["a"]) * (t["wo"] @ t["delta"]),)),
        ("error", lambda t, _: ((t["o"] - t["y"]) * (t["o"] - t["y"]) / 2,)),
    ]
    batch, parameters = made_batch(11, dtype=dtype), initial_parameters(0, dtype)
    for operation, compute in decoys:
        assert wrong(check_operations(batch, parameters, faulty(operation, compute), 15.0)) == {}


def test_a_fault_after_the_mean_over_images_is_not_taken_for_it() -> None:
    variants = {v for v in NOTEBOOK.departures if v.operation == "average_over_images"}
    rotated = Variant(
        *("filter_gradient", "rotated", "", "", ""),
        lambda t, _: (layers.correlate_gradient(t["P"], t["M"])[:, ::-1, ::-1],),
    )
    rule = Rule(frozenset({*variants, rotated}))
    checks = check_operations(made_batch(5), initial_parameters(0), rule, 15.0)
    assert wrong(checks) == {
        "average_over_images": "mean over images",
        "filter_gradient": "permutation",
    }


def test_the_worst_cell_is_where_the_fault_is() -> None:
    def one_cell(t: Tensors, _: float) -> tuple[Floats]:
        dF = _filter_gradient(t)
        dF[2, 1, 3] += 0.25
        return (dF,)

    rule = faulty("filter_gradient", one_cell)
    checks = check_operations(made_batch(5), initial_parameters(0), rule, 15.0)
    one = named(checks, "filter_gradient")
    assert (one.tensor, one.cell) == ("dF", (2, 1, 3))
    assert one.error == pytest.approx(0.25)
    assert one.tolerance < 1e-9
    assert one.sentence == (
        "dF is not what it should be; it is off most at filter 3, row 4, column 2 · dF[2, 1, 3], "
        "by 0.250."
    )


def test_a_right_result_has_its_largest_error_by_rounding() -> None:
    batch, parameters = made_batch(5, dtype=np.float32), initial_parameters(0, np.float32)
    one = named(check_operations(batch, parameters, EXACT, 15.0), "dense_gradient")
    assert one.verdict == "right"
    assert 0 < one.error <= one.tolerance
    assert one.cell != (0, 0)


def test_each_departure_is_described_in_a_sentence() -> None:
    checks = check_operations(made_batch(20), initial_parameters(0), NOTEBOOK, 15.0)
    starts = {one.name: one.sentence.split(";")[0] for one in checks if one.verdict != "right"}
    assert starts == {
        "delta": "δ is not carried back through the standardisation",
        "dense_gradient": "dW is 20 times too large: a sum over the images, not their mean",
        "map_gradient": "G is computed from the dense weights after their update",
        "average_over_images": "g is the mean over all images, not each image's own",
        "reshape": "M is made of the right numbers in wrong cells",
        "filter_gradient": "It needs each image's own map, of which the averaging before it left "
        "only the mean",
    }
    assert {one.sentence for one in checks if one.verdict == "right"} == {
        "It computes what it should, to within rounding."
    }


def test_nothing_is_changed_and_verdicts_repeat() -> None:
    batch, parameters = made_batch(6), initial_parameters(0)
    kept = parameters.f.copy(), parameters.wo.copy(), batch.planes.copy()
    first = check_operations(batch, parameters, NOTEBOOK, 15.0)
    assert check_operations(batch, parameters, NOTEBOOK, 15.0) == first
    for array, before in zip((parameters.f, parameters.wo, batch.planes), kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_without_a_forward_pass_there_is_no_verdict() -> None:
    with pytest.raises(SingleImageError):
        check_operations(made_batch(1), initial_parameters(0), EXACT, 15.0)
    images = np.zeros((4, 28, 28))
    with pytest.raises(ZeroDeviationError):
        check_operations(Batch(images, np.zeros((1, 4))), initial_parameters(0), EXACT, 15.0)


def test_all_operations_take_less_than_a_second() -> None:
    batch, parameters = made_batch(200), initial_parameters(0)
    seconds = []
    for _ in range(3):
        start = time.thread_time()  # of this thread, however busy the machine is
        check_operations(batch, parameters, NOTEBOOK, 15.0)
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 1
