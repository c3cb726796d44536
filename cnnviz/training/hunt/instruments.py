"""The instruments of the hunt: their prices, and the evidence that they show.

What is shown names no fault, and an operation's verdict has the same form whatever is wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from cnnviz.numerics.checking.data_check import check_data
from cnnviz.numerics.checking.gradient_check import check_gradient
from cnnviz.numerics.checking.operation_check import OperationCheck, check_operations
from cnnviz.numerics.checking.report import data_as_text, gradient_as_text, symmetries_as_text
from cnnviz.numerics.checking.symmetries import symmetries
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.number_format import percent, plain
from cnnviz.numerics.operations import TITLES
from cnnviz.numerics.tensors import located_text, symbol
from cnnviz.training.hunt.cases import ITERATIONS, HuntCase
from cnnviz.training.hunt.errors import HuntError

_LONGER: Final = 20
_SHOWN: Final = (0, 1, 2, 5, 10, 20)
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence that an instrument shows."""

    text: str
    """Lines for a person to read."""
    is_telling: bool
    """Whether something in it cannot be if everything is right."""
    losses: tuple[float, ...] = ()
    accuracies: tuple[float, ...] = ()
    """losses, accuracies: before each iteration, if the instrument is "loss"."""
    problem: str = ""
    """The line of the text that says why there are not all of them, or ""."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """Something to look with."""

    name: str
    title: str
    """name, title: as it is typed, and as it is read."""
    cost: int
    """The cost of each look."""
    observe: Callable[[HuntCase, str], Evidence]
    """``observe(case, operation)`` returns the evidence."""
    of_operation: bool = False
    """Whether a look is at one operation."""


def instrument(name: str) -> Instrument:
    """Return an instrument by name.

    Raises
    ------
    HuntError
        If there is none.
    """
    for one in INSTRUMENTS:
        if one.name == name:
            return one
    raise HuntError(
        f"{name!r} is not an instrument: they are {', '.join(i.name for i in INSTRUMENTS)}."
    )


def _loss(case: HuntCase, _: str) -> Evidence:
    losses, problem = [], ""
    now = case.start
    for index in range(_LONGER + 1):
        try:
            iteration = now.iteration()
        except NumericsError as error:
            problem = f"  Iteration {index}: {TITLES[error.operation]}: {error}\n"
            break
        right = (iteration["o"] > 0.5) == (now.batch.y > 0.5)
        losses.append((index, float(iteration["E"].mean()), float(right.mean())))
        now = now.after(iteration)
    lines = "".join(
        f"  {index:>2}   {loss:.4f}   {percent(accuracy)}\n"
        for index, loss, accuracy in losses
        if index in _SHOWN
    )
    # Too long a step along the right gradient could look like this, too.
    return Evidence(
        f"Iteration, loss, accuracy\n{lines}{problem}",
        is_telling=False,
        losses=tuple(loss for _, loss, _ in losses),
        accuracies=tuple(accuracy for *_, accuracy in losses),
        problem=problem,
    )


def _sizes(case: HuntCase, _: str) -> Evidence:
    t = case.now.iteration()
    f, wo = t["f_next"] - t["f"], t["wo_next"] - t["wo"]
    steps = [(f"filter {i + 1}", f[:, :, i]) for i in range(3)] + [("dense weights", wo)]
    sizes = [(symbol(name), t[name]) for name in ("delta", "dW", "G", "dF")]
    return Evidence(
        "Root mean square of what flows back\n"
        + "".join(f"  {name:<14}{plain(_rms(values), 3)}\n" for name, values in sizes)
        + "and of one step\n"
        + "".join(f"  {name:<14}{plain(_rms(values), 3)}\n" for name, values in steps),
        any(_rms(values) == 0 for _, values in (*steps, *sizes)),
    )


def _rms(values: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> float:
    return float(np.sqrt((values * values).mean()))


def _symmetries(case: HuntCase, _: str) -> Evidence:
    t = case.now.iteration()
    sums = symmetries(t)
    scale = np.abs(t["delta"]).sum(), np.abs(t["zs"] * t["delta"]).sum()
    values = (sums.sum_delta, scale[0]), (sums.sum_zs_delta, scale[1])
    of_weights = sums.wo_dot_gradient, np.abs(t["wo"] * t["dW"]).sum()
    return Evidence(
        symmetries_as_text(sums),
        any(abs(value) > _ROUNDING * size for value, size in (*values, of_weights)),
    )


def _gradient(case: HuntCase, _: str) -> Evidence:
    now = case.now
    check = check_gradient(now.batch, now.parameters, now.rule, now.learning_rate, now.last)
    return Evidence(gradient_as_text(check), not check.agrees)


def _data(case: HuntCase, _: str) -> Evidence:
    findings = check_data(case.start.batch, case.start.first)
    return Evidence(data_as_text(findings), any(one.verdict == "wrong" for one in findings))


@lru_cache(maxsize=2)
def _operations(case: HuntCase) -> tuple[OperationCheck, ...]:
    now = case.now
    return check_operations(now.batch, now.parameters, now.rule, now.learning_rate)


def _operation(case: HuntCase, operation: str) -> Evidence:
    (check,) = (one for one in _operations(case) if one.name == operation)
    return Evidence("".join(_verdict_lines((check,))), check.verdict == "wrong")


def _all_operations(case: HuntCase, _: str) -> Evidence:
    checks = _operations(case)
    return Evidence(
        "".join(_verdict_lines(checks)), any(check.verdict == "wrong" for check in checks)
    )


def _verdict_lines(checks: tuple[OperationCheck, ...]) -> Iterator[str]:
    """Yield the verdicts, without what kind of mistake it looks like."""
    for check in checks:
        yield (
            f"  {check.verdict:<10}  {TITLES[check.name]:<18}  at "
            f"{located_text(check.tensor, check.cell)}: off by {plain(check.error, 3)}, rounding "
            f"allows {plain(check.tolerance, 2)}\n"
        )


def _kind(case: HuntCase, operation: str) -> Evidence:
    (check,) = (one for one in _operations(case) if one.name == operation)
    return Evidence(f"  {check.sentence}\n", check.verdict == "wrong")


INSTRUMENTS: Final = (
    Instrument("loss", f"loss over {_LONGER} iterations", 1, _loss),
    Instrument("sizes", "sizes of gradients and steps", 1, _sizes),
    Instrument("symmetries", "sums that are 0 for the exact gradient", 1, _symmetries),
    Instrument("data", "data check of images, labels and first weights", 2, _data),
    Instrument("operation", "operation check of one operation", 2, _operation, of_operation=True),
    Instrument("gradient", "gradient check of all 1,803 weights", 3, _gradient),
    Instrument("kind", "kind of error of one operation", 3, _kind, of_operation=True),
    Instrument("operations", "operation check of all operations", 8, _all_operations),
)
"""The instruments from the cheapest to the dearest; some check the state after ITERATIONS."""
NOTE: Final = f"Operations, gradient, sizes and sums are those of iteration {ITERATIONS}."
