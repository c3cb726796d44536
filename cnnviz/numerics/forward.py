"""The forward pass of a whole batch, and of one image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.errors import NoBatchStatisticsError
from cnnviz.numerics.network import FILTER_SIZE, MAP_SIZE, Floats, Parameters
from cnnviz.numerics.operations import check_finite


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """The batch's way from z to the loss. Arrays are read-only."""

    z: Floats
    zs: Floats
    o: Floats
    E: Floats
    """z, zs, o, E: shape (1, n). Before and after the standardisation, the output, and each image's
    error."""
    mean: float
    std: float
    """mean, std: of z over the batch."""
    loss: float
    """The mean of `E`."""
    accuracy: float
    """Share of images whose prediction ``o > 0.5`` is their target, 0 to 1."""

    @classmethod
    def from_z(cls, z: Floats, y: Floats) -> "ForwardPass":
        """Carry z through the standardisation, the output and the error; z becomes read-only.

        Raises
        ------
        NonFiniteError
            If z, or its deviation, is not finite.
        SingleImageError, ZeroDeviationError
            From the standardisation.
        """
        check_finite("dense", "z", z)
        with np.errstate(over="ignore", invalid="ignore"):
            zs, mean, std = layers.standardise(z)
        check_finite("standardise", "std z", std)
        return cls._from_zs(z, zs, y, float(mean[0, 0]), float(std[0, 0]))

    @classmethod
    def outside(cls, z: Floats, y: Floats, batch: "ForwardPass") -> "ForwardPass":
        """Carry z of images outside of a batch on, standardised with the batch's mean and std.

        Raises NonFiniteError if z is not finite.
        """
        check_finite("dense", "z", z)
        with np.errstate(over="ignore", invalid="ignore"):
            zs = (z - z.dtype.type(batch.mean)) / z.dtype.type(batch.std)
        return cls._from_zs(z, zs, y, batch.mean, batch.std)

    @classmethod
    def _from_zs(cls, z: Floats, zs: Floats, y: Floats, mean: float, std: float) -> "ForwardPass":
        o = layers.sigmoid(zs)
        errors = layers.squared_error(y, o)
        for array in (z, zs, o, errors):
            array.setflags(write=False)
        correct = np.count_nonzero((o > 0.5) == (y > 0.5))
        loss = float(errors.mean(dtype=np.float64))
        return cls(z, zs, o, errors, mean, std, loss, correct / z.size)


@dataclass(frozen=True, slots=True, eq=False)
class SinglePass:
    """One image's forward pass, in the notebook's layout."""

    C: NDArray[np.floating[Any]]
    A: NDArray[np.floating[Any]]
    """C, A: shape (3, 24, 24). The feature maps before and after the sigmoid."""
    z: float
    zs: float
    o: float


def single_pass(plane: Floats, parameters: Parameters, mean: float, std: float) -> SinglePass:
    """Send one image through the network, standardised with the last batch's mean and deviation.

    The plane, shape (28, 28), is transposed as the notebook stores it, and scaled to [0, 1].

    Raises NoBatchStatisticsError if `mean` or `std` is NaN, or `std` is 0: no batch has been
    through the network yet, or its z could not be standardised.
    """
    if not (np.isfinite(mean) and np.isfinite(std) and std > 0):
        raise NoBatchStatisticsError(
            "standardise",
            "a single picture is standardised with the mean and deviation of a batch, and there "
            "are none: run a batch forward first.",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        c, a = feature_maps(plane, parameters)
        z = float(a.reshape(-1) @ parameters.wo[:, 0])
        zs = (z - mean) / std
    return SinglePass(c, a, z, zs, float(layers.sigmoid(np.array(zs))))


def feature_maps(plane: Floats, parameters: Parameters) -> tuple[Floats, Floats]:
    """Return C and A of one picture, shape (3, 24, 24) each.

    `plane` has the shape (28, 28), and is transposed as the notebook stores it.
    """
    fields = layers.patches(plane).transpose(2, 3, 0, 1).reshape(FILTER_SIZE**2, -1)
    with np.errstate(over="ignore", invalid="ignore"):
        c = parameters.f.reshape(FILTER_SIZE**2, -1).T @ fields
        c = c.reshape(-1, MAP_SIZE, MAP_SIZE)
        return c, layers.sigmoid(c)
