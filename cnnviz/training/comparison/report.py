"""The output of `cnnviz compare`: a table and sentences for people, JSON for programs."""

import json
from typing import Final

from cnnviz.csv_text import csv_text
from cnnviz.numerics.number_format import fixed, percent
from cnnviz.numerics.variants import Switch
from cnnviz.training.comparison.result import RuleComparison, RuleRun
from cnnviz.training.run.warnings import Notice

HEADER: Final = ("rule", "loss", "accuracy", "lowest loss", "best accuracy", "first at 90 %")
"""Titles of the columns of `rows`."""
SCALE_NOTE: Final = (
    "With scale, dW is divided by the number of images: at the same learning rate, the steps of "
    "the dense weights are that much shorter."
)
"""What keeps rules with and without the switch from being compared at one learning rate."""
_GOOD: Final = 0.9
_SHARES: Final = (
    "Each correction's share of the difference, its mean effect over all orders in which the five "
    "can be made (Shapley value):"
)


def as_json(comparison: RuleComparison) -> str:
    """Return all curves and shares as JSON; a curve is shorter if its run ended early."""
    rules = [
        {
            "fixes": run.rule.corrected,
            "loss": run.loss.tolist(),
            "accuracy": run.accuracy.tolist(),
        }
        for run in comparison.runs
    ]
    shares = {"loss": comparison.loss_shares, "accuracy": comparison.accuracy_shares}
    return json.dumps({"rules": rules, "shapley": shares}, allow_nan=False) + "\n"


def as_csv(comparison: RuleComparison) -> str:
    """Return a line for each iteration of each rule; there are fewer if its run ended early."""
    lines = (
        (run.rule.title, iteration, loss, accuracy)
        for run in comparison.runs
        for iteration, (loss, accuracy) in enumerate(
            zip(run.loss.tolist(), run.accuracy.tolist(), strict=True)
        )
    )
    return csv_text([("rule", "iteration", "loss", "accuracy"), *lines])


def rows(comparison: RuleComparison) -> list[tuple[str, ...]]:
    """Return a row for each rule."""
    return [_row(run) for run in comparison.runs]


def _row(run: RuleRun) -> tuple[str, ...]:
    first = run.first_at(_GOOD)
    return (
        run.rule.title,
        fixed(run.final_loss, 4),
        percent(run.final_accuracy),
        fixed(run.lowest_loss, 4),
        percent(run.best_accuracy),
        "never" if first is None else f"{first:,}",
    )


def sentences(comparison: RuleComparison) -> str:
    """Return the values of the corrections, the largest effect on the loss first."""
    ends = [_end(run.rule.title, run.ended) for run in comparison.runs if run.ended]
    of_loss = comparison.loss_shares
    by_size = sorted(of_loss, key=lambda switch: -abs(of_loss[switch]))
    worth = [f"- {_worth(comparison, switch)}" for switch in by_size]
    return "\n".join([*ends, _summary(comparison), _SHARES, *worth, SCALE_NOTE, ""])


def _end(rule: str, notice: Notice) -> str:
    return (
        f"{rule.capitalize()} ended early and counts with its last loss and accuracy. "
        f"{notice.summary}"
    )


def _summary(comparison: RuleComparison) -> str:
    notebook, exact = comparison.runs[0], comparison.runs[-1]
    n = comparison.iterations
    return (
        f"In iteration {n - 1:,}, the last of {n:,}, the notebook's rule has the loss "
        f"{fixed(notebook.final_loss, 4)} and the accuracy {percent(notebook.final_accuracy)}, "
        f"the exact one {fixed(exact.final_loss, 4)} and {percent(exact.final_accuracy)}."
    )


def _worth(comparison: RuleComparison, switch: Switch) -> str:
    loss, points = comparison.loss_shares[switch], comparison.accuracy_shares[switch] * 100
    return (
        f"{switch} {_effect('loss', loss, fixed(abs(loss), 4))} and "
        f"{_effect('accuracy', points, fixed(abs(points), 1), ' percentage points')}."
    )


def _effect(what: str, change: float, size: str, unit: str = "") -> str:
    if float(size) == 0:
        return f"hardly changes the {what}"
    return f"{'lowers' if change < 0 else 'raises'} the {what} by {size}{unit}"
