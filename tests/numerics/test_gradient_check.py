from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from cnnviz.numerics.errors import NonFiniteError, SingleImageError
from cnnviz.numerics.gradient_check import STEP, Comparison, ParameterCell, check_gradient
from cnnviz.numerics.network import Parameters, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule
from tests.numerics.samples import made_batch, mixed_parameters

FILTER_CELLS = [ParameterCell("f", index) for index in np.ndindex(5, 5, 3)]
DENSE_CELLS = [ParameterCell("wo", (j, 0)) for j in range(11, 1728, 24)]


def worst(comparisons: tuple[Comparison, ...]) -> float:
    """The largest difference over the largest derivative."""
    largest = max(abs(one.analytic) for one in comparisons)
    return max(abs(one.analytic - one.numeric) for one in comparisons) / largest


@pytest.mark.parametrize("n", [5, 40])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cells", [FILTER_CELLS, DENSE_CELLS], ids=["filters", "dense"])
def test_the_exact_rule_agrees_everywhere(seed: int, n: int, cells: list[ParameterCell]) -> None:
    """All 75 filter weights and 72 dense weights."""
    parameters = mixed_parameters(seed) if seed % 2 else initial_parameters(seed)
    comparisons = check_gradient(made_batch(n, seed), parameters, EXACT, 15.0, cells)
    assert [one.cell for one in comparisons] == cells
    assert all(one.agrees for one in comparisons)
    assert worst(comparisons) < 1e-6


@pytest.mark.parametrize("cells", [FILTER_CELLS, DENSE_CELLS], ids=["filters", "dense"])
def test_the_notebooks_rule_agrees_nowhere(cells: list[ParameterCell]) -> None:
    comparisons = check_gradient(made_batch(20), initial_parameters(0), NOTEBOOK, 15.0, cells)
    assert not any(one.agrees for one in comparisons)
    assert min(one.relative_error for one in comparisons) > 0.1


@pytest.mark.parametrize("left_out", SWITCHES)
def test_each_switch_alone_is_noticed(left_out: str) -> None:
    """Everything corrected but one: the filters tell four of them, the dense weights two."""
    rule = Rule.correcting(set(SWITCHES) - {left_out})
    batch, parameters = made_batch(20), initial_parameters(0)
    filters = check_gradient(batch, parameters, rule, 15.0, FILTER_CELLS)
    dense = check_gradient(batch, parameters, rule, 15.0, DENSE_CELLS)
    # With the forward pass's weights, the filters do not depend on the dense gradient.
    assert all(one.agrees for one in filters) == (left_out == "scale")
    assert all(one.agrees for one in dense) == (left_out not in {"scale", "standardisation"})


def test_values_are_those_of_the_iteration_and_of_the_loss() -> None:
    batch, parameters = made_batch(6), initial_parameters(2)
    cells = [ParameterCell("f", (1, 3, 2)), ParameterCell("wo", (700, 0))]
    first, second = check_gradient(batch, parameters, EXACT, 1.0, cells)
    tensors = iterate(batch, parameters, EXACT, 1.0)
    assert first.analytic == tensors["dF"][2, 1, 3]
    assert second.analytic == tensors["dW"][700, 0]
    for one in (first, second):
        losses = []
        for sign in (1, -1):
            arrays = {"f": parameters.f.copy(), "wo": parameters.wo.copy()}
            arrays[one.cell.parameter][one.cell.index] += sign * one.step
            moved = iterate(batch, Parameters(**arrays), EXACT, 1.0)
            losses.append(np.mean(moved["E"]))
        numeric = (losses[0] - losses[1]) / (2 * one.step)
        assert one.numeric == pytest.approx(numeric, rel=0, abs=one.uncertainty)
        assert one.uncertainty < 1e-3 * abs(one.analytic)


def test_two_images_have_no_gradient() -> None:
    """Their ẑ are ±1 whatever the parameters: both ways say 0, to within rounding."""
    comparisons = check_gradient(
        made_batch(2, seed=3), initial_parameters(0), EXACT, 1.0, FILTER_CELLS[:5] + DENSE_CELLS[:5]
    )
    assert all(one.agrees for one in comparisons)
    assert max(abs(one.analytic) for one in comparisons) < 1e-12


@pytest.mark.parametrize(
    ("analytic", "numeric", "expected"),
    [(1.0, 1.0, 0.0), (0.0, 0.0, 0.0), (2.0, 1.0, 0.5), (-1.0, 1.0, 2.0), (0.0, 1e-9, 1.0)],
)
def test_relative_error(analytic: float, numeric: float, expected: float) -> None:
    one = Comparison(ParameterCell("f", (0, 0, 0)), analytic, numeric, 1e-5, 1e-12)
    assert one.relative_error == expected
    assert one.agrees == (analytic == numeric)


def test_nothing_is_changed() -> None:
    batch, parameters = made_batch(4), initial_parameters(0)
    before = parameters.f.copy(), parameters.wo.copy(), batch.planes.copy()
    cells = [ParameterCell("f", (0, 0, 0)), ParameterCell("wo", (5, 0))]
    first = check_gradient(batch, parameters, EXACT, 1.0, cells)
    for array, kept in zip((parameters.f, parameters.wo, batch.planes), before, strict=True):
        np.testing.assert_array_equal(array, kept)
    assert check_gradient(batch, parameters, EXACT, 1.0, cells) == first
    with pytest.raises(FrozenInstanceError):
        first[0].analytic = 0.0  # type: ignore[misc]


def test_single_precision_is_checked_in_double() -> None:
    batch, parameters = made_batch(20, dtype=np.float32), initial_parameters(0, np.float32)
    comparisons = check_gradient(batch, parameters, EXACT, 1.0, FILTER_CELLS)
    assert all(one.agrees for one in comparisons)
    assert worst(comparisons) < 1e-6


@pytest.mark.parametrize("size", [1e-12, 1e12])
def test_the_step_fits_the_parameters(size: float) -> None:
    """Dense weights of another size change the deviation of z alone, not what is learnt."""
    batch, p = made_batch(20), initial_parameters(0)
    scaled = Parameters(p.f, p.wo * size)
    for cells in (FILTER_CELLS[::5], DENSE_CELLS[::5]):
        comparisons = check_gradient(batch, scaled, EXACT, 1.0, cells)
        assert all(one.agrees for one in comparisons)
        assert worst(comparisons) < 1e-6


def test_the_step_of_a_filter_is_its_own() -> None:
    """A filter that the dense weights ignore moves no ẑ; its C alone limits the step."""
    batch, p = made_batch(20), initial_parameters(0)
    wo = p.wo.copy()
    wo[: 2 * 576] = 0
    std = iterate(batch, Parameters(p.f, wo), EXACT, 1.0)["std"].item()
    cells = [ParameterCell("f", (2, 2, i)) for i in range(3)] + [ParameterCell("wo", (1500, 0))]
    steps = [one.step for one in check_gradient(batch, Parameters(p.f, wo), EXACT, 1.0, cells)]
    assert steps[0] == steps[1] == STEP
    assert steps[2] == pytest.approx(STEP * 4 * std / wo.sum())
    assert steps[3] == pytest.approx(STEP * std)
    assert steps[2] < STEP < steps[3]


def test_what_cannot_be_computed_is_named() -> None:
    p = initial_parameters(0)
    with pytest.raises(SingleImageError):
        check_gradient(made_batch(1), p, EXACT, 1.0, FILTER_CELLS[:1])
    with pytest.raises(NonFiniteError):
        check_gradient(made_batch(3), Parameters(p.f * 1e308, p.wo), EXACT, 1.0, FILTER_CELLS[:1])
    with pytest.raises(IndexError):
        check_gradient(made_batch(3), p, EXACT, 1.0, [ParameterCell("f", (5, 0, 0))])
