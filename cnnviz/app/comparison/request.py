"""The request for a comparison: which rules, from which start, for how long. Knows no Qt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.training.comparison.compare import compare
from cnnviz.training.comparison.lockstep import AMOUNT, Lockstep, lockstep
from cnnviz.training.comparison.report import SCALE_NOTE
from cnnviz.training.comparison.result import RuleComparison
from cnnviz.training.settings import Settings

ONE_BY_ONE: Final = (NOTEBOOK, *(Rule.correcting({switch}) for switch in SWITCHES), EXACT)
IN_TURN: Final = tuple(
    Rule.correcting(tuple(SWITCHES)[:count]) for count in range(len(SWITCHES) + 1)
)
CHOICES: Final[tuple[tuple[str, tuple[Rule, ...]], ...]] = (
    ("The five corrections, one by one", ONE_BY_ONE),
    ("From notebook to exact, in the order of the backward pass", IN_TURN),
    ("All 32 rules", RULES),
    ("Two rules, in lockstep", ()),
)
"""The choices, and the rules of each; the person chooses those of the last one."""
_WHOLE: Final = 0.5
"""Share of the progress at which the curves of two rules are there, and lockstep begins."""


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """What is compared; two that are equal have the same result."""

    rules: tuple[Rule, ...]
    iterations: int
    settings: Settings
    """The settings of every run, but for the rule."""
    dataset: Dataset = field(compare=False, repr=False)
    amount: float = AMOUNT
    """The relative difference of a tensor from which on two rules have parted."""

    @property
    def words(self) -> str:
        """The settings, and what is to be known of the learning rate, if rules differ in it."""
        s = self.settings
        scales = {rule.averages_dense_gradient for rule in self.rules}
        note = f" {SCALE_NOTE}" if len(scales) > 1 else ""
        return (
            f"{len(self.rules)} rules from one start: seed {s.seed}, "
            f"η = {plain(s.learning_rate)}, {s.subset:,} images of {self.dataset.name}, "
            f"{s.dtype}, {self.iterations:,} iterations.{note}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonResult:
    """The curves of all rules; of two, also how they part."""

    request: ComparisonRequest
    comparison: RuleComparison
    lockstep: Lockstep | None


def carry_out(request: ComparisonRequest, on_progress: ProgressCallback) -> ComparisonResult:
    """Train the rules; raises as `compare` does."""
    two = len(request.rules) == 2
    share = _WHOLE if two else 1.0
    arguments = request.dataset, request.settings
    comparison = compare(
        *arguments,
        request.iterations,
        _shares(on_progress, share),
        rules=request.rules,
    )
    if not two:
        return ComparisonResult(request, comparison, None)
    first, second = request.rules
    parted = lockstep(
        *arguments,
        (first, second),
        request.iterations,
        request.amount,
        on_progress=lambda done: on_progress(share + (1 - share) * done),
    )
    return ComparisonResult(request, comparison, parted)


def _shares(on_progress: ProgressCallback, whole: float) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(whole * done / total)
