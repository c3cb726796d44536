"""What a person reads of a tensor's name, and of one of its numbers."""

from typing import Final

SYMBOLS: Final = {
    "wo_next": "wo′",
    "f_next": "f′",
    "zs": "ẑ",
    "delta": "δ",
    "mean": "mean z",
    "std": "std z",
    "error_wrt_output": "∂E/∂o",
    "output_wrt_z": "σ′(ẑ)",
}
"""What is read of the tensors whose name in the arrays is no symbol."""
_ALONE: Final = frozenset({"mean", "std"})
"""Tensors of one number."""


def symbol(name: str) -> str:
    """Return what is read of a tensor's name."""
    return SYMBOLS.get(name, name)


def index_words(name: str, index: tuple[int, ...], axis: int | None = None) -> str:
    """Write a number of a tensor as the arrays are indexed: ``C[3, 0, 5, 7]``.

    Parameters
    ----------
    name : str
    index : tuple of int
    axis : int or None
        That the number is the mean over: ``mean of C[:, 0, 5, 7]``; that of E is the loss.
    """
    if name in _ALONE:
        return symbol(name)
    if axis is None:
        return f"{symbol(name)}[{', '.join(map(str, index))}]"
    if name == "E":
        return "loss"
    places = [":" if place == axis else str(at) for place, at in enumerate(index)]
    return f"mean of {symbol(name)}[{', '.join(places)}]"
