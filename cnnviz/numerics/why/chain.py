"""Chains of factors: what a number is the product of, and which of it made it small or large."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnviz.numerics.figures import compact

NOTABLE: Final = 1.0
"""Effect, in powers of ten, from which on a factor is named in words."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a number.

    Attributes
    ----------
    symbol : str
        What it is computed from, in the arrays' names.
    what : str
        What it is, in words.
    value : float
        Of a sum's terms, the mean that the factors before it weigh.
    effect : float
        Powers of ten by which it makes the number larger, or, below 0, smaller, than `most`, or
        than 1 where it has no bound; −inf where it is 0.
    most : float or None
        The most it can be in size.
    """

    symbol: str
    what: str
    value: float
    effect: float
    most: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A number on the way from 1 to what is explained: the next factor's share is their ratio.

    Attributes
    ----------
    symbol, what : str
        Of the factor that leads here.
    total : float
        The product of the factors so far.
    most : float or None
        The most that the factor can be.
    small, large : str
        What is the matter where it is small, or large.
    """

    symbol: str
    what: str
    total: float
    most: float | None = None
    small: str = ""
    large: str = ""


def factors(steps: Sequence[Step]) -> tuple[tuple[Factor, Step], ...]:
    """Return the factors whose product is the last step's total, each with its step.

    Where a total is 0 though the last is not, its step is passed over; where the last is 0, the
    chain ends with the first factor that is 0: what follows changes nothing.
    """
    found: list[tuple[Factor, Step]] = []
    before = 1.0
    for step in steps:
        if step.total == 0 and steps[-1].total != 0:
            continue
        value = step.total / before
        found.append(
            (Factor(step.symbol, step.what, value, _effect(value, step.most), step.most), step)
        )
        if value == 0:
            break
        before = step.total
    return tuple(found)


def times(value: float, steps: Iterable[Step]) -> list[Step]:
    """Return steps that begin from a value instead of from 1."""
    return [replace(step, total=value * step.total) for step in steps]


def by_effect(found: Iterable[tuple[Factor, Step]]) -> list[tuple[Factor, Step]]:
    """Sort factors, the largest effect first."""
    return sorted(found, key=lambda pair: -abs(pair[0].effect))


def words(found: Sequence[tuple[Factor, Step]], it: str) -> str:
    """Say which factors, sorted by effect, made a number small and which large.

    Parameters
    ----------
    found : sequence of (Factor, Step)
    it : str
        What the number is called.
    """
    if not found:
        return ""
    last, step = found[0]
    if last.value == 0:
        return f"{it[0].upper()}{it[1:]} is 0: {step.small or step.what}, {_figure(last)}."
    small = [_matter(f, s.small) for f, s in found if f.effect <= -NOTABLE and s.small]
    large = [_matter(f, s.large) for f, s in found if f.effect >= NOTABLE and s.large]
    said = []
    if small:
        said.append(f"What makes {it} small: {'; '.join(small)}.")
    if large:
        said.append(f"What makes {it} large: {'; '.join(large)}.")
    if not said:
        parts = [f"{factor.what} ({_figure(factor)})" for factor, _ in found]
        said.append(f"Nothing stands out: {it} is {' times '.join(parts)}.")
    return " ".join(said)


def _effect(value: float, most: float | None) -> float:
    size = abs(value) / (most or 1)
    if math.isnan(size):
        return 0.0
    return math.log10(size) if size else -math.inf


def _matter(factor: Factor, matter: str) -> str:
    return f"{matter}, {_figure(factor)}"


def _figure(factor: Factor) -> str:
    most = "" if factor.most is None else f" of at most {factor.most:g}"
    return f"{factor.symbol} = {compact(factor.value)}{most}"
