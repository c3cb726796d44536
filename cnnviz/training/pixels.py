"""Pixels drawn over the images of a data set, which itself stays unchanged."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import IMAGE_SIZE, Dataset
from cnnviz.data.late_images import LateImages
from cnnviz.training.errors import SettingsError


@dataclass(frozen=True, slots=True, order=True)
class Pixel:
    """One pixel drawn over an image."""

    image: int
    """Index of the image in the data set."""
    row: int
    col: int
    """row, col: in the upright image, 0 to 27."""
    grey: int
    """0 (paper) to 255 (ink)."""

    def __post_init__(self) -> None:
        """Check every value; raise an error that names the valid ones if one is invalid."""
        _check_image(self.image)
        if not (0 <= self.row < IMAGE_SIZE and 0 <= self.col < IMAGE_SIZE):
            message = f"there is no pixel in row {self.row}, column {self.col}: both go from 0 "
            raise SettingsError(message + f"to {IMAGE_SIZE - 1}.")
        if not 0 <= self.grey <= 255:
            raise SettingsError(f"grey level {self.grey} is not between 0 and 255.")

    @property
    def position(self) -> tuple[int, int, int]:
        """Image, row and column."""
        return self.image, self.row, self.col


@dataclass(frozen=True, slots=True, order=True)
class DrawnImage:
    """A whole image drawn in place of another, with its digit."""

    image: int
    """Index of the image in the data set."""
    label: int
    """The digit, 0 to 9."""
    grey: bytes
    """784 grey levels, row by row, 0 (paper) to 255 (ink)."""

    def __post_init__(self) -> None:
        """Check every value; raise an error that names the valid ones if one is invalid."""
        _check_image(self.image)
        if not 0 <= self.label <= 9:
            raise SettingsError(f"{self.label} is not a digit: it must be 0 to 9.")
        if len(self.grey) != IMAGE_SIZE**2:
            raise SettingsError(
                f"a drawing has {len(self.grey)} pixels: it must have {IMAGE_SIZE**2}."
            )

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The grey levels, shape (28, 28)."""
        return np.frombuffer(self.grey, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)


def _check_image(image: int) -> None:
    """Raise a SettingsError if an image's index is negative."""
    if image < 0:
        raise SettingsError(f"there is no image {image}: they are counted from 0.")


def with_drawing(drawings: tuple[DrawnImage, ...], drawing: DrawnImage) -> tuple[DrawnImage, ...]:
    """Return the drawings with one added, or replaced, in the order of their images."""
    return tuple(sorted([*(d for d in drawings if d.image != drawing.image), drawing]))


def with_pixel(
    pixels: tuple[Pixel, ...], pixel: Pixel, dataset: Dataset | None = None
) -> tuple[Pixel, ...]:
    """Return the pixels with one added, or replaced, in their order.

    A pixel with the grey level of the data set is left out.

    Raises SettingsError if the data set has no such image.
    """
    if dataset is not None and pixel.image >= len(dataset):
        raise SettingsError(
            f"there is no image {pixel.image}: {dataset.name} has {len(dataset):,}, counted from 0."
        )
    others = [other for other in pixels if other.position != pixel.position]
    if dataset is not None and dataset.image(pixel.image)[pixel.row, pixel.col] == pixel.grey:
        return tuple(others)
    return tuple(sorted([*others, pixel]))


def painted(
    dataset: Dataset, pixels: Iterable[Pixel], drawings: Iterable[DrawnImage] = ()
) -> Dataset:
    """Return a data set with drawings in place of images, and pixels drawn over all.

    Without any, that is the data set itself. Those of images that it does not have are ignored.
    """
    drawn = [pixel for pixel in pixels if pixel.image < len(dataset)]
    whole = [drawing for drawing in drawings if drawing.image < len(dataset)]
    if not drawn and not whole:
        return dataset
    labels = dataset.labels
    if whole:
        labels = labels.copy()
        labels[[drawing.image for drawing in whole]] = [drawing.label for drawing in whole]

    def paint(start: int, stop: int) -> NDArray[np.uint8]:
        images = dataset.first(stop).images[start:].copy()
        for drawing in whole:
            if start <= drawing.image < stop:
                images[drawing.image - start] = drawing.pixels
        for pixel in drawn:
            if start <= pixel.image < stop:
                images[pixel.image - start, pixel.row, pixel.col] = pixel.grey
        return images

    images = LateImages((len(dataset), IMAGE_SIZE, IMAGE_SIZE), paint)
    return Dataset(dataset.name, images, labels)
