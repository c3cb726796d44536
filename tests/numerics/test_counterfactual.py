"""A number without some of its causes, held against operations that are carried out otherwise."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.numerics import layers
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.operations import OPERATIONS, apply, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.numerics.variants import Variant
from cnnviz.numerics.why import Cause, why
from cnnviz.numerics.why.counterfactual import WITHOUT, without
from tests.numerics.samples import made_images

Compute = Callable[[Tensors], tuple[Floats, ...]]
ETA = 3.0
N = 6
UPDATED = {"f_next": "f", "wo_next": "wo"}
UPDATE_ORDER = Rule.correcting({"scale", "standardisation", "pairing", "layout"})


def state() -> tuple[Batch, Parameters]:
    random = np.random.default_rng(3)
    f, wo = random.normal(size=(5, 5, 3)) / 3, random.normal(size=(1728, 1)) / 40
    return Batch.from_images(*made_images(N, 2)), Parameters(f, wo)


def iteration(rule: Rule) -> Tensors:
    return iterate(*state(), rule, ETA)


def again(tensors: Tensors, rule: Rule, operation: str, compute: Compute) -> Tensors:
    """Carry one operation out otherwise, and all that follow as they are."""
    names = [one.name for one in OPERATIONS]
    changed = rule.replacing(
        [Variant(operation, "changed", "", "", "", lambda t, _rate: compute(t))]
    )
    for one in OPERATIONS[names.index(operation) :]:
        tensors = apply(one, tensors, changed, ETA)
    return tensors


def entries(tensors: Tensors, rule: Rule, name: str) -> list[Entry]:
    """The largest entry, and some others."""
    random, values = np.random.default_rng(1), tensors[name]
    flat = [int(np.abs(values).argmax()), *random.integers(values.size, size=3)]
    return [
        Entry(tensors, rule, ETA, name, tuple(map(int, np.unravel_index(at, values.shape))), 0)
        for at in flat
    ]


@pytest.mark.parametrize("rule", RULES[::5], ids=lambda rule: rule.title)
def test_with_every_cause_an_entry_is_as_it_is(rule: Rule) -> None:
    tensors = iteration(rule)
    for operation in OPERATIONS:
        for name in operation.writes:
            for entry in entries(tensors, rule, name):
                assert without(entry, ()) == pytest.approx(entry.value, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT, UPDATE_ORDER], ids=lambda rule: rule.title)
def test_every_cause_that_is_found_can_be_left_out(rule: Rule) -> None:
    tensors, causes = iteration(rule), set[Cause]()
    for operation in OPERATIONS:
        for name in operation.writes:
            for entry in entries(tensors, rule, name):
                answer = why(entry)
                for factor in answer.factors:
                    if factor.cause is not None:
                        causes.add(factor.cause)
                        assert np.isfinite(without(entry, {factor.cause}))
                named = [factor.cause for factor in answer.factors if factor.cause]
                assert len(named) == len(set(named))  # a box is for one cause
    assert WITHOUT.keys() - causes <= {"growth", "count", "standardisation", "deviation"}


def flat_units(t: Tensors, weights: str) -> tuple[Floats]:
    return (t[weights] @ t["delta"] / 4,)


def far_outputs(t: Tensors) -> tuple[Floats, ...]:
    error = np.where(t["y"] > 0, -1.0, 1.0)
    slope = t["o"] * (1 - t["o"])
    return error, slope, layers.standardise_backward(error * slope, t["zs"], t["std"])


def steep_outputs(t: Tensors) -> tuple[Floats, ...]:
    error = t["o"] - t["y"]
    slope = np.full_like(error, 0.25)
    return error, slope, layers.standardise_backward(error * slope, t["zs"], t["std"])


@pytest.mark.parametrize("name", ["G", "M", "dF", "f_next"])
@pytest.mark.parametrize(
    ("rule", "cause", "operation", "compute"),
    [
        (EXACT, "unit slope", "map_gradient", lambda t: flat_units(t, "wo")),
        (UPDATE_ORDER, "unit slope", "map_gradient", lambda t: flat_units(t, "wo_next")),
        (
            UPDATE_ORDER,
            "growth",
            "map_gradient",
            lambda t: (t["wo"] @ t["delta"] * t["a"] * (1 - t["a"]),),
        ),
        (
            EXACT,
            "dense weights",
            "map_gradient",
            lambda t: (np.sign(t["wo"]) @ t["delta"] * t["a"] * (1 - t["a"]),),
        ),
    ],
)
def test_the_rest_of_the_network_is_computed_again(
    name: str, rule: Rule, cause: Cause, operation: str, compute: Compute
) -> None:
    tensors = iteration(rule)
    changed = again(tensors, rule, operation, compute)
    for entry in entries(tensors, rule, name):
        expected = float(changed[name][entry.index])
        assert without(entry, {cause}) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("cause", "compute"), [("distance", far_outputs), ("output slope", steep_outputs)]
)
@pytest.mark.parametrize("name", ["dW", "dF", "wo_next", "f_next"])
def test_errors_of_all_images_are_computed_again(cause: Cause, compute: Compute, name: str) -> None:
    tensors = iteration(EXACT)
    changed = again(tensors, EXACT, "delta", compute)
    for entry in entries(tensors, EXACT, name):
        expected = float(changed[name][entry.index])
        assert without(entry, {cause}) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_of_one_image_its_own_error_alone_is_changed() -> None:
    tensors = iteration(EXACT)

    def far(t: Tensors) -> tuple[Floats, ...]:
        error = np.array(t["o"] - t["y"])
        error[0, 2] = np.sign(error[0, 2])
        slope = t["o"] * (1 - t["o"])
        return error, slope, layers.standardise_backward(error * slope, t["zs"], t["std"])

    changed = again(tensors, EXACT, "delta", far)
    for name, index in (("delta", (0, 2)), ("G", (700, 2))):
        entry = Entry(tensors, EXACT, ETA, name, index, 0)
        assert without(entry, {"distance"}) == pytest.approx(changed[name][index], rel=1e-9)


def test_images_and_positions_no_longer_cancel() -> None:
    t = iteration(EXACT)
    i, u, v = 1, 2, 3
    products = t["X"][u : u + 24, v : v + 24] * t["M"][:, :, i]
    images = products.sum(axis=(0, 1))
    entry = Entry(t, EXACT, ETA, "dF", (i, u, v), 0)
    sign = np.sign(images.sum())
    expected = sign * np.abs(images).mean()
    assert without(entry, {"images"}) == pytest.approx(expected, rel=1e-9)
    every = sign * np.abs(products).sum() / N
    own = np.sign(images) * np.abs(products).sum(axis=(0, 1))
    assert without(entry, {"positions"}) == pytest.approx(own.mean(), rel=1e-9)
    both = without(entry, {"images", "positions"})
    assert abs(both) == pytest.approx(abs(every), rel=1e-9)
    notebook = iteration(NOTEBOOK)
    entry = Entry(notebook, NOTEBOOK, ETA, "dF", (i, u, v), 0)
    flat = notebook["G"].reshape(24, 24, 3, N)[:, :, i]
    g = np.sign(flat.sum(axis=2)) * np.abs(flat).mean(axis=2)
    ink = notebook["X"][u : u + 24, v : v + 24].mean(axis=2)
    assert without(entry, {"images"}) == pytest.approx((ink * g).sum(), rel=1e-9)


def test_the_forward_pass_is_computed_again() -> None:
    t = iteration(EXACT)
    patch, f = t["P"][9, 8, 2], t["f"][:, :, 1]
    unit = Entry(t, EXACT, ETA, "A", (2, 1, 9, 8), 0)
    weighed = {
        ("ink",): f.sum(),
        ("filter weights",): (patch * np.sign(f)).sum(),
        ("ink", "filter weights"): np.sign(f).sum(),
    }
    for causes, C in weighed.items():
        assert without(unit, causes) == pytest.approx(1 / (1 + np.exp(-C)), rel=1e-9)  # type: ignore[arg-type]
    # An image whose units all lie to one side is standardised again, with all others.
    u = t["wo"][:, 0] * (t["a"][:, 2] - t["a"].mean(axis=1))
    z = np.array(t["z"])
    z[0, 2] = z.mean() + np.sign(u.sum()) * np.abs(u).sum()
    zs = (z - z.mean()) / z.std()
    entry = Entry(t, EXACT, ETA, "zs", (0, 2), 0)
    assert without(entry, {"units"}) == pytest.approx(zs[0, 2], rel=1e-9)
    loss = Entry(t, EXACT, ETA, "E", (0, 2), 0)
    assert without(loss, {"error"}, 1) == 0.5
    assert without(loss, (), 1) == pytest.approx(t["E"].mean(), rel=1e-12)


def test_the_dense_gradient_without_its_causes() -> None:
    t = iteration(NOTEBOOK)
    entry = Entry(t, NOTEBOOK, ETA, "dW", (700, 0), 0)
    parts = t["a"][700] * t["delta"][0]
    assert without(entry, {"count"}) == pytest.approx(parts.mean(), rel=1e-9)
    assert without(entry, {"unit"}) == pytest.approx(t["delta"].sum(), rel=1e-9, abs=1e-15)
    assert abs(without(entry, {"images"})) == pytest.approx(np.abs(parts).sum(), rel=1e-9)
    updated = Entry(t, NOTEBOOK, ETA, "wo_next", (700, 0), 0)
    expected = t["wo"][700, 0] - parts.sum()
    assert without(updated, {"learning rate"}) == pytest.approx(expected, rel=1e-9)
