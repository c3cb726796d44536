"""A branch's losses, accuracies and other figures, as views draw them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.training.run.edits import Edit
from cnnviz.training.run.held_out_curve import NOT_EVALUATED, HeldOutCurve
from cnnviz.training.run.step_metrics import METRICS, Metric
from cnnviz.training.settings import Settings

Quantity = Literal["loss", "accuracy"] | Metric
"""The quantities that curves show."""


@dataclass(frozen=True, slots=True)
class SettingsMark:
    """A change of settings: `settings` are in force from the state at `iteration` on."""

    iteration: int
    settings: Settings


def marks_before(marks: Sequence[SettingsMark], iteration: int) -> list[SettingsMark]:
    """Return the first settings, and the changes by which the state at `iteration` was reached."""
    first, *changes = marks
    return [first, *(mark for mark in changes if mark.iteration < iteration)]


def learning_rates(marks: Sequence[SettingsMark], count: int) -> NDArray[np.float64]:
    """Return the learning rate of the step that led to each of the first `count` states.

    No step led to state 0, whose rate is undefined.
    """
    rates = np.full(count, np.nan)
    for mark in marks:
        rates[mark.iteration + 1 :] = mark.settings.learning_rate
    return rates


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The history as views draw it. Arrays are read-only and never change."""

    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    """loss, accuracy: shape (T + 1,). Of the states 0 to T; NaN if the forward pass has no
    result."""
    first: Settings
    """The settings in force at the start."""
    marks: tuple[SettingsMark, ...]
    """Later changes of settings."""
    edits: tuple[Edit, ...] = ()
    """Parameters changed by hand."""
    metrics: NDArray[np.float64] = field(default_factory=lambda: np.empty((len(METRICS), 0)))
    """Shape (5, T + 1). The figures of `METRICS`, in that order; NaN if one is not known."""
    held_out: HeldOutCurve = NOT_EVALUATED
    """Losses and accuracies on images that are not trained on."""

    def values(self, quantity: Quantity) -> NDArray[np.float64]:
        """Return the values of a quantity, one for each state."""
        if quantity == "loss":
            return self.loss
        return self.accuracy if quantity == "accuracy" else self.metrics[METRICS.index(quantity)]

    def settings_after(self, iteration: int) -> Settings:
        """Return the settings of the iteration that follows, or followed, a state."""
        changes = [mark.settings for mark in self.marks if mark.iteration <= iteration]
        return changes[-1] if changes else self.first
