"""What a value of the backward pass was found to be, and what it was computed from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats
from cnnviz.numerics.checking.kinds import Kind


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """What is wrong with a step.

    Attributes
    ----------
    operation : str
        The operation that it is a mistake of.
    kind : Kind
    right : ndarray or None
        What the step should have given, canonical; None if that has another shape.
    """

    operation: str
    kind: Kind
    right: Floats | None = None


@dataclass(eq=False)
class Node:
    """One step of the backward pass.

    Attributes
    ----------
    stage : str
        What it gives: ``d``, ``delta``, ``dW``, ``wo_next``, ``dA``, ``G``, ``g``, ``dF``, …
    operation : str
        The operation that it is a part of.
    own : ndarray
        The script's own values, canonical.
    scale : float
        The factor between them and the formula of the step on what it was computed from.
    value, fit : Value and Fit, or None
        Where the script has it; None if it was only computed inside an expression.
    sources : tuple of Node
        What it was computed from; the first is the one that the gradient comes through.
    departures : list of Departure
    is_used : bool
        Whether the update of a parameter was computed from it.
    """

    stage: str
    operation: str
    own: Floats
    scale: float
    value: Value | None = None
    fit: Fit | None = None
    sources: tuple["Node", ...] = ()
    departures: list[Departure] = field(default_factory=list)
    is_used: bool = False

    @property
    def follows(self) -> bool:
        """Whether something that it was computed from departs, and counts."""
        return any(
            node.departures and node.is_used for source in self.sources for node in source.history()
        )

    def history(self) -> Iterator["Node"]:
        """Yield this and everything that it was computed from."""
        yield self
        for source in self.sources:
            yield from source.history()

    def chain(self) -> list["Node"]:
        """Return this and what the gradient came through, back to the error."""
        return [self, *(self.sources[0].chain() if self.sources else ())]

    def total_scale(self) -> float:
        """Return the factor between the script's values and the formulae of the whole chain."""
        total = 1.0
        for node in self.chain():
            total *= node.scale
        return total
