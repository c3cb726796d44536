from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnviz.numerics.explain import Entry, Explanation, explain
from cnnviz.numerics.network import Batch, Parameters, Tensors, initial_parameters
from cnnviz.numerics.number_format import factor, latex
from cnnviz.numerics.operations import OPERATIONS, Operation, apply, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.numerics.tensors import TENSORS
from tests.numerics.samples import made_batch, mixed_parameters

Golden = Callable[[str], dict[str, NDArray[Any]]]
ETA = 7.0
WRITTEN = [(operation, name) for operation in OPERATIONS for name in operation.writes]
SUMS_OVER_IMAGES = ("mean", "std", "dW", "dF")
STATES = {
    "start": initial_parameters(3),
    "both signs": mixed_parameters(),
    "saturated": Parameters(mixed_parameters().f * 300, mixed_parameters().wo * 50),
}


@cache
def iteration(rule: Rule, n: int = 20, state: str = "start", dtype: type = np.float64) -> Tensors:
    return iterate(made_batch(n, 1, dtype), STATES[state].astype(dtype), rule, ETA)


def any_cell(
    data: st.DataObject, tensors: Tensors, name: str, n: int
) -> tuple[tuple[int, ...], int]:
    """Draw an index into a tensor, and an image."""
    index = tuple(data.draw(st.integers(0, size - 1)) for size in tensors[name].shape)
    return index, data.draw(st.integers(0, n - 1))


def products(explanation: Explanation) -> float:
    """What the pictures of products sum to."""
    return sum(
        float(picture.values.sum())
        for picture in explanation.pictures
        if picture.title.startswith("products")
    )


# Any number, under any rule


@given(
    st.sampled_from(RULES),
    st.sampled_from([2, 20]),
    st.sampled_from(sorted(STATES)),
    st.sampled_from(WRITTEN),
    st.data(),
)
def test_an_explanation_adds_up_to_the_number(
    rule: Rule, n: int, state: str, written: tuple[Operation, str], data: st.DataObject
) -> None:
    """Computed only from the operation's inputs and outputs; all sums end at the number."""
    operation, name = written
    everything = iteration(rule, n, state)
    tensors = {name: everything[name] for name in (*operation.reads, *operation.writes)}
    index, image = any_cell(data, tensors, name, n)
    explanation = explain(Entry(tensors, rule, ETA, name, index, image))
    assert (explanation.tensor, explanation.index) == (name, index)
    assert TENSORS[name].written_by == operation.name
    assert explanation.value == tensors[name][index]
    assert explanation.formula.endswith(f"= {latex(explanation.value)}")
    assert explanation.terms
    rounding = 1e-11 * np.abs(tensors[name]).max()
    if explanation.running is not None:
        assert explanation.running[-1] == pytest.approx(explanation.value, rel=1e-9, abs=rounding)
    summed = name in SUMS_OVER_IMAGES or (name == "g" and not rule.corrects("pairing"))
    assert (explanation.shares is not None) == summed
    if explanation.shares is not None:
        assert explanation.shares.shape == (n,)
        assert explanation.shares.sum() == pytest.approx(explanation.value, rel=1e-9, abs=rounding)
    if name in ("C", "z"):
        assert products(explanation) == pytest.approx(explanation.value, rel=1e-9, abs=rounding)
    for picture in explanation.pictures:
        assert picture.values.ndim == 2
        assert not picture.values.flags.writeable
        if picture.kind != "signed":
            assert 0 <= picture.values.min() <= picture.values.max() <= 1


@given(st.sampled_from(["X", "y", "f", "wo"]), st.data())
def test_inputs_are_explained_as_given(name: str, data: st.DataObject) -> None:
    tensors = iteration(EXACT)
    index, image = any_cell(data, tensors, name, 20)
    explanation = explain(Entry({name: tensors[name]}, EXACT, ETA, name, index, image))
    assert explanation.value == tensors[name][index]
    assert TENSORS[name].written_by == ""
    words = {"X": "a pixel of image ", "y": "the target of image ", "f": "a weight of filter "}
    assert explanation.terms[0].what.startswith(words.get(name, "the dense weight of filter "))
    assert ("there before this iteration" in explanation.terms[0].what) == (name in ("f", "wo"))


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=lambda rule: rule.title)
def test_single_precision_is_explained_as_well(rule: Rule) -> None:
    tensors = iteration(rule, 20, "both signs", np.float32)
    for _, name in WRITTEN:
        index = tuple(size // 2 for size in tensors[name].shape)
        explanation = explain(Entry(tensors, rule, ETA, name, index, 3))
        assert explanation.value == tensors[name][index]
        rounding = 1e-5 * float(np.abs(tensors[name]).max())
        for parts in (explanation.running, explanation.shares):
            if parts is not None:
                assert parts.dtype == np.float64
                total = parts[-1] if parts is explanation.running else parts.sum()
                assert total == pytest.approx(explanation.value, rel=1e-4, abs=rounding)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=lambda rule: rule.title)
def test_a_number_that_is_not_finite_is_shown_unchanged(rule: Rule, value: float) -> None:
    tensors = {name: np.full(tensor.shape, value) for name, tensor in iteration(rule, 2).items()}
    for _, name in WRITTEN:
        index = tuple(size // 2 for size in tensors[name].shape)
        explanation = explain(Entry(tensors, rule, ETA, name, index, 0))
        np.testing.assert_equal(explanation.value, value)
        assert explanation.formula.endswith(f"= {latex(value)}")


@pytest.mark.parametrize(
    ("tensor", "index", "image"),
    [
        ("C", (20, 0, 0, 0), 0),
        ("C", (0, 0, 0), 0),
        ("C", (0, 0, 0, -1), 0),
        ("dF", (0, 0, 0), 20),
        ("dF", (0, 0, 0), -1),
    ],
)
def test_an_invalid_index_is_refused(tensor: str, index: tuple[int, ...], image: int) -> None:
    with pytest.raises(IndexError):
        explain(Entry(iteration(NOTEBOOK), NOTEBOOK, ETA, tensor, index, image))


def test_a_missing_tensor_is_refused() -> None:
    with pytest.raises(KeyError):
        explain(Entry({}, NOTEBOOK, ETA, "C", (0, 0, 0, 0), 0))


# What the notebook computed


@cache
def notebook_iteration(n: int, images: bytes, labels: bytes, seed: int, eta: float) -> Tensors:
    batch = Batch.from_images(
        np.frombuffer(images, np.uint8).reshape(n, 28, 28), np.frombuffer(labels, np.uint8)
    )
    return iterate(batch, initial_parameters(seed), NOTEBOOK, eta)


@given(st.data())
def test_explanations_agree_with_the_notebooks_numbers(golden: Golden, data: st.DataObject) -> None:
    """The sum over a patch, over all images of a dense weight, and over windows of a filter."""
    notebook = golden("small")
    eta = float(notebook["learning_rate"])
    tensors = notebook_iteration(
        len(notebook["labels"]),
        notebook["images"].astype(np.uint8).tobytes(),
        notebook["labels"].astype(np.uint8).tobytes(),
        int(notebook["seed"]),
        eta,
    )
    expected = {
        "C": notebook["step0_filter_output"].reshape(4, 3, 24, 24),
        "dW": notebook["delta_error_fcp"][0],
        "dF": notebook["filter_update"][0],
        "g": notebook["step0_e_avg"],
        "f_next": notebook["f"][1],
    }
    name = data.draw(st.sampled_from(sorted(expected)))
    index, image = any_cell(data, tensors, name, 4)
    explanation = explain(Entry(tensors, NOTEBOOK, eta, name, index, image))
    rounding = 1e-12 * np.abs(expected[name]).max()
    exact = pytest.approx(expected[name][index], rel=1e-9, abs=rounding)
    assert explanation.value == exact
    if explanation.running is not None:
        assert explanation.running[-1] == exact
    if explanation.shares is not None:
        assert explanation.shares.sum() == exact


# The pictures


def test_a_units_patch_filter_and_products() -> None:
    tensors = iteration(NOTEBOOK)
    patch, weights, multiplied = explain(
        Entry(tensors, NOTEBOOK, ETA, "C", (7, 2, 9, 11), 0)
    ).pictures
    np.testing.assert_array_equal(patch.values, tensors["X"][9:14, 11:16, 7])
    np.testing.assert_array_equal(weights.values, tensors["f"][:, :, 2])
    np.testing.assert_array_equal(multiplied.values, patch.values * weights.values)
    assert (patch.kind, weights.kind, multiplied.kind) == ("ink", "signed", "signed")
    assert (patch.title, weights.title) == ("patch of image 7", "filter 3")


@given(st.sampled_from(RULES), st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 4)))
def test_a_filter_gradients_windows_and_shares(rule: Rule, index: tuple[int, int, int]) -> None:
    """Against the sum as it is written, for one image after the other."""
    tensors = iteration(rule, 20, "both signs")
    i, u, v = index
    for image in (0, 13):
        explanation = explain(Entry(tensors, rule, ETA, "dF", index, image))
        window, errors, multiplied, average = explanation.pictures
        M = tensors["M"][:, :, i, image] if rule.corrects("pairing") else tensors["M"][:, :, i]
        np.testing.assert_array_equal(window.values, tensors["X"][u : u + 24, v : v + 24, image])
        np.testing.assert_array_equal(errors.values, M)
        np.testing.assert_allclose(multiplied.values, window.values * M, rtol=1e-12)
        assert explanation.shares is not None
        assert explanation.running is not None
        share = np.sum(tensors["X"][u : u + 24, v : v + 24, image] * M) / 20
        assert explanation.shares[image] == pytest.approx(share, rel=1e-9, abs=1e-15)
        assert explanation.adding == (
            "each image" if rule.corrects("pairing") else "each image's ink"
        )
        assert multiplied.values.sum() / 20 == pytest.approx(share, rel=1e-9, abs=1e-15)
        np.testing.assert_allclose(
            np.cumsum(average.values), explanation.running, rtol=1e-9, atol=1e-14
        )


@given(st.sampled_from(RULES), st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 4)))
def test_the_image_that_contributes_most_to_a_filter_gradient(
    rule: Rule, index: tuple[int, int, int]
) -> None:
    """Each image's error separately, passed through the following operations."""
    n = 7
    tensors = iteration(rule, n, "both signs")
    explanation = explain(Entry(tensors, rule, ETA, "dF", index, 0))
    terms = explanation.terms
    named = [term for term in terms if term.symbol.endswith("'s error")]
    if rule.corrects("pairing"):
        assert not named
        assert explanation.errors is None
        return
    alone = []
    for k in range(n):
        G = np.zeros_like(tensors["G"])
        G[:, k] = tensors["G"][:, k]
        reached = {**tensors, "G": G}
        for operation in OPERATIONS[12:15]:
            reached.update(apply(operation, reached, rule, ETA))
        alone.append(reached["dF"][index])
    k = int(np.abs(alone).argmax())
    (term,) = named
    assert term.symbol == f"share of image {k}'s error"
    assert explanation.errors is not None
    np.testing.assert_allclose(explanation.errors, alone, rtol=1e-9)
    assert term.value == pytest.approx(alone[k], rel=1e-9)
    without = {name: values for name, values in tensors.items() if name != "G"}
    assert len(explain(Entry(without, rule, ETA, "dF", index, 0)).terms) == len(terms) - 1


@given(st.sampled_from(RULES), st.integers(0, 1727))
def test_a_dense_weights_gradient_by_images(rule: Rule, j: int) -> None:
    tensors = iteration(rule)
    explanation = explain(Entry(tensors, rule, ETA, "dW", (j, 0), 4))
    expected = tensors["a"][j] * tensors["delta"][0] / (20 if rule.corrects("scale") else 1)
    np.testing.assert_allclose(explanation.shares, expected, rtol=1e-12)
    assert explanation.terms[2].value == pytest.approx(expected[4], rel=1e-12)


@given(st.sampled_from(RULES), st.tuples(st.integers(0, 23), st.integers(0, 23), st.integers(0, 2)))
def test_an_error_map_names_the_unit_of_its_error(rule: Rule, index: tuple[int, int, int]) -> None:
    tensors = iteration(rule)
    at = (*index, 5) if rule.corrects("pairing") else index
    explanation = explain(Entry(tensors, rule, ETA, "M", at, 0))
    assert explanation.terms[0].value == explanation.value
    r, c, i = index
    of, across, down = i, r, c
    if not rule.corrects("layout"):
        of, across, down = np.unravel_index((r * 24 + c) * 3 + i, (3, 24, 24))
    image = "image 5, " if rule.corrects("pairing") else ""
    assert explanation.terms[0].what == (
        f"gradient for {image}filter {of + 1}, row {down + 1}, column {across + 1}"
    )


# The text


def test_formulae_contain_their_numbers() -> None:
    tensors = {
        "P": np.zeros((24, 24, 1, 5, 5)),
        "f": np.zeros((5, 5, 3)),
        "C": np.full((1, 3, 24, 24), -1.25),
        "A": np.full((1, 3, 24, 24), 0.2227),
        "zs": np.array([[10.0]]),
        "o": np.array([[0.9999546]]),
        "z": np.array([[526.26]]),
        "mean": np.array([[524.56]]),
        "std": np.array([[17.0]]),
        "wo": np.full((1728, 1), 0.5),
        "dW": np.full((1728, 1), -2.0),
        "wo_next": np.full((1728, 1), 14.5),
    }
    tensors["P"][3, 4, 0, 0, :4] = 0.5, 0.25, 1, 0.75
    tensors["f"][0, :4, 1] = 2, -3, 0, -4

    def written(tensor: str, *index: int) -> str:
        return explain(Entry(tensors, NOTEBOOK, ETA, tensor, index, 0)).formula

    assert written("C", 0, 1, 3, 4) == (
        r"C_{0,1,3,4} = 0.500 \cdot 2 + 0.250 \cdot ({-}3) + 0.750 \cdot ({-}4) = {-}1.25"
    )
    assert written("A", 0, 1, 3, 4) == (
        r"A_{0,1,3,4} = \sigma({-}1.25) = \frac{1}{1 + e^{1.25}} = 0.223"
    )
    assert written("o", 0, 0) == (
        r"o_{0} = \sigma(10) = \frac{1}{1 + e^{{-}10}} = 1 - 4.54 \cdot 10^{-5} = 1.00"
    )
    assert written("zs", 0, 0) == r"\hat{z}_{0} = \frac{526.26 - 524.56}{17} = 10"
    assert written("wo_next", 3, 0) == (r"\mathrm{wo}'_{3} = 0.500 - 7 \cdot ({-}2) = 14.5")


@pytest.mark.parametrize("k", range(5))
def test_no_sign_follows_another_sign_in_the_formula_of_an_error(k: int) -> None:
    tensors = iteration(EXACT, 5)
    formula = explain(Entry(tensors, EXACT, ETA, "delta", (0, k), k)).formula
    logit = float(tensors["zs"][0, k])
    assert f" - {factor(logit)[:4]}" in formula
    assert "- {-}" not in formula


def test_a_long_sum_shows_its_first_terms() -> None:
    tensors = iteration(NOTEBOOK, 20, "both signs")
    k, r, c = np.argwhere(np.all(tensors["P"].transpose(2, 0, 1, 3, 4) > 0, axis=(3, 4)))[0]
    formula = explain(Entry(tensors, NOTEBOOK, ETA, "C", (k, 0, r, c), 0)).formula
    assert formula.count(r"\cdot ") == 3
    assert r" + \cdots = " in formula


# The mean over the images


AXES = {"X": 2, "P": 2, "C": 0, "A": 0, "a": 1, "G": 1, "E": 1, "z": 1, "delta": 1}


@given(st.sampled_from(RULES), st.sampled_from(sorted(AXES)), st.data())
def test_a_mean_over_the_images_is_explained(rule: Rule, name: str, data: st.DataObject) -> None:
    tensors = iteration(rule, 20, "both signs")
    index, image = any_cell(data, tensors, name, 20)
    axis = AXES[name]
    explanation = explain(Entry(tensors, rule, ETA, name, index, image), axis)
    values = np.moveaxis(tensors[name], axis, 0)[(slice(None), *np.delete(index, axis))]
    rounding = 1e-14 * np.abs(values).max()
    assert explanation.value == pytest.approx(values.mean(), rel=1e-12, abs=rounding)
    np.testing.assert_allclose(explanation.shares, values / 20)
    assert explanation.running is not None
    assert explanation.running[-1] == pytest.approx(explanation.value, rel=1e-9, abs=rounding)
    assert explanation.terms[1].value == tensors[name][index]
    assert explanation.formula.endswith(f"= {latex(explanation.value)}")
    assert explanation.axis == axis
    if name == "C":
        assert products(explanation) == pytest.approx(explanation.value)


def test_the_formula_of_the_loss() -> None:
    tensors = {"E": np.array([[0.5, 0.25, 0.125, 0.0625, 0.0625]])}
    explanation = explain(Entry(tensors, NOTEBOOK, ETA, "E", (0, 1), 1), 1)
    assert explanation.formula == (
        r"L = \frac{1}{n} \sum_k E_{k} = "
        r"\frac{1}{5} \left( 0.500 + 0.250 + 0.125 + \cdots \right) = 0.200"
    )
    assert [(term.symbol, term.value) for term in explanation.terms] == [
        ("n", 5),
        ("E[0, 1]", 0.25),
        ("share of image 1", 0.05),
        ("smallest", 0.0625),
        ("largest", 0.5),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_the_mark_in_a_picture_is_at_the_number_that_was_read(rule: Rule) -> None:
    tensors, marked = iteration(rule), set()
    for _, name in WRITTEN:
        index = tuple(size // 3 for size in tensors[name].shape)
        explanation = explain(Entry(tensors, rule, ETA, name, index, 4))
        for picture in explanation.pictures:
            if picture.mark is not None:
                marked.add(name)
                assert picture.values[picture.mark] == explanation.terms[0].value, name
    assert marked == {"P", "A", "a", "dW", "M"}
