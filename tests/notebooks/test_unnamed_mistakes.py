"""Mistakes that have no name here: the line is named, and what is only unusual is not accused."""

import pytest

from cnnviz.notebooks.report import as_text, status
from tests.notebooks.hands import DATA, EINSUM
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


def test_the_way_back_is_suggested_through_the_deviation_of_the_forward_pass() -> None:
    """A deviation over n − 1 has another way back; the line that is suggested is none to depart."""
    sample = EINSUM.source.replace("logit.std()", "logit.std(ddof=1)")
    wrong = _CARRIED.replace(" - d_norm.mean()", "")

    (line,) = judged(sample.replace(_CARRIED, wrong)).departing

    right = _CARRIED.replace("(d_norm * norm).mean()", "(d_norm * norm).sum() / 7")
    assert line.suggestion == f"d_logit = {right} / logit.std(ddof=1)"
    assert _CARRIED + " / sd" in sample
    suggested = line.suggestion.removeprefix("d_logit = ")
    assert not judged(sample.replace(_CARRIED + " / sd", suggested)).departing


@pytest.mark.parametrize("along", ["(d_norm * norm).sum() / 7", "(d_norm * norm).mean()"])
def test_the_way_back_through_a_deviation_alone_is_named_whatever_its_divisor(along: str) -> None:
    sample = EINSUM.source.replace("logit.std()", "logit.std(ddof=1)")

    (line,) = judged(sample.replace(_CARRIED, f"(d_norm - norm * {along})")).departing

    assert line.kind == "missing factor"
    assert line.suggestion.endswith("- norm * (d_norm * norm).sum() / 7) / logit.std(ddof=1)")


@pytest.mark.parametrize(
    ("deviation", "along"), [("std()", "mean(δ ẑ)"), ("std(ddof=1)", "sum(δ ẑ) / 7")]
)
def test_the_way_back_is_written_in_signs_if_a_name_is_missing(deviation: str, along: str) -> None:
    source = EINSUM.source.replace("logit.std()", f"logit.{deviation}")
    source = source.replace("    norm = (logit - mu) / sd\n", "")
    source = source.replace("np.exp(-norm)", "np.exp(-(logit - mu) / sd)")

    (line,) = judged(source.replace(_CARRIED + " / sd", "d_norm")).departing

    assert line.suggestion.endswith(f": (δ − mean δ − ẑ · {along}) / std z")


def test_a_wrong_error_departs_in_its_own_line_not_where_it_is_carried_back() -> None:
    source = EINSUM.source.replace(_D_NORM, "d_norm = (pred - target) * pred")

    departing = judged(source).departing

    assert [(line.name, line.kind) for line in departing] == [("d_norm", "part of the slope")]
    assert departing[0].suggestion == "pred * (1 - pred) for the slope of the output"


def test_an_update_that_is_not_understood_is_named() -> None:
    judgement = judged(EINSUM.source.replace("w = w - lr * grad_w", "w = w - lr * grad_k.mean()"))

    assert judgement.not_understood == ("dense_update",)
    assert "91.7 % of the operations were understood, all but dense update." in as_text(judgement)


def test_the_step_of_a_parameter_is_of_the_other_sign_not_the_parameter() -> None:
    text = as_text(judged(EINSUM.source.replace("kern - lr", "kern + lr")))
    assert "The step of kern is of the other sign, so that the loss rises." in text


def test_a_gradient_with_rows_and_columns_exchanged_is_to_be_exchanged() -> None:
    departing = judged(EINSUM.source.replace("->fuv", "->fvu")).departing

    assert [(line.name, line.kind) for line in departing] == [("grad_k", "transposed")]
    assert departing[0].why == "grad_k is transposed: its rows and columns are exchanged."
    assert (
        departing[0].suggestion == "exchange rows and columns of grad_k, as the filters have them"
    )


_BIASED = (
    DATA
    + """
x = train[:8, ::2, ::2] / 255
t = (labels[:8] > 4) * 1.0
rng = np.random.default_rng(0)
K, b = rng.normal(size=(4, 3, 3)) * 0.3, np.zeros(4)
W, c = rng.normal(size=4 * 144) * 0.1, 0.0
vb, vc = np.zeros(4), 0.0
P = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2)).reshape(8, 144, 9)
for e in range(2):
    C = P @ K.reshape(4, 9).T + b
    A = np.maximum(C, 0)
    flat = A.transpose(0, 2, 1).reshape(8, -1)
    o = 1 / (1 + np.exp(-(flat @ W + c)))
    loss = -np.mean(t * np.log(o) + (1 - t) * np.log(1 - o))
    dz = (o - t) / 8
    dW, dc = flat.T @ dz, dz.sum()
    dflat = np.outer(dz, W)
    dA = dflat.reshape(8, 4, 144).transpose(0, 2, 1)
    dC = dA * (C > 0)
    dK = np.einsum("npk,npu->ku", dC, P).reshape(4, 3, 3)
    db = dC.sum(axis=(0, 1))
    W = W - 0.1 * dW
    K = K - 0.1 * dK
    b = b - 0.1 * db
    c = c - 0.1 * dc
"""
)


@pytest.mark.parametrize(
    ("before", "after", "departing"),
    [
        ("dC.sum(axis=(0, 1))", "dC.sum(axis=1)[0]", ("db", "filter_gradient", "unknown mistake")),
        ("b = b - 0.1", "b = b + 0.1", ("b", "filter_update", "sign")),
        ("c = c - 0.1", "c = c + 0.1", ("c", "dense_update", "sign")),
        (
            "dflat.reshape(8, 4, 144).transpose(0, 2, 1)",
            "dflat.reshape(8, 144, 4)",
            ("dA", "reshape", "permutation"),
        ),
    ],
)
def test_mistakes_of_biases_and_of_merged_axes_depart(
    before: str, after: str, departing: tuple[str, str, str]
) -> None:
    assert _BIASED.count(before) == 1
    judgement = judged(_BIASED.replace(before, after))
    assert departures(judgement) == [departing]
    if departing[1] == "reshape":
        right = "dA = dflat.reshape(8, 4, 12, 12).transpose(0, 2, 3, 1).reshape(8, 144, 4)"
        assert judgement.departing[0].suggestion == right


@pytest.mark.parametrize(
    "updates",
    [
        "b = b - 0.1 * db\n    c = c - 0.1 * dc",
        "vb = 0.9 * vb + 0.1 * db\n    vc = 0.9 * vc + 0.1 * dc\n    b = b - vb\n    c = c - vc",
        "vb = 0.9 * vb - 0.1 * db\n    vc = 0.9 * vc - 0.1 * dc\n    b = b + vb\n    c = c + vc",
    ],
)
def test_velocities_of_biases_do_not_climb(updates: str) -> None:
    source = _BIASED.replace("b = b - 0.1 * db\n    c = c - 0.1 * dc", updates)
    assert departures(judged(source)) == []


def test_as_many_images_as_a_filter_has_cells_are_no_trouble() -> None:
    judgement = judged(_BIASED.replace(":8", ":36").replace("8,", "36,").replace("/ 8", "/ 36"))
    assert departures(judgement) == []
    assert judgement.understood == 1


def test_the_slope_of_the_output_is_to_be_taken_before_the_error_is_carried_back() -> None:
    source = EINSUM.source.replace(_D_NORM, "pass").replace(
        _CARRIED, _CARRIED.replace("d_norm", "(pred - target)")
    )

    departing = judged(source).departing

    assert [(line.name, line.kind) for line in departing] == [("d_logit", "missing factor")]
    assert departing[0].suggestion == (
        "multiply the error by pred * (1 - pred) before it is carried back"
    )


def test_a_square_that_is_only_shown_beside_the_cross_entropy_is_not_the_loss() -> None:
    source = _BIASED.replace("    dz =", "    shown = np.mean((o - t) ** 2)\n    dz =")
    assert departures(judged(source)) == []


def test_weights_that_are_kept_under_their_name_are_to_be_used_not_the_line_moved() -> None:
    source = EINSUM.source.replace(
        '    d_pre = np.einsum("b,fxy->bfxy", d_logit, w)',
        '    new_w = w - lr * grad_w\n    d_pre = np.einsum("b,fxy->bfxy", d_logit, new_w)',
    ).replace("    w = w - lr * grad_w", "    w = new_w")

    (line,) = judged(source).departing

    assert (line.name, line.kind) == ("d_pre", "updated weights")
    right = "np.einsum('b,fxy->bfxy', d_logit, w) * act * (1 - act)"
    assert line.suggestion == f"d_pre = {right}"
    assert line.move_before is None
