"""The selected cell of an iteration, and how it was computed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.cells import along, has_cell, largest_cell
from cnnviz.numerics.network import Floats
from cnnviz.numerics.operations import Operation
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.partial_iteration import PartialIteration
from cnnviz.training.debugger.point import Point

if TYPE_CHECKING:
    from cnnviz.numerics.explain import Entry, Explanation
    from cnnviz.numerics.why import Cause, Why


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """The explanation of a cell; empty if its tensor is not computed."""

    explanation: "Explanation | None" = None
    why: "Why | None" = None
    ranked: NDArray[np.intp] | None = None
    """Shape (n,). The images by the size of their share, largest first; None if it is not a sum
    over images."""


_NOTHING: Final = Explained()


class Explainer:
    """Keeps the selected cell, and its explanation until either changes."""

    def __init__(self) -> None:
        self._point: Point | None = None
        self._image = 0
        self.forget()

    @property
    def point(self) -> Point | None:
        """The selected cell."""
        return self._point

    def forget(self) -> None:
        """Forget the tensors; the cell stays selected."""
        self._of: tuple[object, ...] = ()
        self._explained = _NOTHING
        self._entry: Entry | None = None

    def leave_out(self, causes: Collection["Cause"]) -> None:
        """Compute the explained cell again without these causes, until another one is explained."""
        entry, explained = self._entry, self._explained
        why = explained.why
        if entry is None or why is None:
            return
        left_out = frozenset(causes).intersection(factor.cause for factor in why.factors)
        recomputed = None
        if left_out:
            from cnnviz.numerics.why.counterfactual import without  # noqa: PLC0415  (see explain)

            recomputed = without(entry, left_out, why.axis)
        without_them = replace(why, left_out=left_out, recomputed=recomputed)
        self._explained = replace(explained, why=without_them)

    def point_at(self, point: Point | None) -> None:
        """Select the cell to explain. An invalid index selects the tensor's largest cell."""
        self._point = point

    def point_at_result(self, operation: Operation) -> None:
        """Select the result of an operation, unless a cell of it is selected already."""
        if self._point is None or self._point.tensor != operation.result:
            self._point = Point(operation.result, ())

    def explain(self, done: PartialIteration, image: int) -> Explained:
        """Explain the cell as the iteration computed it.

        `image` is the selected one; if the cell is another image's, the selected one's is taken.
        """
        tensors, rule, learning_rate = done.tensors, done.settings.rule, done.settings.learning_rate
        point = self._point
        values = tensors.get(point.tensor) if point is not None else None
        if point is None or values is None:
            self.forget()
            return self._explained
        index, axis = (
            self._index(point, values, image),
            TENSORS[point.tensor].image_axis(values.ndim),
        )
        mean_over = axis if point.mean else None
        point = Point(point.tensor, index, mean_over is not None)
        self._point, self._image = point, image
        of = (self._point, values, image, rule, learning_rate)
        if not _are_same(self._of, of):
            # Only the debugger needs them; the window starts without them.
            from cnnviz.numerics.explain import Entry, explain  # noqa: PLC0415
            from cnnviz.numerics.why import why  # noqa: PLC0415

            self._of = of
            self._entry = entry = Entry(tensors, rule, learning_rate, point.tensor, index, image)
            explanation = explain(entry, mean_over)
            shares = explanation.shares
            ranked = None if shares is None else np.argsort(-np.abs(shares), kind="stable")
            self._explained = Explained(explanation, why(entry, explanation, mean_over), ranked)
        return self._explained

    def _index(self, point: Point, values: Floats, image: int) -> tuple[int, ...]:
        axis, index = TENSORS[point.tensor].image_axis(values.ndim), point.index
        if not has_cell(values.shape, index):
            return _striking(values, axis, image)
        if axis is not None and image != self._image:
            return (*index[:axis], image, *index[axis + 1 :])
        return index


def _are_same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    """Compare two tuples; arrays are equal only if they are the same object."""
    return len(a) == len(b) and all(
        x is y or (not isinstance(x, np.ndarray) and x == y) for x, y in zip(a, b, strict=True)
    )


def _striking(values: Floats, axis: int | None, image: int) -> tuple[int, ...]:
    """Return the cell of largest magnitude, within the selected image if there are images."""
    of_image = () if axis is None else along(axis, slice(image, image + 1))
    part = values[of_image]  # np.take would copy the whole tensor where it is a view
    cell = largest_cell(np.abs(part))
    return cell if axis is None else (*cell[:axis], image, *cell[axis + 1 :])
