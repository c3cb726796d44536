"""The check of one state under one rule, as a computation beside training. Knows no Qt."""

from dataclasses import dataclass, field
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.numerics.checking.case import AnyFault, Case
from cnnviz.numerics.checking.data_check import DATA, START, DataFinding, check_data
from cnnviz.numerics.checking.data_faults import DataFault
from cnnviz.numerics.checking.fault import Fault
from cnnviz.numerics.checking.gradient_check import GradientCheck, check_gradient
from cnnviz.numerics.checking.operation_check import OperationCheck, check_operations
from cnnviz.numerics.checking.step_curve import StepCurve, step_curve
from cnnviz.numerics.checking.symmetries import Symmetries, rounding, symmetries
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import TITLES
from cnnviz.training.loop.frame import Frame
from cnnviz.training.settings import Settings

_PLACES: Final = {DATA: "in the data", START: "at the start"}
LARGEST: Final = 1_000
"""Images that are checked, the first of a larger batch: every tensor of theirs is in memory."""

LARGEST_FOR_STEPS: Final = 200
"""Images for the curve of errors, for which all weights are moved many times."""


def fault_words(fault: AnyFault) -> str:
    """Return the operation and the description of a fault of the gallery."""
    location = _PLACES.get(fault.operation) or f"in {TITLES[fault.operation]}"
    if isinstance(fault, Fault) and fault.is_decoy:
        return f"No fault {location}: {fault.title}"
    return f"Fault {location}: {fault.title}"


def _lower(fault: AnyFault) -> str:
    words = fault_words(fault)
    return f"{words[0].lower()}{words[1:]}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: two that are equal have the same result."""

    branch: int
    branch_name: str = field(compare=False)
    iteration: int
    settings: Settings
    data: str
    fault: AnyFault | None = None
    """Put on purpose into the exact rule, in place of the rule in use, or into the data or the
    first weights."""
    dataset: Dataset = field(compare=False, repr=False, kw_only=True)
    parameters: Parameters = field(compare=False, repr=False, kw_only=True)

    @classmethod
    def of(cls, frame: Frame, fault: AnyFault | None) -> "Subject":
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
    def n(self) -> int:
        """Images that are checked."""
        return min(self.settings.subset, LARGEST)

    def batch(self, largest: int) -> Batch:
        """Return the images that are checked, at most `largest` of them."""
        n, data = min(self.settings.subset, largest), self.dataset
        return Batch.from_images(data.images[:n], data.labels[:n], self.settings.numpy_dtype)

    @property
    def case(self) -> Case:
        """The case to be checked; a fault of data or first weights is there from the start."""
        settings, fault, batch = self.settings, self.fault, self.batch(LARGEST)
        first = initial_parameters(settings.seed, settings.numpy_dtype)
        if isinstance(fault, DataFault):
            return Case.with_fault(batch, first, fault, settings.learning_rate)
        rule = settings.rule if fault is None else fault.rule
        case = Case(batch, first, self.parameters, rule, settings.learning_rate)
        return case.after(case.iteration()) if rule.kept else case

    @property
    def words(self) -> str:
        """The subject of the check, in one line."""
        of_all = f" of {self.settings.subset:,}" if self.n < self.settings.subset else ""
        rest = (
            f"η = {plain(self.settings.learning_rate)}, {self.n:,}{of_all} images, "
            f"{self.settings.dtype}."
        )
        where = f"Iteration {self.iteration:,} of “{self.branch_name}”"
        match self.fault:
            case None:
                return f"{where}, {self.settings.rule.title} rule, {rest}"
            case DataFault():
                return f"Put in on purpose: {_lower(self.fault)}. Iteration 0, exact rule, {rest}"
            case fault:
                later = ", one iteration later" if fault.rule.kept else ""
                return (
                    f"Put in on purpose: {_lower(fault)}. {where}{later}, the exact rule with "
                    f"it, {rest}"
                )


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The results of all checks."""

    subject: Subject
    operations: tuple[OperationCheck, ...]
    gradient: GradientCheck
    symmetries: Symmetries
    symmetry_limits: Symmetries
    """How far rounding may take each sum from 0."""
    data: tuple[DataFinding, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong: the titles of operations, and the names of findings in the data."""
        operations = (TITLES[o.name] for o in self.operations if o.verdict == "wrong")
        return *operations, *(f.name for f in self.data if f.verdict == "wrong")


def check(subject: Subject, on_progress: ProgressCallback) -> Outcome:
    """Check operations, gradient and symmetries of a state.

    Raises NumericsError if the iteration has no meaningful result.
    """
    case = subject.case
    state = case.batch, case.parameters, case.rule, case.learning_rate
    on_progress(0.05)
    operations = check_operations(*state)
    on_progress(0.45)
    with reporting_progress(lambda share: on_progress(0.45 + 0.35 * share)):
        gradient = check_gradient(*state, case.last)
    tensors = case.iteration()
    on_progress(0.9)
    return Outcome(
        subject,
        operations,
        gradient,
        symmetries(tensors),
        rounding(tensors),
        check_data(case.batch, case.first),
    )


def step_errors(subject: Subject, on_progress: ProgressCallback) -> StepCurve:
    """Return the errors of differences of the loss by their step, on few images."""
    return step_curve(subject.batch(LARGEST_FOR_STEPS), subject.parameters, on_progress)
