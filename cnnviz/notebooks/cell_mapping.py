"""Cells of the program's tensors and the same cells of a script's arrays.

A script's array has canonical axes: image, filter, row and column, as far as the tensor has them.
"""

from typing import Final

from cnnviz.notebooks.verdicts import LineVerdict
from cnnviz.numerics.network import MAP_SIZE
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.tensors import TENSORS, Axis

_CANONICAL: Final[dict[Axis, str]] = {"r+u": "r", "c+v": "c", "u": "r", "v": "c"}
"""Axes that are rows and columns of something else than a map."""

_PATCHES, *_OTHERS = OPERATIONS
_RESULTS: Final = {operation.name: operation.result for operation in _OTHERS}
"""The main result of each operation; the patches have axes that no script's array has."""


def tensor_of(verdict: LineVerdict) -> str | None:
    """Return the program's name for what a line's operation gives, if it gives one tensor."""
    return _RESULTS.get(verdict.operation or "")


def index_in_script(
    tensor: str, index: tuple[int, ...], dimensions: int, *, is_transposed: bool
) -> tuple[int, ...] | None:
    """Return where the script's array, with canonical axes, holds a cell of a program's tensor.

    `dimensions` are those of the script's array: one less than the tensor has if images were
    averaged.
    """
    at = dict(zip(TENSORS[tensor].axes, index, strict=False))
    if "j" in at:
        i, rest = divmod(at.pop("j"), MAP_SIZE * MAP_SIZE)
        at |= {"i": i, **dict(zip(("r", "c"), divmod(rest, MAP_SIZE), strict=True))}
    at.pop("", None)
    named = {_CANONICAL.get(axis, axis): number for axis, number in at.items()}
    if is_transposed and "r" in named:
        named["r"], named["c"] = named["c"], named["r"]
    ordered = tuple(named[axis] for axis in ("k", "i", "r", "c") if axis in named)
    if len(ordered) == dimensions + 1 and "k" in named:
        ordered = ordered[1:]
    return ordered if len(ordered) == dimensions else None


def index_in_program(
    tensor: str, at: tuple[int, ...], *, is_transposed: bool
) -> tuple[int, ...] | None:
    """Return where the program's tensor holds a cell of a script's array with canonical axes."""
    axes = [axis for axis in TENSORS[tensor].axes if axis]
    wanted = {_CANONICAL.get(axis, axis) for axis in axes if axis != "j"}
    if "j" in axes:
        wanted |= {"i", "r", "c"}
    names = [axis for axis in ("k", "i", "r", "c") if axis in wanted]
    if len(at) == len(names) - 1 and names[0] == "k":
        names = names[1:]
    if len(at) != len(names):
        return None
    named: dict[str, int] = dict(zip(names, at, strict=True))
    if is_transposed and "r" in named:
        named["r"], named["c"] = named["c"], named["r"]
    if "j" in axes:
        named["j"] = (named["i"] * MAP_SIZE + named["r"]) * MAP_SIZE + named["c"]
    full = TENSORS[tensor].axes
    index = tuple(named.get(_CANONICAL.get(axis, axis), 0) for axis in full)
    return (
        index
        if "k" in named
        else tuple(i for i, axis in zip(index, full, strict=True) if axis != "k")
    )
