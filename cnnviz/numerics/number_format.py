"""Numbers as short text, for a sentence, a scale and a formula."""

import math
from collections.abc import Sequence
from typing import Final

_STEPS: Final = (1, 1.5, 2, 3, 5, 7, 10, 15)
"""Ends of ranges within a power of ten; the last two are for a log10 that rounded down."""
SHOWN: Final = 3
"""Terms of a long sum that are written out."""


def compact(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits, in at most ``digits + 5`` characters or so.

    `digits` are the significant ones, unless it is a whole number of thousands. The minus sign is a
    real one; NaN is ``"undefined"``, and very large and very small numbers look like ``"1.23e8"``
    and ``"2e−7"``.
    """
    if math.isnan(value):
        return "undefined"
    if value == 0:
        return "0"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
    exponent = int(power)  # of the rounded number: 0.9996 is 1.00
    if not -4 < exponent < 5:
        return f"{sign}{_with_exponent(mantissa, exponent)}"
    return f"{sign}{size:.{max(0, digits - 1 - exponent)}f}"


def plain(value: float, digits: int = 4) -> str:
    """Write a number with as many significant digits as it needs, and at most as many as given."""
    if not math.isfinite(value):
        return compact(value)
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    return _with_exponent(mantissa, int(power)) if power else mantissa.replace("-", "−")


def fixed(value: float, decimals: int) -> str:
    """Write a number with a fixed number of decimals."""
    return f"{value:.{decimals}f}".replace("-", "−")


def tick(value: float) -> str:
    """Write a number on a scale, without superfluous digits: 0.5, 2000, 1e5."""
    if value == 0 or not math.isfinite(value):
        return compact(value)
    sign, size = ("−" if value < 0 else ""), abs(value)
    if 1e-3 <= size < 1e5:
        return f"{sign}{size:.10g}"
    mantissa, _, power = f"{size:.9e}".partition("e")
    return f"{sign}{_with_exponent(mantissa, int(power))}"


def round_range(largest: float) -> float:
    """Return the smallest of …, 1, 1.5, 2, 3, 5, 7, 10, … not below `largest`; 1 for 0.

    If that would overflow, return `largest` itself.
    """
    if largest <= 0:
        return 1.0
    exponent = math.floor(math.log10(largest))
    for step in _STEPS:
        rounded = float(f"{step}e{exponent}")
        if rounded >= largest:
            break
    return rounded if math.isfinite(rounded) else largest


def _with_exponent(mantissa: str, exponent: int) -> str:
    """Write a very large or small number in the one way in which that is done: 1.5e−7, 2e8."""
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{exponent}".replace("-", "−")


def loss_text(loss: float) -> str:
    """Write a loss with three significant digits, or "undefined"."""
    return _loss_text(loss, 3)


def loss_texts(*losses: float) -> tuple[str, ...]:
    """Write losses that are compared, with the digits that tell them apart, from three to nine."""
    apart = len({loss for loss in losses if math.isfinite(loss)})
    for digits in range(3, 10):
        texts = [_loss_text(loss, digits) for loss in losses]
        if len({*texts} - {"undefined"}) == apart:
            return tuple(texts)
    return tuple(map(loss_text, losses))


def _loss_text(loss: float, digits: int) -> str:
    if not math.isfinite(loss):
        return "undefined"
    mantissa, _, power = f"{loss:#.{digits}g}".partition("e")
    return _with_exponent(mantissa, int(power)) if power else mantissa


def percent(share: float, decimals: int = 1) -> str:
    """Write a share, 0 to 1, as a percentage, rounded half up: "71.5 %".

    "100 %" and "0 %" are kept for all and none: what is close to 100 % has the decimals to say so.

    `decimals` are the digits after the point; below 1 %, those after the first significant one. NaN
    and infinities are ``"undefined"``.
    """
    if not math.isfinite(share):
        return "undefined"
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    value = 100 * share
    shown = decimals + max(0, -math.floor(math.log10(abs(value))))
    while (rounded := _half_up(value, shown)) == 100:
        shown += 1
    return f"{rounded:.{shown}f} %".replace("-", "−")


def counted(count: int, noun: str) -> str:
    """Write how many there are of something: "no step", "1 step", "1,200 steps"."""
    return {0: f"no {noun}", 1: f"1 {noun}"}.get(count, f"{count:,} {noun}s")


def _half_up(value: float, decimals: int) -> float:
    """Round to a number of decimals, halves away from zero, even if binary digits miss the half."""
    scale = 10.0**decimals
    return math.copysign(math.floor(abs(value) * scale + 0.5 + 1e-9) / scale, value)


def latex(value: float, digits: int = 3) -> str:
    r"""Write a number for a formula: ``15``, ``{-}12.3``, ``4.54 \cdot 10^{-6}``.

    The braces keep a sign close to its number.
    """
    if value < 0:
        return f"{{-}}{latex(-value, digits)}"
    if value < 1000 and value == int(value):
        return str(int(value))
    text = compact(value, digits)
    if text == "undefined":
        return r"\mathrm{undefined}"
    mantissa, _, power = text.replace("−", "-").replace("∞", r"\infty").partition("e")
    return rf"{mantissa} \cdot 10^{{{power}}}" if power else mantissa


def factor(value: float, digits: int = 3) -> str:
    """Write a number as a factor or after a minus sign: in brackets if it is negative."""
    text = latex(value, digits)
    return f"({text})" if value < 0 else text


def product(*values: float, digits: int = 3) -> str:
    r"""Write ``a \cdot b \cdot c``."""
    first, *others = values
    written = (latex(first, digits), *(factor(value, digits) for value in others))
    return r" \cdot ".join(written)


def difference(value: float, other: float) -> str:
    """Write ``a - b`` with as many digits as the difference needs to have three."""
    digits = digits_of_difference(max(abs(value), abs(other)), value - other)
    return f"{latex(value, digits)} - {factor(other, digits)}"


def digits_of_difference(largest: float, result: float) -> int:
    """Return the digits, 3 to 9, that the largest part needs where little of it is left."""
    if not (math.isfinite(largest) and math.isfinite(result) and largest and result):
        return 3
    lost = math.floor(math.log10(abs(largest))) - math.floor(math.log10(abs(result)))
    return min(max(3, 3 + lost), 9)


def total(terms: Sequence[str], *, more: bool) -> str:
    r"""Write ``a + b - c + \cdots``; without terms, 0."""
    text = " + ".join([*terms, r"\cdots"] if more else terms)
    return text.replace("+ {-}", "- ") or "0"
