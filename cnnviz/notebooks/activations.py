"""Activations of the feature maps, with their derivatives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.notebooks.layouts import Floats

_LEAK: Final = 0.01


def sigmoid(t: Floats) -> Floats:
    """Return σ(t) = 1 / (1 + e^−t), for any t."""
    return 0.5 + 0.5 * np.tanh(t / 2)


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation of the feature maps, with its derivative from argument C and result A."""

    name: str
    function: Callable[[Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    slope_formula: str


ACTIVATIONS: Final = (
    Activation("sigmoid", sigmoid, lambda _, A: A * (1 - A), "{a} * (1 - {a})"),
    Activation(
        "ReLU",
        lambda C: np.maximum(C, 0),
        lambda C, _: (C > 0).astype(float),
        "({a} > 0)",
    ),
    Activation("tanh", np.tanh, lambda _, A: 1 - A * A, "(1 - {a} ** 2)"),
    Activation(
        "leaky ReLU",
        lambda C: np.where(C > 0, C, _LEAK * C),
        lambda C, _: np.where(C > 0, 1.0, _LEAK),
        "np.where({a} > 0, 1, 0.01)",
    ),
    Activation("identity", lambda C: C, lambda C, _: np.ones_like(C), "1"),
)
