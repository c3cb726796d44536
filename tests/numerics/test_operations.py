import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.numerics.errors import NonFiniteError, SingleImageError, ZeroDeviationError
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import (
    FORWARD,
    OPERATIONS,
    Operation,
    apply,
    inputs,
    iterate,
    operation_name,
    updated,
)
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from tests.numerics import reference
from tests.numerics.samples import (
    made_batch,
    made_images,
    mixed_parameters,
    mnist_batch,
    relative_difference,
)

Golden = Callable[[str], dict[str, NDArray[Any]]]
GOLDEN = ("small", "first_step", "lr15_steps", "ten_steps", "tiny_lr")
NAMES = [operation.name for operation in OPERATIONS]


def of(rule: Rule) -> str:
    return rule.title


# What the notebook computed


@pytest.mark.parametrize("name", GOLDEN)
def test_every_iteration_of_the_notebook(golden: Golden, name: str) -> None:
    notebook = golden(name)
    batch = Batch.from_images(notebook["images"], notebook["labels"])
    parameters = initial_parameters(int(notebook["seed"]))
    learning_rate = float(notebook["learning_rate"])
    steps = len(notebook["error"])
    for t in range(steps):
        tensors = iterate(batch, parameters, NOTEBOOK, learning_rate)
        for ours, theirs in [
            (parameters.f, "f"),
            (parameters.wo, "wo"),
            (tensors["o"], "output"),
            (tensors["E"], "error"),
            (tensors["dW"], "delta_error_fcp"),
            (tensors["dF"], "filter_update"),
        ]:
            np.testing.assert_allclose(
                ours, notebook[theirs][t], rtol=1e-9, atol=0, err_msg=f"{theirs} of iteration {t}"
            )
        parameters = updated(tensors)
    np.testing.assert_allclose(parameters.f, notebook["f"][steps], rtol=1e-9, atol=0)
    np.testing.assert_allclose(parameters.wo, notebook["wo"][steps], rtol=1e-9, atol=0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("C", "filter_output"),
        ("a", "activations"),
        ("z", "z"),
        ("zs", "zs"),
        ("error_wrt_output", "error_wrt_output"),
        ("output_wrt_z", "output_wrt_z"),
        ("G", "e_full"),
        ("g", "e_avg"),
        ("M", "e_map"),
    ],
)
def test_every_intermediate_of_the_notebook(golden: Golden, ours: str, theirs: str) -> None:
    notebook = golden("small")
    batch = Batch.from_images(notebook["images"], notebook["labels"])
    tensors = iterate(batch, initial_parameters(0), NOTEBOOK, float(notebook["learning_rate"]))
    expected = notebook[f"step0_{theirs}"]
    np.testing.assert_allclose(
        tensors[ours].reshape(expected.shape), expected, rtol=1e-9, atol=1e-300
    )


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=of)
def test_the_first_losses_on_mnist(mnist_folder: Path, rule: Rule) -> None:
    """For 200 images and seed 0; the fast path's tests contain the whole table."""
    batch, parameters = mnist_batch(mnist_folder, 200), initial_parameters(0)
    assert np.count_nonzero(batch.y) == 91
    expected = {
        NOTEBOOK: (15.0, {0: 0.169, 1: 0.187, 2: 0.091, 5: 0.184}),
        EXACT: (100.0, {0: 0.169, 1: 0.168, 2: 0.167, 5: 0.165}),
    }
    learning_rate, table = expected[rule]
    for t in range(max(table) + 1):
        tensors = iterate(batch, parameters, rule, learning_rate)
        if t in table:
            assert np.mean(tensors["E"]) == pytest.approx(table[t], abs=6e-4), t
        parameters = updated(tensors)


# An independent implementation

ETA = 7.0


@cache
def reference_case(case: str) -> tuple[Batch, Parameters, reference.Arrays]:
    """A batch, parameters and their forward pass in plain loops, which all rules share."""
    n, parameters = {
        "first parameters": (3, initial_parameters(11)),
        "parameters of both signs": (3, mixed_parameters(12)),
    }[case]
    batch = made_batch(n, seed=n)
    return batch, parameters, reference.forward(batch.X, batch.y, parameters.f, parameters.wo)


@cache
def by_rule() -> dict[Rule, Tensors]:
    """The tensors of three images under every rule."""
    return {rule: iterate(made_batch(3), initial_parameters(1), rule, ETA) for rule in RULES}


@pytest.mark.parametrize("case", ["first parameters", "parameters of both signs"])
@pytest.mark.parametrize("name", ["C", "A", "a", "z", "mean", "std", "zs", "o", "E"])
def test_forward_against_plain_loops(case: str, name: str) -> None:
    batch, parameters, expected = reference_case(case)
    tensors = inputs(batch, parameters)
    for operation in FORWARD:
        tensors = apply(operation, tensors, NOTEBOOK, ETA)
    assert relative_difference(tensors[name], expected[name]) < 1e-12


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        *(("parameters of both signs", rule) for rule in RULES),
        *(("first parameters", rule) for rule in (NOTEBOOK, EXACT)),
    ],
    ids=lambda value: value.title if isinstance(value, Rule) else value,
)
def test_all_rules_against_plain_loops(case: str, rule: Rule) -> None:
    batch, parameters, forward = reference_case(case)
    expected = reference.backward(forward, rule.corrected, ETA)
    tensors = iterate(batch, parameters, rule, ETA)
    for name in ("delta", "dW", "wo_next", "G", "dF", "f_next"):
        assert relative_difference(tensors[name], expected[name]) < 1e-11, name


def test_every_switch_changes_the_iteration() -> None:
    """No two rules are the same, so the comparison above distinguishes them."""
    results = [updated(tensors) for tensors in by_rule().values()]
    for i, one in enumerate(results):
        for other in results[:i]:
            moved = np.abs(one.f - other.f).max() + np.abs(one.wo - other.wo).max()
            assert moved > 1e-6


# The exact rule is the gradient


def mean_loss(batch: Batch, f: NDArray[Any], wo: NDArray[Any]) -> Any:  # noqa: ANN401
    """L in five separate lines, for real and for complex parameters."""
    windows = np.lib.stride_tricks.sliding_window_view(batch.planes, (5, 5), axis=(1, 2))
    maps = 1 / (1 + np.exp(-np.tensordot(windows, f, 2))).transpose(0, 3, 1, 2)
    z = maps.reshape(batch.n, -1) @ wo[:, 0]
    zs = (z - z.mean()) / np.sqrt(((z - z.mean()) ** 2).mean())
    return ((batch.y[0] - 1 / (1 + np.exp(-zs))) ** 2 / 2).mean()


@pytest.mark.parametrize("seed", [1])
def test_the_exact_rule_against_central_differences(seed: int) -> None:
    """All 75 filter weights and 72 dense weights.

    With an h of 1e-4 of the parameter's scale the differences are good to about 1e-8 of the
    largest derivative; held to 1e-6 of it.
    """
    batch, parameters = made_batch(7, seed), initial_parameters(seed)
    tensors = iterate(batch, parameters, EXACT, 1.0)
    cells: list[tuple[str, tuple[int, ...], float]] = [
        ("f", index, 2e-5) for index in np.ndindex(5, 5, 3)
    ]
    cells += [("wo", (j, 0), 1e-4 * tensors["std"].item()) for j in range(seed, 1728, 24)]
    analytic = {"f": tensors["dF"].transpose(1, 2, 0), "wo": tensors["dW"]}
    differences: dict[str, list[float]] = {"f": [], "wo": []}
    for name, index, h in cells:
        losses = []
        for sign in (1, -1):
            moved = {"f": parameters.f.copy(), "wo": parameters.wo.copy()}
            moved[name][index] += sign * h
            losses.append(mean_loss(batch, **moved))
        numeric = (losses[0] - losses[1]) / (2 * h)
        differences[name].append(abs(numeric - analytic[name][index]))
    assert (len(differences["f"]), len(differences["wo"])) == (75, 72)
    assert max(differences["f"]) < 1e-6 * np.abs(analytic["f"]).max()
    assert max(differences["wo"]) < 1e-6 * np.abs(analytic["wo"]).max()


@pytest.mark.parametrize("seed", [0])
def test_the_exact_rule_against_complex_steps(seed: int) -> None:
    """``Im L(p + ih) / h`` has no difference to cancel, so it is good to the last digits."""
    batch, parameters = made_batch(3, seed), mixed_parameters(seed)
    tensors = iterate(batch, parameters, EXACT, 1.0)
    analytic = {"f": tensors["dF"].transpose(1, 2, 0), "wo": tensors["dW"]}
    cells: list[tuple[str, tuple[int, ...]]] = [("f", index) for index in np.ndindex(5, 5, 3)]
    cells += [("wo", (j, 0)) for j in range(seed, 1728, 37)]
    for name, index in cells:
        moved = {"f": parameters.f.astype(complex), "wo": parameters.wo.astype(complex)}
        moved[name][index] += 1e-30j
        exact = mean_loss(batch, **moved).imag / 1e-30
        allowed = 1e-10 * np.abs(analytic[name]).max()
        assert analytic[name][index] == pytest.approx(exact, rel=0, abs=allowed), (name, index)


def test_a_small_exact_step_lowers_the_loss() -> None:
    batch, parameters = made_batch(20), initial_parameters(0)
    before = iterate(batch, parameters, EXACT, 1.0)
    after = iterate(batch, updated(before), EXACT, 1.0)
    assert np.mean(after["E"]) < np.mean(before["E"])


# The list of operations


def test_names_and_writes_are_unique() -> None:
    assert len(set(NAMES)) == len(OPERATIONS) == 16
    writes = [name for operation in OPERATIONS for name in operation.writes]
    assert len(set(writes)) == len(writes)
    assert not set(writes) & {"X", "y", "f", "wo"}
    assert all(operation.title and operation.right.formula for operation in OPERATIONS)


def test_every_operation_reads_earlier_tensors() -> None:
    known = {"X", "y", "f", "wo"}
    for operation in OPERATIONS:
        assert set(operation.reads) <= known, operation.name
        known |= set(operation.writes)


def test_the_forward_pass_leads_from_the_images_to_the_errors() -> None:
    assert OPERATIONS[: len(FORWARD)] == FORWARD
    assert FORWARD[-1].writes == ("E",)


def test_tensors_have_the_notebooks_shapes() -> None:
    n = 3
    shapes = {
        "P": (24, 24, n, 5, 5),
        "C": (n, 3, 24, 24),
        "A": (n, 3, 24, 24),
        "a": (1728, n),
        "z": (1, n),
        "zs": (1, n),
        "mean": (1, 1),
        "std": (1, 1),
        "o": (1, n),
        "E": (1, n),
        "error_wrt_output": (1, n),
        "output_wrt_z": (1, n),
        "delta": (1, n),
        "dW": (1728, 1),
        "wo_next": (1728, 1),
        "dF": (3, 5, 5),
        "f_next": (5, 5, 3),
    }
    for rule, tensors in by_rule().items():
        errors = {"G": (1728, n), "g": (1728,), "M": (24, 24, 3)}
        if rule.corrects("pairing"):
            errors |= {"g": (1728, n), "M": (24, 24, 3, n)}
        for name, shape in {**shapes, **errors}.items():
            assert tensors[name].shape == shape, (rule.title, name)


@pytest.mark.parametrize("rule", RULES, ids=of)
def test_operations_keep_single_precision(rule: Rule) -> None:
    tensors = iterate(made_batch(2, dtype=np.float32), initial_parameters(0, np.float32), rule, 2.0)
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}


class Recording(Mapping[str, Floats]):
    """Tensors that remember which of them were read."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Floats:
        self.read.add(name)
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_reads_only_declared_tensors(operation: Operation) -> None:
    """Given only those, it gives the same result, and each is read under some rule."""
    read: set[str] = set()
    for rule, expected in by_rule().items():
        given = Recording({name: expected[name] for name in operation.reads})
        results = operation.variant(rule).compute(given, ETA)
        assert len(results) == len(operation.writes)
        for name, result in zip(operation.writes, results, strict=True):
            np.testing.assert_array_equal(result, expected[name], err_msg=f"{rule.title}: {name}")
        read |= given.read
    assert read == set(operation.reads)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=of)
def test_an_operation_does_not_change_its_inputs(operation: Operation, rule: Rule) -> None:
    """The inputs are writable here, so that only the operation itself can protect them."""
    tensors = by_rule()[rule]
    given = {name: np.array(tensors[name]) for name in operation.reads}
    before = {name: array.copy() for name, array in given.items()}
    operation.variant(rule).compute(given, ETA)
    for name, array in given.items():
        np.testing.assert_array_equal(array, before[name])


def test_apply_only_adds_tensors() -> None:
    tensors = inputs(made_batch(3), initial_parameters(0))
    following = apply(OPERATIONS[0], tensors, NOTEBOOK, 1.0)
    assert set(tensors) == {"X", "y", "f", "wo"}
    assert set(following) == {"X", "y", "f", "wo", "P"}
    with pytest.raises(TypeError):
        following["P"] = following["P"]  # type: ignore[index]


def test_tensors_are_read_only() -> None:
    for tensors in by_rule().values():
        assert not any(tensor.flags.writeable for tensor in tensors.values())


def test_updated_parameters_are_the_last_tensors() -> None:
    tensors = iterate(made_batch(3), initial_parameters(0), EXACT, 3.0)
    parameters = updated(tensors)
    np.testing.assert_array_equal(parameters.f, tensors["f_next"])
    np.testing.assert_array_equal(parameters.wo, tensors["wo_next"])
    np.testing.assert_allclose(
        parameters.f, tensors["f"] - 3 * tensors["dF"].transpose(1, 2, 0), rtol=1e-15
    )


SCRATCH = 16 * 2**20
"""Bytes that an operation may allocate besides its results, for any n."""


def test_operations_need_little_memory_beside_their_results() -> None:
    """Of 2,450 images; one array as large as the feature maps would need 34 MB."""
    images, labels = made_images(50)
    many = np.repeat(images, 49, axis=0), np.repeat(labels, 49)
    forward = inputs(Batch.from_images(*many), initial_parameters(0))
    tracemalloc.start()
    try:
        for rule, operations in ((NOTEBOOK, OPERATIONS), (EXACT, OPERATIONS[len(FORWARD) :])):
            tensors = forward
            for operation in operations:
                tracemalloc.reset_peak()
                tensors = apply(operation, tensors, rule, ETA)
                current, peak = tracemalloc.get_traced_memory()
                assert peak - current < SCRATCH, (rule.title, operation.name)
                if operation is FORWARD[-1]:
                    forward = tensors
    finally:
        tracemalloc.stop()
    assert tensors["C"].nbytes > 2 * SCRATCH


# What can go wrong


def first_error(parameters: Parameters, dtype: type = np.float64) -> NonFiniteError:
    with pytest.raises(NonFiniteError, match="step back to see what they are") as caught:
        iterate(made_batch(4, dtype=dtype), parameters, EXACT, 1.0)
    return caught.value


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_overflow_is_named_by_its_operation(dtype: type) -> None:
    p, huge = initial_parameters(0, dtype), dtype(np.finfo(dtype).max)
    error = first_error(Parameters(np.full_like(p.f, huge / 2), p.wo.copy()), dtype)
    assert error.operation == "correlate"
    assert "values of C are not finite" in str(error)
    error = first_error(Parameters(p.f.copy(), np.full_like(p.wo, huge / 4)), dtype)
    assert error.operation == "dense"
    assert str(error).startswith("4 of 4 values of z are not finite")
    error = first_error(Parameters(p.f.copy(), p.wo * np.sqrt(huge)), dtype)
    assert error.operation == "standardise"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_parameter_that_is_not_finite_is_named_at_the_failing_operation(value: float) -> None:
    p = initial_parameters(0)
    f, wo = p.f.copy(), p.wo.copy()
    f[2, 2, 1] = wo[100, 0] = value
    assert first_error(Parameters(f, p.wo)).operation == "correlate"
    assert first_error(Parameters(p.f, wo)).operation == "dense"


def test_a_learning_rate_that_overflows_is_named() -> None:
    with pytest.raises(NonFiniteError) as caught:
        iterate(made_batch(4), initial_parameters(0), NOTEBOOK, 1e308)
    assert caught.value.operation == "filter_update"


def test_one_image_is_refused() -> None:
    with pytest.raises(SingleImageError):
        iterate(made_batch(1), initial_parameters(0), EXACT, 1.0)


@pytest.mark.parametrize(
    ("n", "dtype"), [(2, np.float64), (31, np.float64), (6, np.float32), (65, np.float32)]
)
def test_images_whose_z_differ_by_rounding_alone_are_refused(dtype: type, n: int) -> None:
    images, _ = made_images(1)
    labels = (np.arange(n) % 10).astype(np.uint8)
    same = Batch.from_images(np.repeat(images, n, axis=0), labels, dtype)
    with pytest.raises(ZeroDeviationError):
        iterate(same, initial_parameters(0, dtype), EXACT, 1.0)
    p = initial_parameters(0, dtype)
    blind = Parameters(np.zeros_like(p.f), p.wo.copy())
    with pytest.raises(ZeroDeviationError):
        iterate(made_batch(n, dtype=dtype), blind, EXACT, 1.0)
    deaf = Parameters(p.f.copy(), np.zeros_like(p.wo))
    with pytest.raises(ZeroDeviationError):
        iterate(made_batch(n, dtype=dtype), deaf, EXACT, 1.0)


def test_an_operation_is_known_by_its_name_its_title_and_former_names() -> None:
    for operation in OPERATIONS:
        assert operation_name(operation.name) == operation_name(operation.title) == operation.name
    assert operation_name("Filter-Gradient") == "filter_gradient"
    assert operation_name("reread") == operation_name("re-reading") == "reshape"
    assert operation_name("pooling") == "pooling"
