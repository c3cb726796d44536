"""The search for the steps of a backward pass among a script's values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Array, Fit, Floats, find_tensor
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Node
from cnnviz.numerics.checking.kinds import MistakeKind


@dataclass(eq=False)
class BackwardPass:
    """The backward pass as it was recognised, in the order of finding."""

    nodes: list[Node]
    dense_update: Node | None = None
    filter_update: Node | None = None

    @property
    def updates(self) -> list[Node]:
        """The updates that were found, that of the dense weights first."""
        return [u for u in (self.dense_update, self.filter_update) if u is not None]

    def of_stage(self, *stages: str) -> list[Node]:
        """Return the nodes of some stages."""
        return [node for node in self.nodes if node.stage in stages]


class Search:
    """One search; `nodes` grow from the error to the updates, after those found before."""

    def __init__(
        self,
        forward: RecognisedForward,
        values: Sequence[Value],
        backward: BackwardPass | None = None,
    ) -> None:
        assert forward.o is not None  # noqa: S101  (the caller has seen to it)
        assert forward.wo is not None  # noqa: S101
        self.forward = forward
        self.wo = forward.wo
        self.o = forward.o
        self.within = forward.within
        self.all_values = values
        known = {id(found.value) for group in forward.found.values() for found in group}
        start = min((found.value.first for found in forward.found.get("output", ())), default=0)
        self.values = [
            value
            for value in _without_copies(values)
            if id(value) not in known and value.last >= start
        ]
        self.wrong_gradients: dict[int, tuple[tuple[tuple[MistakeKind, Floats], ...], Floats]] = {}
        """For each source of dF, the wrong gradients, and cells of all to compare first."""
        self.backward = BackwardPass([]) if backward is None else backward
        self.nodes = self.backward.nodes

    def of_size(self, size: int) -> list[Value]:
        """Return the values of a size that nothing explains yet."""
        explained = {id(node.value) for node in self.nodes}
        return [v for v in self.values if v.array.size == size and id(v) not in explained]

    def before(self, value: Value) -> list[Value]:
        """Return the earlier values of the same name, also those before the forward pass."""
        name, size = value.probe.name, value.array.size
        return [
            earlier
            for earlier in self.all_values
            if earlier.first < value.first
            and earlier.probe.name == name
            and earlier.array.size == size
        ]

    def changes_later(self, value: Value) -> bool:
        """Return whether a later line, or a later pass of its loop, changes what a name holds."""
        return any(
            later.first > value.first
            and later.probe.name == value.probe.name
            and later.array.shape == value.array.shape
            and not np.array_equal(later.array, value.array)
            for later in self.all_values
        )

    def add(self, node: Node) -> Node:
        """Add a node and return it."""
        self.nodes.append(node)
        return node

    def vectors(self) -> list[Node]:
        """Return the nodes that can be carried back, those of the script first."""
        nodes = [n for n in self.nodes if n.stage in ("delta", "d", "error", "?")]
        return sorted(nodes, key=lambda node: (not node.value, bool(node.departures), -when(node)))

    def best_fit(
        self, value: Value, tensors: Sequence[tuple[Node, Floats]]
    ) -> tuple[Node, Fit] | None:
        """Find the source of which a value is a multiple, at best by a factor that people write."""
        found = None
        for node, tensor in tensors:
            fit = self.fit(value, tensor)
            if fit is None:
                continue
            if is_natural(fit.scale, self.forward.n):
                return node, fit
            found = found or (node, fit)
        return found

    def fit(self, value: Value, tensor: Floats) -> Fit | None:
        """Find a multiple of a tensor in a value."""
        return find_tensor(value.array, tensor, self.within, scaled=True)

    def note_multiple(self, value: Value, stages: tuple[str, ...], operation: str) -> bool:
        """Note a value if it is a multiple of an earlier one, perhaps in another shape."""
        for node in self.nodes:
            if node.stage in stages and node.value and node.value.first < value.first:
                fit = self.fit(value, node.numbers)
                if fit is not None:
                    again = "reshape" if value.array.shape != node.value.array.shape else operation
                    self.add(Node.fitted(node.stage, again, value, fit, (node,)))
                    return True
        return False

    def step_scale(
        self, before: Floats, after: Floats, gradient: Floats, stored: Array
    ) -> float | None:
        """Return s of ``after = before + s · gradient``, or None if it is not so."""
        step = after - before
        square = float((gradient * gradient).sum())
        if not square or not step.any():
            return None
        scale = float((step * gradient).sum()) / square
        precision = 8 * float(np.finfo(stored.dtype if stored.dtype.kind == "f" else float).eps)
        largest = float(np.abs(before).max())
        tolerance = self.within * float(np.abs(step).max()) + precision * largest
        is_so = scale != 0 and float(np.abs(step - scale * gradient).max()) <= tolerance
        return scale if is_so else None


def when(node: Node) -> int:
    """Return when the script has a node; -1 if it is only inside an expression."""
    return node.value.last if node.value is not None else -1


def is_before(node: Node, value: Value) -> bool:
    """Return whether a node can be the source of a value."""
    return node.value is None or node.value.first < value.last


def is_natural(scale: float, n: int) -> bool:
    """Return whether a factor is one that people write: not one that only happens to fit."""
    natural = (factor * share for factor in (0.5, 1.0, 2.0) for share in (1.0, 1.0 / n))
    return any(abs(abs(scale) - one) < 1e-6 * one for one in natural)


def _without_copies(values: Sequence[Value]) -> Iterator[Value]:
    """Yield each content in each shape once, when it first is there."""
    first: dict[tuple[tuple[int, ...], int, str], Value] = {}
    for value in values:
        shape = tuple(length for length in value.array.shape if length > 1)
        name = value.probe.name if value.array.size == 1 else ""  # one number is easily another
        key = shape, hash(value.array.tobytes()), name
        if key not in first or (
            first[key].probe.use == "argument" and value.probe.use == "assigned"
        ):
            first[key] = value
    yield from sorted(first.values(), key=lambda value: (value.last, value.first))
