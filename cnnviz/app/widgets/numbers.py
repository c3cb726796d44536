"""Numbers as short text."""

import math


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


def mark(value: float) -> str:
    """Write the number at a mark of a scale, without digits that say nothing: 0.5, 2000, 1e5."""
    if value == 0 or not math.isfinite(value):
        return compact(value)
    sign, size = ("−" if value < 0 else ""), abs(value)
    if 1e-3 <= size < 1e5:
        return f"{sign}{size:.10g}"
    mantissa, _, power = f"{size:.9e}".partition("e")
    return f"{sign}{float(mantissa):g}e{int(power)}".replace("-", "−")
