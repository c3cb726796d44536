"""A gallery of faults that people really make in a backward pass, and of decoys.

Each is a variant of one operation; put into the exact rule, everything else is right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.network import DENSE_SIZE, Floats, Tensors
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.variants import Variant


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to get an operation wrong, or one that only looks wrong.

    Attributes
    ----------
    name : str
        As the command line calls it.
    variant : Variant
        The operation, carried out that way; its name says in plain words what is done.
    in_gradient : bool
        Whether the derivatives that are held against differences of the loss are wrong, too.
    is_decoy : bool
        Whether it looks wrong and is right.
    """

    name: str
    variant: Variant
    in_gradient: bool = True
    is_decoy: bool = False

    @property
    def rule(self) -> Rule:
        """The exact rule with this in it."""
        return Rule(frozenset({self.variant}))

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The checks that see it."""
        if self.is_decoy:
            return ()
        return ("operation check", "gradient check") if self.in_gradient else ("operation check",)


def _slope(t: Tensors) -> Floats:
    return layers.sigmoid_derivative(t["a"])


def _map_gradient(t: Tensors) -> Floats:
    return layers.dense_backward(t["wo"], t["delta"]) * _slope(t)


def _dense_gradient(t: Tensors) -> Floats:
    return layers.dense_gradient(t["a"], t["delta"]) / t["delta"].size


def _filter_gradient(t: Tensors) -> Floats:
    return layers.correlate_gradient(t["P"], t["M"])


def _fault(
    name: str,
    operation: str,
    words: str,
    numpy: str,
    compute: Callable[[Tensors, float], Floats],
    *,
    in_gradient: bool = True,
    is_decoy: bool = False,
) -> Fault:
    """Return a fault in the last tensor that an operation writes; `numpy` is what it computes."""
    variant = Variant(operation, words, numpy, "", numpy, lambda t, lr: (compute(t, lr),))
    return Fault(name, variant, in_gradient, is_decoy)


def _delta_fault(name: str, words: str, line: str, compute: Callable[[Tensors], Floats]) -> Fault:
    """Return a fault in what `delta` does after its two factors."""
    numpy = f"error_wrt_output = -(y - o)\noutput_wrt_z = o * (1 - o)\n{line}"

    def all_three(t: Tensors, _: float) -> tuple[Floats, ...]:
        derivative = layers.squared_error_derivative(t["y"], t["o"])
        return derivative, layers.sigmoid_derivative(t["o"]), compute(t)

    return Fault(name, Variant("delta", words, line, "", numpy, all_three))


def _at_zs(t: Tensors) -> Floats:
    return layers.squared_error_derivative(t["y"], t["o"]) * layers.sigmoid_derivative(t["o"])


def _through_std(t: Tensors, at_zs: Floats) -> Floats:
    return layers.standardise_backward(at_zs, t["zs"], t["std"])


def _one_filter_updated(t: Tensors, learning_rate: float) -> Floats:
    f = t["f"].copy()
    f[:, :, 0] -= f.dtype.type(learning_rate) * t["dF"].sum(axis=0)
    return f


_CARRIED: Final = "(d - d.mean() - zs * (d * zs).mean()) / std"

FAULTS: Final = (
    _delta_fault(
        "sign-of-error",
        "the error has the other sign",
        f"d = (y - o) * o * (1 - o); delta = {_CARRIED}",
        lambda t: _through_std(t, -_at_zs(t)),
    ),
    _delta_fault(
        "no-slope-at-output",
        "σ′ is missing at the output",
        f"d = -(y - o); delta = {_CARRIED}",
        lambda t: _through_std(t, layers.squared_error_derivative(t["y"], t["o"])),
    ),
    _delta_fault(
        "slope-of-logit",
        "x (1 − x) is applied to ẑ, not to the output",
        f"d = -(y - o) * zs * (1 - zs); delta = {_CARRIED}",
        lambda t: _through_std(t, (t["o"] - t["y"]) * t["zs"] * (1 - t["zs"])),
    ),
    _delta_fault(
        "no-standardisation",
        "the derivative of the standardisation is taken for 1",
        "delta = -(y - o) * o * (1 - o)",
        _at_zs,
    ),
    _delta_fault(
        "mean-without-deviation",
        "the mean is subtracted, the deviation forgotten",
        "d = -(y - o) * o * (1 - o); delta = d - d.mean()",
        lambda t: _at_zs(t) - _at_zs(t).mean(),
    ),
    _fault(
        "factor-2",
        "dense_gradient",
        "a factor 2 is left over",
        "dW = 2 * a @ delta.T / delta.size",
        lambda t, _: 2 * _dense_gradient(t),
    ),
    _fault(
        "sum-for-mean",
        "dense_gradient",
        "the sum over images stands for their mean",
        "dW = a @ delta.T",
        lambda t, _: layers.dense_gradient(t["a"], t["delta"]),
    ),
    _fault(
        "mean-for-sum",
        "dense_gradient",
        "divided by the number of images twice",
        "dW = a @ delta.T / delta.size ** 2",
        lambda t, _: _dense_gradient(t) / t["delta"].size,
    ),
    _fault(
        "last-image-only",
        "dense_gradient",
        "= for +=: only the last image counts",
        "dW = a[:, -1:] * delta[:, -1:] / delta.size",
        lambda t, _: t["a"][:, -1:] * t["delta"][:, -1:] / t["delta"].size,
    ),
    _fault(
        "dense-climbs",
        "dense_update",
        "+ for −: the dense weights climb",
        "wo_next = wo + lr * dW",
        lambda t, lr: layers.gradient_step(t["wo"], t["dW"], -lr),
        in_gradient=False,
    ),
    _fault(
        "dense-never-updated",
        "dense_update",
        "the dense weights are never updated",
        "wo_next = wo.copy()",
        lambda t, _: t["wo"].copy(),
        in_gradient=False,
    ),
    _fault(
        "updated-weights",
        "map_gradient",
        "the updated dense weights carry the error back",
        "G = (wo_next @ delta) * a * (1 - a)",
        lambda t, _: layers.dense_backward(t["wo_next"], t["delta"]) * _slope(t),
    ),
    _fault(
        "no-slope-at-maps",
        "map_gradient",
        "σ′ is missing at the maps",
        "G = wo @ delta",
        lambda t, _: layers.dense_backward(t["wo"], t["delta"]),
    ),
    _fault(
        "slope-twice",
        "map_gradient",
        "σ′ is applied twice",
        "G = (wo @ delta) * (a * (1 - a)) ** 2",
        lambda t, _: _map_gradient(t) * _slope(t),
    ),
    _fault(
        "slope-with-plus",
        "map_gradient",
        "σ′ is written a + (1 − a), which is 1",
        "G = (wo @ delta) * (a + (1 - a))",
        lambda t, _: layers.dense_backward(t["wo"], t["delta"]) * (t["a"] + (1 - t["a"])),
    ),
    _fault(
        "mean-error",
        "average_over_images",
        "errors are averaged over the images before they meet them",
        "g = np.repeat(G.mean(axis=1, keepdims=True), G.shape[1], axis=1)",
        lambda t, _: np.repeat(t["G"].mean(axis=1, keepdims=True), t["G"].shape[1], axis=1),
    ),
    _fault(
        "filter-last",
        "reshape",
        "what is filter-major is read as filter-last",
        "M = g.reshape(24, 24, 3, -1)",
        lambda t, _: layers.reshape_row_column_filter(t["g"]),
    ),
    _fault(
        "map-transposed",
        "reshape",
        "rows and columns of the map are exchanged",
        "M = np.moveaxis(g.reshape(3, 24, 24, -1), 0, 2).transpose(1, 0, 2, 3)",
        lambda t, _: layers.unflatten(t["g"]).transpose(1, 0, 2, 3),
    ),
    _fault(
        "cut-to-shape",
        "reshape",
        "the first filter's part is repeated to fill the shape",
        "M = np.moveaxis(np.resize(g[:576], g.shape).reshape(3, 24, 24, -1), 0, 2)",
        lambda t, _: layers.unflatten(np.resize(t["g"][: DENSE_SIZE // 3], t["g"].shape)),
    ),
    _fault(
        "filter-rotated",
        "filter_gradient",
        "the correlation's arguments are exchanged, so the filter comes out rotated",
        "dF = np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2)))[:, ::-1, ::-1] / P.shape[2]",
        lambda t, _: _filter_gradient(t)[:, ::-1, ::-1],
    ),
    _fault(
        "filters-swapped",
        "filter_gradient",
        "filters get each other's gradients",
        "dF = np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2)))[[1, 2, 0]] / P.shape[2]",
        lambda t, _: _filter_gradient(t)[[1, 2, 0]],
    ),
    _fault(
        "window-off-by-one",
        "filter_gradient",
        "the window of pixels is off by one",
        "dF = np.tensordot(M, np.roll(P, 1, axis=0), axes=((0, 1, 3), (0, 1, 2))) / P.shape[2]",
        lambda t, _: layers.correlate_gradient(np.roll(t["P"], 1, axis=0), t["M"]),
    ),
    _fault(
        "first-image-only",
        "filter_gradient",
        "return inside the loop: only the first image counts",
        "dF = np.tensordot(M[..., :1], P[:, :, :1], axes=((0, 1, 3), (0, 1, 2)))",
        lambda t, _: layers.correlate_gradient(t["P"][:, :, :1], t["M"][..., :1]),
    ),
    _fault(
        "summed-over-filters",
        "filter_gradient",
        "gradients are summed over the filters",
        "dF = np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2))) / P.shape[2]\n"
        "dF = np.repeat(dF.sum(axis=0, keepdims=True), 3, axis=0)",
        lambda t, _: np.repeat(_filter_gradient(t).sum(axis=0, keepdims=True), 3, axis=0),
    ),
    _fault(
        "one-filter-updated",
        "filter_update",
        "one filter gets all the updates",
        "f_next = f.copy(); f_next[:, :, 0] -= lr * dF.sum(axis=0)",
        _one_filter_updated,
        in_gradient=False,
    ),
    _fault(
        "decoy-two-signs",
        "dense_update",
        "+ with a gradient that has been negated: two signs cancel",
        "wo_next = wo + lr * -dW",
        lambda t, lr: t["wo"] + t["wo"].dtype.type(lr) * -t["dW"],
        is_decoy=True,
    ),
    _fault(
        "decoy-slope-of-activation",
        "map_gradient",
        "x (1 − x), where x is the activation already",
        "G = a * (1 - a) * (wo @ delta)",
        lambda t, _: t["a"] * (1 - t["a"]) * layers.dense_backward(t["wo"], t["delta"]),
        is_decoy=True,
    ),
    _fault(
        "decoy-error-reversed",
        "error",
        "o − y for y − o, squared",
        "E = (o - y) ** 2 / 2",
        lambda t, _: layers.squared_error(t["o"], t["y"]),
        is_decoy=True,
    ),
)
"""The faults in the order of the backward pass, and then the decoys."""
