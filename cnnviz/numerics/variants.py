"""The variants of each operation: the right one, and the notebook's if it is another.

A variant is one way to carry out an operation: its formula, its LaTeX, its plain numpy and its
computation stand together. The numbered comments are the steps of the notebook. What is as large
as all the feature maps is made block by block of images, so that no variant needs much memory
beside its result.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.network import Floats, Tensors

OF_LAST: Final = "_last"
"""The ending of the name of a tensor of the last iteration."""
Switch = Literal["scale", "standardisation", "update-order", "pairing", "layout"]
"""One of the notebook's five departures from the gradient."""


@dataclass(frozen=True, slots=True)
class Variant:
    r"""One way to carry out an operation."""

    operation: str
    """Name of the operation."""
    name: str
    """A short description; no other variant of the operation has the same."""
    formula: str = field(compare=False)
    """Its formula on one line of text, in the notebook's array names."""
    latex: str = field(compare=False)
    """The same in LaTeX; keeps to letters, indices, fractions, roots and sums, which small
    renderers know too."""
    numpy: str = field(compare=False)
    """The same in plain numpy, for all images at once; equal to `compute` within rounding. ``np``
    is numpy, ``lr`` is η, and ``sliding_window_view`` is that of ``numpy.lib.stride_tricks``."""
    compute: Callable[[Tensors, float], tuple[Floats, ...]] = field(compare=False)
    """``compute(tensors, learning_rate)`` returns the tensors that the operation writes, in the
    order of its `writes`. Pure."""
    switches: frozenset[Switch] = field(default=frozenset(), compare=False)
    """The switches of the rule that choose it by being off."""
    more_reads: tuple[str, ...] = field(default=(), compare=False)
    """Tensors that it reads besides those of its operation. One that ends in ``_last`` is that of
    the last iteration, which is missing in the first."""

    @property
    def label(self) -> str:
        """Its name within a sentence."""
        return f"“{self.name}”"


def _activations(C: Floats) -> Floats:
    A = np.empty_like(C)
    for block in blocks_of(len(C)):
        A[block] = layers.sigmoid(C[block])
    return A


def _delta(t: Tensors) -> tuple[Floats, ...]:
    error_wrt_output = layers.squared_error_derivative(t["y"], t["o"])
    output_wrt_z = layers.sigmoid_derivative(t["o"])
    return error_wrt_output, output_wrt_z, error_wrt_output * output_wrt_z


def _delta_at_z(t: Tensors) -> tuple[Floats, ...]:
    *factors, delta = _delta(t)
    return *factors, layers.standardise_backward(delta, t["zs"], t["std"])


def _map_gradient(t: Tensors, weights: Floats) -> Floats:
    G = np.empty_like(t["a"])
    for block in blocks_of(t["delta"].size):
        at_units = layers.dense_backward(weights, t["delta"][:, block])
        G[:, block] = at_units * layers.sigmoid_derivative(t["a"][:, block])
    return G


# The forward pass

PATCHES: Final = Variant(
    "patches",
    "all receptive fields",
    formula="P[r, c, k, u, v] = X[r+u, c+v, k]",
    latex=r"P_{r,c,k,u,v} = X_{r+u,\,c+v,\,k}",
    numpy="P = sliding_window_view(X, (5, 5), axis=(0, 1))",
    compute=lambda t, _: (layers.patches(t["X"]),),
)
CORRELATE: Final = Variant(  # 1
    "correlate",
    "valid cross-correlation",
    formula="C[k, i, r, c] = Σ_{u,v} P[r, c, k, u, v] · f[u, v, i]",
    latex=r"C_{k,i,r,c} = \sum_{u,v} P_{r,c,k,u,v} \, f_{u,v,i}",
    numpy="C = np.tensordot(P, f, axes=((3, 4), (0, 1))).transpose(2, 3, 0, 1)",
    compute=lambda t, _: (layers.correlate(t["P"], t["f"]),),
)
SIGMOID: Final = Variant(  # 2
    "sigmoid",
    "logistic sigmoid",
    formula="A = σ(C)",
    latex=r"A = \sigma(C) = \frac{1}{1 + e^{-C}}",
    numpy="A = 1 / (1 + np.exp(-C))",
    compute=lambda t, _: (_activations(t["C"]),),
)
FLATTEN: Final = Variant(  # 3
    "flatten",
    "filter by filter",
    formula="a[i·576 + r·24 + c, k] = A[k, i, r, c]",
    latex=r"a_{576 i + 24 r + c,\,k} = A_{k,i,r,c}",
    numpy="a = A.reshape(len(A), 1728).T",
    compute=lambda t, _: (layers.flatten(t["A"]),),
)
DENSE: Final = Variant(  # 4
    "dense",
    "weighted sum",
    formula="z = woᵀ a",
    latex=r"z_k = \sum_j \mathrm{wo}_j \, a_{j,k}",
    numpy="z = wo.T @ a",
    compute=lambda t, _: (layers.dense(t["a"], t["wo"]),),
)
STANDARDISE: Final = Variant(  # 5
    "standardise",
    "over the batch",
    formula="ẑ = (z − mean z) / std z",
    latex=(
        r"\hat{z}_k = \frac{z_k - \mathrm{mean}\,z}{\mathrm{std}\,z}, \quad "
        r"\mathrm{std}\,z = \sqrt{\frac{1}{n} \sum_k (z_k - \mathrm{mean}\,z)^2}"
    ),
    numpy="""\
mean = z.mean(keepdims=True)
std = z.std(keepdims=True)
zs = (z - mean) / std""",
    compute=lambda t, _: layers.standardise(t["z"]),
)
OUTPUT: Final = Variant(  # 6
    "output",
    "logistic sigmoid",
    formula="o = σ(ẑ)",
    latex=r"o_k = \sigma(\hat{z}_k) = \frac{1}{1 + e^{-\hat{z}_k}}",
    numpy="o = 1 / (1 + np.exp(-zs))",
    compute=lambda t, _: (layers.sigmoid(t["zs"]),),
)
ERROR: Final = Variant(  # 7
    "error",
    "half the squared distance",
    formula="E = (y − o)² / 2",
    latex=r"E_k = \frac{(y_k - o_k)^2}{2}",
    numpy="E = (y - o) ** 2 / 2",
    compute=lambda t, _: (layers.squared_error(t["y"], t["o"]),),
)

# The backward pass

_SLOPE: Final = r"{-}(y_k - o_k) \, o_k \, (1 - o_k)"
_DELTA_NUMPY: Final = """\
error_wrt_output = -(y - o)
output_wrt_z = o * (1 - o)
delta = error_wrt_output * output_wrt_z"""

DELTA_AT_Z: Final = Variant(
    "delta",
    "carried back through the standardisation",
    formula="δ = (d − mean d − ẑ · mean(d ẑ)) / std z, d = −(y − o) · o · (1 − o)",
    latex=(
        r"\delta_k = \frac{d_k - \mathrm{mean}\,d - \hat{z}_k \, \mathrm{mean}(d \hat{z})}"
        rf"{{\mathrm{{std}}\,z}}, \quad d_k = {_SLOPE}"
    ),
    numpy=f"""\
{_DELTA_NUMPY}
delta = (delta - delta.mean() - zs * (delta * zs).mean()) / std""",
    compute=lambda t, _: _delta_at_z(t),
)
DELTA_AT_ZS: Final = Variant(  # 8
    "delta",
    "the derivative of the standardisation taken for 1",
    formula="δ = −(y − o) · o · (1 − o)",
    latex=rf"\delta_k = {_SLOPE}",
    numpy=_DELTA_NUMPY,
    compute=lambda t, _: _delta(t),
    switches=frozenset({"standardisation"}),
)
MEAN_DENSE_GRADIENT: Final = Variant(
    "dense_gradient",
    "mean over images",
    formula="dW = (1/n) a δᵀ",
    latex=r"\mathrm{dW}_j = \frac{1}{n} \sum_k a_{j,k} \, \delta_k",
    numpy="dW = a @ delta.T / delta.size",
    compute=lambda t, _: (layers.dense_gradient(t["a"], t["delta"]) / t["delta"].size,),
)
SUMMED_DENSE_GRADIENT: Final = Variant(  # 9
    "dense_gradient",
    "sum over images",
    formula="dW = a δᵀ",
    latex=r"\mathrm{dW}_j = \sum_k a_{j,k} \, \delta_k",
    numpy="dW = a @ delta.T",
    compute=lambda t, _: (layers.dense_gradient(t["a"], t["delta"]),),
    switches=frozenset({"scale"}),
)
DENSE_UPDATE: Final = Variant(  # 10
    "dense_update",
    "gradient step",
    formula="wo ← wo − η dW",
    latex=r"\mathrm{wo}'_j = \mathrm{wo}_j - \eta \, \mathrm{dW}_j",
    numpy="wo_next = wo - lr * dW",
    compute=lambda t, lr: (layers.gradient_step(t["wo"], t["dW"], lr),),
)
FORWARD_WEIGHTS: Final = Variant(
    "map_gradient",
    "with the dense weights of the forward pass",
    formula="G = (wo δ) ⊙ a ⊙ (1 − a)",
    latex=r"G_{j,k} = \mathrm{wo}_j \, \delta_k \, a_{j,k} \, (1 - a_{j,k})",
    numpy="G = (wo @ delta) * (a * (1 - a))",
    compute=lambda t, _: (_map_gradient(t, t["wo"]),),
)
UPDATED_WEIGHTS: Final = Variant(  # 11
    "map_gradient",
    "with the updated dense weights",
    formula="G = (wo′ δ) ⊙ a ⊙ (1 − a)",
    latex=r"G_{j,k} = \mathrm{wo}'_j \, \delta_k \, a_{j,k} \, (1 - a_{j,k})",
    numpy="G = (wo_next @ delta) * (a * (1 - a))",
    compute=lambda t, _: (_map_gradient(t, t["wo_next"]),),
    switches=frozenset({"update-order"}),
)
EACH_IMAGE: Final = Variant(
    "average_over_images",
    "each image by itself",
    formula="g = G",
    latex=r"g_{j,k} = G_{j,k}",
    numpy="g = G",
    compute=lambda t, _: (t["G"],),
)
MEAN_OVER_IMAGES: Final = Variant(  # 12
    "average_over_images",
    "mean over images",
    formula="g = mean over images of G",
    latex=r"g_j = \frac{1}{n} \sum_k G_{j,k}",
    numpy="g = G.mean(axis=1)",
    compute=lambda t, _: (t["G"].mean(axis=1),),
    switches=frozenset({"pairing"}),
)
RESHAPE: Final = Variant(
    "reshape",
    "as (filter, row, column)",
    formula="M[r, c, i, k] = g[i·576 + r·24 + c, k]",
    latex=r"M_{r,c,i,k} = g_{576 i + 24 r + c,k}",
    numpy="M = np.moveaxis(g.reshape(3, 24, 24, -1), 0, 2)",
    compute=lambda t, _: (layers.unflatten(t["g"]),),
)
RESHAPE_MEAN: Final = Variant(
    "reshape",
    "the mean as (filter, row, column)",
    formula="M[r, c, i] = g[i·576 + r·24 + c]",
    latex=r"M_{r,c,i} = g_{576 i + 24 r + c}",
    numpy="M = np.moveaxis(g.reshape(3, 24, 24), 0, 2)",
    compute=lambda t, _: (layers.unflatten(t["g"]),),
    switches=frozenset({"pairing"}),
)
MISREAD: Final = Variant(
    "reshape",
    "as (row, column, filter)",
    formula="M[r, c, i, k] = g[(r·24 + c)·3 + i, k]",
    latex=r"M_{r,c,i,k} = g_{3 (24 r + c) + i,k}",
    numpy="M = g.reshape(24, 24, 3, -1)",
    compute=lambda t, _: (layers.reshape_row_column_filter(t["g"]),),
    switches=frozenset({"layout"}),
)
MISREAD_MEAN: Final = Variant(  # 13
    "reshape",
    "the mean as (row, column, filter)",
    formula="M[r, c, i] = g[(r·24 + c)·3 + i]",
    latex=r"M_{r,c,i} = g_{3 (24 r + c) + i}",
    numpy="M = g.reshape(24, 24, 3)",
    compute=lambda t, _: (layers.reshape_row_column_filter(t["g"]),),
    switches=frozenset({"pairing", "layout"}),
)
PAIRED_FILTER_GRADIENT: Final = Variant(
    "filter_gradient",
    "each image with its own map",
    formula="dF[i, u, v] = (1/n) Σ_k Σ_{r,c} X[u+r, v+c, k] · M[r, c, i, k]",
    latex=(r"\mathrm{dF}_{i,u,v} = \frac{1}{n} \sum_k \sum_{r,c} X_{u+r,\,v+c,\,k} \, M_{r,c,i,k}"),
    numpy="dF = np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2))) / P.shape[2]",
    compute=lambda t, _: (layers.correlate_gradient(t["P"], t["M"]),),
)
UNPAIRED_FILTER_GRADIENT: Final = Variant(  # 14
    "filter_gradient",
    "every image with the mean map",
    formula="dF[i, u, v] = (1/n) Σ_k Σ_{r,c} X[u+r, v+c, k] · M[r, c, i]",
    latex=r"\mathrm{dF}_{i,u,v} = \frac{1}{n} \sum_k \sum_{r,c} X_{u+r,\,v+c,\,k} \, M_{r,c,i}",
    numpy="dF = np.tensordot(M, P, axes=((0, 1), (0, 1))).sum(axis=1) / P.shape[2]",
    compute=lambda t, _: (layers.correlate_gradient(t["P"], t["M"]),),
    switches=frozenset({"pairing"}),
)
FILTER_UPDATE: Final = Variant(  # 15
    "filter_update",
    "gradient step",
    formula="f ← f − η dF",
    latex=r"f'_{u,v,i} = f_{u,v,i} - \eta \, \mathrm{dF}_{i,u,v}",
    numpy="f_next = f - lr * dF.transpose(1, 2, 0)",
    compute=lambda t, lr: (layers.gradient_step(t["f"], t["dF"].transpose(1, 2, 0), lr),),
)

DEPARTURES: Final = (
    DELTA_AT_ZS,
    SUMMED_DENSE_GRADIENT,
    UPDATED_WEIGHTS,
    MEAN_OVER_IMAGES,
    RESHAPE_MEAN,
    MISREAD,
    MISREAD_MEAN,
    UNPAIRED_FILTER_GRADIENT,
)
"""The variants that are not the right ones: the notebook's five departures, alone and together."""
