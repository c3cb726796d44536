"""Whether a condition holds, and the values that say so. Pure."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import FILTER_COUNT, Floats, Parameters
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.conditions import (
    DENSE,
    At,
    Compare,
    Condition,
    Either,
    Every,
    FilterChanges,
    Flips,
    LossRises,
    NotFinite,
    Quantity,
    Relation,
    Step,
)
from cnnviz.training.run.history import Curve
from cnnviz.training.run.warnings import Notice

_TITLES: Final = {operation.name: operation.title for operation in OPERATIONS}
_RELATIONS: Final[dict[Relation, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_NAMED: Final = 4
"""Images that are named where more have flipped."""


@dataclass(frozen=True, eq=False)
class State:
    """One state of a run, as conditions see it.

    Attributes
    ----------
    iteration : int
    parameters : Parameters
    forward : Forward or None
        None where it has no result.
    saturated : float
        Share of units that see ink and are saturated, 0 to 1; NaN where it is not known.
    failure : Notice or None
        Why the forward pass, or the iteration that was to follow, has no result.
    """

    iteration: int
    parameters: Parameters
    forward: ForwardPass | None
    saturated: float = float("nan")
    failure: Notice | None = None

    @property
    def loss(self) -> float:
        """NaN where the forward pass has no result."""
        return self.forward.loss if self.forward else math.nan

    @cached_property
    def norms(self) -> list[float]:
        """‖·‖ of filters 1 to 3 and of the dense weights."""
        return _norms(self.parameters.f, self.parameters.wo)

    @cached_property
    def signs(self) -> bytes:
        """Which cells of the filters are below 0: bytes are compared sooner than arrays."""
        return (self.parameters.f < 0).tobytes()

    @cached_property
    def sides(self) -> NDArray[np.bool_]:
        """Which images are predicted "> 4", shape (n,); none without a forward pass."""
        return self.forward.o[0] > 0.5 if self.forward else np.empty(0, np.bool_)


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known at one moment of a run.

    Attributes
    ----------
    before : State or None
        The state before `now`; None where it is not known, and then nothing has changed.
    now : State
    operation : str or None
        The operation that comes next in the iteration that follows `now`; None where that has not
        begun.
    """

    before: State | None
    now: State
    operation: str | None = None

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """‖change‖ / ‖before‖ of filters 1 to 3 and the dense weights.

        The change of an iteration is η · gradient. NaN where the state before is not known;
        infinite where weights that were all 0 have changed.
        """
        if self.before is None:
            return (math.nan,) * (DENSE + 1)
        before, now = self.before.parameters, self.now.parameters
        moved = _norms(now.f - before.f, now.wo - before.wo)
        return tuple(map(_ratio, moved, self.before.norms))

    @cached_property
    def turned(self) -> list[int]:
        """How many cells of each filter have changed their sign."""
        if self.before is None or self.before.signs == self.now.signs:
            return [0] * FILTER_COUNT
        turned = (self.before.parameters.f < 0) != (self.now.parameters.f < 0)
        counts: list[int] = np.count_nonzero(turned, axis=(0, 1)).tolist()
        return counts

    @cached_property
    def flipped(self) -> NDArray[np.intp]:
        """Indices of the images whose prediction is another than in the state before."""
        if self.before is None:
            return np.empty(0, np.intp)
        before, now = self.before.sides, self.now.sides
        if before.size != now.size:  # the subset has changed between the two
            shared = min(before.size, now.size)
            before, now = before[:shared], now[:shared]
        flipped: NDArray[np.intp] = (before != now).nonzero()[0]
        return flipped


Test = Callable[[Facts], bool]
_FIGURES: Final[dict[Quantity, tuple[str, Callable[[State], float]]]] = {
    "iteration": ("the iteration", lambda state: state.iteration),
    "loss": ("the loss", lambda state: state.loss),
    "accuracy": (
        "the accuracy",
        lambda state: state.forward.accuracy if state.forward else math.nan,
    ),
    "saturated": (
        "the share of saturated units among those that see ink",
        lambda state: state.saturated,
    ),
}
"""What each figure of a state is called, and how it is had; NaN where it is not known."""


def _norms(f: Floats, wo: Floats) -> list[float]:
    """Return the norm of each filter and of the dense weights."""
    cells = f.reshape(-1, FILTER_COUNT)
    parts = [cells[:, 0], cells[:, 1], cells[:, 2], wo[:, 0]]
    with np.errstate(over="ignore"):
        norms = [math.sqrt(part.dot(part)) for part in parts]  # quicker than a call for all
        if math.inf in norms:  # the squares are too large for float32
            wide = [part.astype(np.float64) for part in parts]
            norms = [math.sqrt(part.dot(part)) for part in wide]
    return norms


def _ratio(moved: float, before: float) -> float:
    if moved == 0:
        return 0.0
    return moved / before if before else math.inf


def holds(condition: Condition, facts: Facts) -> bool:
    """Return whether a condition holds."""
    return test_of(condition)(facts)


@lru_cache(256)
def test_of(condition: Condition) -> Test:
    """Return what tells whether a condition holds: quicker than reading the condition each time."""
    match condition:
        case Every(parts):
            tests = [test_of(part) for part in parts]
            return lambda facts: all(test(facts) for test in tests)
        case Either(parts):
            tests = [test_of(part) for part in parts]
            return lambda facts: any(test(facts) for test in tests)
        case At(operation):
            return lambda facts: facts.operation == operation
        case Compare(quantity, relation, bound):
            figure, related = _FIGURES[quantity][1], _RELATIONS[relation]
            return lambda facts: related(figure(facts.now), bound)
        case Step(parts, relation, bound):
            related = _RELATIONS[relation]
            return lambda facts: related(max([facts.steps[part] for part in parts]), bound)
        case LossRises(rise, relative):
            return lambda facts: _loss_rises(facts, rise, relative=relative)
        case FilterChanges(filters, by):
            if by is None:
                if len(filters) == FILTER_COUNT:
                    return lambda facts: any(facts.turned)
                return lambda facts: any(facts.turned[i] for i in filters)
            least = by
            return lambda facts: _a_norm_changes(facts, filters, least)
        case Flips(None):
            return lambda facts: facts.flipped.size > 0
        case Flips(image):
            return lambda facts: facts.flipped.size > 0 and image in facts.flipped
        case NotFinite():
            return lambda facts: facts.now.failure is not None


@lru_cache(256)
def event_of(condition: Condition) -> Test | None:
    """Return what tells whether something that makes a condition hold has happened just then.

    A loss that rises, a filter that changes, a prediction that flips and an operation that comes
    next are events, each new every time. A comparison, and what is not finite, holds on and on: a
    condition of these alone has no event, and gives None.
    """
    match condition:
        case Every(parts) | Either(parts):
            events = [event for part in parts if (event := event_of(part)) is not None]
            return (lambda facts: any(event(facts) for event in events)) if events else None
        case At() | LossRises() | FilterChanges() | Flips():
            return test_of(condition)
    return None


def words(condition: Condition, facts: Facts) -> str:
    """Say the values with which a condition holds, or "" where it does not."""
    if not holds(condition, facts):
        return ""
    match condition:
        case Every(parts) | Either(parts):
            others = [part for part in parts if not isinstance(part, At)]
            said = [told for part in others if (told := words(part, facts))]
            return "; ".join(said) if said else _state_words(facts.now)
        case At():  # where it is, the stop says
            return _state_words(facts.now)
        case Compare(quantity, _, _):
            name, figure = _FIGURES[quantity]
            return f"{name} is {_figure_words(quantity, figure(facts.now))}"
        case Step(parts, _, _):
            return _step_words(parts, facts)
        case LossRises():
            before, now = _apart(facts.before.loss if facts.before else math.nan, facts.now.loss)
            return f"the loss rose from {before} to {now}"
        case FilterChanges(filters, by):
            changed = [i for i in filters if holds(FilterChanges((i,), by), facts)]
            return "; ".join(_change_words(facts, i, by) for i in changed)
        case Flips(None):
            return _flip_words(facts, facts.flipped)
        case Flips(image):
            return _flip_words(facts, np.array([image]))
        case NotFinite():
            failure = facts.now.failure
            return f"{_TITLES[failure.operation]}: {failure.message.rstrip('.')}" if failure else ""


def shown_image(condition: Condition, facts: Facts) -> int | None:
    """Return the first image whose flip makes a condition hold; None where none does."""
    match condition:
        case Every(parts) | Either(parts):
            shown = (shown_image(part, facts) for part in parts)
            return next((image for image in shown if image is not None), None)
        case Flips(image) if holds(condition, facts):
            return int(facts.flipped[0]) if image is None else image
    return None


def along(condition: Condition, curve: Curve, operation: str | None) -> NDArray[np.bool_] | None:
    """Return for every state whether a condition held, from losses and accuracies alone.

    Parameters
    ----------
    condition : Condition
    curve : Curve
    operation : str or None
        The operation that is taken to come next.

    Returns
    -------
    ndarray of bool, shape (T + 1,), or None
        None where the condition needs more than the curve.
    """
    count = len(curve.loss)
    match condition:
        case Every(parts) | Either(parts):
            each = [along(part, curve, operation) for part in parts]
            known = [part for part in each if part is not None]
            if len(known) < len(each):
                return None
            joined = np.logical_and if isinstance(condition, Every) else np.logical_or
            held: NDArray[np.bool_] = joined.reduce(known)
            return held
        case At(name):
            return np.full(count, operation == name)
        case Compare("saturated", _, _):
            return None
        case Compare(quantity, relation, bound):
            series = {
                "iteration": np.arange(count),
                "loss": curve.loss,
                "accuracy": curve.accuracy,
            }
            return np.asarray(_RELATIONS[relation](series[quantity], float(bound)))  # type: ignore[arg-type]
        case LossRises(by, relative):
            rose = np.zeros(count, np.bool_)
            rise, before = np.diff(curve.loss), curve.loss[:-1]
            rose[1:] = (rise > 0) & (rise >= (by * before if relative else by))
            return rose
        case NotFinite():
            return np.isnan(curve.loss)
    return None


def _loss_rises(facts: Facts, by: float, *, relative: bool) -> bool:
    if facts.before is None:
        return False
    before = facts.before.loss
    rise = facts.now.loss - before
    return rise > 0 and rise >= (by * before if relative else by)


def _a_norm_changes(facts: Facts, filters: tuple[int, ...], by: float) -> bool:
    if facts.before is None:
        return False
    before, now = facts.before.norms, facts.now.norms
    for i in filters:
        change = abs(now[i] - before[i])
        if change > 0 and change >= by * before[i]:
            return True
    return False


def _change_words(facts: Facts, i: int, by: float | None) -> str:
    if facts.before is None:
        raise AssertionError
    if by is not None:
        a, b = _apart(facts.before.norms[i], facts.now.norms[i])
        return f"the norm of filter {i + 1} went from {a} to {b}"
    count = facts.turned[i]
    cells = "1 cell" if count == 1 else f"{count} cells"
    before, now = facts.before.parameters.f[:, :, i], facts.now.parameters.f[:, :, i]
    a, b = _apart(float(before.mean()), float(now.mean()))
    return f"{cells} of filter {i + 1} changed sign, and its mean went from {a} to {b}"


def _step_words(parts: tuple[int, ...], facts: Facts) -> str:
    largest = max(parts, key=facts.steps.__getitem__)
    whose = "the dense weights" if largest == DENSE else f"filter {largest + 1}"
    size = facts.steps[largest]
    said = f"{100 * size:.3g} % of its size" if size < 1 else f"{size:.4g} times its size"
    return f"the step of {whose} is {said}"


def _flip_words(facts: Facts, images: NDArray[np.intp]) -> str:
    before, now = facts.before, facts.now.forward
    if before is None or before.forward is None or now is None:
        raise AssertionError
    said = []
    for image in images[:_NAMED].tolist():
        a, b = _apart(float(before.forward.o[0, image]), float(now.o[0, image]), border=0.5)
        said.append(f"image {image} went from {a} to {b}")
    more = len(images) - _NAMED
    if more > 0:
        said.append(f"and {more:,} more")
    return "the output of " + ", ".join(said)


def _state_words(state: State) -> str:
    forward = state.forward
    if forward is None:
        return "the loss is undefined"
    accuracy = _figure_words("accuracy", forward.accuracy)
    return f"the loss is {_figure_words('loss', forward.loss)}, the accuracy {accuracy}"


def _figure_words(quantity: Quantity, value: float) -> str:
    if quantity == "iteration":
        return f"{value:,.0f}"
    return plain(value) if quantity == "loss" else f"{100 * value:.4g} %"


def _apart(before: float, now: float, border: float | None = None) -> tuple[str, str]:
    """Write two different numbers with as many digits as tell them apart, and at least 3.

    Where there is a border between them, the digits say on which side of it each is, too.
    """
    different = {before, now} if border is None else {before, now, border}
    for digits in range(3, 18):
        if len({plain(value, digits) for value in different}) == len(different):
            break
    return plain(before, digits), plain(now, digits)
