"""A state to be checked: data, first parameters and a rule, with or without a fault in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from cnnviz.numerics.checking.data_faults import DATA_FAULTS, DataFault
from cnnviz.numerics.checking.fault import Fault
from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, Rule

AnyFault = Fault | DataFault

GALLERY: tuple[AnyFault, ...] = (
    *(one for one in FAULTS if not one.is_decoy),
    *DATA_FAULTS,
    *(one for one in FAULTS if one.is_decoy),
)
"""All faults, in the order of the backward pass; those of data and start; the decoys."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A batch, a rule, and a state of the training under it."""

    batch: Batch
    first: Parameters
    parameters: Parameters
    """first, parameters: those before the first iteration, and the current ones."""
    rule: Rule
    learning_rate: float
    last: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """Tensors of the last iteration that the rule keeps."""

    @classmethod
    def with_fault(
        cls, batch: Batch, first: Parameters, fault: AnyFault | None, learning_rate: float
    ) -> Self:
        """Return the start of training under the exact rule, with a fault in it if there is one."""
        if isinstance(fault, DataFault):
            batch, first = fault.apply(batch, first)
        rule = fault.rule if isinstance(fault, Fault) else EXACT
        return cls(batch, first, first, rule, learning_rate)

    def iteration(self) -> Tensors:
        """Run the next iteration and return its tensors.

        Raises NumericsError if it has no meaningful result.
        """
        return iterate(self.batch, self.parameters, self.rule, self.learning_rate, self.last)

    def after(self, iteration: Tensors) -> Self:
        """Return the state after that iteration."""
        last = {name: iteration[name] for name in self.rule.kept}
        return replace(self, parameters=updated(iteration), last=MappingProxyType(last))
