"""The gradient rule: the notebook's backward pass, with five switches that correct it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

SWITCHES = ("scale", "standardisation", "update-order", "pairing", "layout")
"""The switches' names, in the order of the backward pass."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which of the notebook's five departures from the gradient are corrected.

    All off is the notebook, all on the exact gradient of the mean loss. Every combination is
    well defined.

    Attributes
    ----------
    scale : bool
        The dense gradient is divided by n, as the mean loss asks; the notebook sums.
    standardisation : bool
        δ is carried back through the standardisation; the notebook takes its derivative for 1.
    update_order : bool
        The error at the maps uses the dense weights of the forward pass; the notebook uses the
        already updated ones.
    pairing : bool
        Each image's error is correlated with that image and then averaged; the notebook averages
        the errors first.
    layout : bool
        The error vector goes back to (filter, row, column); the notebook reads it as
        (row, column, filter).
    """

    scale: bool = False
    standardisation: bool = False
    update_order: bool = False
    pairing: bool = False
    layout: bool = False

    @classmethod
    def correcting(cls, switches: Iterable[str]) -> Self:
        """Return the notebook's rule with these switches on.

        Raises
        ------
        ValueError
            Where a name is none of `SWITCHES`.
        """
        names = set(switches)
        if unknown := sorted(names - set(SWITCHES)):
            message = f"no switch is called {unknown[0]!r}: they are {', '.join(SWITCHES)}."
            raise ValueError(message)
        return cls(**{name.replace("-", "_"): True for name in names})

    @property
    def corrected(self) -> tuple[str, ...]:
        """The names of the switches that are on, in their order."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(name for name, on in zip(SWITCHES, values, strict=True) if on)

    @property
    def title(self) -> str:
        """What a person calls it: "notebook", "exact", or the notebook's with corrections."""
        if self == NOTEBOOK:
            return "notebook"
        if self == EXACT:
            return "exact"
        return "notebook + " + ", ".join(self.corrected)


NOTEBOOK = Rule()
EXACT = Rule(scale=True, standardisation=True, update_order=True, pairing=True, layout=True)
