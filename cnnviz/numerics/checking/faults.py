"""A gallery of faults that people really make in a backward pass, and of decoys.

Each is a variant of one operation; put into the exact rule, everything else is right.
"""

from typing import Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.checking.fault import Fault, carried_delta_fault, delta_fault, fault
from cnnviz.numerics.network import DENSE_SIZE, Floats, Tensors


def _at_logits(t: Tensors) -> Floats:
    return layers.squared_error_derivative(t["y"], t["o"]) * layers.sigmoid_derivative(t["o"])


def _slope(t: Tensors) -> Floats:
    return layers.sigmoid_derivative(t["a"])


def _at_maps(t: Tensors) -> Floats:
    return layers.dense_backward(t["wo"], t["delta"])


def _dense_gradient(t: Tensors) -> Floats:
    return layers.dense_gradient(t["a"], t["delta"]) / t["delta"].size


def _filter_gradient(t: Tensors) -> Floats:
    return layers.correlate_gradient(t["P"], t["M"])


def _over_wrong_axis(t: Tensors) -> Floats:
    d, zs = _at_logits(t), t["zs"]
    delta: Floats = (d - d.mean(axis=0) - zs * (d * zs).mean(axis=0)) / t["std"]
    return delta


def _aliased(t: Tensors, learning_rate: float) -> Floats:
    sums = t["wo"] + t["dW"]
    return sums - sums.dtype.type(learning_rate) * sums


def _last_image(t: Tensors) -> Floats:
    n = t["P"].shape[2]
    dF: Floats = layers.correlate_gradient(t["P"][:, :, -1:], t["M"][..., -1:]) / n
    return dF


def _one_filter_updated(t: Tensors, learning_rate: float) -> Floats:
    f = t["f"].copy()
    f[:, :, 0] -= f.dtype.type(learning_rate) * t["dF"].sum(axis=0)
    return f


_SUM: Final = r"\sum_k \sum_{r,c} "
_STEP: Final = r"\mathrm{wo}'_j = "
_TENSORDOT: Final = "np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2)))"

FAULTS: Final = (
    carried_delta_fault(
        "sign-of-error",
        "the error has the other sign",
        lambda t: -_at_logits(t),
        d="(y − o) · o · (1 − o)",
        latex=r"(y_k - o_k) \, o_k \, (1 - o_k)",
        numpy="(y - o) * o * (1 - o)",
    ),
    carried_delta_fault(
        "no-slope-at-output",
        "σ′ is missing at the output",
        lambda t: layers.squared_error_derivative(t["y"], t["o"]),
        d="−(y − o)",
        latex=r"{-}(y_k - o_k)",
        numpy="-(y - o)",
    ),
    carried_delta_fault(
        "slope-of-logit",
        "x (1 − x) is applied to ẑ, not to the output",
        lambda t: (t["o"] - t["y"]) * t["zs"] * (1 - t["zs"]),
        d="−(y − o) · ẑ · (1 − ẑ)",
        latex=r"{-}(y_k - o_k) \, \hat{z}_k \, (1 - \hat{z}_k)",
        numpy="-(y - o) * zs * (1 - zs)",
    ),
    delta_fault(
        "no-standardisation",
        "the derivative of the standardisation is taken for 1",
        _at_logits,
        formula="δ = −(y − o) · o · (1 − o)",
        latex=r"\delta_k = {-}(y_k - o_k) \, o_k \, (1 - o_k)",
        numpy="delta = -(y - o) * o * (1 - o)",
    ),
    delta_fault(
        "mean-without-deviation",
        "the mean is subtracted, the deviation forgotten",
        lambda t: _at_logits(t) - _at_logits(t).mean(),
        formula="δ = d − mean d, d = −(y − o) · o · (1 − o)",
        latex=r"\delta_k = d_k - \mathrm{mean}\,d, \quad d_k = {-}(y_k - o_k) \, o_k \, (1 - o_k)",
        numpy="d = -(y - o) * o * (1 - o)\ndelta = d - d.mean()",
    ),
    delta_fault(
        "wrong-axis",
        "the standardisation's means are taken over the wrong axis",
        _over_wrong_axis,
        formula="δ = (d − d − ẑ · d ẑ) / std z, d = −(y − o) · o · (1 − o)",
        latex=(
            r"\delta_k = \frac{d_k - d_k - \hat{z}_k \, d_k \hat{z}_k}{\mathrm{std}\,z}, \quad "
            r"d_k = {-}(y_k - o_k) \, o_k \, (1 - o_k)"
        ),
        numpy=(
            "d = -(y - o) * o * (1 - o)\n"
            "delta = (d - d.mean(axis=0) - zs * (d * zs).mean(axis=0)) / std"
        ),
    ),
    fault(
        "factor-2",
        "dense_gradient",
        "a factor 2 is left over",
        lambda t, _: 2 * _dense_gradient(t),
        formula="dW = (2/n) a δᵀ",
        latex=r"\mathrm{dW}_j = \frac{2}{n} \sum_k a_{j,k} \, \delta_k",
        numpy="dW = 2 * a @ delta.T / delta.size",
    ),
    fault(
        "sum-for-mean",
        "dense_gradient",
        "the sum over images stands for their mean",
        lambda t, _: layers.dense_gradient(t["a"], t["delta"]),
        formula="dW = a δᵀ",
        latex=r"\mathrm{dW}_j = \sum_k a_{j,k} \, \delta_k",
        numpy="dW = a @ delta.T",
    ),
    fault(
        "mean-for-sum",
        "dense_gradient",
        "divided by the number of images twice",
        lambda t, _: _dense_gradient(t) / t["delta"].size,
        formula="dW = (1/n²) a δᵀ",
        latex=r"\mathrm{dW}_j = \frac{1}{n^2} \sum_k a_{j,k} \, \delta_k",
        numpy="dW = a @ delta.T / delta.size ** 2",
    ),
    fault(
        "last-image-only",
        "dense_gradient",
        "only the last image counts",
        lambda t, _: t["a"][:, -1:] * t["delta"][:, -1:] / t["delta"].size,
        formula="dW = (1/n) a[:, n−1] δ[n−1]",
        latex=r"\mathrm{dW}_j = \frac{1}{n} a_{j,n-1} \, \delta_{n-1}",
        numpy="dW = a[:, -1:] * delta[:, -1:] / delta.size",
    ),
    fault(
        "gradient-kept",
        "dense_gradient",
        "the gradient of the last iteration is kept, and added to",
        lambda t, _: t.get("dW_last", 0) + _dense_gradient(t),
        formula="dW = dW of the last iteration + (1/n) a δᵀ",
        latex=(
            r"\mathrm{dW}_j = \mathrm{dW}^{\mathrm{last}}_j "
            r"+ \frac{1}{n} \sum_k a_{j,k} \, \delta_k"
        ),
        numpy="dW = dW_last + a @ delta.T / delta.size",
        more_reads=("dW_last",),
    ),
    fault(
        "dense-climbs",
        "dense_update",
        "+ for −: the dense weights climb",
        lambda t, lr: layers.gradient_step(t["wo"], t["dW"], -lr),
        formula="wo ← wo + η dW",
        latex=_STEP + r"\mathrm{wo}_j + \eta \, \mathrm{dW}_j",
        numpy="wo_next = wo + lr * dW",
        in_gradient=False,
    ),
    fault(
        "dense-never-updated",
        "dense_update",
        "the dense weights are never updated",
        lambda t, _: t["wo"].copy(),
        formula="wo ← wo",
        latex=_STEP + r"\mathrm{wo}_j",
        numpy="wo_next = wo.copy()",
        in_gradient=False,
    ),
    fault(
        "accumulator-aliased",
        "dense_update",
        "the sum of gradients is the weights themselves, for want of a copy",
        _aliased,
        formula="wo ← (wo + dW) − η (wo + dW)",
        latex=_STEP + r"(\mathrm{wo}_j + \mathrm{dW}_j) - \eta \, (\mathrm{wo}_j + \mathrm{dW}_j)",
        numpy="wo_next = wo.copy()\nsums = wo_next\nsums += dW\nwo_next -= lr * sums",
        in_gradient=False,
    ),
    fault(
        "updated-weights",
        "map_gradient",
        "the updated dense weights carry the error back",
        lambda t, _: layers.dense_backward(t["wo_next"], t["delta"]) * _slope(t),
        formula="G = (wo′ δ) ⊙ a ⊙ (1 − a)",
        latex=r"G_{j,k} = \mathrm{wo}'_j \, \delta_k \, a_{j,k} \, (1 - a_{j,k})",
        numpy="G = (wo_next @ delta) * a * (1 - a)",
    ),
    fault(
        "no-slope-at-maps",
        "map_gradient",
        "σ′ is missing at the maps",
        lambda t, _: _at_maps(t),
        formula="G = wo δ",
        latex=r"G_{j,k} = \mathrm{wo}_j \, \delta_k",
        numpy="G = wo @ delta",
    ),
    fault(
        "slope-twice",
        "map_gradient",
        "σ′ is applied twice",
        lambda t, _: _at_maps(t) * _slope(t) * _slope(t),
        formula="G = (wo δ) ⊙ (a ⊙ (1 − a))²",
        latex=r"G_{j,k} = \mathrm{wo}_j \, \delta_k \, (a_{j,k} \, (1 - a_{j,k}))^2",
        numpy="G = (wo @ delta) * (a * (1 - a)) ** 2",
    ),
    fault(
        "slope-with-plus",
        "map_gradient",
        "σ′ is written a + (1 − a), which is 1",
        lambda t, _: _at_maps(t) * (t["a"] + (1 - t["a"])),
        formula="G = (wo δ) ⊙ (a + (1 − a))",
        latex=r"G_{j,k} = \mathrm{wo}_j \, \delta_k \, (a_{j,k} + (1 - a_{j,k}))",
        numpy="G = (wo @ delta) * (a + (1 - a))",
    ),
    fault(
        "slope-of-preactivation",
        "map_gradient",
        "x (1 − x) is applied to C, not to the activation",
        lambda t, _: _at_maps(t) * layers.sigmoid_derivative(layers.flatten(t["C"])),
        formula="G = (wo δ) ⊙ C ⊙ (1 − C), with C flattened",
        latex=r"G_{j,k} = \mathrm{wo}_j \, \delta_k \, C_{k,i,r,c} \, (1 - C_{k,i,r,c})",
        numpy="c = C.reshape(len(C), 1728).T\nG = (wo @ delta) * (c * (1 - c))",
        more_reads=("C",),
    ),
    fault(
        "mean-error",
        "average_over_images",
        "errors are averaged over the images before they meet them",
        lambda t, _: np.repeat(t["G"].mean(axis=1, keepdims=True), t["G"].shape[1], axis=1),
        formula="g = mean over images of G, for each image",
        latex=r"g_{j,k} = \frac{1}{n} \sum_l G_{j,l}",
        numpy="g = np.repeat(G.mean(axis=1, keepdims=True), G.shape[1], axis=1)",
    ),
    fault(
        "filter-last",
        "reshape",
        "what is filter-major is read as filter-last",
        lambda t, _: layers.reshape_row_column_filter(t["g"]),
        formula="M[r, c, i, k] = g[(r·24 + c)·3 + i, k]",
        latex=r"M_{r,c,i,k} = g_{3 (24 r + c) + i,k}",
        numpy="M = g.reshape(24, 24, 3, -1)",
    ),
    fault(
        "map-transposed",
        "reshape",
        "rows and columns of the map are exchanged",
        lambda t, _: layers.unflatten(t["g"]).transpose(1, 0, 2, 3),
        formula="M[r, c, i, k] = g[i·576 + c·24 + r, k]",
        latex=r"M_{r,c,i,k} = g_{576 i + 24 c + r,k}",
        numpy="M = np.moveaxis(g.reshape(3, 24, 24, -1), 0, 2).transpose(1, 0, 2, 3)",
    ),
    fault(
        "cut-to-shape",
        "reshape",
        "the first filter's part is repeated to fill the shape",
        lambda t, _: layers.unflatten(np.resize(t["g"][: DENSE_SIZE // 3], t["g"].shape)),
        formula="M[r, c, i, k] = g[r·24 + c, k]",
        latex=r"M_{r,c,i,k} = g_{24 r + c,k}",
        numpy="M = np.moveaxis(np.resize(g[:576], g.shape).reshape(3, 24, 24, -1), 0, 2)",
    ),
    fault(
        "filter-rotated",
        "filter_gradient",
        "the correlation's arguments are exchanged, so the filter comes out rotated",
        lambda t, _: _filter_gradient(t)[:, ::-1, ::-1],
        formula="dF[i, 4−u, 4−v] = (1/n) Σ_k Σ_{r,c} X[u+r, v+c, k] · M[r, c, i, k]",
        latex=r"\mathrm{dF}_{i,4-u,4-v} = \frac{1}{n} "
        + _SUM
        + r"X_{u+r,\,v+c,\,k} \, M_{r,c,i,k}",
        numpy=f"dF = {_TENSORDOT}[:, ::-1, ::-1] / P.shape[2]",
    ),
    fault(
        "filter-turned",
        "filter_gradient",
        "the filter's gradient is turned by 90°",
        lambda t, _: np.rot90(_filter_gradient(t), axes=(1, 2)),
        formula="dF[i, 4−v, u] = (1/n) Σ_k Σ_{r,c} X[u+r, v+c, k] · M[r, c, i, k]",
        latex=r"\mathrm{dF}_{i,4-v,u} = \frac{1}{n} " + _SUM + r"X_{u+r,\,v+c,\,k} \, M_{r,c,i,k}",
        numpy=f"dF = np.rot90({_TENSORDOT}, axes=(1, 2)) / P.shape[2]",
    ),
    fault(
        "filters-swapped",
        "filter_gradient",
        "filters get each other's gradients",
        lambda t, _: _filter_gradient(t)[[1, 2, 0]],
        formula="dF[i−1, u, v] = (1/n) Σ_k Σ_{r,c} X[u+r, v+c, k] · M[r, c, i, k]",
        latex=r"\mathrm{dF}_{i-1,u,v} = \frac{1}{n} " + _SUM + r"X_{u+r,\,v+c,\,k} \, M_{r,c,i,k}",
        numpy=f"dF = {_TENSORDOT}[[1, 2, 0]] / P.shape[2]",
    ),
    fault(
        "window-off-by-one",
        "filter_gradient",
        "the window of pixels is off by one",
        lambda t, _: layers.correlate_gradient(np.roll(t["P"], 1, axis=0), t["M"]),
        formula="dF[i, u, v] = (1/n) Σ_k Σ_{r,c} X[u+r−1, v+c, k] · M[r, c, i, k]",
        latex=r"\mathrm{dF}_{i,u,v} = \frac{1}{n} " + _SUM + r"X_{u+r-1,\,v+c,\,k} \, M_{r,c,i,k}",
        numpy=f"dF = {_TENSORDOT.replace('P', 'np.roll(P, 1, axis=0)')} / P.shape[2]",
    ),
    fault(
        "first-image-only",
        "filter_gradient",
        "return inside the loop: only the first image counts",
        lambda t, _: layers.correlate_gradient(t["P"][:, :, :1], t["M"][..., :1]),
        formula="dF[i, u, v] = Σ_{r,c} X[u+r, v+c, 0] · M[r, c, i, 0]",
        latex=r"\mathrm{dF}_{i,u,v} = \sum_{r,c} X_{u+r,\,v+c,\,0} \, M_{r,c,i,0}",
        numpy="dF = np.tensordot(M[..., :1], P[:, :, :1], axes=((0, 1, 3), (0, 1, 2)))",
    ),
    fault(
        "assigned-not-added",
        "filter_gradient",
        "= for +=: each image's gradient replaces those before",
        lambda t, _: _last_image(t),
        formula="dF[i, u, v] = (1/n) Σ_{r,c} X[u+r, v+c, n−1] · M[r, c, i, n−1]",
        latex=(
            r"\mathrm{dF}_{i,u,v} = \frac{1}{n} \sum_{r,c} X_{u+r,\,v+c,\,n-1} \, M_{r,c,i,n-1}"
        ),
        numpy=(
            "for k in range(P.shape[2]):\n"
            "    dF = np.tensordot(M[..., k], P[:, :, k], axes=((0, 1), (0, 1))) / P.shape[2]"
        ),
    ),
    fault(
        "summed-over-filters",
        "filter_gradient",
        "gradients are summed over the filters",
        lambda t, _: np.repeat(_filter_gradient(t).sum(axis=0, keepdims=True), 3, axis=0),
        formula="dF[i, u, v] = (1/n) Σ_k Σ_j Σ_{r,c} X[u+r, v+c, k] · M[r, c, j, k]",
        latex=(
            r"\mathrm{dF}_{i,u,v} = \frac{1}{n} \sum_k \sum_j \sum_{r,c} "
            r"X_{u+r,\,v+c,\,k} \, M_{r,c,j,k}"
        ),
        numpy=(
            f"dF = {_TENSORDOT} / P.shape[2]\n"
            "dF = np.repeat(dF.sum(axis=0, keepdims=True), 3, axis=0)"
        ),
    ),
    fault(
        "one-filter-updated",
        "filter_update",
        "one filter gets all the updates",
        _one_filter_updated,
        formula="f[:, :, 0] ← f[:, :, 0] − η Σ_i dF[i]",
        latex=r"f'_{u,v,0} = f_{u,v,0} - \eta \sum_i \mathrm{dF}_{i,u,v}",
        numpy="f_next = f.copy()\nf_next[:, :, 0] -= lr * dF.sum(axis=0)",
        in_gradient=False,
    ),
    fault(
        "decoy-two-signs",
        "dense_update",
        "+ with a gradient that has been negated: two signs cancel",
        lambda t, lr: t["wo"] + t["wo"].dtype.type(lr) * -t["dW"],
        formula="wo ← wo + η (−dW)",
        latex=_STEP + r"\mathrm{wo}_j + \eta \, ({-}\mathrm{dW}_j)",
        numpy="wo_next = wo + lr * -dW",
        is_decoy=True,
    ),
    fault(
        "decoy-slope-of-activation",
        "map_gradient",
        "x (1 − x), where x is the activation already",
        lambda t, _: t["a"] * (1 - t["a"]) * _at_maps(t),
        formula="G = a ⊙ (1 − a) ⊙ (wo δ)",
        latex=r"G_{j,k} = a_{j,k} \, (1 - a_{j,k}) \, \mathrm{wo}_j \, \delta_k",
        numpy="G = a * (1 - a) * (wo @ delta)",
        is_decoy=True,
    ),
    fault(
        "decoy-error-reversed",
        "error",
        "o − y for y − o, squared",
        lambda t, _: layers.squared_error(t["o"], t["y"]),
        formula="E = (o − y)² / 2",
        latex=r"E_k = \frac{(o_k - y_k)^2}{2}",
        numpy="E = (o - y) ** 2 / 2",
        is_decoy=True,
    ),
)
"""The faults in the order of the backward pass, and then the decoys."""

FAULT_NAMED: Final[dict[str, Fault]] = {one.name: one for one in FAULTS}
