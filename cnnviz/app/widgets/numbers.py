"""Numbers as short text."""

import math

from cnnviz.numerics.number_format import compact

__all__ = ["compact", "mark"]


def mark(value: float) -> str:
    """Write the number at a mark of a scale, without digits that say nothing: 0.5, 2000, 1e5."""
    if value == 0 or not math.isfinite(value):
        return compact(value)
    sign, size = ("−" if value < 0 else ""), abs(value)
    if 1e-3 <= size < 1e5:
        return f"{sign}{size:.10g}"
    mantissa, _, power = f"{size:.9e}".partition("e")
    return f"{sign}{float(mantissa):g}e{int(power)}".replace("-", "−")
