"""Numbers as they are read on screen."""

from math import isfinite


def loss_words(loss: float) -> str:
    """Return a loss with three significant digits, or "undefined"."""
    return f"{loss:#.3g}" if isfinite(loss) else "undefined"
