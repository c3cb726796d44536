"""Numbers as they are read on screen."""

from math import isfinite


def loss_words(loss: float) -> str:
    """Return a loss with three significant digits, or "undefined"."""
    return f"{loss:#.3g}" if isfinite(loss) else "undefined"


def share_words(share: float) -> str:
    """Return a share, 0 to 1, in per cent, or "undefined".

    "100 %" and "0 %" are kept for all and none.
    """
    if not isfinite(share):
        return "undefined"
    whole = f"{100 * share:.0f} %"
    if (whole == "100 %" and share < 1) or (whole == "0 %" and share > 0):
        return f"{100 * share:.3f} %"
    return whole
