"""The quantities that the expressions of a lesson may ask for, each computed from a situation.

Each takes the step's situation, and keywords that change it: ``loss(rule="exact", rate=100,
iterations=60)``. Rows, columns and filters are counted from 1 as they are seen, images from 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.cells import largest_cell
from cnnviz.numerics.network import FILTER_SIZE, Floats
from cnnviz.numerics.operations import TITLES, operation_name
from cnnviz.numerics.tensors import TENSORS
from cnnviz.spelling import suggestion
from cnnviz.teaching.cells import index_of, picture_axes, restrict, unfold_units
from cnnviz.teaching.errors import ExpressionError
from cnnviz.teaching.expressions import Function, Value
from cnnviz.teaching.laboratory import Laboratory, Trained, rule_of
from cnnviz.teaching.lesson import CellName, Situation

_INDICES: Final = ("image", "filter", "row", "column")
_KEYWORDS: Final = ("rule", "fix", "fault", "rate", "iterations", "subset", "seed")
"""The changes of the situation in an expression; `fix` holds names with spaces between."""


class Quantities:
    """The functions of expressions, for one situation."""

    def __init__(self, laboratory: Laboratory, situation: Situation) -> None:
        self._laboratory, self._situation = laboratory, situation

    def functions(self) -> dict[str, Function]:
        """Return every function by the name that a lesson calls it by."""
        reductions: dict[str, Callable[[Floats], Any]] = {
            "mean": np.mean,
            "total": np.sum,
            "least": np.min,
            "greatest": np.max,
            "norm": lambda values: np.sqrt(np.sum(np.square(values))),
            "largest": lambda values: np.max(np.abs(values)),
            "zero_share": lambda values: np.mean(values == 0),
        }
        measured: dict[str, Function] = {
            "loss": self.loss,
            "accuracy": self.accuracy,
            "wrong": self.wrong,
            "lowest_loss": self.lowest_loss,
            "best_accuracy": self.best_accuracy,
            "rises": self.rises,
            "first_at": self.first_at,
            "held_out": self.held_out,
            "held_out_accuracy": self.held_out_accuracy,
            "taken_for_large": self.taken_for_large,
            "got_worse": self.got_worse,
            "saturated": self.saturated,
            "entry": self.entry,
            "place_of_largest": self.place_of_largest,
            "place_of_greatest": self.place_of_greatest,
            "strongest_patch": self.strongest_patch,
            "verdict": self.verdict,
            "wrong_operations": self.wrong_operations,
            "digit": self.digit,
            **{name: partial(self._reduce, reduce) for name, reduce in reductions.items()},
        }
        return {
            **{name: self._remembering(name, measure) for name, measure in measured.items()},
            "sigmoid": lambda t: float(layers.sigmoid(np.array(t, float))),
            "abs": abs,
            "round": round,
            "min": min,
            "max": max,
        }

    def _remembering(self, name: str, measure: Function) -> Function:
        """Return the function, which computes each of its values once."""

        def value(*args: Value, **changes: Value) -> Value:
            key = name, self._situation, args, tuple(sorted(changes.items()))
            return self._laboratory.remembered(key, lambda: measure(*args, **changes))

        return value

    def loss(self, **changes: Value) -> float:
        """Return the mean error of the batch."""
        return float(self._trained(changes).loss[-1])

    def accuracy(self, **changes: Value) -> float:
        """Return the share of the batch that is predicted correctly, 0 to 1."""
        return float(self._trained(changes).accuracy[-1])

    def wrong(self, **changes: Value) -> int:
        """Return how many images of the batch are predicted wrongly."""
        trained = self._trained(changes)
        return round((1 - float(trained.accuracy[-1])) * trained.batch.n)

    def lowest_loss(self, **changes: Value) -> float:
        """Return the lowest loss of the run so far."""
        return float(self._trained(changes).loss.min())

    def rises(self, **changes: Value) -> int:
        """Return how many iterations of the run so far have raised the loss."""
        return int(np.count_nonzero(np.diff(self._trained(changes).loss) > 0))

    def best_accuracy(self, **changes: Value) -> float:
        """Return the highest accuracy of the run so far."""
        return float(self._trained(changes).accuracy.max())

    def first_at(self, accuracy: float, **changes: Value) -> int:
        """Return the first iteration with this accuracy or a higher one, or −1."""
        reached = np.flatnonzero(self._trained(changes).accuracy >= accuracy)
        return int(reached[0]) if len(reached) else -1

    def held_out(self, **changes: Value) -> int:
        """Return how many images are held out: they are not trained on."""
        return len(self._laboratory.held_out(self._changed(changes)).dataset)

    def held_out_accuracy(self, **changes: Value) -> float:
        """Return the share of correct predictions on the held-out images, 0 to 1."""
        return self._laboratory.held_out_accuracy(self._changed(changes))

    def taken_for_large(self, digit: int, **changes: Value) -> float:
        """Return the share of the images of a digit that are taken for "> 4"."""
        situation = self._changed(changes)
        trained = self._laboratory.trained(situation)
        of_digit = trained.dataset.labels[: trained.batch.n] == digit
        if not of_digit.any():
            raise ExpressionError(f"the batch has no image of a {digit}.")
        outputs = self._laboratory.tensor(situation, "o")[0]
        return float(np.mean(outputs[of_digit] > 0.5))

    def got_worse(self, **changes: Value) -> int:
        """Return how many images of the batch have a larger error after the next iteration."""
        now = self._changed(changes)
        after = replace(now, iterations=now.iterations + 1)
        before, later = (self._laboratory.tensor(state, "E") for state in (now, after))
        return int(np.count_nonzero(later > before))

    def saturated(self, **changes: Value) -> float:
        """Return the share of the activations that the window calls saturated: hardly any slope."""
        activations = self._laboratory.tensor(self._changed(changes), "A")
        return float(np.mean(layers.sigmoid_derivative(activations) < layers.SATURATED))

    def digit(self, image: int, **changes: Value) -> int:
        """Return the label of an image."""
        labels = self._trained(changes).dataset.labels
        if not 0 <= image < len(labels):
            raise ExpressionError(f"there is no image {image}: count from 0 to {len(labels) - 1}.")
        return int(labels[image])

    def entry(self, tensor: str, **where: Value) -> float:
        """Return one value of a tensor: by image, filter, row and column as they are seen."""
        values, cell = self._picked(tensor, where)
        return float(values[index_of(cell, values.shape)])

    def place_of_largest(self, tensor: str, **where: Value) -> tuple[int, int, int]:
        """Return filter (or 0), row and column of the largest magnitude of a tensor."""
        return self._place(np.abs, tensor, where)

    def place_of_greatest(self, tensor: str, **where: Value) -> tuple[int, int, int]:
        """Return filter (or 0), row and column of the greatest value of a tensor."""
        return self._place(np.positive, tensor, where)

    def strongest_patch(self, **where: Value) -> tuple[int, int, int]:
        """Return 0, and row and column of the middle of the patch with a filter's greatest sum."""
        _, row, column = self.place_of_greatest("C", **where)
        middle = FILTER_SIZE // 2
        return 0, row + middle, column + middle

    def verdict(self, operation: str, **changes: Value) -> str:
        """Return whether the operation check finds an operation "right" or "wrong"."""
        operation = operation_name(operation)
        if operation not in TITLES:
            raise ExpressionError(
                f"no operation is called {operation}: {suggestion(operation, TITLES)}."
            )
        wrong = self._laboratory.wrong_operations(self._changed(changes))
        return "wrong" if operation in wrong else "right"

    def wrong_operations(self, **changes: Value) -> int:
        """Return how many operations of the iteration are wrong, each judged on its own."""
        return len(self._laboratory.wrong_operations(self._changed(changes)))

    def _place(
        self, measure: Callable[[Floats], Floats], tensor: str, where: Mapping[str, Value]
    ) -> tuple[int, int, int]:
        values, cell = self._picked(tensor, where)
        axes, part = restrict(cell, values)
        if "j" in axes:
            axes, part = unfold_units(axes, part)
        if "k" in axes:
            raise ExpressionError(f"{tensor} has pictures for each image: say which image.")
        down, across = picture_axes(axes)
        index = dict(zip(axes, largest_cell(measure(part)), strict=True))
        filter_ = cell.filter or (index["i"] + 1 if "i" in index else 0)
        return filter_, index[down] + 1, index[across] + 1

    def _reduce(self, reduce: Callable[[Floats], Any], tensor: str, **where: Value) -> float:
        values, cell = self._picked(tensor, where)
        _, part = restrict(cell, values)
        return float(reduce(part))

    def _picked(self, tensor: str, where: Mapping[str, Value]) -> tuple[Floats, CellName]:
        if tensor not in TENSORS:
            raise ExpressionError(f"no tensor is called {tensor}: {suggestion(tensor, TENSORS)}.")
        indices: dict[str, int] = {}
        for name in _INDICES:
            at = where.get(name)
            if at is not None:
                if not isinstance(at, int) or at < (name != "image"):
                    raise ExpressionError(f"{name} {at!r} is not counted as a person does.")
                indices[name] = at
        by = where.get("by")
        rest = {"by", *indices}
        changes = {name: value for name, value in where.items() if name not in rest}
        rule = None if by is None else rule_of(changed(self._situation, {"rule": by}))
        values = self._laboratory.tensor(self._changed(changes), tensor, rule)
        return values, CellName(tensor, **indices)

    def _trained(self, changes: Mapping[str, Value]) -> Trained:
        return self._laboratory.trained(self._changed(changes))

    def _changed(self, changes: Mapping[str, Value]) -> Situation:
        return changed(self._situation, changes)


def changed(situation: Situation, changes: Mapping[str, Value]) -> Situation:
    """Return a situation with the changes that an expression's keywords ask for.

    Raises ExpressionError if a keyword is unknown or its value of another kind.
    """
    for name, value in changes.items():
        match name, value:
            case _, bool():
                raise ExpressionError(f"{name} cannot be {value}.")
            case "rule", str():
                situation = replace(situation, rule=value, fixes=(), fault="")
            case "fix", str():
                fixes = tuple(value.split())
                situation = replace(situation, rule="notebook", fixes=fixes, fault="")
            case "fault", str():
                situation = replace(situation, fault=value)
            case "rate", int() | float():
                situation = replace(situation, learning_rate=float(value))
            case "iterations", int():
                situation = replace(situation, iterations=value)
            case "subset", int():
                situation = replace(situation, subset=value)
            case "seed", int():
                situation = replace(situation, seed=value)
            case _ if name in _KEYWORDS:
                raise ExpressionError(f"{name} cannot be {value!r}.")
            case _:
                raise ExpressionError(
                    f"no keyword is called {name}: {suggestion(name, _KEYWORDS)}."
                )
    return situation
