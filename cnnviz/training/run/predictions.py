"""One image, and all images of the batch, as the network sees them in one state."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import NoBatchStatisticsError
from cnnviz.numerics.forward import ForwardPass, feature_maps, single_pass
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Floats, Parameters, targets


@dataclass(frozen=True, slots=True, eq=False)
class ImageView:
    """One image on its way through the network. Pictures are upright; arrays are read-only."""

    index: int
    """The image's index in the data set; −1 if it is outside."""
    image: NDArray[np.uint8]
    """Shape (28, 28)."""
    label: int
    """The digit; −1 if it is not known."""
    target: int
    """1 if the digit is greater than 4, else 0; −1 if that is not known."""
    maps: Floats
    activations: Floats
    """maps, activations: shape (3, 24, 24). The feature maps before and after the sigmoid."""
    contributions: Floats
    """Shape (3, 24, 24). Dense weight times activation of each unit. Their sum is z."""
    z: float
    zs: float
    o: float
    error: float
    """z, zs, o, error: NaN if the batch cannot be standardised (z is always defined). The error is
    NaN, too, if the target is not known."""
    outside: "OutsideImage | None"
    """The image, if it is not one of the batch."""


DRAWN: Final = "drawn digit"
"""The name of an image that was drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class OutsideImage:
    """An image that is not trained on: held out, or drawn."""

    image: NDArray[np.uint8]
    """Shape (28, 28). Upright grey levels, ink 255 on 0. Read-only from now on."""
    label: int | None
    """The digit, if it is known."""
    name: str
    """Its name, such as "held-out image 17"."""
    number: int | None = None
    """Its index among the held-out images; None for another one."""

    def __post_init__(self) -> None:
        """Make the image read-only: it is shared between threads."""
        self.image.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The network's outputs for every image of the batch. Arrays are read-only, shape (n,)."""

    output: Floats
    error: Floats
    """output, error: NaN if the batch cannot be standardised."""
    target: NDArray[np.uint8]
    """1 if the digit is greater than 4, else 0."""
    loss: float
    accuracy: float
    """loss, accuracy: mean error, and the share of correct predictions (0 to 1); NaN likewise."""


def upright(maps: NDArray[Any]) -> NDArray[Any]:
    """Turn pictures of the notebook, which stores them transposed, the right way up.

    Shape (…, rows, columns) becomes (…, columns, rows), contiguous and read-only.
    """
    turned = np.ascontiguousarray(np.swapaxes(maps, -1, -2))
    turned.setflags(write=False)
    return turned


def image_view(
    dataset: Dataset, index: int, parameters: Parameters, forward: ForwardPass | None
) -> ImageView:
    """Follow one image through the network.

    `index` is that in the data set, inside the batch or not. `forward` is the batch's forward pass
    with these parameters, None if it has no result.
    """
    image, label = dataset.image(index), int(dataset.labels[index])
    return _view(image, label, index, parameters, forward)


def outside_view(
    outside: OutsideImage, parameters: Parameters, forward: ForwardPass | None
) -> ImageView:
    """Follow an image that is not in the batch; the other arguments are those of `image_view`.

    It is standardised with the mean and deviation of the batch.
    """
    label = -1 if outside.label is None else outside.label
    return _view(outside.image, label, -1, parameters, forward, outside)


def _view(
    image: NDArray[np.uint8],
    label: int,
    index: int,
    parameters: Parameters,
    forward: ForwardPass | None,
    outside: OutsideImage | None = None,
) -> ImageView:
    dtype = parameters.f.dtype
    plane = image.T.astype(dtype, order="C") / dtype.type(255)
    target = int(label > 4) if label >= 0 else -1
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
        label,
        target,
        upright(c),
        upright(a),
        contributions,
        z,
        zs,
        o,
        error=(target - o) ** 2 / 2 if label >= 0 else nan,
        outside=outside,
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
