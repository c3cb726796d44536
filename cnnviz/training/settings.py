"""The settings of a run, as one immutable value."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypedDict

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.rule import NOTEBOOK, Rule
from cnnviz.numerics.variants import Variant
from cnnviz.training.errors import SettingsError
from cnnviz.training.pixels import DrawnImage, Pixel, painted, with_drawing, with_pixel

Precision = Literal["float64", "float32"]

LEARNING_RATES: Final = (1e-4, 1e5)
"""Smallest and largest learning rate."""
SMALLEST_SUBSET: Final = 2
LARGEST_READABLE: Final = 10_000
"""Images with which a rule that the fast path does not cover is trained, in 0.9 GB at float64."""
SEEDS: Final = (0, 2**32 - 1)
PRECISIONS: Final[tuple[Precision, ...]] = ("float64", "float32")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the training. The defaults are the notebook's."""

    subset: int = 200
    """n: the first n images of the data set, 2 or more."""
    learning_rate: float = 15.0
    """η, 1e-4 to 1e5."""
    rule: Rule = NOTEBOOK
    """The gradient rule."""
    seed: int = 0
    """The seed of the initial parameters, 0 to 2³² − 1."""
    dtype: Precision = "float64"
    """Precision of everything that is computed."""
    pixels: tuple[Pixel, ...] = ()
    """Drawn over the images; sorted, at most one for each pixel of an image."""
    drawings: tuple[DrawnImage, ...] = ()
    """Drawn in place of images, below the pixels; sorted, at most one for each image."""
    pause_on_warning: bool = True
    """Whether saturation and diverging weights pause the run. Undefined results always do."""

    def __post_init__(self) -> None:
        """Check every value; raise an error that names the valid ones if one is invalid."""
        if self.subset < SMALLEST_SUBSET:
            raise SettingsError(
                f"subset {self.subset} is too small: standardisation needs at least 2 images."
            )
        if self.rule.extra and self.subset > LARGEST_READABLE:
            raise SettingsError(
                f"subset {self.subset:,} is too large with a fault or own code, for which all "
                f"tensors are held in memory: train on at most {LARGEST_READABLE:,} images."
            )
        low, high = LEARNING_RATES
        if not low <= self.learning_rate <= high:  # also false for NaN
            rate, least, most = (plain(number, 10) for number in (self.learning_rate, low, high))
            raise SettingsError(f"learning rate {rate} is not between {least} and {most}.")
        if not SEEDS[0] <= self.seed <= SEEDS[1]:
            seed = str(self.seed).replace("-", "−")
            raise SettingsError(f"seed {seed} is not between {SEEDS[0]} and {SEEDS[1]}.")
        if self.dtype not in PRECISIONS:
            raise SettingsError(f"precision {self.dtype!r} is none of {', '.join(PRECISIONS)}.")

    @property
    def numpy_dtype(self) -> np.dtype[np.floating]:
        """The precision as numpy's dtype."""
        return np.dtype(self.dtype)

    @property
    def kept(self) -> "Settings":
        """The settings as histories and run files keep them: without `pause_on_warning`."""
        return self if self.pause_on_warning else replace(self, pause_on_warning=True)

    @property
    def batch_key(self) -> tuple[object, ...]:
        """The settings that the batch depends on."""
        return self.subset, self.dtype, self.pixels, self.drawings

    def batch(self, dataset: Dataset) -> Batch:
        """Return the subset of a data set as it is trained on.

        Raises DataError if an image of it cannot be read.
        """
        data = painted(dataset, self.pixels, self.drawings).first(self.subset)
        return Batch.from_images(data.images, data.labels, self.numpy_dtype)

    def with_pixel(self, pixel: Pixel, dataset: Dataset) -> "Settings":
        """Return the settings with one more pixel drawn over an image of a data set.

        Raises SettingsError if the data set has no such image.
        """
        below = painted(dataset, (), self.drawings)
        return replace(self, pixels=with_pixel(self.pixels, pixel, below))

    def with_drawing(self, drawing: DrawnImage, dataset: Dataset) -> "Settings":
        """Return the settings with a drawing in place of an image of a data set.

        Raises SettingsError if the data set has no such image.
        """
        if drawing.image >= len(dataset):
            raise SettingsError(f"there is no image {drawing.image} in {dataset.name}.")
        pixels = tuple(pixel for pixel in self.pixels if pixel.image != drawing.image)
        return replace(self, pixels=pixels, drawings=with_drawing(self.drawings, drawing))

    def without_drawing(self, image: int) -> "Settings":
        """Return the settings with nothing drawn over an image, or in its place."""
        pixels = tuple(pixel for pixel in self.pixels if pixel.image != image)
        drawings = tuple(drawing for drawing in self.drawings if drawing.image != image)
        return replace(self, pixels=pixels, drawings=drawings)

    def exchanging(self, variants: Iterable[Variant]) -> "Settings":
        """Return equal settings, with these in place of variants that are equal to them."""
        return replace(self, rule=self.rule.exchanging(variants))


class SettingsChange(TypedDict, total=False):
    """New values for some of the settings.

    A change of the seed is a reset, and pixels are drawn and erased one by one.
    """

    subset: int
    learning_rate: float
    rule: Rule
    dtype: Precision
    pause_on_warning: bool
