"""One image, and all images of the batch, as the network sees them in one state."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import NoBatchStatisticsError
from cnnviz.numerics.forward import ForwardPass, feature_maps, single_pass
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Floats, Parameters, targets


@dataclass(frozen=True, slots=True, eq=False)
class ImageView:
    """One image on its way through the network. Pictures are upright; arrays are read-only.

    Attributes
    ----------
    index : int
        The image's index in the data set.
    image : ndarray of uint8, shape (28, 28)
    label : int
        The digit.
    target : int
        1 if the digit is greater than 4, else 0.
    maps, activations : ndarray of float, shape (3, 24, 24)
        The feature maps before and after the sigmoid.
    contributions : ndarray of float, shape (3, 24, 24)
        Dense weight times activation: what each unit adds to z. Their sum is z.
    z, zs, o, error : float
        NaN if the batch cannot be standardised (z is always defined).
    """

    index: int
    image: NDArray[np.uint8]
    label: int
    target: int
    maps: Floats
    activations: Floats
    contributions: Floats
    z: float
    zs: float
    o: float
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The network's outputs for every image of the batch. Arrays are read-only, shape (n,).

    Attributes
    ----------
    output, error : ndarray of float
        NaN if the batch cannot be standardised.
    target : ndarray of uint8
        1 if the digit is greater than 4, else 0.
    loss, accuracy : float
        Mean error, and the share of correct predictions (0 to 1); NaN likewise.
    """

    output: Floats
    error: Floats
    target: NDArray[np.uint8]
    loss: float
    accuracy: float


def upright(maps: NDArray[Any]) -> NDArray[Any]:
    """Turn pictures of the notebook, which stores them transposed, the right way up.

    Parameters
    ----------
    maps : ndarray, shape (…, rows, columns)

    Returns
    -------
    ndarray, shape (…, columns, rows)
        Contiguous and read-only.
    """
    turned = np.ascontiguousarray(np.swapaxes(maps, -1, -2))
    turned.setflags(write=False)
    return turned


def image_view(
    dataset: Dataset, index: int, parameters: Parameters, forward: ForwardPass | None
) -> ImageView:
    """Follow one image through the network.

    Parameters
    ----------
    index : int
        In the data set; inside the batch or not.
    forward : ForwardPass or None
        The batch's forward pass with these parameters, None if it has no result.
    """
    dtype = parameters.f.dtype
    image = dataset.image(index)
    plane = image.T.astype(dtype, order="C") / dtype.type(255)
    target = int(targets(dataset.labels[index : index + 1])[0])
    dense = parameters.wo.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    nan = float("nan")
    mean, std = (forward.mean, forward.std) if forward else (nan, nan)
    try:
        passed = single_pass(plane, parameters, mean, std)
        c, a, z, zs, o = passed.C, passed.A, passed.z, passed.zs, passed.o
    except NoBatchStatisticsError:
        c, a = feature_maps(plane, parameters)
        with np.errstate(over="ignore", invalid="ignore"):
            z, zs, o = float(np.sum(a * dense)), nan, nan
    with np.errstate(over="ignore", invalid="ignore"):
        contributions = upright(a * dense)
    return ImageView(
        index,
        image,
        int(dataset.labels[index]),
        target,
        upright(c),
        upright(a),
        contributions,
        z,
        zs,
        o,
        error=(target - o) ** 2 / 2,
    )


def predictions(dataset: Dataset, subset: int, forward: ForwardPass | None) -> Predictions:
    """Return the predictions for the first `subset` images from their forward pass.

    If the forward pass has no result (None), everything but the targets is NaN.
    """
    target = targets(dataset.labels[:subset])
    target.setflags(write=False)
    if forward is not None:
        return Predictions(forward.o[0], forward.E[0], target, forward.loss, forward.accuracy)
    undefined = np.full(subset, np.nan)
    undefined.setflags(write=False)
    return Predictions(undefined, undefined, target, float("nan"), float("nan"))
