"""One iteration, written independently from the mathematics: slow, in plain loops.

It shares only the names with the package. Sums run in the order in which the indices are
written, over Python floats; the result is turned into arrays for comparison only.
"""

import math
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

FILTERS, SIDE, FIELD = range(3), range(24), range(5)


def logistic(t: float) -> float:
    return 1 / (1 + math.exp(-t)) if t >= 0 else math.exp(t) / (1 + math.exp(t))


def forward(X: NDArray[Any], y: NDArray[Any], f: NDArray[Any], wo: NDArray[Any]) -> Arrays:
    """Steps 1 to 7. X (28, 28, n), y (1, n), f (5, 5, 3), wo (1728, 1)."""
    n = X.shape[2]
    pixel, cell, weight, target = X.tolist(), f.tolist(), wo.tolist(), y.tolist()
    C = [[[[0.0] * 24 for _ in SIDE] for _ in FILTERS] for _ in range(n)]
    A = [[[[0.0] * 24 for _ in SIDE] for _ in FILTERS] for _ in range(n)]
    a = [[0.0] * n for _ in range(1728)]
    z = [0.0] * n
    for k in range(n):
        for i in FILTERS:
            for r in SIDE:
                for c in SIDE:
                    total = 0.0
                    for u in FIELD:
                        for v in FIELD:
                            total += pixel[r + u][c + v][k] * cell[u][v][i]
                    C[k][i][r][c] = total
                    A[k][i][r][c] = logistic(total)
                    a[i * 576 + r * 24 + c][k] = A[k][i][r][c]
        for j in range(1728):
            z[k] += weight[j][0] * a[j][k]
    mean = sum(z) / n
    std = math.sqrt(sum((value - mean) ** 2 for value in z) / n)
    zs = [(value - mean) / std for value in z]
    o = [logistic(value) for value in zs]
    E = [(target[0][k] - o[k]) ** 2 / 2 for k in range(n)]
    return {
        "X": X,
        "y": y,
        "f": f,
        "wo": wo,
        "C": np.array(C),
        "A": np.array(A),
        "a": np.array(a),
        "z": np.array([z]),
        "mean": np.array([[mean]]),
        "std": np.array([[std]]),
        "zs": np.array([zs]),
        "o": np.array([o]),
        "E": np.array([E]),
    }


def backward(tensors: Arrays, switches: Collection[str], eta: float) -> Arrays:
    """Steps 8 to 15, with the named departures from the gradient corrected."""
    n = tensors["X"].shape[2]
    pixel, cell, weight = (tensors[name].tolist() for name in ("X", "f", "wo"))
    target, out, standard = (tensors[name][0].tolist() for name in ("y", "o", "zs"))
    a, std = tensors["a"].tolist(), float(tensors["std"][0, 0])

    delta = [-(target[k] - out[k]) * out[k] * (1 - out[k]) for k in range(n)]  # 8
    if "standardisation" in switches:
        mean = sum(delta) / n
        along = sum(delta[k] * standard[k] for k in range(n)) / n
        delta = [(delta[k] - mean - standard[k] * along) / std for k in range(n)]

    dW, updated = [0.0] * 1728, [0.0] * 1728
    for j in range(1728):
        for k in range(n):
            dW[j] += a[j][k] * delta[k]  # 9
        if "scale" in switches:
            dW[j] /= n
        updated[j] = weight[j][0] - eta * dW[j]  # 10

    G = [[0.0] * n for _ in range(1728)]
    for j in range(1728):
        through = weight[j][0] if "update-order" in switches else updated[j]
        for k in range(n):
            G[j][k] = through * delta[k] * a[j][k] * (1 - a[j][k])  # 11

    if "pairing" in switches:
        errors = [[G[j][k] for j in range(1728)] for k in range(n)]
    else:
        average = [sum(G[j]) / n for j in range(1728)]  # 12
        errors = [average] * n

    dF = [[[0.0] * 5 for _ in FIELD] for _ in FILTERS]
    for k in range(n):
        for r in SIDE:
            for c in SIDE:
                for i in FILTERS:
                    if "layout" in switches:
                        error = errors[k][i * 576 + r * 24 + c]
                    else:
                        error = errors[k][(r * 24 + c) * 3 + i]  # 13
                    for u in FIELD:
                        for v in FIELD:
                            dF[i][u][v] += pixel[u + r][v + c][k] * error / n  # 14
    moved = [
        [[cell[u][v][i] - eta * dF[i][u][v] for i in FILTERS] for v in FIELD] for u in FIELD
    ]  # 15
    return {
        "delta": np.array([delta]),
        "dW": np.array(dW)[:, np.newaxis],
        "wo_next": np.array(updated)[:, np.newaxis],
        "G": np.array(G),
        "dF": np.array(dF),
        "f_next": np.array(moved),
    }
