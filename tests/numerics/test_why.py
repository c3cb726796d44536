import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.explain import Entry, explain
from cnnviz.numerics.explain.backward import units_read
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters, Tensors, initial_parameters
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.numerics.single_image import image_tensors
from cnnviz.numerics.tensors import TENSORS, entry_as_seen
from cnnviz.numerics.why import Why, why
from tests.numerics.samples import made_batch, made_images, mixed_parameters

ETA = 7.0
WRITTEN = {name: operation for operation in OPERATIONS for name in operation.writes}
STATES = {
    "start": initial_parameters(3),
    "both signs": mixed_parameters(),
    "saturated": Parameters(mixed_parameters().f * 300, mixed_parameters().wo * 50),
}


@cache
def iteration(rule: Rule, n: int = 20, state: str = "start", dtype: type = np.float64) -> Tensors:
    return iterate(made_batch(n, 1, dtype), STATES[state].astype(dtype), rule, ETA)


def rebuilt(answer: Why, tensors: Tensors) -> float:
    """Put the number together again from its chain."""
    known, product = TENSORS[answer.tensor], math.prod(f.value for f in answer.factors)
    if answer.axis is not None:
        return product
    if known.update_of:
        return tensors[known.update_of][answer.index] + product
    return 1 / (1 + np.exp(-product)) if known.sigmoid_of else product


def effects(answer: Why) -> dict[str, float]:
    return {factor.symbol: factor.effect for factor in answer.factors}


def values(answer: Why) -> dict[str, float]:
    return {factor.symbol: factor.value for factor in answer.factors}


@given(
    st.sampled_from(RULES),
    st.sampled_from([2, 20]),
    st.sampled_from(sorted(STATES)),
    st.sampled_from(sorted(WRITTEN)),
    st.data(),
)
def test_the_factors_reproduce_the_number(
    rule: Rule, n: int, state: str, name: str, data: st.DataObject
) -> None:
    """From the tensors computed so far; sorted, bounded, and with the stated effects."""
    everything = iteration(rule, n, state)
    tensors = {"X": everything["X"], "y": everything["y"]}
    tensors |= {"f": everything["f"], "wo": everything["wo"]}
    for operation in OPERATIONS:
        tensors |= {written: everything[written] for written in operation.writes}
        if name in operation.writes:
            break
    index = tuple(data.draw(st.integers(0, size - 1)) for size in tensors[name].shape)
    answer = why(Entry(tensors, rule, ETA, name, index, data.draw(st.integers(0, n - 1))))
    assert answer.value == tensors[name][index]
    with np.errstate(over="ignore"):
        rounding = 1e-11 * np.abs(tensors[name]).max()
        assert rebuilt(answer, tensors) == pytest.approx(answer.value, rel=1e-9, abs=rounding)
    assert answer.factors
    sizes = [abs(factor.effect) for factor in answer.factors]
    assert sizes == sorted(sizes, reverse=True)
    for factor in answer.factors:
        if factor.most is not None:
            assert abs(factor.value) <= factor.most * (1 + 1e-9)
        if factor.value:
            size = abs(factor.value) / (factor.most or 1)
            assert 10**factor.effect == pytest.approx(size, rel=1e-9)
        else:
            assert factor.effect == -math.inf
    assert answer.sentence.endswith(".")
    assert answer.sentence.startswith(f"{entry_as_seen(name, index)} ")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_the_factors_reproduce_the_number_in_single_precision(rule: Rule) -> None:
    tensors = iteration(rule, 20, "both signs", np.float32)
    for name in WRITTEN:
        index = tuple(size // 2 for size in tensors[name].shape)
        answer = why(Entry(tensors, rule, ETA, name, index, 3))
        rounding = 1e-5 * float(np.abs(tensors[name]).max())
        assert rebuilt(answer, tensors) == pytest.approx(answer.value, rel=1e-4, abs=rounding)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=lambda rule: rule.title)
def test_zeros_and_numbers_that_are_not_finite_have_a_sentence(rule: Rule, value: float) -> None:
    tensors = {name: np.full(tensor.shape, value) for name, tensor in iteration(rule, 2).items()}
    tensors["std"] = np.ones((1, 1))
    for name in WRITTEN:
        index = tuple(size // 2 for size in tensors[name].shape)
        answer = why(Entry(tensors, rule, ETA, name, index, 0))
        assert answer.sentence.endswith(".")
        assert not any(math.isnan(factor.effect) for factor in answer.factors)


@pytest.mark.parametrize("name", ["X", "y", "f", "wo"])
def test_inputs_have_no_factors(name: str) -> None:
    tensors = iteration(NOTEBOOK)
    index = (0,) * tensors[name].ndim
    answer = why(Entry(tensors, NOTEBOOK, ETA, name, index, 0))
    assert answer.factors == ()
    assert answer.value == tensors[name][index]
    explanation = explain(Entry(tensors, NOTEBOOK, ETA, name, index, 0))
    assert answer.sentence == (
        f"{entry_as_seen(name, index)} = {compact(answer.value)} is {explanation.terms[0].what}."
    )


def test_an_index_outside_is_refused() -> None:
    with pytest.raises(IndexError, match="dF has the shape"):
        why(Entry(iteration(NOTEBOOK), NOTEBOOK, ETA, "dF", (3, 0, 0), 0))


def test_one_images_numbers_have_their_chain_before_the_batch_is_through() -> None:
    batch, parameters = made_batch(6), mixed_parameters()
    forward = FastIteration(batch).forward(parameters)
    single = image_tensors(batch, 2, parameters, forward, EXACT, ETA)
    for name, index in [("A", (0, 1, 9, 9)), ("o", (0, 0)), ("delta", (0, 0)), ("G", (800, 0))]:
        answer = why(Entry(single, EXACT, ETA, name, index, 0))
        assert rebuilt(answer, single) == pytest.approx(answer.value, rel=1e-9)


# The factors match their names


def test_the_factors_of_a_filter_gradient_under_the_exact_rule() -> None:
    """Each is a mean weighted by the factors before it: against loops over all positions."""
    t = iteration(EXACT, 4, "both signs")
    i, u, v = 1, 2, 3
    totals = np.zeros(8)
    std = t["std"][0, 0]
    for k in range(4):
        image = 0.0
        for r in range(24):
            for c in range(24):
                j = i * 576 + r * 24 + c
                ink, a = t["X"][r + u, c + v, k], t["a"][j, k]
                weighed = ink * abs(t["wo"][j, 0])
                distance = abs(t["y"][0, k] - t["o"][0, k])
                slope = t["o"][0, k] * (1 - t["o"][0, k])
                delta = abs(t["delta"][0, k])
                totals += np.array(
                    [
                        ink,
                        weighed,
                        weighed * distance,
                        weighed * distance * slope,
                        weighed * delta * std,
                        weighed * delta,
                        weighed * delta * a * (1 - a),
                        0,
                    ]
                )
                image += ink * t["G"][j, k]
        totals[7] += abs(image)
    totals /= 4
    expected = totals / np.append(1, totals[:-1])
    answer = why(Entry(t, EXACT, ETA, "dF", (i, u, v), 0))
    by_size = sorted([*expected, t["dF"][i, u, v] / totals[7]])
    np.testing.assert_allclose(sorted(f.value for f in answer.factors), by_size, rtol=1e-9)


def test_the_factors_of_a_filter_gradient_under_the_notebooks_rule() -> None:
    t = iteration(NOTEBOOK, 4, "both signs")
    i, u, v = 1, 2, 3
    factors = values(why(Entry(t, NOTEBOOK, ETA, "dF", (i, u, v), 0)))
    window = t["X"][u : u + 24, v : v + 24].mean(axis=2)
    rows = (np.arange(24)[:, np.newaxis] * 24 + np.arange(24)) * 3 + i
    before, used = np.abs(t["wo"][rows, 0]), np.abs(t["wo_next"][rows, 0])
    weighed = window * used
    deltas = np.abs(t["delta"][0])
    slopes = np.tensordot(weighed, (t["a"] * (1 - t["a"]))[rows] * deltas, 2).sum()
    assert factors["Σ X[2:26, 3:27]"] == pytest.approx(window.sum())
    assert factors["mean |wo|"] == pytest.approx((window * before).sum() / window.sum())
    assert factors["wo′ / wo"] == pytest.approx(weighed.sum() / (window * before).sum())
    assert factors["mean |y − o|"] == pytest.approx(np.abs(t["y"] - t["o"]).mean())
    assert factors["mean a (1 − a)"] == pytest.approx(slopes / (weighed.sum() * deltas.sum()))
    magnitude = np.abs(t["M"][:, :, i])
    assert factors["Σ G / Σ |G|"] == pytest.approx((window * magnitude).sum() / (slopes / 4))
    assert factors["Σ X M / Σ |X M|"] == pytest.approx(
        t["dF"][i, u, v] / (window * magnitude).sum()
    )


# The cause


def known(batch: Batch, parameters: Parameters, rule: Rule, eta: float = 1.0) -> Callable[..., Why]:
    """Run an iteration and return a function that explains its numbers."""
    tensors = iterate(batch, parameters, rule, eta)
    return lambda name, *index: why(Entry(tensors, rule, eta, name, index, 0))


def test_a_saturated_unit_is_named() -> None:
    """No error is propagated back through a saturated unit."""
    answer_for = known(made_batch(6), STATES["saturated"], EXACT)
    t = iterate(made_batch(6), STATES["saturated"], EXACT, 1.0)
    slopes = t["a"] * (1 - t["a"])
    j, k = np.argwhere((slopes > 1e-12) & (slopes < 1e-8))[0]
    answer = answer_for("G", int(j), int(k))
    assert answer.factors[0].symbol == f"a (1 − a)[{j}, {k}]"
    assert "What makes it small: units are saturated, a (1 − a)" in answer.sentence
    unit = answer_for("a", int(j), int(k))
    assert "where σ is flat" in unit.sentence
    assert "What makes C large: the weights are large, mean |f" in unit.sentence


def test_an_error_near_zero_is_named() -> None:
    images, _ = made_images(200, 1)
    parameters = initial_parameters(0)
    o = iterate(Batch.from_images(images, np.zeros(200, np.uint8)), parameters, EXACT, 1.0)["o"][0]
    k = int(np.argmin(o))
    assert o[k] < 0.1
    answer = known(Batch.from_images(images, np.zeros(200, np.uint8)), parameters, NOTEBOOK)(
        "error_wrt_output", 0, k
    )
    assert "small: outputs are near their targets" in answer.sentence


def test_a_sum_that_cancels_is_named() -> None:
    """Two units of weight 1 and −0.99, both at ½."""
    batch, f = made_batch(6), np.zeros((5, 5, 3))
    f[2, 2, 0] = 1e-3
    wo = np.zeros((1728, 1))
    wo[600], wo[700], wo[:576] = 1, -0.99, 1e-6
    answer = known(batch, Parameters(f, wo), NOTEBOOK)("z", 0, 3)
    assert "small: the weights are small" in answer.sentence
    assert "the products cancel, Σ products / Σ |products| = 0.005" in answer.sentence


def test_factors_say_where_the_pictures_show_them() -> None:
    asked = known(made_batch(6), initial_parameters(0), NOTEBOOK)
    seen = {factor.symbol: factor.seen for factor in asked("C", 4, 1, 5, 11).factors}
    assert seen == {
        "Σ P[5, 11, 4]": "image 4, patch at row 12, column 6",
        "mean |f[:, :, 1]|": "filter 2",
        "Σ products / Σ |products|": "",
    }
    seen = {factor.symbol: factor.seen for factor in asked("G", 24 + 2, 3).factors}
    assert seen["wo[26]"] == "filter 1, row 3, column 2"
    assert seen["a (1 − a)[26, 3]"] == "image 3, filter 1, row 3, column 2"
    (window,) = (f for f in asked("dF", 2, 1, 3).factors if f.symbol.startswith("Σ X["))
    assert window.seen == "window from row 4, column 2"


def test_an_empty_patch_is_named() -> None:
    answer = known(made_batch(6), initial_parameters(0), NOTEBOOK)("C", 0, 0, 0, 0)
    assert answer.factors == answer.factors[:1]
    assert answer.sentence == (
        "C of image 0, filter 1, row 1, column 1 = 0. It is 0: the patch has little or no ink, "
        "Σ P = 0 (max 25)."
    )


def test_the_jump_of_the_filters_is_attributed_to_the_update_order() -> None:
    """Under the notebook's rule dense weights grow before the error is propagated through them."""
    batch, parameters = made_batch(200), initial_parameters(0)
    answer = known(batch, parameters, NOTEBOOK, 15.0)("f_next", 2, 2, 0)
    grown = effects(answer)["wo′ / wo"]
    assert grown > 1
    assert "the update made dense weights larger before they were used" in answer.sentence
    assert answer.sentence.startswith("f′ of filter 1, row 3, column 3 went from 0.568 by ")
    corrected = Rule.correcting(["update-order"])
    assert "wo′ / wo" not in effects(known(batch, parameters, corrected, 15.0)("f_next", 2, 2, 0))


def test_if_no_factor_dominates_the_first_are_listed() -> None:
    asked = known(made_batch(200), initial_parameters(0), NOTEBOOK)
    assert asked("mean", 0, 0).sentence == (
        f"mean z = {compact(asked('mean', 0, 0).value)}. No single factor dominates. "
        f"Largest effects: size of z over the batch, mean |z| = "
        f"{compact(asked('mean', 0, 0).value)}; share left after cancellation between images, "
        "Σ z / Σ |z| = 1.00 (max 1)."
    )
    long = next(
        answer for j in range(1728) if "No single factor" in (answer := asked("g", j)).sentence
    )
    assert len(long.factors) > 3
    assert long.sentence.count("; ") == 2
    for factor in long.factors[:3]:
        assert f"{factor.what}, {factor.symbol.partition('[')[0]}" in long.sentence


def test_the_effect_of_standardisation_is_named() -> None:
    """Under the exact rule δ is divided by the deviation of z, which is large."""
    answer = known(made_batch(20), initial_parameters(0), EXACT)("delta", 0, 4)
    assert "the images' z lie far apart, 1 / std z" in answer.sentence


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT])
@pytest.mark.parametrize(("name", "index"), [("dW", (700, 0)), ("dF", (1, 2, 3))])
def test_the_image_with_the_largest_share_is_named(
    rule: Rule, name: str, index: tuple[int, ...]
) -> None:
    tensors = iteration(rule)
    explanation = explain(Entry(tensors, rule, ETA, name, index, 4))
    sentence = why(Entry(tensors, rule, ETA, name, index, 4), explanation).sentence
    assert explanation.shares is not None
    k = max(range(20), key=lambda image: abs(explanation.shares[image]))
    by_ink = name == "dF" and not rule.corrects("pairing")
    words = f"image {k} by its ink, " if by_ink else f"image {k} has the largest share: "
    assert words + compact(explanation.shares[k]) in sentence
    assert "largest share" not in why(Entry(tensors, rule, ETA, name, index, 4)).sentence


def test_an_averaged_error_is_attributed_to_its_images() -> None:
    """The gradient of each image's error separately, by the loops of the definition."""
    tensors = iteration(NOTEBOOK)
    i, u, v = 2, 1, 4
    explanation = explain(Entry(tensors, NOTEBOOK, ETA, "dF", (i, u, v), 0))
    shares = np.zeros(20)
    for k in range(20):
        alone = np.array([tensors["G"][j, k] / 20 for j in range(1728)])
        for r in range(24):
            for c in range(24):
                ink = np.mean([tensors["X"][r + u, c + v, image] for image in range(20)])
                shares[k] += ink * alone[units_read(NOTEBOOK)[r, c, i]]
    assert shares.sum() == pytest.approx(explanation.value)
    k = int(np.argmax(np.abs(shares)))
    sentence = why(Entry(tensors, NOTEBOOK, ETA, "dF", (i, u, v), 0), explanation).sentence
    words = f"Of 20 images, image {k} has the largest share by its error, {compact(shares[k])} of "
    assert words + compact(explanation.value) in sentence


def test_no_image_is_named_if_none_stands_out() -> None:
    tensors = iteration(NOTEBOOK)
    explanation = explain(Entry(tensors, EXACT, ETA, "dW", (3, 0), 0))
    for shares in (np.zeros(20), np.full(20, np.nan)):
        of_none = replace(explanation, shares=shares)
        assert (
            "image"
            not in why(Entry(tensors, EXACT, ETA, "dW", (3, 0), 0), of_none).sentence.split()
        )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_each_quantity_has_one_name(rule: Rule) -> None:
    """In terms, pictures, factors and sentences: the one that a person reads elsewhere, too."""
    tensors = iteration(rule, 20, "both signs")
    inside = re.compile("_next|delta|_wrt_|zs|error of|Σ of|share of [0-9]|" + r"\bstd(?! z)")
    for name in WRITTEN:
        index = tuple(size // 2 for size in tensors[name].shape)
        explanation = explain(Entry(tensors, rule, ETA, name, index, 3))
        answer = why(Entry(tensors, rule, ETA, name, index, 3), explanation)
        symbols = [
            thing.symbol for thing in (*explanation.terms, *explanation.pictures, *answer.factors)
        ]
        for words in (*symbols, answer.sentence):
            assert not inside.search(words)


@pytest.mark.parametrize(("name", "axis"), [("C", 0), ("a", 1), ("G", 1), ("E", 1)])
def test_the_chain_of_a_mean_over_the_images(name: str, axis: int) -> None:
    tensors = iteration(NOTEBOOK, 20, "both signs")
    index = tuple(size // 2 for size in tensors[name].shape)
    explanation = explain(Entry(tensors, NOTEBOOK, ETA, name, index, index[axis]), axis)
    answer = why(Entry(tensors, NOTEBOOK, ETA, name, index, index[axis]), explanation, axis)
    assert answer.value == explanation.value
    assert rebuilt(answer, tensors) == pytest.approx(answer.value)
    assert answer.axis == axis
    called = entry_as_seen(name, index, axis)
    assert answer.sentence.startswith(f"{called} = {compact(answer.value)}, over 20 images. ")
    assert explanation.shares is not None
    k = int(np.argmax(np.abs(explanation.shares)))
    assert f"Of 20 images, image {k} has the largest share" in answer.sentence


def test_an_error_includes_its_share_of_the_loss() -> None:
    tensors = iteration(NOTEBOOK)
    E = tensors["E"]
    answer = why(Entry(tensors, NOTEBOOK, ETA, "E", (0, 4), 4))
    explanation = explain(Entry(tensors, NOTEBOOK, ETA, "E", (0, 4), 4))
    share = E[0, 4] / E.sum()
    assert (
        f"It makes {100 * share:.1f} % of the loss, {compact(E.mean())}, the mean over 20 images; "
        "an even share is 5.0 %."
    ) in answer.sentence
    by_symbol = {term.symbol: term.value for term in explanation.terms}
    assert by_symbol["loss"] == pytest.approx(E.mean())
    assert by_symbol["share of the loss"] == pytest.approx(share)
    for nothing in (np.zeros((1, 20)), E[:, :1]):
        alone = {**tensors, "E": nothing}
        assert "of the loss" not in why(Entry(alone, NOTEBOOK, ETA, "E", (0, 0), 0)).sentence


@pytest.mark.parametrize("name", ["zs", "o"])
def test_an_output_is_explained_by_the_images_units(name: str) -> None:
    """By factors that no unit of measure makes large or small, and by feature maps."""
    tensors = iteration(NOTEBOOK, 20, "both signs")
    a, wo, std = tensors["a"], tensors["wo"][:, 0], tensors["std"][0, 0]
    added = wo[:, np.newaxis] * (a - a.mean(axis=1, keepdims=True)) / std
    sizes = np.abs(added).sum(axis=0)
    k = 7
    answer = why(Entry(tensors, NOTEBOOK, ETA, name, (0, k), k))
    assert values(answer) == {
        "Σ |u[:, 7]| / usual": pytest.approx(sizes[k] / sizes.mean()),
        "Σ u / Σ |u| · usual": pytest.approx(added[:, k].sum() / sizes[k] * sizes.mean()),
    }
    maps = added[:, k].reshape(3, 576).sum(axis=1)
    assert maps.sum() == pytest.approx(tensors["zs"][0, k])
    parts = ", ".join(compact(part) for part in maps)
    most = np.argmax(np.abs(maps)) + 1
    assert answer.sentence.endswith(f" The feature maps add {parts}: most is map {most}'s.")
    explanation = explain(Entry(tensors, NOTEBOOK, ETA, "zs", (0, k), k))
    by_symbol = {term.symbol: term.value for term in explanation.terms}
    np.testing.assert_allclose([by_symbol[f"ẑ of map {i}"] for i in (1, 2, 3)], maps)


def test_a_change_of_units_changes_neither_output_nor_explanation() -> None:
    """Dense weights a thousand times as large give z and its deviation such a size, too."""
    batch, f, wo = made_batch(20), mixed_parameters().f, mixed_parameters().wo
    explanation = [
        why(
            Entry(
                iterate(batch, Parameters(f, scale * wo), NOTEBOOK, ETA),
                NOTEBOOK,
                ETA,
                "o",
                (0, 3),
                3,
            )
        )
        for scale in (1, 1000)
    ]
    assert explanation[0].sentence == explanation[1].sentence
    assert list(values(explanation[0]).values()) == pytest.approx(
        list(values(explanation[1]).values())
    )


def test_an_image_similar_to_the_others_is_named() -> None:
    """Its units are the mean of two other images', so that its ẑ is close to 0."""
    tensors = dict(iteration(NOTEBOOK, 20, "both signs"))
    a = tensors["a"].copy()
    a[:, 4] = a.mean(axis=1) + 1e-3 * (a[:, 4] - a.mean(axis=1))
    tensors["a"], tensors["z"] = a, tensors["wo"].T @ a
    tensors["mean"] = tensors["z"].mean(keepdims=True)
    tensors["std"] = tensors["z"].std(keepdims=True)
    tensors["zs"] = (tensors["z"] - tensors["mean"]) / tensors["std"]
    answer = why(Entry(tensors, NOTEBOOK, ETA, "zs", (0, 4), 4))
    assert "What makes it small: its units lie near the batch's means" in answer.sentence


def test_what_a_fault_computes_has_its_formula_and_no_chain() -> None:
    fault = FAULT_NAMED["slope-twice"]
    tensors = iteration(fault.rule)
    at = Entry(tensors, fault.rule, ETA, "G", (700, 3), 3)
    explanation = explain(at)
    assert explanation.formula == fault.variant.latex
    assert explanation.value == tensors["G"][700, 3]
    for name, index in (("G", (700, 3)), ("dF", (1, 2, 3)), ("f_next", (0, 0, 0))):
        answer = why(Entry(tensors, fault.rule, ETA, name, index, 3))
        assert answer.factors == ()
        assert answer.sentence.endswith(
            "It depends on the map gradient, which is computed as “σ′ is applied twice”; where "
            "that comes from is not traced."
        )
    for name, index in (("dW", (700, 0)), ("delta", (0, 3)), ("X", (9, 9, 3))):
        under_fault, exact = (
            why(Entry(tensors, rule, ETA, name, index, 3)) for rule in (fault.rule, EXACT)
        )
        assert under_fault == exact
