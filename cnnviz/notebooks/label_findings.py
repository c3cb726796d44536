"""What a script's targets have to do with its images: which digits, of which image, in which shape.

The digits are an array of the script's own, of which the targets are made. That they belong to
the images is not taken for granted: the images are those of an array beside the digits, or similar
images have the same digit far more often than if the digits are off by one.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.notebooks.captures import Array, Value
from cnnviz.notebooks.layouts import Floats
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.numerics.checking.data_check import MOST_IMAGES, nearest_images

_FEWEST: Final = 30
"""Images from which digits and targets are held against each other."""
_ALIKE: Final = 0.9
"""Correlation of the ink of images above which they are taken for the same."""
_MARGIN: Final = 0.2
"""Share of the images by which more have the digit of the most similar other image."""
_LARGE_DIGITS: Final = {5, 6, 7, 8, 9}
_SHIFTS: Final = {-1: "before", 1: "after"}


def label_findings(forward: RecognisedForward, values: Sequence[Value]) -> Iterator[str]:
    """Yield what is wrong with the targets."""
    if forward.y is None:
        return
    yield from _crossed_shapes(forward, values)
    for digits in _digits(forward, values):
        if _is_made_of(forward.y, digits[: forward.n]):
            return
        for shift, where in _SHIFTS.items():
            if _is_made_of(forward.y, np.roll(digits, -shift)[: forward.n]):
                yield f"Each target is that of the image {where} it: the labels are off by one."
                return


def target_note(forward: RecognisedForward, values: Sequence[Value]) -> str:
    """Return which digits the target is 1 for, unless these are the notebook's; else nothing."""
    if forward.y is None:
        return ""
    for digits in _digits(forward, values):
        if not _is_made_of(forward.y, digits[: forward.n]):
            continue
        there = set(digits[: forward.n].tolist())
        asked = sorted(set(digits[: forward.n][forward.y > 0.5].tolist()))
        if not asked or there & _LARGE_DIGITS == set(asked):
            return ""
        *others, last = map(str, asked)
        listed = f"{', '.join(others)} and {last}" if others else last
        return f"The target is 1 for the digit{'s' if others else ''} {listed}, 0 for all others."
    return ""


def _crossed_shapes(forward: RecognisedForward, values: Sequence[Value]) -> Iterator[str]:
    """Yield that targets and outputs are a column and a row, if that has made a matrix."""
    n, y, found = forward.n, forward.y, forward.found.get("output", ())
    if n < 2 or y is None or forward.targets is None or not found:
        return
    named = [one.value for one in found if one.value.probe.use in ("assigned", "changed")]
    targets, output = forward.targets, (named or [one.value for one in found])[-1]
    shapes = {targets.array.shape, output.array.shape}
    if len(shapes) < 2 or (n, 1) not in shapes or not shapes <= {(n, 1), (1, n), (n,)}:
        return
    outer = (v.array for v in values if v.array.shape == (n, n) and v.first > output.first)
    if targets.array.shape != (n, 1):
        outer = (matrix.T for matrix in outer)
    if any(_depends(matrix, y) and not _depends(matrix.T, y) for matrix in outer):
        one, other = targets.probe.name, output.probe.name
        yield (
            f"{one} has the shape {targets.array.shape} and {other} {output.array.shape}: together "
            f"they are {n:,} × {n:,}, each target with every output. Give both the same shape."
        )


def _depends(matrix: Array, y: Floats) -> bool:
    """Return whether rows of images with the same target are the same."""
    alike = [matrix[y == target] for target in np.unique(y)]
    return all((rows == rows[0]).all() for rows in alike)


def _digits(forward: RecognisedForward, values: Sequence[Value]) -> Iterator[NDArray[np.int_]]:
    """Yield the arrays of digits of which the first n belong to the images."""
    if forward.n < _FEWEST:
        return
    for value in values:
        if _are_digits(value.array, forward.n):
            digits = value.array.astype(int)
            if _belong(forward, digits, values):
                yield digits


def _belong(forward: RecognisedForward, digits: NDArray[np.int_], values: Sequence[Value]) -> bool:
    """Return whether the first digits are those of the images."""
    X, n = forward.X, forward.n
    for value in values:
        array = value.array
        if array.ndim > 1 and len(array) == len(digits) and array[0].size >= X[0].size:
            ink = array.reshape(len(array), -1).sum(axis=1, dtype=float)
            if not np.ptp(ink):
                continue
            with np.errstate(all="ignore"):  # all the first may have the same ink
                alike = [
                    np.corrcoef(X.sum(axis=(1, 2)), np.roll(ink, -shift)[:n])[0, 1]
                    for shift in (0, *_SHIFTS)
                ]
            return bool(alike[0] > max(_ALIKE, *alike[1:]))
    neighbours = nearest_images(X[:MOST_IMAGES])
    count = len(neighbours)
    agreeing = [
        float((moved == moved[neighbours]).mean())
        for moved in (np.roll(digits, -shift)[:count] for shift in (0, *_SHIFTS))
    ]
    return agreeing[0] > max(agreeing[1:]) + _MARGIN


def _are_digits(array: Array, n: int) -> bool:
    is_whole = array.ndim == 1 and array.dtype.kind in "iu" and len(array) >= n
    return is_whole and len(set(array[:n].tolist()) & set(range(10))) > 2 and array.max() < 10


def _is_made_of(y: Floats, digits: NDArray[np.int_]) -> bool:
    """Return whether images of the same digit have the same target."""
    targets = y > 0.5
    return all(len(set(targets[digits == digit].tolist())) == 1 for digit in set(digits.tolist()))
