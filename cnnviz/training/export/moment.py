"""One moment of a run, with everything that its iteration is computed from."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch, Parameters, Tensors
from cnnviz.numerics.operations import gradients_between
from cnnviz.numerics.rule import Rule
from cnnviz.training.errors import ExportError
from cnnviz.training.own_code.source import code_not_run
from cnnviz.training.pixels import painted
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A state of a run and the settings of its next iteration."""

    iteration: int
    name: str
    settings: Settings
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    """images, labels: shapes (n, 28, 28) and (n,). Of the subset, upright, with the pixels drawn
    over them."""
    parameters: Parameters
    """The parameters in the settings' precision."""
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    """loss, accuracy: shape (T,). Of the run before this state."""
    last: Tensors
    """The gradients of the iteration before, if the rule keeps any."""

    @classmethod
    def of_run(cls, run: Run, dataset: Dataset, iteration: int | None = None) -> "Moment":
        """Return a state of a recorded run, by default the last.

        Raises ExportError if the run has no such state.
        """
        at = run.iterations if iteration is None else iteration
        if not 0 <= at <= run.iterations:
            raise ExportError(
                f"the run has no iteration {at:,}: choose one of 0 to {run.iterations:,}."
            )
        settings = run.config.settings_at(at)
        data = painted(dataset, settings.pixels, settings.drawings).first(settings.subset)
        parameters = run.states.parameters(at).astype(settings.numpy_dtype)
        name = run.config.title
        series = run.loss[:at], run.accuracy[:at]
        last = last_gradients(run, at, parameters)
        return cls(at, name, settings, data.images, data.labels, parameters, *series, last)

    @property
    def batch(self) -> Batch:
        """The images as the network reads them."""
        return Batch.from_images(self.images, self.labels, self.settings.numpy_dtype)


def last_gradients(run: Run, at: int, parameters: Parameters) -> Tensors:
    """Return the gradients of the iteration before a state, if the state's rule keeps any.

    They are what moved the weights to this state, `parameters`. In the first state, and in one that
    was made by hand, there are none.
    """
    by_hand = any(edit.iteration == at for edit in run.config.annotations.edits)
    if not run.config.settings_at(at).rule.kept or at == 0 or by_hand:
        return {}
    before = run.states.parameters(at - 1).astype(parameters.f.dtype)
    return gradients_between(before, parameters, run.config.settings_at(at - 1).learning_rate)


def require_code_that_runs(rules: Iterable[Rule]) -> None:
    """Raise `ExportError` for rules with own code that nobody has allowed to run."""
    if any(code_not_run(rule) for rule in rules):
        raise ExportError(
            "the run has own code, whose results are needed: allow it to run, with --run-code on "
            "the command line, if you trust it."
        )
