"""A number without some of its causes, computed again in the network.

From the first operation in which a cause acts, everything up to the number is computed again with
the cause taken out: a slope is ¼ wherever it acts, and images that cancel each other no longer do.
Everything before stays as it is. `WITHOUT` says what each cause is replaced by.
"""

from collections.abc import Callable, Collection
from typing import Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.explain.backward import unit_and_image, units_read
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.explain.logit_contributions import logit_contributions
from cnnviz.numerics.explain.mean import of_images
from cnnviz.numerics.network import Floats
from cnnviz.numerics.why.chain import Cause

WITHOUT: Final[dict[Cause, str]] = {
    "pixel": "the pixel is full ink",
    "ink": "every pixel of the window is full ink",
    "filter weights": "every weight of the filter has size 1",
    "activations": "all units of the image are fully on",
    "dense weights": "every dense weight has size 1",
    "products": "no product cancels another",
    "size": "the size is 1 in every image",
    "images": "no image cancels another",
    "distance from the mean": "the image's units lie as far from the means as is usual",
    "units": "no unit cancels another",
    "error": "the output is as far from its target as it can be",
    "distance": "outputs are as far from their targets as they can be",
    "output slope": "the slope of the output is ¼",
    "standardisation": "nothing is taken away by the standardisation",
    "deviation": "the deviation of z is 1",
    "count": "the images are averaged",
    "unit": "the unit is fully on in every image",
    "growth": "the dense weights of the forward pass are used",
    "unit slope": "the slope of the units is ¼",
    "positions": "no position cancels another",
    "learning rate": "η is 1",
}
"""The computation in place of each cause."""
_Causes = Collection[Cause]


def without(entry: Entry, causes: _Causes, mean_over: int | None = None) -> float:
    """Return the value of an entry without some of its causes; the entry itself without none.

    Raises KeyError if a tensor is missing, or nothing is known of what made the entry.

    Parameters
    ----------
    entry : Entry
        With all tensors that were computed before its own.
    causes : collection of str
        Of the factors that `why` finds for it.
    mean_over : int or None
        The tensor's axis of images, for the mean along it.
    """
    with np.errstate(all="ignore"):
        if mean_over is not None:
            return _mean_of(of_images(entry, mean_over), causes)
        return float(_COMPUTED[entry.tensor](entry, causes))


def _mean_of(values: Numbers, causes: _Causes) -> float:
    """Return the mean of any number over the images; that of E is the loss."""
    if "error" in causes:
        return 0.5
    return _sum(np.sign(values) if "size" in causes else values, "images", causes) / len(values)


def _sum(terms: Numbers, cause: Cause, causes: _Causes) -> float:
    """Return a sum, in which no term cancels another if the cause is left out."""
    total = float(terms.sum())
    return float(np.copysign(np.abs(terms).sum(), total)) if cause in causes else total


# The forward pass


def _pixel(entry: Entry, causes: _Causes) -> float:
    return 1.0 if "pixel" in causes else entry.value


def _correlation(entry: Entry, causes: _Causes) -> float:
    ink, weights = entry.patch_and_filter
    if "ink" in causes:
        ink = np.ones_like(ink)
    if "filter weights" in causes:
        weights = np.sign(weights)
    total = _sum(ink * weights, "products", causes)
    return total if entry.tensor == "C" else float(layers.sigmoid(np.array(total)))


def _dense(entry: Entry, causes: _Causes) -> float:
    units, weights = (
        entry["a"][:, entry.index[1]].astype(np.float64),
        entry["wo"][:, 0].astype(np.float64),
    )
    if "activations" in causes:
        units = np.ones_like(units)
    if "dense weights" in causes:
        weights = np.sign(weights)
    return _sum(units * weights, "products", causes)


def _mean(entry: Entry, causes: _Causes) -> float:
    return _mean_of(entry["z"][0].astype(np.float64), causes)


def _std(entry: Entry, causes: _Causes) -> float:
    z = entry["z"].astype(np.float64)
    return float((np.sign(z) if "size" in causes else z).std())


def _standardised(entry: Entry, causes: _Causes) -> float:
    """Move the image's z, and standardise the whole batch again."""
    k, z = entry.index[1], entry["z"].astype(np.float64)
    contributions = logit_contributions(entry, k)
    if contributions is not None and causes:
        distance = float(contributions.maps.sum())
        if "units" in causes:
            distance = float(np.copysign(contributions.size, distance))
        if "distance from the mean" in causes and contributions.size:
            distance *= contributions.usual / contributions.size
        z[0, k] = entry.at("mean", 0, 0) + distance * entry.at("std", 0, 0)
    zs, _, _ = layers.standardise(z)
    return float((zs if entry.tensor == "zs" else layers.sigmoid(zs))[0, k])


def _error(entry: Entry, causes: _Causes) -> float:
    return 0.5 if "error" in causes else entry.value


# The backward pass


def _slopes_of_error(entry: Entry, causes: _Causes, images: slice) -> Numbers:
    """Return ``−(y − o)`` of all images, as large as it can be in some."""
    error = layers.squared_error_derivative(entry["y"], entry["o"]).astype(np.float64)
    if "distance" in causes:
        error[:, images] = np.where(entry["y"][:, images] > 0, -1.0, 1.0)
    return error


def _slopes_of_output(entry: Entry, causes: _Causes, images: slice) -> Numbers:
    slope: Numbers = layers.sigmoid_derivative(entry["o"]).astype(np.float64)
    if "output slope" in causes:
        slope[:, images] = 0.25
    return slope


def _deltas(entry: Entry, causes: _Causes, images: slice = slice(None)) -> Numbers:
    """Return δ of all images, shape (1, n), with distances and slopes of some taken out."""
    d = _slopes_of_error(entry, causes, images) * _slopes_of_output(entry, causes, images)
    if not entry.rule.corrects("standardisation"):
        return d
    std = 1.0 if "deviation" in causes else entry.at("std", 0, 0)
    if "standardisation" in causes:
        return d / std
    return layers.standardise_backward(d, entry["zs"], std).astype(np.float64)


def _weights(entry: Entry, delta: Numbers, causes: _Causes) -> Numbers:
    """Return the dense weights that the error goes back through, shape (1728,)."""
    weights: Numbers = entry["wo"][:, 0].astype(np.float64)
    if "dense weights" in causes:
        weights = np.sign(weights)
    if entry.rule.corrects("update-order") or "growth" in causes:
        return weights
    dW = layers.dense_gradient(entry["a"], delta)[:, 0]
    if entry.rule.corrects("scale"):
        dW = dW / delta.size
    return weights - entry.learning_rate * dW


def _slopes_of_units(a: Floats, causes: _Causes) -> Numbers:
    if "unit slope" in causes:
        return np.full(a.shape, 0.25)
    return layers.sigmoid_derivative(a).astype(np.float64)


def _delta(entry: Entry, causes: _Causes) -> float:
    k = entry.index[1]
    return float(_deltas(entry, causes, slice(k, k + 1))[0, k])


def _slope_of_error(entry: Entry, causes: _Causes) -> float:
    return float(_slopes_of_error(entry, causes, slice(None))[entry.index])


def _slope_of_output(entry: Entry, causes: _Causes) -> float:
    return float(_slopes_of_output(entry, causes, slice(None))[entry.index])


def _dense_gradient(entry: Entry, causes: _Causes) -> float:
    units = entry["a"][entry.index[0]].astype(np.float64)
    if "unit" in causes:
        units = np.ones_like(units)
    total = _sum(_deltas(entry, causes)[0] * units, "images", causes)
    is_mean = entry.rule.corrects("scale") or "count" in causes
    return total / len(units) if is_mean else total


def _gradient_at_maps(entry: Entry, causes: _Causes) -> float:
    j, k = unit_and_image(entry)
    images = slice(None) if k is None else slice(k, k + 1)
    delta = _deltas(entry, causes, images)
    weight = _weights(entry, delta, causes)[j]
    G = weight * delta[0, images] * _slopes_of_units(entry["a"][j, images], causes)
    return _sum(G, "images", causes) / len(G)


def _filter_gradient(entry: Entry, causes: _Causes) -> float:
    i, u, v = entry.index
    delta, units = _deltas(entry, causes), units_read(entry.rule)[:, :, i]
    weights = _weights(entry, delta, causes)[units]
    n, is_paired = delta.size, entry.rule.corrects("pairing")
    shares, total, size = np.empty(n), np.zeros(units.shape), np.zeros(units.shape)
    ink = np.zeros(units.shape)
    for block in blocks_of(n):
        windows = entry["P"][:, :, block, u, v].astype(np.float64)
        if "ink" in causes:
            windows = np.ones_like(windows)
        slopes = _slopes_of_units(entry["a"][:, block][units], causes)
        G = weights[:, :, np.newaxis] * delta[0, block] * slopes
        if is_paired:
            products = windows * G
            sums = products.sum(axis=(0, 1))
            sizes = np.abs(products).sum(axis=(0, 1))
            shares[block] = np.copysign(sizes, sums) if "positions" in causes else sums
        total += G.sum(axis=2)
        size += np.abs(G).sum(axis=2)
        ink += windows.sum(axis=2)
    if is_paired:
        return _sum(shares, "images", causes) / n
    errors = np.copysign(size, total) if "images" in causes else total
    return _sum(ink * errors, "positions", causes) / n**2


def _updated(entry: Entry, causes: _Causes) -> float:
    before = entry.at({"f_next": "f", "wo_next": "wo"}[entry.tensor], *entry.index)
    gradient = entry.gradient()
    rate = 1.0 if "learning rate" in causes else entry.learning_rate
    return before - rate * _COMPUTED[gradient.tensor](gradient, causes)


_COMPUTED: Final[dict[str, Callable[[Entry, _Causes], float]]] = {
    "P": _pixel,
    **dict.fromkeys(("C", "A", "a"), _correlation),
    "z": _dense,
    "mean": _mean,
    "std": _std,
    **dict.fromkeys(("zs", "o"), _standardised),
    "E": _error,
    "error_wrt_output": _slope_of_error,
    "output_wrt_z": _slope_of_output,
    "delta": _delta,
    "dW": _dense_gradient,
    **dict.fromkeys(("G", "g", "M"), _gradient_at_maps),
    "dF": _filter_gradient,
    **dict.fromkeys(("f_next", "wo_next"), _updated),
}
"""The computations, by tensor."""
