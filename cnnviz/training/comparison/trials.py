"""Trials of changes that may help a stopped run, from its state and from its start."""

from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import COVERED, FastIteration
from cnnviz.numerics.network import Floats, Parameters, initial_parameters
from cnnviz.numerics.number_format import tick
from cnnviz.numerics.rule import EXACT, SWITCHES, Rule
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.settings import LEARNING_RATES, Settings

ITERATIONS: Final = 50
"""Iterations of each trial."""
EXACT_RATE: Final = 100.0
"""The learning rate that is tried with the exact gradient: its steps are short."""
_DIVISORS: Final = (10, 100)
"""Divisors of the learning rate in trials."""
_BETTER: Final = 0.95
"""A trial helps if its last loss is below this share of the loss without a change."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change that might help."""

    title: str
    """The change, in a few words."""
    settings: Settings
    restarts: bool
    """Whether it begins with the seed's first weights, not with the state of the run."""


@dataclass(frozen=True, slots=True, eq=False)
class CandidateTrial:
    """The result of a candidate."""

    candidate: Candidate
    loss: Floats
    accuracy: Floats
    """loss, accuracy: shape (T,), float64. Of each state; fewer if an iteration had no result."""

    @property
    def last_loss(self) -> float:
        """The loss at the end; infinite if it ended early."""
        return float(self.loss[-1]) if len(self.loss) > ITERATIONS else float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Everything that was tried."""

    unchanged: CandidateTrial
    """The run as it would have gone on."""
    changed: tuple[CandidateTrial, ...]
    """The candidates, from the lowest last loss to the highest."""

    @property
    def helpful(self) -> tuple[CandidateTrial, ...]:
        """Those that end clearly lower than without a change, best first."""
        limit = self.unchanged.last_loss
        bound = _BETTER * limit if np.isfinite(limit) else limit
        return tuple(trial for trial in self.changed if trial.last_loss < bound)


def candidates(settings: Settings) -> tuple[Candidate, ...]:
    """Return the changes that are tried: each correction, lower rates, and the exact gradient."""
    changes: list[tuple[str, Settings]] = []
    for divisor in _DIVISORS:
        rate = settings.learning_rate / divisor
        if rate >= LEARNING_RATES[0]:
            changes.append((f"η = {tick(rate)}", replace(settings, learning_rate=rate)))
    corrected = set(settings.rule.corrected)
    for switch in SWITCHES:
        if switch not in corrected:
            rule = Rule.correcting({*corrected, switch})
            words = switch.replace("-", " ")
            changes.append((f"{words} corrected", replace(settings, rule=rule)))
    if settings.rule != EXACT or settings.learning_rate != EXACT_RATE:
        exact = replace(settings, rule=EXACT, learning_rate=EXACT_RATE)
        changes.append((f"the exact gradient at η = {tick(EXACT_RATE)}", exact))
    return tuple(
        Candidate(title, changed, restarts)
        for restarts in (False, True)
        for title, changed in changes
    )


def try_candidates(
    dataset: Dataset,
    settings: Settings,
    parameters: Parameters,
    on_progress: ProgressCallback,
) -> Trials:
    """Train with each candidate for `ITERATIONS`, and without a change.

    `parameters` are those of the state in which the run has stopped. `on_progress` is called after
    each iteration with the share done, 0 to 1; an error from it ends the work.

    Raises DataError if an image of the subset cannot be read.
    """
    batch = settings.batch(dataset)
    first = initial_parameters(settings.seed, settings.numpy_dtype)
    here = parameters.astype(settings.numpy_dtype)
    tried = (Candidate("no change", settings, restarts=False), *candidates(settings))
    trials = []
    with blas_on_one_thread(), closing(FastIteration(batch)) as kernel:
        for number, candidate in enumerate(tried):
            start = first if candidate.restarts else here

            def report(share: float, number: int = number) -> None:
                on_progress((number + share) / len(tried))

            trials.append(_train(candidate, kernel, start, report))
    unchanged, *changed = trials
    return Trials(unchanged, tuple(sorted(changed, key=lambda trial: trial.last_loss)))


def _train(
    candidate: Candidate, kernel: FastIteration, parameters: Parameters, report: ProgressCallback
) -> CandidateTrial:
    loss: list[float] = []
    accuracy: list[float] = []
    settings = candidate.settings
    if settings.rule not in COVERED:
        return CandidateTrial(candidate, np.array(loss), np.array(accuracy))
    try:
        for done in range(ITERATIONS + 1):
            forward = kernel.forward(parameters)
            loss.append(forward.loss)
            accuracy.append(forward.accuracy)
            parameters = kernel.update(settings.rule, settings.learning_rate)
            report((done + 1) / (ITERATIONS + 1))
    except NumericsError:
        pass  # the run would stop here: it does not help
    return CandidateTrial(candidate, np.array(loss), np.array(accuracy))
