"""Faults that no gradient check sees: the gradient is right, the data or the start are not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from cnnviz.numerics.checking.data_check import DATA, START
from cnnviz.numerics.checking.fault import DATA_CHECK
from cnnviz.numerics.network import Batch, Parameters

_SEED: Final = 20_151_209
_SATURATING: Final = 50


@dataclass(frozen=True, slots=True)
class DataFault:
    """A fault in the data or in the first parameters; every operation is right."""

    name: str
    """Its name on the command line."""
    title: str
    """The mistake, in plain words."""
    operation: str
    """`DATA` or `START`, in place of an operation."""
    apply: Callable[[Batch, Parameters], tuple[Batch, Parameters]]
    """``apply(batch, first)`` returns the batch and the first parameters with the fault."""
    seen_by: ClassVar = (DATA_CHECK,)
    """The checks that see it."""


def _shuffled(batch: Batch, first: Parameters) -> tuple[Batch, Parameters]:
    order = np.random.default_rng(_SEED).permutation(batch.n)
    return Batch(batch.planes, batch.y[:, order]), first


def _drawn_again(batch: Batch, first: Parameters) -> tuple[Batch, Parameters]:
    drawn = np.random.default_rng(_SEED).integers(batch.n, size=batch.n)
    return Batch(batch.planes[drawn], batch.y[:, drawn]), first


def _not_divided(batch: Batch, first: Parameters) -> tuple[Batch, Parameters]:
    return Batch(batch.planes * batch.planes.dtype.type(255), batch.y), first


def _equal_filters(batch: Batch, first: Parameters) -> tuple[Batch, Parameters]:
    return batch, Parameters(np.repeat(first.f[:, :, :1], first.f.shape[2], axis=2), first.wo)


def _saturated(batch: Batch, first: Parameters) -> tuple[Batch, Parameters]:
    return batch, Parameters(first.f * first.f.dtype.type(_SATURATING), first.wo)


DATA_FAULTS: Final = (
    DataFault(
        "labels-shuffled",
        "the labels are shuffled apart from the images",
        DATA,
        _shuffled,
    ),
    DataFault(
        "images-repeated",
        "the shuffle draws some images again and leaves others out",
        DATA,
        _drawn_again,
    ),
    DataFault(
        "pixels-not-divided",
        "the pixels are not divided by 255",
        DATA,
        _not_divided,
    ),
    DataFault(
        "filters-equal",
        "all filters start with the same weights",
        START,
        _equal_filters,
    ),
    DataFault(
        "start-saturates",
        f"the filters start with weights up to {_SATURATING}, which saturates the sigmoid",
        START,
        _saturated,
    ),
)
