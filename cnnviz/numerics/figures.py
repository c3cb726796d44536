"""Numbers as short text, for a sentence and for a formula."""

import math
from collections.abc import Sequence
from typing import Final

SHOWN: Final = 3
"""Terms of a long sum that are written out."""


def compact(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits, in at most ``digits + 5`` characters or so.

    Parameters
    ----------
    value : float
    digits : int
        Significant digits where it is not a whole number of thousands.

    Returns
    -------
    str
        With a real minus sign; ``"undefined"`` for NaN; ``"1.23e8"`` for what is very large or
        very small.
    """
    if math.isnan(value):
        return "undefined"
    if value == 0:
        return "0"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    exponent = math.floor(math.log10(size))
    if not -4 < exponent < 5:
        mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
        return f"{sign}{mantissa}e{int(power)}".replace("-", "−")
    return f"{sign}{size:.{max(0, digits - 1 - exponent)}f}"


def latex(value: float) -> str:
    r"""Write a number for a formula: ``15``, ``-12.3``, ``4.54 \cdot 10^{-6}``."""
    if abs(value) < 1000 and value == int(value):
        return str(int(value))
    text = compact(value).replace("−", "-")
    if text == "undefined":
        return r"\mathrm{undefined}"
    if text.endswith("∞"):
        return text.replace("∞", r"\infty")
    mantissa, _, power = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{power}}}" if power else text


def factor(value: float) -> str:
    """Write a number as a factor or after a minus sign: negative ones stand in brackets."""
    text = latex(value)
    return f"({text})" if text.startswith("-") else text


def product(*values: float) -> str:
    r"""Write ``a \cdot b \cdot c``."""
    return r" \cdot ".join((latex(values[0]), *(factor(value) for value in values[1:])))


def total(terms: Sequence[str], *, more: bool) -> str:
    r"""Write ``a + b + \cdots``; without terms, 0."""
    shown = [term if not term.startswith("-") else f"({term})" for term in terms]
    return " + ".join([*shown, r"\cdots"] if more else shown) or "0"
