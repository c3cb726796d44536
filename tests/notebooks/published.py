"""The published notebook, written again with its loops and order."""

import json
from typing import Final

_FIXES: Final = {
    "scale": (
        "error_wrt_wo = flat.dot(delta.T)\n",
        "error_wrt_wo = flat.dot(delta.T) / n\n",
    ),
    "standardisation": (
        "    delta = error_wrt_output * output_wrt_z\n",
        (
            "    error_wrt_scaled = error_wrt_output * output_wrt_z\n"
            "    mean_part = error_wrt_scaled.mean()\n"
            "    scaled_part = z_scaled * (error_wrt_scaled * z_scaled).mean()\n"
            "    delta = (error_wrt_scaled - mean_part - scaled_part) / z.std()\n"
        ),
    ),
    "update-order": (
        (
            "    wo = wo - learning_rate * error_wrt_wo\n"
            "    error_wrt_maps = wo.dot(delta) * flat * (1 - flat)\n"
        ),
        (
            "    error_wrt_maps = wo.dot(delta) * flat * (1 - flat)\n"
            "    wo = wo - learning_rate * error_wrt_wo\n"
        ),
    ),
    "pairing": (
        (
            "    mean_error = error_wrt_maps.mean(axis=1)\n"
            "    error_maps = mean_error.reshape(24, 24, 3)\n"
        ),
        "    error_maps = error_wrt_maps.reshape(24, 24, 3, n)\n",
    ),
    "layout": (".reshape(24, 24, 3)\n", ".reshape(3, 24, 24).transpose(1, 2, 0)\n"),
}
_WITHOUT_PAIRING: Final = (
    "error_maps[:, :, i])",
    "error_maps[:, :, i, k])",
)
_LAYOUT_OF_EACH: Final = (
    ".reshape(24, 24, 3, n)\n",
    ".reshape(3, 24, 24, n).transpose(1, 2, 0, 3)\n",
)
_SOURCE: Final = """\
import numpy as np
import matplotlib.pyplot as plt
from keras.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()

n = 200
X = x_train[:n].T / 255
y = np.where(y_train[:n] > 4, 1, 0).reshape(1, n)

def sigmoid(t):
    return 1 / (1 + np.exp(-t))

np.random.seed(0)
f = np.random.uniform(0, 1, size=(3, 5, 5)).T
wo = np.random.uniform(0, 1, size=(1728, 1))
learning_rate = 15
losses = []

for iteration in range(2):
    feature_maps = []
    for k in range(n):
        for i in range(3):
            for r in range(24):
                for c in range(24):
                    patch = X[r:r + 5, c:c + 5, k]
                    feature_maps.append(np.sum(patch * f[:, :, i]))
    maps = sigmoid(np.array(feature_maps).reshape(n, 3, 24, 24))
    flat = maps.reshape(n, 1728).T
    z = wo.T.dot(flat)
    z_scaled = (z - z.mean()) / z.std()
    output = sigmoid(z_scaled)
    error = (y - output) ** 2 / 2
    losses.append(error.mean())

    error_wrt_output = -(y - output)
    output_wrt_z = output * (1 - output)
    delta = error_wrt_output * output_wrt_z
    error_wrt_wo = flat.dot(delta.T)
    wo = wo - learning_rate * error_wrt_wo
    error_wrt_maps = wo.dot(delta) * flat * (1 - flat)
    mean_error = error_wrt_maps.mean(axis=1)
    error_maps = mean_error.reshape(24, 24, 3)
    gradients = []
    for i in range(3):
        for u in range(5):
            for v in range(5):
                total = 0
                for k in range(n):
                    total += np.sum(X[u:u + 24, v:v + 24, k] * error_maps[:, :, i])
                gradients.append(total / n)
    gradients = np.array(gradients).reshape(3, 5, 5)
    for i in range(3):
        f[:, :, i] = f[:, :, i] - learning_rate * gradients[i]
    print(iteration, losses[-1])
plt.plot(losses)
plt.show()
"""

FAULTS: Final = {
    "standardisation": ("delta", "delta", "missing factor"),
    "scale": ("error_wrt_wo", "dense_gradient", "sum for mean"),
    "update-order": ("error_wrt_maps", "map_gradient", "updated weights"),
    "pairing": ("mean_error", "average_over_images", "mean over images"),
    "layout": ("error_maps", "reshape", "permutation"),
}
"""Name, operation and kind of the five lines that depart, in their order."""


def published(n: int = 4, fixes: tuple[str, ...] = ()) -> str:
    """Return the notebook as a script for n images, with corrections in the notebook's style."""
    source = _SOURCE.replace("n = 200", f"n = {n}")
    for fix in sorted(fixes, key=["layout", "pairing"].__contains__):
        if fix != "layout":
            source = _replaced(source, *_FIXES[fix])
    if "pairing" in fixes:
        source = _replaced(source, *_WITHOUT_PAIRING)
    if "layout" in fixes:
        change = _LAYOUT_OF_EACH if "pairing" in fixes else _FIXES["layout"]
        source = _replaced(source, *change)
    return source


def as_notebook(source: str, cuts: tuple[str, ...] = ("n = ", "np.random.seed", "for it")) -> str:
    """Return a script as the JSON of a notebook, with a magic and a text cell in it."""
    sources = [source]
    for cut in cuts:
        before, after = sources.pop().split(f"\n{cut}", 1)
        sources += [before, f"{cut}{after}"]
    sources[0] = f"%matplotlib inline\n!pip install keras\n{sources[0]}"
    cells = [
        {
            "cell_type": "code",
            "source": text.splitlines(keepends=True),
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for text in sources
    ]
    cells.insert(1, {"cell_type": "markdown", "source": "# Forward", "metadata": {}})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _replaced(source: str, before: str, after: str) -> str:
    assert source.count(before) == 1, before
    return source.replace(before, after)
