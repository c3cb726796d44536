"""The check of one state under one rule, as a computation beside training. Knows no Qt."""

from dataclasses import dataclass, field
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.numerics.checking.fault import Fault
from cnnviz.numerics.checking.gradient_check import GradientCheck, check_gradient
from cnnviz.numerics.checking.operation_check import OperationCheck, check_operations
from cnnviz.numerics.checking.step_curve import StepCurve, step_curve
from cnnviz.numerics.checking.symmetries import Symmetries, rounding, symmetries
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import Rule
from cnnviz.training.loop.frame import Frame
from cnnviz.training.settings import Settings

LARGEST: Final = 1_000
"""Images that are checked, the first of a larger batch: every tensor of theirs is in memory."""

LARGEST_FOR_STEPS: Final = 200
"""Images for the curve of errors, for which all weights are moved many times."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: two that are equal have the same result.

    Attributes
    ----------
    fault : Fault or None
        Put into the exact rule on purpose, in place of the rule in use.
    """

    branch: int
    branch_name: str = field(compare=False)
    iteration: int
    settings: Settings
    data: str
    fault: Fault | None = None
    dataset: Dataset = field(compare=False, repr=False, kw_only=True)
    parameters: Parameters = field(compare=False, repr=False, kw_only=True)

    @classmethod
    def of(cls, frame: Frame, fault: Fault | None) -> "Subject":
        """Return the state of a frame, under its rule or with a fault."""
        return cls(
            frame.branch.number,
            frame.branch.name,
            frame.iteration,
            frame.settings.kept,
            frame.dataset.name,
            fault,
            dataset=frame.dataset,
            parameters=frame.parameters,
        )

    @property
    def rule(self) -> Rule:
        """The rule that is checked."""
        return self.settings.rule if self.fault is None else self.fault.rule

    @property
    def n(self) -> int:
        """Images that are checked."""
        return min(self.settings.subset, LARGEST)

    def batch(self, largest: int) -> Batch:
        """Return the images that are checked, but so many at most."""
        n, data = min(self.settings.subset, largest), self.dataset
        return Batch.from_images(data.images[:n], data.labels[:n], self.settings.numpy_dtype)

    @property
    def words(self) -> str:
        """What is checked, in one line."""
        of_all = f" of {self.settings.subset:,}" if self.n < self.settings.subset else ""
        rule = f"{self.rule.title} rule" if self.fault is None else "the exact rule with this fault"
        return (
            f"Iteration {self.iteration:,} of “{self.branch_name}”, {rule}, "
            f"η = {plain(self.settings.learning_rate)}, {self.n:,}{of_all} images, "
            f"{self.settings.dtype}."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The results of all checks.

    Attributes
    ----------
    symmetry_limits : Symmetries
        How far rounding may take each sum from 0.
    """

    subject: Subject
    operations: tuple[OperationCheck, ...]
    gradient: GradientCheck
    symmetries: Symmetries
    symmetry_limits: Symmetries


def check(subject: Subject, on_progress: ProgressCallback) -> Outcome:
    """Check operations, gradient and symmetries of a state.

    Raises
    ------
    NumericsError
        If the iteration has no meaningful result.
    """
    settings = subject.settings
    state = subject.batch(LARGEST), subject.parameters, subject.rule, settings.learning_rate
    on_progress(0.05)
    operations = check_operations(*state)
    on_progress(0.5)
    with reporting_progress(lambda share: on_progress(0.5 + 0.4 * share)):
        gradient = check_gradient(*state)
    on_progress(0.95)
    tensors = iterate(*state)
    return Outcome(subject, operations, gradient, symmetries(tensors), rounding(tensors))


def step_errors(subject: Subject, on_progress: ProgressCallback) -> StepCurve:
    """Return the errors of differences of the loss by their step, on few images."""
    return step_curve(subject.batch(LARGEST_FOR_STEPS), subject.parameters, on_progress)
