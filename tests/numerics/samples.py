"""Samples for the numeric tests: synthetic images, parameters, all rules, MNIST's first images."""

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnviz.numerics.network import Batch, Parameters


@cache
def made_images(n: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw a few bars on an empty field, n times, with random digits as labels. Read-only."""
    random = np.random.default_rng(seed)
    images = np.zeros((n, 28, 28), np.uint8)
    for image in images:
        for _ in range(4):
            row, column = random.integers(4, 20, size=2)
            height, width = random.integers(1, 8, size=2)
            image[row : row + height, column : column + width] = random.integers(60, 256)
    labels = random.integers(0, 10, size=n).astype(np.uint8)
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


def made_batch(n: int, seed: int = 0, dtype: DTypeLike = np.float64) -> Batch:
    return Batch.from_images(*made_images(n, seed), dtype)


def mixed_parameters(seed: int = 0, dtype: DTypeLike = np.float64) -> Parameters:
    """Parameters of both signs, as training reaches them; a unit's C stays of order 1."""
    random = np.random.default_rng(seed)
    f = random.normal(0, 0.5, size=(5, 5, 3))
    wo = random.normal(0, 1, size=(1728, 1))
    return Parameters(f.astype(dtype), wo.astype(dtype))


def relative_difference(actual: NDArray[Any], expected: NDArray[Any]) -> float:
    """The largest difference, over the largest magnitude that is expected."""
    assert actual.shape == expected.shape
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def mnist_batch(folder: Path, n: int) -> Batch:
    """Read MNIST's first n training images."""
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + n * 28 * 28), np.uint8, offset=16)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + n), np.uint8, offset=8)
    return Batch.from_images(images.reshape(n, 28, 28), labels)
