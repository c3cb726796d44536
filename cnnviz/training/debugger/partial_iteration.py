"""One iteration as far as it has been computed, with the settings it is computed with."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Self

from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.operations import OPERATIONS, Operation, apply, inputs, kept_inputs
from cnnviz.training.debugger.operation_positions import END, first_changed
from cnnviz.training.settings import Settings

NO_TENSORS: Final[Tensors] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class PartialIteration:
    """The first operations of an iteration. Only its methods compute tensors or undo them."""

    number: int
    """The state from which the iteration starts."""
    settings: Settings
    """Every tensor was computed with this rule and learning rate."""
    tensors: Tensors
    """The tensors so far, in the notebook's layout; read-only."""
    position: int = 0
    """Operations done, 0 to 16."""
    last: Tensors = field(default_factory=dict)
    """What the rule keeps of the iteration before."""

    @classmethod
    def starting(
        cls,
        number: int,
        batch: Batch,
        parameters: Parameters,
        settings: Settings,
        images: Floats | None,
        last: Tensors,
    ) -> Self:
        """Return an iteration of which nothing is computed; `images` is a known X of the batch."""
        tensors = inputs(batch, parameters)
        if images is not None:
            tensors = MappingProxyType({**tensors, "X": images})
        return cls(number, settings, tensors, last=last)

    @property
    def next_operation(self) -> Operation:
        """The operation to be done next; at the end, the first of the next iteration."""
        return OPERATIONS[self.position % END]

    def stepped(self) -> Self:
        """Return the iteration with one more operation done.

        Raises NumericsError if the operation has no meaningful result.
        """
        rule, learning_rate = self.settings.rule, self.settings.learning_rate
        kept = kept_inputs(rule, self.last)
        tensors = apply(self.next_operation, {**self.tensors, **kept}, rule, learning_rate)
        if kept:
            rest = {name: values for name, values in tensors.items() if name not in kept}
            tensors = MappingProxyType(rest)
        return replace(self, tensors=tensors, position=self.position + 1)

    def undone_to(self, position: int) -> Self:
        """Return the iteration with only its first operations done."""
        undone = {name for op in OPERATIONS[position : self.position] for name in op.writes}
        kept = {name: values for name, values in self.tensors.items() if name not in undone}
        return replace(self, tensors=MappingProxyType(kept), position=min(position, self.position))

    def with_settings(self, settings: Settings, last: Tensors) -> Self:
        """Return the iteration with other settings, without what these compute differently."""
        kept = self.undone_to(first_changed(self.settings, settings))
        return replace(kept, settings=settings, last=last)
