"""Numbers of one state of a run: a tensor of its next iteration, or the predictions."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.csv_text import csv_text
from cnnviz.numerics.tensors import TENSORS
from cnnviz.spelling import suggestion
from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.errors import ExportError
from cnnviz.training.run.predictions import predictions
from cnnviz.training.run.trainer import Trainer

PREDICTIONS: Final = ("image", "digit", "target", "output", "error", "right")
"""Columns of the predictions."""


def tensor(trainer: Trainer, name: str, image: int | None) -> NDArray[Any]:
    """Return a tensor of the iteration that begins at the trainer's state.

    Raises ExportError if there is no such tensor, if it has no part for each image, or if its
    operation has no meaningful result. Raises DebuggerError if the batch's tensors do not fit in
    memory.

    `image` is that whose part is wanted alone, along an axis of length 1.
    """
    if name not in TENSORS:
        raise ExportError(f"no tensor is called {name}: {suggestion(name, TENSORS)}.")
    debugger = Debugger(trainer)
    while name not in debugger.tensors:
        if not debugger.step():
            failure = debugger.view(0).failure
            raise ExportError(failure.message if failure else f"{name} cannot be computed.")
    values = debugger.tensors[name]
    if image is None:
        return values
    axis = TENSORS[name].image_axis(values.ndim)
    if axis is None:
        raise ExportError(f"{name} has no part for each image: leave --image out.")
    return np.take(values, [image], axis=axis)


def predictions_table(trainer: Trainer) -> bytes:
    """Return a line of CSV for each image of the subset at the trainer's state.

    An undefined number is left out, and so is whether an undefined output is right.
    """
    subset = trainer.settings.subset
    made = predictions(trainer.dataset, subset, trainer.forward)
    digits = trainer.dataset.labels[:subset].tolist()
    is_right = (made.output > 0.5) == (made.target > 0.5)
    right = np.where(np.isnan(made.output), "", is_right.astype(int)).tolist()
    columns = digits, made.target.tolist(), _numbers(made.output), _numbers(made.error), right
    return csv_text([PREDICTIONS, *zip(range(subset), *columns, strict=True)]).encode()


def _numbers(values: NDArray[Any]) -> list[str]:
    """Return the shortest text that gives each number again."""
    return ["" if np.isnan(value) else str(value) for value in values]
