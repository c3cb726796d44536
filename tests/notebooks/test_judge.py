"""The judgement: whoever no longer wants it can end it."""

import pytest

from cnnviz.notebooks.edits import proposal, replaced
from cnnviz.notebooks.judge import judge
from cnnviz.notebooks.reader import Script, ScriptCell
from cnnviz.notebooks.report import headline, reason, status
from cnnviz.numerics.blocks import reporting_progress
from tests.notebooks.hands import EINSUM, IM2COL
from tests.notebooks.more_hands import TWO_LINES
from tests.notebooks.running import departures, judged, recorded

_LATE_WEIGHTS = TWO_LINES.source.replace("    W = W - 0.5 * dW\n", "").replace(
    "    dflat = d @ W.T", "    W = W - 0.5 * dW\n    dflat = d @ W.T"
)


class EndedError(Exception):
    """Nobody wants to know any more."""


def test_a_judgement_can_be_ended_while_it_is_made() -> None:
    source, _ = EINSUM.variants()["none"]
    recording, asked = recorded(source), 0

    def on_progress(_share: float) -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise EndedError

    with reporting_progress(on_progress), pytest.raises(EndedError):
        judge(Script("script.py", (ScriptCell(0, source),)), recording, "")


def test_a_sum_for_a_mean_in_both_gradients_is_no_mistake_but_is_said() -> None:
    source, _ = IM2COL.variants()["none"]
    assert "learning rate acts" not in " ".join(judged(source).notes)

    judgement = judged(source.replace("(p - t) / len(x)", "p - t"))

    assert judgement.first is None
    assert "the learning rate acts as one that is 6 times larger" in " ".join(judgement.notes)


def test_one_line_that_averages_and_reshapes_departs_twice() -> None:
    source = (
        TWO_LINES.source.replace("dC = dA * slope(A)", "dC = dflat * slope(flat)")
        .replace(
            "df = np.einsum",
            "M = dC.mean(axis=0).reshape(10, 10, 3)\n    df = np.einsum",
        )
        .replace('"nrcuv,nkrc->kuv", P, dC', '"rcuv,rck->kuv", P.sum(axis=0), M')
    )

    judgement = judged(source)

    assert departures(judgement) == [
        ("M", "average_over_images", "mean over images"),
        ("M", "reshape", "permutation"),
    ]
    assert "reshape it to (3, 10, 10)" in judgement.departing[1].suggestion
    assert judgement.understood == 1


def test_what_departs_is_blamed_although_what_comes_of_it_was_not_understood() -> None:
    source = _LATE_WEIGHTS.replace("P, dC)", "P, np.abs(dC))").replace(
        "f - 0.5 * df", "f - 0.5 * np.sign(df)"
    )

    judgement = judged(source)

    assert judgement.understood < 1
    assert ("dflat", "map_gradient", "updated weights") in departures(judgement)


def test_the_suggested_slope_is_of_a_name_that_the_line_can_read() -> None:
    source, _ = TWO_LINES.variants()["slope that is one, same shape"]

    assert judged(source).departing[0].suggestion == "dC = (dA * (A + (1 - A))) * A * (1 - A)"


def test_a_softmax_is_named_as_what_cannot_be_judged() -> None:
    source = (
        TWO_LINES.source.replace("(300, 1)", "(300, 10)")
        .replace("y = (labels[:n] > 4) * 1.0", "y = np.eye(10)[labels[:n]]")
        .replace(
            "sigmoid(flat @ W)[:, 0]",
            "np.exp(flat @ W); o = o / o.sum(axis=1, keepdims=True)",
        )
        .replace("d = (2 * (o - y) / n * slope(o))[:, None]", "d = (o - y) / n")
    )

    judgement = judged(source)

    assert status(judgement) == 2
    assert "its softmax has 10 outputs for each image" in reason(judgement)


def test_the_suggestion_is_right_if_the_standardised_sum_has_taken_the_name_of_the_sum() -> None:
    wrong = EINSUM.source.replace("norm", "logit").replace(
        "d_logit = (d_logit - d_logit.mean() - logit * (d_logit * logit).mean()) / sd\n    ", ""
    )
    found = judged(wrong).departing[0]
    assert found.suggestion.endswith("/ (np.einsum('bfxy,fxy->b', act, w)).std()")

    script = Script("script.py", (ScriptCell(0, wrong),))
    mended = replaced(script, proposal(script, found)).cells[0].source

    assert departures(judged(mended)) == []
    assert judged(mended).understood == 1


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("::2] / 255", "::2] * 1.0", "Pixels go from 0 to 255: they are not divided by 255."),
        (
            "train[:n, ::2, ::2] / 255",
            "np.pad(__import__('sklearn.datasets').datasets.load_digits().images[:n], 3)[3:-3]",
            "Pixels go from 0 to 16: they are not divided by 16.",
        ),
        ("r.normal(0, 0.1, (3, 5, 5))", "np.ones((3, 5, 5))", "equal filters see the same."),
        ("r.normal(0, 0.1, (3, 5, 5))", "r.normal(9, 1, (3, 5, 5))", "ink have a slope below"),
    ],
)
def test_what_is_wrong_with_the_data_is_named_beside_a_right_backward_pass(
    before: str, after: str, sentence: str
) -> None:
    right, wrong = judged(TWO_LINES.source), judged(TWO_LINES.source.replace(before, after))

    assert not right.data
    assert wrong.first is None
    assert sentence in headline(wrong)


def test_a_bias_has_the_factor_of_the_weights_beside_it() -> None:
    source = IM2COL.source.replace("db1 = dc.sum(axis=(0, 1))", "db1 = dc.mean(axis=(0, 1))")

    assert departures(judged(source)) == [("db1", "filter_gradient", "factor")]


@pytest.mark.parametrize(
    ("gradient", "step"),
    [
        ("-dc.sum(axis=(0, 1))", "b1 += rate * db1"),
        ("dc.mean(axis=(0, 1))", "b1 -= 1176 * rate * db1"),
    ],
)
def test_a_factor_of_a_bias_that_its_step_makes_good_is_no_mistake(
    gradient: str, step: str
) -> None:
    source = IM2COL.source.replace("dc.sum(axis=(0, 1))", gradient)

    assert departures(judged(source.replace("b1 -= rate * db1", step))) == []


def test_a_velocity_is_no_bias_that_climbs() -> None:
    source = IM2COL.source.replace("for it in", "v = np.zeros(4)\nfor it in")
    for step in ("V -= rate * dV", "K -= rate * dK"):
        source = source.replace(step, f"d{step[0]} *= rate; {step[0]} -= d{step[0]}")
    source = source.replace("b1 -= rate * db1", "v = 0.9 * v + rate * db1; b1 -= v")

    assert departures(judged(source)) == []


def test_two_learning_rates_with_names_are_no_mistake() -> None:
    source = IM2COL.source.replace("rate = 0.1", "rate = 0.1; slow = 0.02")

    slower = source.replace("K -= rate * dK", "K -= slow * dK")
    divided = source.replace("K -= rate * dK", "K -= rate * dK / len(x)")

    assert departures(judged(slower)) == []
    assert departures(judged(divided)) == [("K", "filter_update", "mean for sum")]
