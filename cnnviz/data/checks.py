"""Checks of images and labels from outside, whatever their format."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.errors import UnsuitableDataError

MAX_IMAGES = 300_000
"""The most images that are read: more than any collection of digits in MNIST's format holds."""


def check_count(path: Path, what: str, count: int) -> None:
    """Refuse no images and absurdly many, before memory is taken for them.

    Raises UnsuitableDataError if `count` is not 1 to `MAX_IMAGES`.
    """
    if count < 1:
        raise UnsuitableDataError(f"{path} holds no {what}: choose a file with at least one.")
    if count > MAX_IMAGES:
        raise UnsuitableDataError(
            f"{path} claims to hold {count:,} {what}: at most {MAX_IMAGES:,} can be loaded."
        )


def check_pair(images: tuple[Path, int], labels: tuple[Path, int]) -> None:
    """Refuse images and labels, each a file and a number, that do not belong together.

    Raises UnsuitableDataError if the counts differ.
    """
    (images_path, image_count), (labels_path, label_count) = images, labels
    if image_count != label_count:
        inside = "" if labels_path == images_path else f" in {labels_path}"
        raise UnsuitableDataError(
            f"{images_path} holds {image_count:,} images but there are {label_count:,} labels"
            f"{inside}: there must be one label for each image."
        )


def check_labels(path: Path, labels: NDArray[np.integer]) -> None:
    """Refuse labels that are not digits.

    Raises UnsuitableDataError if a label is not 0 to 9.
    """
    wrong = (labels < 0) | (labels > 9)
    if wrong.any():
        index = int(wrong.argmax())
        raise UnsuitableDataError(
            f"{path} gives image {index:,} the label {labels[index]}: "
            "every label must be a digit from 0 to 9."
        )
