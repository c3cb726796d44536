"""Mistakes that have no name here: the line is named, and what is only unusual is not accused."""

import pytest

from cnnviz.notebooks.report import as_text, status
from tests.notebooks.hands import EINSUM
from tests.notebooks.more_hands import TWO_LINES
from tests.notebooks.running import departures, judged

_D_NORM = "d_norm = (pred - target) * pred * (1 - pred)"
_CARRIED = "(d_norm - d_norm.mean() - norm * (d_norm * norm).mean())"


@pytest.mark.parametrize(
    ("before", "after", "departing"),
    [
        ("P, dC)", "P, np.abs(dC))", ("df", "filter_gradient", "unknown mistake")),
        ("dA * slope(A)", "dA * A * (1 + A)", ("dC", "map_gradient", "unknown mistake")),
        ("slope(o))", "np.sqrt(slope(o)))", ("d", "delta", "unknown mistake")),
        ("flat.T @ d", "(flat**2).T @ d", ("dW", "dense_gradient", "unknown mistake")),
        ("slope(o))", "o)", ("d", "delta", "part of the slope")),
        ("slope(o))", "(1 - o))", ("d", "delta", "part of the slope")),
        ("f = f - 0.5 * df", "f[1:] -= 0.5 * df[1:]", ("f", "filter_update", "some never updated")),
    ],
)
def test_the_line_departs_and_no_other(
    before: str, after: str, departing: tuple[str, str, str]
) -> None:
    assert TWO_LINES.source.count(before) == 1
    judgement = judged(TWO_LINES.source.replace(before, after))
    assert departures(judgement) == [departing]
    assert status(judgement) == 1
    assert judgement.understood == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("P, dC)", "P, dC) + 0.01 * f"),
        ("P, dC)", "P, dC) + 0.01 * np.sign(f)"),
        ("flat.T @ d", "flat.T @ d + 0.01 * W"),
        ("f - 0.5 * df", "f - 0.5 * np.sign(df)"),
        ("f - 0.5 * df", "f - 0.5 * np.clip(df, -1e-3, 1e-3)"),
        ("f - 0.5 * df", "f - 0.5 * (df + 0.01 * f)"),
    ],
)
def test_decay_and_other_ways_to_take_a_step_are_no_mistake(before: str, after: str) -> None:
    assert TWO_LINES.source.count(before) == 1
    assert departures(judged(TWO_LINES.source.replace(before, after))) == []


def test_the_way_back_through_the_standardisation_without_the_mean_departs() -> None:
    wrong = _CARRIED.replace(" - d_norm.mean()", "")

    judgement = judged(EINSUM.source.replace(_CARRIED, wrong))

    assert departures(judgement) == [("d_logit", "delta", "missing factor")]
    assert judgement.departing[0].suggestion == f"d_logit = {_CARRIED} / logit.std()"


def test_a_wrong_error_departs_in_its_own_line_not_where_it_is_carried_back() -> None:
    source = EINSUM.source.replace(_D_NORM, "d_norm = (pred - target) * pred")

    departing = judged(source).departing

    assert [(line.name, line.kind) for line in departing] == [("d_norm", "part of the slope")]
    assert departing[0].suggestion == "pred * (1 - pred) for the slope of the output"


def test_the_step_of_a_parameter_is_of_the_other_sign_not_the_parameter() -> None:
    text = as_text(judged(EINSUM.source.replace("kern - lr", "kern + lr")))
    assert "The step of kern is of the other sign, so that the loss rises." in text


def test_a_gradient_with_rows_and_columns_exchanged_is_to_be_exchanged() -> None:
    departing = judged(EINSUM.source.replace("->fuv", "->fvu")).departing

    assert [(line.name, line.kind) for line in departing] == [("kern", "transposed")]
    assert departing[0].why == "The step of kern is transposed: its rows and columns are exchanged."
    assert departing[0].suggestion == "exchange rows and columns of grad_k"
