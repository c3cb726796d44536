"""The network's sizes, its parameters and the batch it is trained on, in the notebook's layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnviz.numerics.blocks import report_progress
from cnnviz.numerics.errors import ShapeError

IMAGE_SIZE = 28
"""Rows and columns of an image."""
FILTER_SIZE = 5
"""Rows and columns of a filter: the receptive field of one feature-map unit."""
FILTER_COUNT = 3
MAP_SIZE = IMAGE_SIZE - FILTER_SIZE + 1
"""Rows and columns of a feature map (24)."""
MAP_CELLS = MAP_SIZE * MAP_SIZE
DENSE_SIZE = FILTER_COUNT * MAP_CELLS
"""Length of the flattened feature maps, and of the dense weights (1728)."""
_TURNED = 256
"""Images laid out pixel by pixel at a time, so that both layouts stay in the cache."""


Floats = NDArray[np.floating[Any]]
Tensors = Mapping[str, Floats]
"""The tensors of one iteration by name, as far as they have been computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Everything that training changes. There are no biases."""

    f: Floats
    """Shape (5, 5, 3). The filters; ``f[:, :, i]`` is filter i. Read-only."""
    wo: Floats
    """Shape (1728, 1). The dense weights, filter-major: weight ``i·576 + r·24 + c`` meets ``A[k, i,
    r, c]``. Read-only."""

    def __post_init__(self) -> None:
        """Check the shapes and make the arrays read-only.

        Raises ShapeError if an array has another shape than the network's.
        """
        for name, array, shape in (
            ("f", self.f, (FILTER_SIZE, FILTER_SIZE, FILTER_COUNT)),
            ("wo", self.wo, (DENSE_SIZE, 1)),
        ):
            if array.shape != shape:
                raise ShapeError(f"{name} has the shape {array.shape}; the network's is {shape}.")
            array.setflags(write=False)

    def astype(self, dtype: DTypeLike) -> "Parameters":
        """Return the same numbers in a floating-point type: themselves if they have it."""
        return Parameters(self.f.astype(dtype, copy=False), self.wo.astype(dtype, copy=False))


def initial_parameters(seed: int, dtype: DTypeLike = np.float64) -> Parameters:
    """Draw the notebook's starting point: filters first, then dense weights, uniform in [0, 1).

    The numbers are those that ``np.random.seed(seed)`` above the notebook gives, for a seed from 0
    to 2³² − 1, drawn in float64 and then rounded to `dtype`.
    """
    generator = np.random.RandomState(seed)
    f = generator.uniform(0, 1, size=(FILTER_COUNT, FILTER_SIZE, FILTER_SIZE)).T
    wo = generator.uniform(0, 1, size=(DENSE_SIZE, 1))
    return Parameters(np.ascontiguousarray(f, dtype), wo.astype(dtype))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The images that one iteration trains on, all at once."""

    planes: Floats
    """Shape (n, 28, 28). ``planes[k] == X[:, :, k]``: image k **transposed**, as the notebook
    stores it, scaled to [0, 1]. Read-only. Those of `from_images` lie in memory as `X` does, pixel
    by pixel, which is what the fast path likes."""
    y: Floats
    """Shape (1, n). 1 if the digit is greater than 4, else 0. Read-only."""

    def __post_init__(self) -> None:
        """Make the arrays read-only: a batch is shared between threads."""
        self.planes.setflags(write=False)
        self.y.setflags(write=False)

    @classmethod
    def from_images(
        cls, images: NDArray[np.uint8], labels: NDArray[np.uint8], dtype: DTypeLike = np.float64
    ) -> Self:
        """Bring upright grey levels, shape (n, 28, 28), and digits into the notebook's layout.

        Reports progress as `cnnviz.numerics.blocks.blocks_of` does.

        Raises ShapeError if the arrays do not fit the network or each other, or hold no image.
        """
        if images.ndim != 3 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or not len(images):
            raise ShapeError(
                f"the images have the shape {images.shape}; the network takes (n, 28, 28)."
            )
        if labels.shape != images.shape[:1]:
            raise ShapeError(
                f"{len(images)} images have labels of the shape {labels.shape}, not one each."
            )
        planes = np.empty((IMAGE_SIZE, IMAGE_SIZE, len(images)), dtype).transpose(2, 0, 1)
        for k in range(0, len(images), _TURNED):
            upright = images[k : k + _TURNED].transpose(0, 2, 1)
            np.divide(upright, planes.dtype.type(255), out=planes[k : k + _TURNED])
            report_progress(k / len(images))
        return cls(planes, targets(labels).astype(dtype)[np.newaxis])

    @property
    def X(self) -> Floats:
        """The images as the notebook has them, shape (28, 28, n). A view."""
        return self.planes.transpose(1, 2, 0)

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.planes)


def targets(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 1 if the digit is greater than 4, else 0, in the labels' shape."""
    return (labels > 4).astype(np.uint8)


def unravel_unit(j: int) -> tuple[int, int, int]:
    """Return i, r and c of the unit with index j in the flattened maps."""
    i, cell = divmod(j, MAP_CELLS)
    return i, *divmod(cell, MAP_SIZE)


def ravel_unit(i: int, r: int, c: int) -> int:
    """Return the index j in the flattened maps of the unit at r and c of map i."""
    return i * MAP_CELLS + r * MAP_SIZE + c
