"""The right result of each operation, computed from its definition, plainly and in float64.

This shares nothing with `layers` and `variants`, so that a mistake there cannot hide here. A
backward operation's definition is the derivative of the forward one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    MAP_CELLS,
    MAP_SIZE,
    Floats,
    Tensors,
)

ROUNDINGS: Final = 8
"""Roundings of one term that the tolerance allows for."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The right value of one tensor."""

    value: Floats
    """In float64, as `magnitude` is."""
    magnitude: Floats
    """The sum of the sizes of all terms of each cell, which rounding errors are relative to; of
    what is only copied, the value."""
    terms: int = 1
    """How many terms a cell sums up; 0 if it is only copied."""

    def tolerance(self, dtype: np.dtype[np.floating]) -> Floats:
        """Return the rounding error that each cell may have in a precision.

        Rounding errors of a sum grow like the root of the number of its terms.
        """
        if not self.terms:
            return np.broadcast_to(0.0, self.magnitude.shape)
        limits = np.finfo(dtype)
        rounding = ROUNDINGS * float(limits.eps) * self.terms**0.5
        return np.asarray(rounding * self.magnitude + float(limits.tiny))


def expected(operation: str, tensors: Tensors, learning_rate: float) -> tuple[Expected, ...]:
    """Return the right results of an operation, given the tensors that it reads."""
    doubles = {name: tensor.astype(np.float64, copy=False) for name, tensor in tensors.items()}
    return _EXPECTED[operation](doubles, learning_rate)


def at_standardised(t: Tensors) -> Floats:
    """Return the derivative of each image's error by its ẑ: ``−(y − o) σ′(ẑ)``."""
    return (t["o"] - t["y"]) * t["o"] * (1 - t["o"])


def _copied(value: Floats) -> tuple[Expected]:
    return (Expected(value, value, terms=0),)


def _window(X: Floats, u: int, v: int) -> Floats:
    """Return the pixels that weight u, v of a filter meets, shape (24, 24, n)."""
    return X[u : u + MAP_SIZE, v : v + MAP_SIZE]


def _patches(t: Tensors, _: float) -> tuple[Expected]:
    X = t["X"]
    windows = np.empty((FILTER_SIZE, FILTER_SIZE, MAP_SIZE, MAP_SIZE, X.shape[2]))
    for u, v in np.ndindex(FILTER_SIZE, FILTER_SIZE):
        windows[u, v] = _window(X, u, v)
    return _copied(windows.transpose(2, 3, 4, 0, 1))


def _correlate(t: Tensors, _: float) -> tuple[Expected]:
    P, f = t["P"], t["f"]
    C = np.zeros((FILTER_COUNT, *P.shape[:3]))
    magnitude = np.zeros_like(C)
    for u, v in np.ndindex(FILTER_SIZE, FILTER_SIZE):
        pixels = P[..., u, v]
        sizes = np.abs(pixels)
        for i in range(FILTER_COUNT):
            C[i] += pixels * f[u, v, i]
            magnitude[i] += sizes * abs(f[u, v, i])
    C, magnitude = (np.moveaxis(of_maps, -1, 0) for of_maps in (C, magnitude))
    return (Expected(C, magnitude, FILTER_SIZE**2),)


def _sigmoid(t: Floats) -> tuple[Expected]:
    e = np.exp(-np.abs(t))
    value = np.where(t >= 0, 1, e) / (1 + e)
    return (Expected(value, value),)


def _flatten(t: Tensors, _: float) -> tuple[Expected]:
    columns = [image.reshape(FILTER_COUNT * MAP_CELLS) for image in t["A"]]
    return _copied(np.stack(columns, axis=1))


def _dense(t: Tensors, _: float) -> tuple[Expected]:
    terms = t["wo"] * t["a"]
    sums = terms.sum(axis=0, keepdims=True), np.abs(terms).sum(axis=0, keepdims=True)
    return (Expected(*sums, DENSE_SIZE),)


def _standardise(t: Tensors, _: float) -> tuple[Expected, ...]:
    z = t["z"]
    n = z.size
    mean = z.sum(keepdims=True) / n
    std = (((z - mean) ** 2).sum(keepdims=True) / n) ** 0.5
    zs = (z - mean) / std
    size = np.abs(z).max(keepdims=True)
    return (
        Expected(zs, (1 + np.abs(zs)) * size / std, n),
        Expected(mean, size, n),
        Expected(std, size, n),
    )


def _error(t: Tensors, _: float) -> tuple[Expected]:
    E = (t["o"] - t["y"]) ** 2 / 2
    return (Expected(E, E),)


def _delta(t: Tensors, _: float) -> tuple[Expected, ...]:
    error_wrt_output, output_wrt_z = t["o"] - t["y"], t["o"] * (1 - t["o"])
    d, zs, std = at_standardised(t), t["zs"], t["std"]
    n = d.size
    delta = (d - d.sum() / n - zs * (d * zs).sum() / n) / std
    magnitude = np.abs(d) + np.abs(d).sum() / n + np.abs(zs) * np.abs(d * zs).sum() / n
    return (
        Expected(error_wrt_output, np.abs(error_wrt_output)),
        Expected(output_wrt_z, output_wrt_z),
        Expected(delta, magnitude / std, n),
    )


def _dense_gradient(t: Tensors, _: float) -> tuple[Expected]:
    terms = t["a"] * t["delta"]
    n = terms.shape[1]
    sums = terms.sum(axis=1, keepdims=True) / n, np.abs(terms).sum(axis=1, keepdims=True) / n
    return (Expected(*sums, n),)


def _map_gradient(t: Tensors, _: float) -> tuple[Expected]:
    a = t["a"]
    G = t["wo"] * t["delta"] * a * (1 - a)
    return (Expected(G, np.abs(G)),)


def _reshape(t: Tensors, _: float) -> tuple[Expected]:
    maps = np.split(t["g"], FILTER_COUNT)
    return _copied(np.stack([m.reshape(MAP_SIZE, MAP_SIZE, *m.shape[1:]) for m in maps], axis=2))


def _filter_gradient(t: Tensors, _: float) -> tuple[Expected]:
    """Return dF; if M is one map for all images, it is the map of each."""
    P, M = t["P"], t["M"]
    n = P.shape[2]
    of_each = M.ndim == 4
    # A row for each pixel of the maps, of every image if each has its own; a column for a filter.
    maps = (np.moveaxis(M, 2, -1) if of_each else M).reshape(-1, FILTER_COUNT)
    sizes = np.abs(maps)
    dF = np.empty((FILTER_COUNT, FILTER_SIZE, FILTER_SIZE))
    magnitude = np.empty_like(dF)
    for u, v in np.ndindex(FILTER_SIZE, FILTER_SIZE):
        pixels = P[..., u, v] if of_each else P[..., u, v].sum(axis=2)
        ink = np.abs(pixels) if of_each else np.abs(P[..., u, v]).sum(axis=2)
        dF[:, u, v] = pixels.ravel() @ maps / n
        magnitude[:, u, v] = ink.ravel() @ sizes / n
    return (Expected(dF, magnitude, MAP_CELLS * n),)


def _update(parameter: Floats, gradient: Floats, learning_rate: float) -> tuple[Expected]:
    step = learning_rate * gradient
    return (Expected(parameter - step, np.abs(parameter) + np.abs(step)),)


_EXPECTED: Final[dict[str, Callable[[Tensors, float], tuple[Expected, ...]]]] = {
    "patches": _patches,
    "correlate": _correlate,
    "sigmoid": lambda t, _: _sigmoid(t["C"]),
    "flatten": _flatten,
    "dense": _dense,
    "standardise": _standardise,
    "output": lambda t, _: _sigmoid(t["zs"]),
    "error": _error,
    "delta": _delta,
    "dense_gradient": _dense_gradient,
    "dense_update": lambda t, lr: _update(t["wo"], t["dW"], lr),
    "map_gradient": _map_gradient,
    "average_over_images": lambda t, _: _copied(t["G"]),
    "reshape": _reshape,
    "filter_gradient": _filter_gradient,
    "filter_update": lambda t, lr: _update(t["f"], np.moveaxis(t["dF"], 0, 2), lr),
}
