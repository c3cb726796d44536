"""Finds the entries of one tensor that belong to an entry of another: its inputs or its results.

An entry fixes some of the indices k, i, r, c, u and v, which mean the same in every tensor; the
entries of another tensor that have these indices are those that belong to it. The notebook's
misreading, a `layout` that is not corrected, gives a unit of g other indices in M.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.cells import largest_cell
from cnnviz.numerics.network import FILTER_COUNT, FILTER_SIZE, MAP_SIZE, ravel_unit, unravel_unit
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS, Axis

Known = Mapping[Axis, int]
"""The indices that an entry fixes."""
_BEFORE: Final = frozenset({"G", "g"})
_AFTER: Final = frozenset({"M", "dF", "f_next"})
"""Tensors on either side of the reshape; M is read from g."""


def known_indices(name: str, index: tuple[int, ...], toward: str, rule: Rule) -> Known:
    """Return the indices that an entry of one tensor fixes in another one.

    `name` and `index` are the entry, in the notebook's layout. The reshape of `rule` gives M from
    g.
    """
    known: dict[Axis, int] = dict(zip(TENSORS[name].axes, index, strict=False))
    known.pop("", None)
    if "j" in known:
        known["i"], known["r"], known["c"] = unravel_unit(known.pop("j"))
    if not rule.corrects("layout"):
        if name in _BEFORE and toward in _AFTER:
            cell, known["i"] = divmod(ravel_unit(*_unit(known)), FILTER_COUNT)
            known["r"], known["c"] = divmod(cell, MAP_SIZE)
        elif name == "M" and toward in _BEFORE:
            j = (known["r"] * MAP_SIZE + known["c"]) * FILTER_COUNT + known["i"]
            known["i"], known["r"], known["c"] = unravel_unit(j)
        elif name in _AFTER and toward in _BEFORE:
            known = {axis: at for axis, at in known.items() if axis == "k"}
    return known


def is_read(operation: str, name: str, rule: Rule) -> bool:
    """Say whether an operation makes use of a tensor under a rule that the switches name.

    An operation lists the tensors that it reads under any rule.
    """
    match operation, name:
        case "map_gradient", "wo":
            return rule.corrects("update-order")
        case "map_gradient", "wo_next":
            return not rule.corrects("update-order")
        case "delta", "zs" | "std":
            return rule.corrects("standardisation")
    return True


def choices(axis: Axis, known: Known, length: int) -> range:
    """Return the indices along an axis of a tensor that belong to an entry.

    `length` is that of the axis.
    """
    if axis in known:
        return range(known[axis], known[axis] + 1)
    parts: dict[Axis, tuple[Axis, Axis]] = {"r+u": ("r", "u"), "c+v": ("c", "v")}
    if axis not in parts or parts[axis][0] not in known:
        return range(length)
    start, within = known[parts[axis][0]], known.get(parts[axis][1])
    if within is None:
        return range(start, start + FILTER_SIZE)
    return range(start + within, start + within + 1)


def corresponding_index(
    name: str, values: NDArray[Any] | None, known: Known, image: int
) -> tuple[int, ...]:
    """Return the entry of a tensor that belongs to another one: of several, the largest.

    Parameters
    ----------
    values : ndarray of float or None
        The tensor, if it has been computed.
    image : int
        The image to take if the entry belongs to none.

    Returns
    -------
    tuple of int
        Empty if no entry is determined.
    """
    at = {"k": image, **known}
    axes = TENSORS[name].axes
    if values is not None:
        axes = axes[: values.ndim]  # g and M have no images if the rule takes their mean
    if "j" in axes and {"i", "r", "c"} <= at.keys():
        at["j"] = ravel_unit(*_unit(at))
    if all(not axis or axis in at for axis in axes):
        return tuple(at.get(axis, 0) for axis in axes)
    is_fixed = any(axis in known for axis in axes) or ("j" in axes and "i" in known)
    if values is None or not is_fixed:
        return ()
    sides = [_range(axis, at, values.shape[number]) for number, axis in enumerate(axes)]
    if any(side.stop > length for side, length in zip(sides, values.shape, strict=True)):
        return ()  # only one image of it is at hand
    part = np.abs(values[tuple(slice(side.start, side.stop) for side in sides)])
    return tuple(side.start + i for side, i in zip(sides, largest_cell(part), strict=True))


def _range(axis: Axis, known: Known, length: int) -> range:
    if axis == "j" and "j" not in known and "i" in known:
        units = length // FILTER_COUNT
        return range(known["i"] * units, (known["i"] + 1) * units)
    return choices(axis, known, length) if axis else range(1)


def _unit(known: Known) -> tuple[int, int, int]:
    return known["i"], known["r"], known["c"]
