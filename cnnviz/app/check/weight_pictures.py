"""Derivatives of all weights as pictures: one row for the filters, one for the dense weights."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.widgets.picture_grid import picture_at
from cnnviz.numerics.checking.gradient_check import DerivativeComparison
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, ravel_unit
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensor_pictures import in_a_row
from cnnviz.numerics.tensors import seen_position
from cnnviz.training.debugger.point import Point
from cnnviz.training.run.predictions import upright

Weights = Literal["filters", "dense"]
GAPS: Final[dict[Weights, int]] = {"filters": 1, "dense": 2}
"""Empty columns between the pictures of two filters."""
_TENSORS: Final[dict[Weights, str]] = {"filters": "dF", "dense": "dW"}


@dataclass(frozen=True, slots=True, eq=False)
class WeightPictures:
    """One parameter's comparison, with one picture beside the other for each filter."""

    weights: Weights
    analytic: NDArray[np.float64]
    numerical: NDArray[np.float64]
    error: NDArray[np.float64]
    tolerance: NDArray[np.float64]
    """analytic, numerical, error, tolerance: shape (rows, columns). Upright; NaN between the
    pictures."""

    @classmethod
    def of(cls, weights: Weights, comparison: DerivativeComparison) -> "WeightPictures":
        """Arrange a comparison."""

        def arranged(values: NDArray[Any]) -> NDArray[np.float64]:
            if weights == "filters":
                return in_a_row(upright(np.moveaxis(values, 2, 0)), GAPS[weights])
            maps = values.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
            return in_a_row(upright(maps), GAPS[weights])

        c = comparison
        return cls(weights, *(arranged(v) for v in (c.analytic, c.numerical, c.error, c.tolerance)))

    @property
    def size(self) -> int:
        """Rows and columns of one filter's picture."""
        return len(self.error)

    def point_at(self, row: int, column: int) -> Point | None:
        """Return the derivative at a cell; None between the pictures."""
        shape = FILTER_COUNT, self.size, self.size
        found = picture_at(row, column, shape, GAPS[self.weights])
        if found is None:
            return None
        i, _, c = found
        # Pictures are upright, the arrays transposed.
        index = (i, c, row) if self.weights == "filters" else (ravel_unit(i, c, row), 0)
        return Point(_TENSORS[self.weights], index)

    def words_at(self, row: int, column: int) -> str:
        """Name a cell and its numbers; "" between the pictures."""
        point = self.point_at(row, column)
        if point is None:
            return ""
        at = row, column
        verdict = "agree" if self.error[at] <= self.tolerance[at] else "disagree"
        return (
            f"{seen_position(point.tensor, point.index)}: the rule has "
            f"{compact(self.analytic[at], 6)}, the loss "
            f"{compact(self.numerical[at], 6)}; they {verdict}: off by "
            f"{compact(self.error[at])}, tolerance {compact(self.tolerance[at])}"
        )
