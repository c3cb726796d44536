"""Chains of factors whose product is a number, and which of them make it small or large."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from cnnviz.numerics.number_format import compact, plain

Cause = Literal[
    "pixel",
    "ink",
    "filter weights",
    "activations",
    "dense weights",
    "products",
    "size",
    "images",
    "distance from the mean",
    "units",
    "error",
    "distance",
    "output slope",
    "standardisation",
    "deviation",
    "count",
    "unit",
    "growth",
    "unit slope",
    "positions",
    "learning rate",
]
"""The causes that factors stand for; see `cnnviz.numerics.why.counterfactual`."""
NOTABLE: Final = 1.0
"""Effect, in powers of ten, from which on a factor is named in words."""
MENTIONED: Final = 3
"""Factors that are listed if none is notable."""
_INDEX: Final = re.compile(r"\[[^]]*\]")


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a number."""

    symbol: str
    """Its formula, in the arrays' names."""
    what: str
    """Its meaning, in words."""
    value: float
    """Of a sum's terms, the mean that the factors before it weigh."""
    effect: float
    """Powers of ten by which it makes the number larger, or, below 0, smaller, than `most`, or than
    1 if it has no bound; −inf if it is 0."""
    most: float | None
    """The most it can be in size."""
    matter: str
    """The problem, in words, if it makes the number ten times smaller or larger."""
    seen: str
    """The position of its source in the pictures, if that is one cell or filter."""
    cause: Cause | None
    """Its cause; None if it cannot be left out."""


@dataclass(frozen=True, slots=True)
class Link:
    """A number on the way from 1 to the explained one; the ratio to the next is a factor."""

    symbol: str
    what: str
    """symbol, what: of the factor that leads here."""
    total: float
    """The product of the factors so far."""
    most: float | None = None
    """The most that the factor can be."""
    small: str = ""
    large: str = ""
    """small, large: the problem if it is small, or large."""
    seen: str = ""
    cause: Cause | None = None
    """seen, cause: as in `Factor`."""


def factors(steps: Sequence[Link]) -> tuple[Factor, ...]:
    """Return the factors whose product is the last step's total, the largest effect first.

    If a total is 0 though the last is not, its step is passed over; if the last is 0, the
    chain ends with the first factor that is 0: what follows changes nothing.
    """
    found: list[Factor] = []
    before = 1.0
    for step in steps:
        if step.total == 0 and steps[-1].total != 0:
            continue
        found.append(_factor(step, step.total / before))
        if step.total == 0:
            break
        before = step.total
    return tuple(sorted(found, key=lambda factor: -abs(factor.effect)))


def times(value: float, steps: Iterable[Link]) -> list[Link]:
    """Return steps that begin from a value instead of from 1."""
    return [replace(step, total=value * step.total) for step in steps]


def words(found: Sequence[Factor], it: str) -> str:
    """Say which factors, the largest effect first, made a number small and which large."""
    if not found:
        return ""
    if found[0].value == 0:
        zero = found[0]
        return f"{it[0].upper()}{it[1:]} is 0: {zero.matter or zero.what}, {_figure(zero)}."
    matters = [factor for factor in found if factor.matter]
    if not matters:
        parts = [f"{factor.what}, {_figure(factor)}" for factor in found[:MENTIONED]]
        return f"No single factor dominates. Largest effects: {'; '.join(parts)}."
    sentences = []
    for size, of in (
        ("small", [factor for factor in matters if factor.effect < 0]),
        ("large", [factor for factor in matters if factor.effect > 0]),
    ):
        if of:
            reasons = "; ".join(f"{factor.matter}, {_figure(factor)}" for factor in of)
            sentences.append(f"What makes {it} {size}: {reasons}.")
    return " ".join(sentences)


def _factor(step: Link, value: float) -> Factor:
    size = abs(value) / (step.most or 1)
    effect = -math.inf if size == 0 else 0.0 if math.isnan(size) else math.log10(size)
    matter = step.small if effect <= -NOTABLE else step.large if effect >= NOTABLE else ""
    return Factor(step.symbol, step.what, value, effect, step.most, matter, step.seen, step.cause)


def _figure(factor: Factor) -> str:
    most = "" if factor.most is None else f" (max {plain(factor.most)})"
    symbol = _INDEX.sub("", factor.symbol)  # the list of factors says of which cell
    return f"{symbol} = {compact(factor.value)}{most}"
