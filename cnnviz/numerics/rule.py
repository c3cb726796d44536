"""The gradient rule: a choice of one variant for each operation, and the five switches."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Self

from cnnviz.numerics.variants import DEPARTURES, OF_LAST, Switch, Variant

SWITCHES: Final[dict[Switch, str]] = {
    "scale": "dW is divided by n, as the mean loss asks. The notebook sums over the images, so "
    "its dense weights take steps n times too long.",
    "standardisation": "δ is carried back through ẑ = (z − mean) / std. The notebook takes that "
    "derivative for 1.",
    "update-order": "The gradient at the maps uses the dense weights of the forward pass. The "
    "notebook uses the ones it has just updated.",
    "pairing": "Each image's gradient at the maps is correlated with that image, then averaged. "
    "The notebook averages these gradients first, so every image gets their mean.",
    "layout": "The gradient vector goes back to (filter, row, column). The notebook reads it as "
    "(row, column, filter), so gradients land on other pixels and other filters.",
}
"""The five switches by name, in the order of the backward pass, and what each corrects."""
SUBTITLES: Final[dict[Switch, str]] = {
    "scale": "dW is a mean, not a sum",
    "standardisation": "δ passes mean and std",
    "update-order": "G takes wo before its step",
    "pairing": "each error to its own image",
    "layout": "each error to its own pixels",
}
"""The correction of each switch, in one short line."""
CORRECTED_AT: Final[dict[Switch, str]] = {
    switch: next(v.operation for v in DEPARTURES if switch in v.switches) for switch in SWITCHES
}
"""The first operation whose variant each switch changes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A choice of one variant for each operation: the right one, unless a departure is chosen."""

    departures: frozenset[Variant] = frozenset()
    """The variants chosen in place of the right ones, at most one for each operation."""

    @classmethod
    def correcting(cls, switches: Iterable[str]) -> Self:
        """Return the notebook's rule with these switches on.

        Raises ValueError if a name is none of `SWITCHES`.
        """
        on = set(switches)
        if unknown := sorted(on - SWITCHES.keys()):
            raise ValueError(f"no switch is called {unknown[0]!r}: they are {', '.join(SWITCHES)}.")
        off = SWITCHES.keys() - on
        departures = (v for v in DEPARTURES if v.switches == off & _SWITCHES_OF[v.operation])
        return cls(frozenset(departures))

    def corrects(self, switch: Switch) -> bool:
        """Say whether a switch is on."""
        return not any(switch in variant.switches for variant in self.departures)

    @property
    def corrected(self) -> tuple[Switch, ...]:
        """The names of the switches that are on, in their order."""
        return tuple(filter(self.corrects, SWITCHES))

    @property
    def averages_dense_gradient(self) -> bool:
        """Whether dW is a mean over the images, not a sum."""
        return self.corrects("scale")

    @property
    def mixes_images_in_delta(self) -> bool:
        """Whether an image's δ is computed from the errors of all images."""
        return self.corrects("standardisation")

    @property
    def averages_before_images(self) -> bool:
        """Whether g is the mean over the images, not each image's own."""
        return not self.corrects("pairing")

    @property
    def extra(self) -> tuple[Variant, ...]:
        """The variants that no switch chooses: faults put in on purpose, a person's own code."""
        chosen = (variant for variant in self.departures if not variant.switches)
        return tuple(sorted(chosen, key=lambda variant: variant.operation))

    def replacing(self, variants: Iterable[Variant]) -> Self:
        """Return the rule with these variants of their operations in place of its own."""
        new = frozenset(variants)
        operations = {variant.operation for variant in new}
        kept = (variant for variant in self.departures if variant.operation not in operations)
        return type(self)(new.union(kept))

    def exchanging(self, variants: Iterable[Variant]) -> Self:
        """Return an equal rule, with these in place of variants that are equal to them."""
        new = {variant: variant for variant in variants}
        return type(self)(frozenset(new.get(variant, variant) for variant in self.departures))

    @property
    def kept(self) -> tuple[str, ...]:
        """The tensors that it keeps from one iteration to the next; none is usual."""
        return tuple(
            sorted(
                name.removesuffix(OF_LAST)
                for variant in self.departures
                for name in variant.more_reads
                if name.endswith(OF_LAST)
            )
        )

    @property
    def title(self) -> str:
        """Its name on screen: "notebook", "exact", or the notebook's with corrections.

        Faults and own code follow.
        """
        if extra := self.extra:
            switched = Rule(self.departures.difference(extra))
            return f"{switched.title} with {', '.join(variant.label for variant in extra)}"
        if self == NOTEBOOK:
            return "notebook"
        if self == EXACT:
            return "exact"
        return "notebook + " + ", ".join(self.corrected)


_SWITCHES_OF: Final = {
    operation: frozenset[Switch]().union(
        *(v.switches for v in DEPARTURES if v.operation == operation)
    )
    for operation in {v.operation for v in DEPARTURES}
}
"""The switches that change an operation."""

NOTEBOOK: Final = Rule.correcting(())
EXACT: Final = Rule()
RULES: Final = tuple(
    Rule.correcting(corrected)
    for count in range(len(SWITCHES) + 1)
    for corrected in combinations(SWITCHES, count)
)
"""The 32 rules that the switches name, from the notebook's to the exact one."""
