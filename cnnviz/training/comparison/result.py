"""The outcome of a comparison: a curve for each rule, and each correction's share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.numerics.shapley import shapley_values
from cnnviz.numerics.variants import Switch
from cnnviz.training.run.warnings import Notice


@dataclass(frozen=True, slots=True, eq=False)
class RuleRun:
    """One rule's training."""

    rule: Rule
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    """loss, accuracy: shape (T,). Of each iteration before its update, as in a run file. Read-only;
    at least one. T is less than the iterations asked for if training ended early."""
    ended: Notice | None = None
    """Why an iteration has no result, if one has none: the last one, or the one after the curve."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.loss.setflags(write=False)
        self.accuracy.setflags(write=False)

    @property
    def final_loss(self) -> float:
        """The loss of the last iteration that has one."""
        return float(self.loss[-1])

    @property
    def final_accuracy(self) -> float:
        """The accuracy of the same iteration as `final_loss`."""
        return float(self.accuracy[-1])

    @property
    def lowest_loss(self) -> float:
        """The lowest loss of any iteration."""
        return float(self.loss.min())

    @property
    def best_accuracy(self) -> float:
        """The best accuracy of any iteration."""
        return float(self.accuracy.max())

    def first_at(self, accuracy: float) -> int | None:
        """Return the first iteration with at least this accuracy; None if there is none."""
        at_least = self.accuracy >= accuracy
        return int(at_least.argmax()) if at_least.any() else None


@dataclass(frozen=True, slots=True, eq=False)
class RuleComparison:
    """Rules trained from one start.

    A run that ended early counts with its last loss and accuracy: its parameters change no more.
    """

    iterations: int
    """The iterations that each rule was to do."""
    runs: tuple[RuleRun, ...]
    """The runs of the rules; of all 32, the notebook's is the first, the exact one the last."""

    @property
    def loss_shares(self) -> dict[Switch, float]:
        """Each correction's Shapley share of the change of the final loss: below 0 if it helps."""
        return self._shares(lambda run: run.final_loss)

    @property
    def accuracy_shares(self) -> dict[Switch, float]:
        """Each correction's Shapley share of the change of the final accuracy, −1 to 1."""
        return self._shares(lambda run: run.final_accuracy)

    @property
    def has_all(self) -> bool:
        """Whether all 32 rules are there, without which nothing has a share."""
        return {run.rule for run in self.runs} == set(RULES)

    @property
    def path(self) -> tuple[RuleRun, ...]:
        """From the notebook's rule to the exact one, each time by the correction that helps most.

        That is the one that makes the final loss smallest.
        """
        run_of = {run.rule: run for run in self.runs}
        found = [run_of[NOTEBOOK]]
        while found[-1].rule != EXACT:
            corrected = set(found[-1].rule.corrected)
            following = [
                run_of[Rule.correcting(corrected | {switch})]
                for switch in SWITCHES
                if switch not in corrected
            ]
            found.append(min(following, key=lambda run: run.final_loss))
        return tuple(found)

    def _shares(self, value_of: Callable[[RuleRun], float]) -> dict[Switch, float]:
        values = {frozenset(run.rule.corrected): value_of(run) for run in self.runs}
        return shapley_values(tuple(SWITCHES), values)
