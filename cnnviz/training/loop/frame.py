"""What views are handed: one state of a run, immutable."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import NoBatchStatisticsError
from cnnviz.numerics.forward import ForwardPass, feature_maps, single_pass
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Floats, Parameters, targets
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.run.branches import BranchView
from cnnviz.training.run.history import Curve
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class ImageView:
    """One image on its way through the network. Pictures are upright; arrays are read-only.

    Attributes
    ----------
    index : int
        The image's place in the data set.
    image : ndarray of uint8, shape (28, 28)
    label : int
        The digit.
    target : int
        1 where the digit is greater than 4, else 0.
    maps, activations : ndarray of float, shape (3, 24, 24)
        The feature maps before and after the sigmoid.
    contributions : ndarray of float, shape (3, 24, 24)
        Dense weight times activation: what each unit adds to z. Their sum is z.
    z, zs, o, error : float
        NaN where the batch cannot be standardised (z is always there).
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
    """What the network says of every image of the subset. Arrays are read-only, shape (n,).

    Attributes
    ----------
    output, error : ndarray of float
        NaN where the batch cannot be standardised.
    target : ndarray of uint8
        1 where the digit is greater than 4, else 0.
    loss, accuracy : float
        Mean error, and the share of right predictions (0 to 1); NaN likewise.
    """

    output: Floats
    error: Floats
    target: NDArray[np.uint8]
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One state of a run, with everything that is shown of it.

    Attributes
    ----------
    iteration : int
        Iterations done: the state that is shown.
    last : int
        The newest state of the run; more than `iteration` while a person looks at the past.
    running : bool
        Whether training goes on.
    done : int
        Commands carried out so far; a view that sent the n-th waits for ``done >= n``.
    settings : Settings
        In force for the next iteration.
    dataset : Dataset
    parameters : Parameters
        In the notebook's layout.
    filters : ndarray of float, shape (3, 5, 5)
        The filters, upright.
    dense : ndarray of float, shape (3, 24, 24)
        The dense weights as maps, upright.
    image : ImageView
        The selected image.
    predictions : Predictions
    curve : Curve
        The whole line that is looked at, not only up to `iteration`.
    notice : Notice or None
        What a person should know of this state: what is new in it, or what has held since an
        earlier one.
    branch : Branch
        The line that is looked at.
    branches : tuple of Branch
        All lines, in the order in which they were begun.
    change : str
        In the past, how the settings differ from those with which the line went on from here, so
        that training begins a branch; "" where it does not.
    debug : DebugView or None
        The iteration that is stepped through; None where none is.
    breakpoints : tuple of Breakpoint
        All of them, with their hits so far.
    stopped : Stop or None
        The breakpoint for which the run stands here.
    """

    iteration: int
    last: int
    running: bool
    done: int
    settings: Settings
    dataset: Dataset
    parameters: Parameters
    filters: Floats
    dense: Floats
    image: ImageView
    predictions: Predictions
    curve: Curve
    notice: Notice | None
    branch: BranchView
    branches: tuple[BranchView, ...]
    change: str
    debug: DebugView | None = None
    breakpoints: tuple[Breakpoint, ...] = ()
    stopped: Stop | None = None


def upright(maps: NDArray[Any]) -> NDArray[Any]:
    """Turn pictures the right way up: the notebook stores them transposed.

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
    dataset : Dataset
    index : int
        In the data set; inside the batch or not.
    parameters : Parameters
    forward : Forward or None
        The batch's forward pass under these parameters, None where it has no result.
    """
    dtype = parameters.f.dtype
    image = dataset.image(index)
    plane = image.T.astype(dtype, order="C") / dtype.type(255)
    label = int(dataset.labels[index])
    target = int(targets(dataset.labels[index : index + 1])[0])
    dense = parameters.wo.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    try:
        nan = float("nan")
        passed = single_pass(
            plane,
            parameters,
            forward.mean if forward else nan,
            forward.std if forward else nan,
        )
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
        (target - o) ** 2 / 2,
    )


def predictions(dataset: Dataset, subset: int, forward: ForwardPass | None) -> Predictions:
    """Return what a batch's forward pass says of each of its images.

    Parameters
    ----------
    dataset : Dataset
    subset : int
        n.
    forward : Forward or None
        None where it has no result; then everything but the targets is NaN.
    """
    target = targets(dataset.labels[:subset])
    target.setflags(write=False)
    if forward is not None:
        return Predictions(forward.o[0], forward.E[0], target, forward.loss, forward.accuracy)
    undefined = np.full(subset, np.nan)
    undefined.setflags(write=False)
    return Predictions(undefined, undefined, target, float("nan"), float("nan"))
