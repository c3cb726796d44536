"""Parameters changed by hand, and short descriptions of all changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal, get_args

import numpy as np

from cnnviz.numerics.cells import has_cell
from cnnviz.numerics.network import Parameters
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.tensors import TENSORS, seen_position
from cnnviz.training.errors import EditError
from cnnviz.training.pixels import DrawnImage, Pixel
from cnnviz.training.settings import Settings

Parameter = Literal["f", "wo"]

VALUE_LIMIT: Final = 1e6
"""Largest magnitude of an edited weight; a larger one counts as divergence."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A parameter changed by hand."""

    iteration: int
    """The first state with the value."""
    tensor: Parameter
    """Whether a filter's cell or a dense weight is changed."""
    index: tuple[int, ...]
    """In the notebook's layout: [u, v, i] of ``f``, [unit, 0] of ``wo``."""
    value: float

    def __post_init__(self) -> None:
        """Check every value; raise an error that names the valid ones if one is invalid."""
        if self.tensor not in get_args(Parameter):
            raise EditError(f"{self.tensor} cannot be edited: f and wo can.")
        shape = TENSORS[self.tensor].shape
        if not has_cell(shape, self.index):
            where = f"{self.tensor}{list(self.index)}"
            raise EditError(f"there is no {where}: the shape of {self.tensor} is {shape}.")
        if not isfinite(self.value) or abs(self.value) > VALUE_LIMIT:
            limit = f"{VALUE_LIMIT:,.0f}"
            raise EditError(
                f"{plain(self.value)} is not a weight: it must be between −{limit} and {limit}."
            )

    @property
    def words(self) -> str:
        """The edit in words: "filter 2, row 2, column 4 = 0.4" or "wo[17] = −2"."""
        value = plain(self.value)
        if self.tensor == "f":
            return f"{seen_position('f', self.index)} = {value}"
        return f"wo[{self.index[0]}] = {value}"


def edited(parameters: Parameters, edit: Edit) -> Parameters:
    """Return parameters with one value changed, in their precision."""
    arrays = {"f": np.array(parameters.f), "wo": np.array(parameters.wo)}
    arrays[edit.tensor][edit.index] = edit.value
    return Parameters(arrays["f"], arrays["wo"])


def edit_words(edits: Sequence[Edit]) -> str:
    """Describe edits in few words; "" if there are none."""
    if len(edits) > 2:
        return f"{edits[0].words} and {len(edits) - 1} more"
    return ", ".join(edit.words for edit in edits)


def change_words(before: Settings, after: Settings) -> str:
    """Describe a change of settings in few words; "" if there is none."""
    words = []
    if after.learning_rate != before.learning_rate:
        words.append(f"η {plain(before.learning_rate, 6)} → {plain(after.learning_rate, 6)}")
    if after.subset != before.subset:
        words.append(f"n {before.subset:,} → {after.subset:,}")
    if after.rule != before.rule:
        words.append(f"rule {after.rule.title}")
    if after.dtype != before.dtype:
        words.append(after.dtype)
    if after.pixels != before.pixels:
        words.append(_pixel_words(before.pixels, after.pixels))
    if after.drawings != before.drawings:
        words.append(_drawing_words(before.drawings, after.drawings))
    return ", ".join(words)


def _drawing_words(before: tuple[DrawnImage, ...], after: tuple[DrawnImage, ...]) -> str:
    drawn = sorted(set(after) - set(before))
    if not drawn:
        return f"image {min(set(before) - set(after)).image} restored"
    more = f" and {len(drawn) - 1} more" if len(drawn) > 1 else ""
    return f"image {drawn[0].image} drawn as {drawn[0].label}{more}"


def _pixel_words(before: tuple[Pixel, ...], after: tuple[Pixel, ...]) -> str:
    drawn = sorted(set(after) - set(before))
    positions = {p.position for p in before} ^ {p.position for p in after} | {
        p.position for p in drawn
    }
    images = sorted({position[0] for position in positions})
    if len(positions) == 1 and drawn:
        pixel = drawn[0]
        ink = plain(round(pixel.grey / 255, 3))
        return f"{seen_position('X', (pixel.col, pixel.row, pixel.image))} = {ink}"
    of = f"image {images[0]}" if len(images) == 1 else f"{len(images)} images"
    if not drawn:
        return f"{of} restored"
    return f"{len(positions)} pixels of {of}"
