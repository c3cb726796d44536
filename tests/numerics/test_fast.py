"""The fast path, held to the readable one."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cnnviz.numerics import layers
from cnnviz.numerics.errors import NonFiniteError, SingleImageError, ZeroDeviationError
from cnnviz.numerics.fast import SAMPLE, FastIteration
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import FORWARD, OPERATIONS, apply, inputs
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.numerics.variants import Variant
from tests.numerics.samples import (
    made_batch,
    made_images,
    mixed_parameters,
    mnist_batch,
    relative_difference,
)

Golden = Callable[[str], dict[str, NDArray[Any]]]
CASES = ((2, "first"), (3, "mixed"), (33, "first"), (130, "mixed"))
"""Images and parameters: fewer than fill a vector register, one block, and several."""
ETA = 100.0
ONE_BY_ONE = [rule for rule in RULES if len(rule.corrected) in {0, 1, 5}]
PAIRED = Rule.correcting(["pairing"])


@pytest.fixture(autouse=True, scope="module")
def one_blas_thread() -> Iterator[None]:
    """The condition under which results are the same bit by bit."""
    with threadpool_limits(1, "blas"):
        yield


# What the notebook computed


@pytest.mark.parametrize("name", ["small", "first_step", "lr15_steps", "ten_steps", "tiny_lr"])
def test_every_iteration_of_the_notebook(golden: Golden, name: str) -> None:
    notebook = golden(name)
    batch = Batch.from_images(notebook["images"], notebook["labels"])
    parameters = initial_parameters(int(notebook["seed"]))
    steps = len(notebook["error"])
    with closing(FastIteration(batch, threads=2)) as iteration:
        for t in range(steps):
            forward = iteration.forward(parameters)
            np.testing.assert_allclose(parameters.f, notebook["f"][t], rtol=1e-9)
            np.testing.assert_allclose(parameters.wo, notebook["wo"][t], rtol=1e-9)
            np.testing.assert_allclose(forward.o, notebook["output"][t], rtol=1e-9)
            np.testing.assert_allclose(forward.E, notebook["error"][t], rtol=1e-9)
            parameters = iteration.update(NOTEBOOK, float(notebook["learning_rate"]))
    np.testing.assert_allclose(parameters.f, notebook["f"][steps], rtol=1e-9)
    np.testing.assert_allclose(parameters.wo, notebook["wo"][steps], rtol=1e-9)


def test_the_intermediates_of_the_notebook(golden: Golden) -> None:
    """The tensors of the fast path: it stores no C, and its errors never leave a block."""
    notebook = golden("small")
    iteration = FastIteration(Batch.from_images(notebook["images"], notebook["labels"]))
    forward = iteration.forward(initial_parameters(0))
    np.testing.assert_allclose(forward.z, notebook["step0_z"], rtol=1e-9)
    np.testing.assert_allclose(forward.zs, notebook["step0_zs"], rtol=1e-9)
    units = (1 + np.hstack(iteration._T)[iteration._tiling.inverse]) / 2
    np.testing.assert_allclose(units, notebook["step0_activations"], rtol=1e-9)


TABLE = {
    # rule, η: losses at iterations 0, 1, 2, 5, 10, 20, 50, 100, and the best accuracy of 300,
    # which comes within 100
    (NOTEBOOK, 15.0): ([0.169, 0.187, 0.091, 0.184, 0.117, 0.102, 0.102, 0.102], 0.72),
    (NOTEBOOK, 0.01): ([0.169, 0.168, 0.167, 0.165, 0.162, 0.151, 0.093, 0.103], 0.77),
    (EXACT, 100.0): ([0.169, 0.168, 0.167, 0.165, 0.159, 0.112, 0.053, 0.040], 1.00),
}


@pytest.mark.parametrize(("rule", "learning_rate"), TABLE, ids=lambda value: str(value)[:12])
def test_losses_and_accuracy_on_mnist(mnist_folder: Path, rule: Rule, learning_rate: float) -> None:
    losses, best = TABLE[rule, learning_rate]
    parameters = initial_parameters(0)
    with closing(FastIteration(mnist_batch(mnist_folder, 200), threads=2)) as iteration:
        passes = []
        for _ in range(101):
            passes.append(iteration.forward(parameters))
            parameters = iteration.update(rule, learning_rate)
    for t, loss in zip((0, 1, 2, 5, 10, 20, 50, 100), losses, strict=True):
        assert passes[t].loss == pytest.approx(loss, abs=6e-4), t
    assert max(forward.accuracy for forward in passes) == pytest.approx(best, abs=5e-3)


# The readable path


@dataclass(frozen=True)
class Outcome:
    """What the readable path makes of one rule, and how far float32 may be from it."""

    f: Floats
    wo: Floats
    float32_f: Floats
    float32_wo: Floats


@dataclass(frozen=True)
class Case:
    """One batch and parameters, in float32 numbers, so that both precisions start equal."""

    batch: Batch
    parameters: Parameters
    forward: Tensors
    float32_zs: float
    outcomes: dict[Rule, Outcome]


@pytest.fixture(
    scope="module",
    params=CASES,
    ids=lambda case: f"{case[0]}-{case[1]}",
)
def case(request: pytest.FixtureRequest) -> Case:
    """The rules on the readable path in float64: all 32, or of many images one for each pass."""
    n, kind = request.param
    start = initial_parameters if kind == "first" else mixed_parameters
    batch = made_batch(n, seed=n, dtype=np.float32)
    batch = Batch(batch.planes.astype(np.float64), batch.y.astype(np.float64))
    parameters = start(n, np.float32).astype(np.float64)
    forward = inputs(batch, parameters)
    for operation in FORWARD:
        forward = apply(operation, forward, NOTEBOOK, ETA)
    outcomes = {}
    reached: dict[tuple[Variant, ...], Tensors] = {}  # rules share what they begin with
    for rule in RULES if n < 100 else ONE_BY_ONE:
        tensors, begun = forward, tuple[Variant, ...]()
        for operation in OPERATIONS[len(FORWARD) :]:
            begun = (*begun, operation.variant(rule))
            if begun not in reached:
                reached[begun] = apply(operation, tensors, rule, ETA)
            tensors = reached[begun]
        bound_f, bound_wo = float32_bounds(tensors, rule)
        outcomes[rule] = Outcome(tensors["f_next"], tensors["wo_next"], bound_f, bound_wo)
    return Case(batch, parameters, forward, float(float32_errors(forward)[1].max()), outcomes)


def moved(case: Case, outcome: Outcome, name: str) -> float:
    """The largest change of f or wo."""
    return float(np.abs(getattr(outcome, name) - getattr(case.parameters, name)).max())


U = 2.0**-24
"""Unit roundoff of float32: one operation errs by at most this, relative to its result."""
SIGMAS = 4
"""Standard deviations that the sum of many independent roundings is allowed."""


def float32_errors(t: Tensors) -> tuple[Floats, Floats, float]:
    """How far float32 may be from the true T = tanh(C/2), ẑ and std z; see `float32_bounds`."""
    field = np.abs(t["f"]).sum(axis=(0, 1)).max()
    slope = t["a"] * (1 - t["a"])  # of T by C: half of it
    unit = U * (SIGMAS * 5 * field * 2 * slope + 4)
    size = np.sqrt(np.sum(t["wo"] ** 2))
    partial = np.abs(t["z"]).max() + size
    z = SIGMAS / 2 * np.sqrt(t["wo"].T ** 2 @ unit**2) + SIGMAS * 1728**0.5 * U * partial
    z_error = float(np.max(z))
    return unit, (2 + np.abs(t["zs"])) * z_error / t["std"], z_error


def float32_bounds(t: Tensors, rule: Rule) -> tuple[Floats, Floats]:
    """How far f and wo may be off after one iteration in float32, number by number.

    Errors propagate through the operations to first order; u = 2⁻²⁴ is the unit roundoff. A
    sum of m terms errs by at most 4 √m u times its largest partial sum: m independent roundings
    add up as a random walk, and 4 standard deviations are allowed.

    - C sums 25 products of pixels ≤ 1: 4 · 5 u Σ|f|. T = tanh(C/2) takes half its slope of that,
      and 4 u of its own. (The readable path's a = ½ (1 + T) errs by half as much.)
    - z sums 1728 products: the errors of T as a random walk through ½ wo, and 4 √1728 u times
      max |z| + ‖wo‖, which a partial sum hardly exceeds.
    - ẑ = (z − mean z) / std z: mean and deviation err by no more than z, so ẑ by
      (2 + |ẑ|) Δz / std z. A batch with a small deviation is badly conditioned, in any precision.
    - δ changes by at most 1/12 of a change of ẑ, and is at most 4/27; carrying it back through
      the standardisation is the product rule on (δ − mean δ − ẑ mean(δ ẑ)) / std z.
    - dW and dF are the sums that the readable path computes, of magnitudes instead of values,
      with each factor's error in its place, and 4 √m u for the sums themselves.
    - The updates round twice.
    """
    n, zs, d, lr = t["y"].size, np.abs(t["zs"]), np.abs(t["delta"]), ETA
    unit, zs_error, z_error = float32_errors(t)
    d_error = zs_error / 12 + 2 * U
    if rule.corrects("standardisation"):
        deviation = z_error / t["std"]
        along = d_error.max() + 4 / 27 * zs_error.max()
        d_error = 2 * d_error.max() + zs * along + 4 / 27 * (zs_error + (2 + zs) * deviation)
        d_error = d_error / t["std"]

    a, slope, through = t["a"], t["a"] * (1 - t["a"]), np.abs(t["wo"])
    dW = a @ d_error.T + unit / 2 @ d.T + SIGMAS * n**0.5 * U * (a @ d.T)
    wo = lr * (dW / n if rule.corrects("scale") else dW) + 2 * U * (np.abs(t["wo_next"]) + through)

    through_error = 0 * wo if rule.corrects("update-order") else wo
    if not rule.corrects("update-order"):
        through = np.abs(t["wo_next"])
    sums = SIGMAS * (24 + n**0.5) * U  # over 576 units, and over n images
    G = slope * (through @ d_error + through_error @ d)
    G += (unit / 2 + (4 * U + sums) * slope) * (through @ d)
    g = G if rule.corrects("pairing") else G.mean(axis=1)
    M = layers.unflatten(g) if rule.corrects("layout") else layers.reshape_row_column_filter(g)
    dF = layers.correlate_gradient(t["P"], M).transpose(1, 2, 0)
    return lr * dF + 2 * U * (np.abs(t["f_next"]) + np.abs(t["f"])), wo


def test_float64_is_the_readable_path(case: Case) -> None:
    """To 1e-10 of the largest change that the iteration makes, for every rule."""
    with closing(FastIteration(case.batch, threads=2)) as iteration:
        forward = iteration.forward(case.parameters)
        for name in ("z", "zs", "o", "E"):
            assert relative_difference(getattr(forward, name), case.forward[name]) < 1e-10, name
        assert forward.mean == pytest.approx(case.forward["mean"].item(), rel=1e-10)
        assert forward.std == pytest.approx(case.forward["std"].item(), rel=1e-10)
        assert forward.loss == pytest.approx(np.mean(case.forward["E"]), rel=1e-10)
        for rule, expected in case.outcomes.items():
            updated = iteration.update(rule, ETA)
            for name in ("f", "wo"):
                difference = np.abs(getattr(updated, name) - getattr(expected, name)).max()
                # Where the gradient is 0 (two images under the exact rule), rounding remains.
                largest = max(moved(case, expected, name), 1e-3)
                assert difference < 1e-10 * largest, (rule.title, name)


def test_float32_is_the_readable_path_within_its_bound(case: Case) -> None:
    batch = Batch(case.batch.planes.astype(np.float32), case.batch.y.astype(np.float32))
    with closing(FastIteration(batch, threads=2)) as iteration:
        forward = iteration.forward(case.parameters.astype(np.float32))
        assert np.abs(forward.zs - case.forward["zs"]).max() < case.float32_zs
        for rule, expected in case.outcomes.items():
            updated = iteration.update(rule, ETA)
            assert updated.f.dtype == updated.wo.dtype == np.float32
            f, wo = np.abs(updated.f - expected.f), np.abs(updated.wo - expected.wo)
            assert np.all(f < expected.float32_f), rule.title
            assert np.all(wo < expected.float32_wo), rule.title
            if batch.n > 2:  # far below the bound, at most 7e-5 of the change was measured
                assert f.max() < 1e-3 * moved(case, expected, "f"), rule.title
                assert wo.max() < 1e-3 * moved(case, expected, "wo"), rule.title


def test_the_float32_bound_is_not_vacuous(case: Case) -> None:
    """Under the two rules with a name it is at most half of the change it is a bound for.

    Of two images, ẑ are ±1 whatever the parameters, and the exact gradient is 0.
    """
    for rule in (NOTEBOOK,) if case.batch.n == 2 else (NOTEBOOK, EXACT):
        expected = case.outcomes[rule]
        assert expected.float32_f.max() < 0.5 * moved(case, expected, "f"), rule.title
        assert expected.float32_wo.max() < 0.5 * moved(case, expected, "wo"), rule.title


@pytest.mark.parametrize("rule", [EXACT, Rule.correcting(["standardisation", "pairing", "scale"])])
def test_several_iterations_follow_the_readable_path(rule: Rule) -> None:
    batch, parameters = made_batch(40), initial_parameters(3)
    readable = parameters
    iteration = FastIteration(batch)
    for _ in range(5):
        tensors = inputs(batch, readable)
        for operation in OPERATIONS:
            tensors = apply(operation, tensors, rule, 20.0)
        readable = Parameters(tensors["f_next"], tensors["wo_next"])
        iteration.forward(parameters)
        parameters = iteration.update(rule, 20.0)
        assert relative_difference(parameters.f, readable.f) < 1e-10
        assert relative_difference(parameters.wo, readable.wo) < 1e-10


# Repeatable


def run_of(batch: Batch, threads: int, rule: Rule) -> list[bytes]:
    """Every number of two iterations, as bytes."""
    parameters = initial_parameters(0, batch.planes.dtype)
    numbers = []
    with closing(FastIteration(batch, threads)) as iteration:
        for _ in range(2):
            forward = iteration.forward(parameters)
            parameters = iteration.update(rule, 2.0)
            numbers += [forward.z.tobytes(), forward.E.tobytes()]
            numbers += [parameters.f.tobytes(), parameters.wo.tobytes()]
    return numbers


@pytest.mark.parametrize(("n", "dtype"), [(33, np.float64), (130, np.float64), (250, np.float32)])
@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT, PAIRED], ids=lambda r: r.title)
def test_threads_and_repetition_change_no_bit(n: int, dtype: type, rule: Rule) -> None:
    batch = made_batch(n, dtype=dtype)
    expected = run_of(batch, 1, rule)
    assert run_of(batch, 1, rule) == expected
    assert run_of(batch, 2, rule) == expected
    assert run_of(batch, 3, rule) == expected


def test_updates_of_one_forward_pass_do_not_disturb_each_other() -> None:
    iteration = FastIteration(made_batch(40))
    iteration.forward(initial_parameters(0))
    first = [iteration.update(rule, 3.0) for rule in RULES]
    for rule, expected in zip(reversed(RULES), reversed(first), strict=True):
        again = iteration.update(rule, 3.0)
        np.testing.assert_array_equal(again.f, expected.f)
        np.testing.assert_array_equal(again.wo, expected.wo)


def test_results_are_read_only_and_never_change() -> None:
    iteration, parameters = FastIteration(made_batch(5)), initial_parameters(0)
    forward = iteration.forward(parameters)
    copies = forward.z.copy(), forward.o.copy()
    updated = iteration.update(NOTEBOOK, 1.0)
    for array in (forward.z, forward.zs, forward.o, forward.E, updated.f, updated.wo):
        assert not array.flags.writeable
    f = updated.f.copy()
    iteration.forward(mixed_parameters())
    iteration.update(EXACT, 5.0)
    np.testing.assert_array_equal(forward.z, copies[0])
    np.testing.assert_array_equal(forward.o, copies[1])
    np.testing.assert_array_equal(updated.f, f)


def test_close_ends_the_threads() -> None:
    before = set(threading.enumerate())
    iteration = FastIteration(made_batch(130), threads=3)
    iteration.forward(initial_parameters(0))
    assert 1 <= len(set(threading.enumerate()) - before) <= 2
    iteration.close()
    assert set(threading.enumerate()) == before


def test_one_thread_starts_none() -> None:
    before = set(threading.enumerate())
    FastIteration(made_batch(130), threads=1).forward(initial_parameters(0))
    FastIteration(made_batch(3), threads=8).forward(initial_parameters(0))  # one block
    assert set(threading.enumerate()) == before


# Saturation


@pytest.mark.parametrize(("n", "dtype"), [(2, np.float32), (33, np.float64), (130, np.float32)])
@pytest.mark.parametrize("scale", [-3.0, 0.01, 1.0, 2.0, 20.0])
def test_saturated_share_against_a_direct_count(n: int, scale: float, dtype: type) -> None:
    """σ′ computed from C in float64; C that round to the threshold are not among these."""
    batch, p = made_batch(n, seed=n, dtype=dtype), initial_parameters(n, dtype)
    parameters = Parameters(p.f * dtype(scale), p.wo)
    iteration = FastIteration(batch)
    iteration.forward(parameters)
    images = range(0, n, -(-n // SAMPLE))
    assert len(images) <= SAMPLE
    seeing = saturated = 0
    for k in images:
        plane = batch.planes[k].astype(np.float64)
        P = layers.patches(plane[..., np.newaxis])
        C = layers.correlate(P, parameters.f.astype(np.float64))[0]
        ink = (P > 0).any(axis=(2, 3, 4))
        derivative = 1 / (2 * np.cosh(C / 2)) ** 2
        seeing += 3 * np.count_nonzero(ink)
        saturated += np.count_nonzero((derivative < layers.SATURATED) & ink)
    assert iteration.saturated_share() == pytest.approx(saturated / seeing, abs=2 / seeing)
    if scale == 0.01:
        assert saturated == 0
    if scale == 20:
        assert saturated > seeing / 2


def test_without_ink_no_unit_is_saturated() -> None:
    blank = Batch.from_images(np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8))
    iteration = FastIteration(blank)
    with pytest.raises(ZeroDeviationError):
        iteration.forward(initial_parameters(0))
    assert iteration.saturated_share() == 0


# What can go wrong


def test_update_and_share_need_a_forward_pass() -> None:
    iteration = FastIteration(made_batch(3))
    with pytest.raises(RuntimeError, match="call forward first"):
        iteration.update(NOTEBOOK, 1.0)
    with pytest.raises(RuntimeError, match="call forward first"):
        iteration.saturated_share()


def test_update_does_not_use_an_older_pass_after_a_failure() -> None:
    iteration, p = FastIteration(made_batch(3)), initial_parameters(0)
    iteration.forward(p)
    with pytest.raises(ZeroDeviationError):
        iteration.forward(Parameters(p.f.copy(), np.zeros_like(p.wo)))
    with pytest.raises(RuntimeError, match="call forward first"):
        iteration.update(NOTEBOOK, 1.0)
    iteration.forward(p)
    iteration.update(NOTEBOOK, 1.0)


def first_error(parameters: Parameters, dtype: type, threads: int = 1) -> NonFiniteError:
    with (
        closing(FastIteration(made_batch(65, dtype=dtype), threads)) as iteration,
        pytest.raises(NonFiniteError, match="step back to see what they are") as caught,
    ):
        iteration.forward(parameters)
    return caught.value


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("threads", [1, 2])
def test_overflow_is_named_by_its_operation(dtype: type, threads: int) -> None:
    """Also if tanh hides it: an infinite C gives a unit of 1, which is a finite number."""
    p, huge = initial_parameters(0, dtype), dtype(np.finfo(dtype).max)
    error = first_error(Parameters(np.full_like(p.f, huge / 2), p.wo.copy()), dtype, threads)
    assert error.operation == "correlate"
    assert "values of C are not finite" in str(error)
    error = first_error(Parameters(p.f.copy(), np.full_like(p.wo, huge / 4)), dtype, threads)
    assert error.operation == "dense"
    assert str(error).startswith("65 of 65 values of z are not finite")
    error = first_error(Parameters(p.f.copy(), p.wo * np.sqrt(huge)), dtype, threads)
    assert error.operation == "standardise"


def test_filters_that_do_not_overflow_are_no_error() -> None:
    p = initial_parameters(0)
    forward = FastIteration(made_batch(5)).forward(Parameters(p.f * 1e307, p.wo))
    assert np.isfinite(forward.loss)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_parameter_that_is_not_finite_is_named_at_the_failing_operation(value: float) -> None:
    p = initial_parameters(0)
    f, wo = p.f.copy(), p.wo.copy()
    f[2, 2, 1] = wo[100, 0] = value
    assert first_error(Parameters(f, p.wo), np.float64).operation == "correlate"
    assert first_error(Parameters(p.f, wo), np.float64).operation == "dense"


@pytest.mark.parametrize(
    ("n", "dtype", "learning_rate", "operation"),
    [
        (130, np.float32, np.inf, "dense_update"),
        (1000, np.float64, 1.2e307, "map_gradient"),
        (33, np.float64, 7e307, "filter_gradient"),
        (130, np.float64, 1e308, "filter_update"),
    ],
)
def test_a_learning_rate_that_overflows_is_named(
    n: int, dtype: type, learning_rate: float, operation: str
) -> None:
    iteration = FastIteration(made_batch(n, dtype=dtype))
    iteration.forward(initial_parameters(0, dtype))
    with pytest.raises(NonFiniteError) as caught:
        iteration.update(NOTEBOOK, learning_rate)
    assert caught.value.operation == operation


def test_one_image_is_refused() -> None:
    with pytest.raises(SingleImageError):
        FastIteration(made_batch(1)).forward(initial_parameters(0))


@pytest.mark.parametrize(
    ("n", "dtype"), [(2, np.float64), (31, np.float64), (6, np.float32), (65, np.float32)]
)
def test_images_whose_z_differ_by_rounding_alone_are_refused(dtype: type, n: int) -> None:
    images, _ = made_images(1)
    labels = (np.arange(n) % 10).astype(np.uint8)
    same = Batch.from_images(np.repeat(images, n, axis=0), labels, dtype)
    p = initial_parameters(0, dtype)
    with pytest.raises(ZeroDeviationError):
        FastIteration(same).forward(p)
    with pytest.raises(ZeroDeviationError):
        FastIteration(made_batch(n, dtype=dtype)).forward(Parameters(np.zeros_like(p.f), p.wo))
    with pytest.raises(ZeroDeviationError):
        FastIteration(made_batch(n, dtype=dtype)).forward(Parameters(p.f, np.zeros_like(p.wo)))


def test_the_sum_of_many_images_is_rounded_once() -> None:
    """Added up one by one in float32, 3,000 images would lose a digit or two."""
    planes = np.random.default_rng(0).random((3000, 28, 28)).astype(np.float32)
    iteration = FastIteration(Batch(planes, np.zeros((1, 3000), np.float32)))
    expected = planes.astype(np.float64).sum(axis=0)
    np.testing.assert_allclose(iteration._image_sum[..., 0], expected, rtol=6e-8)


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT, PAIRED], ids=lambda r: r.title)
def test_an_iteration_allocates_almost_no_memory(rule: Rule) -> None:
    """A few vectors of n and of the dense weights; one number a unit would be 6.9 MB here."""
    parameters = initial_parameters(0, np.float32)
    with closing(FastIteration(made_batch(1_000, dtype=np.float32), threads=2)) as iteration:
        for counted in (False, True):
            if counted:
                tracemalloc.start()
            iteration.forward(parameters)
            parameters = iteration.update(rule, 1.0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 0.5e6
