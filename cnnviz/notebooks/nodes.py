"""The steps of a backward pass, as they were found in a script's values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats
from cnnviz.numerics.checking.kinds import MistakeKind


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """A mistake in a step."""

    operation: str
    """The operation in which the mistake is."""
    kind: MistakeKind
    right: Floats | None = None
    """The right result of the step, canonical; None if it has another shape."""


@dataclass(eq=False)
class Node:
    """One step of the backward pass."""

    stage: str
    """Its result: ``d``, ``delta``, ``dW``, ``wo_next``, ``dA``, ``G``, ``g``, ``dF``, …"""
    operation: str
    """The operation that it is a part of."""
    numbers: Floats
    """The script's values, with canonical axes."""
    scale: float
    """The factor between them and the formula of the step, applied to its sources."""
    value: Value | None
    fit: Fit | None
    """value, fit: the value of the script that holds it; None if it was only computed inside an
    expression."""
    sources: tuple["Node", ...] = ()
    """The steps that it was computed from; the gradient comes through the first."""
    departures: list[Departure] = field(default_factory=list)
    is_used: bool = False
    """Whether the update of a parameter was computed from it."""

    @classmethod
    def fitted(
        cls,
        stage: str,
        operation: str,
        value: Value,
        fit: Fit,
        sources: tuple["Node", ...],
        departures: Sequence[Departure] = (),
    ) -> "Node":
        """Return the step whose result a value of the script holds."""
        numbers = fit.layout.numbers(value.array)
        return cls(stage, operation, numbers, fit.scale, value, fit, sources, list(departures))

    @property
    def follows(self) -> bool:
        """Whether one of its sources departs, and an update was computed from that."""
        return any(
            node.departures and node.is_used for source in self.sources for node in source.history()
        )

    def history(self) -> Iterator["Node"]:
        """Yield this and all its sources, also indirect ones."""
        yield self
        for source in self.sources:
            yield from source.history()

    def chain(self) -> list["Node"]:
        """Return this and the steps that the gradient came through, back to the error."""
        return [self, *(self.sources[0].chain() if self.sources else ())]

    def total_scale(self) -> float:
        """Return the factor between the script's values and the formulae of the whole chain."""
        total = 1.0
        for node in self.chain():
            total *= node.scale
        return total
