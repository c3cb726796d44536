"""One image's part of an iteration, before the whole batch is computed."""

import numpy as np

from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Batch, Parameters, Tensors
from cnnviz.numerics.operations import OPERATION_NAMED, apply
from cnnviz.numerics.rule import Rule


def image_tensors(
    batch: Batch,
    image: int,
    parameters: Parameters,
    forward: ForwardPass,
    rule: Rule,
    learning_rate: float,
) -> Tensors:
    """Return the tensors that one image has by itself; their axis of images has length 1.

    What the whole batch decides, mean and deviation of z and what they carry back, comes from
    `forward`, the batch's forward pass with these parameters. Tensors that sum over images are
    left out, and so is what depends on them: under a rule that updates the dense weights first,
    the gradient at the maps.

    Raises NonFiniteError from the operation in which a result is not finite.
    """
    dtype = batch.y.dtype
    mean, std = np.array([[forward.mean]], dtype), np.array([[forward.std]], dtype)
    for statistic in (mean, std):
        statistic.setflags(write=False)
    whole: Tensors = {
        "y": batch.y,
        "z": forward.z,
        "zs": forward.zs,
        "std": std,
        "o": forward.o,
        "E": forward.E,
    }
    whole = apply(OPERATION_NAMED["delta"], whole, rule, learning_rate)
    one = slice(image, image + 1)
    tensors: Tensors = {
        **{name: row[:, one] for name, row in whole.items()},
        "mean": mean,
        "std": std,
        "X": batch.X[:, :, one],
        "f": parameters.f,
        "wo": parameters.wo,
    }
    for name in ("patches", "correlate", "sigmoid", "flatten", *_backward(rule)):
        tensors = apply(OPERATION_NAMED[name], tensors, rule, learning_rate)
    return tensors


def _backward(rule: Rule) -> tuple[str, ...]:
    """Return the operations after δ that an image has by itself."""
    if not rule.corrects("update-order"):
        return ()
    return (
        ("map_gradient", "average_over_images", "reshape")
        if rule.corrects("pairing")
        else ("map_gradient",)
    )
