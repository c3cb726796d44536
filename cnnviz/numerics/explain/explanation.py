"""The explanation of one entry of a tensor: formula, pictures, sums and shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Term:
    """One number in a formula."""

    symbol: str
    """Its name and index in the arrays: ``"f[2, 3, 1]"``."""
    what: str
    """Its meaning, in words."""
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """A matrix of numbers in the explanation, in the tensors' own (transposed) orientation."""

    symbol: str
    """Its name as the arrays are indexed."""
    title: str
    """Its title on screen."""
    values: NDArray[np.floating[Any]]
    """Shape (rows, columns). Read-only."""
    kind: Literal["ink", "signed", "activation"]
    """Grey levels 0 to 1; any sign; 0 to 1 out of a sigmoid."""
    mark: tuple[int, int] | None = None
    """Row and column of the number that is explained."""
    entry: Callable[[int, int], tuple[str, tuple[int, ...]]] | None = None
    """Returns the tensor and the index of the number at a row and column, if it is one."""

    def __post_init__(self) -> None:
        """Take a read-only copy."""
        values = np.array(self.values)
        values.setflags(write=False)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """The explanation of one number of one tensor."""

    tensor: str
    index: tuple[int, ...]
    """Its index in the tensor, from 0."""
    value: float
    formula: str
    """LaTeX, with this number's own numbers in it."""
    pictures: tuple[Heatmap, ...]
    """The pictures in reading order. The terms of the sum are titled "products"."""
    running: Numbers | None
    """Shape (m,). The sum after each of its m terms, in the order of the tensors' indices; the last
    is `value`."""
    shares: Numbers | None
    """Shape (n,). What each image adds, if the value is a sum over images; they sum to `value`."""
    terms: tuple[Term, ...]
    """The numbers in the formula."""
    adding: str = "each image"
    """What of an image its share is, in words: if errors are averaged before they meet the images,
    ink and error of an image have shares of their own."""
    errors: Numbers | None = None
    """Shape (n,). The shares of each image's error, beside `shares` of its ink. They sum to
    `value`, too."""
    axis: int | None = None
    """Of the tensor, where the number is the mean along it, over images; `index` is the place of
    one of these."""
