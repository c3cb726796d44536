"""The tensors of one iteration: their names, meanings and axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    IMAGE_SIZE,
    MAP_SIZE,
    unravel_unit,
)
from cnnviz.numerics.operations import OPERATIONS

Axis = Literal["k", "i", "j", "r", "c", "u", "v", "r+u", "c+v", ""]
"""The index that runs along an axis: k over images, i over filters, j over the units of all
feature maps, r and c over a map, u and v over a filter, r+u and c+v over an image; "" is an axis
of length 1. Upright pictures have r and u from the left, and c and v from the top: the notebook's
arrays are transposed."""
ColourScale = Literal["ink", "activation", "signed", "range"]
"""From 0 to 1 as grey levels; from 0 to 1; centred on zero; from the least to the largest value."""

LENGTHS: Final[dict[Axis, int]] = {
    "i": FILTER_COUNT,
    "j": DENSE_SIZE,
    **dict.fromkeys(("r", "c"), MAP_SIZE),
    **dict.fromkeys(("u", "v"), FILTER_SIZE),
    **dict.fromkeys(("r+u", "c+v"), IMAGE_SIZE),
    "": 1,
}
"""Lengths of the axes that do not depend on the batch."""
_INDICES: Final[dict[Axis, str]] = {
    "k": "image",
    "i": "filter",
    "j": "unit",
    **dict.fromkeys(("r", "u", "r+u"), "column"),
    **dict.fromkeys(("c", "v", "c+v"), "row"),
}
"""What the index along an axis counts."""
PICTURE_AXES: Final[tuple[tuple[Axis, Axis], ...]] = (("c", "r"), ("v", "u"), ("c+v", "r+u"))
"""The axes that run from the top and from the left of an upright picture."""
TRANSPOSITION: Final = (
    "The notebook's arrays are transposed: of a picture's two indices, the first is the column and "
    "the second the row, both counted from 0."
)
_WRITERS: Final = {name: operation.name for operation in OPERATIONS for name in operation.writes}


@dataclass(frozen=True, slots=True)
class Tensor:
    """The description of a tensor."""

    name: str
    """Its name in the arrays."""
    symbol: str
    """Its symbol as a person reads it."""
    latex: str
    """Its symbol in a formula; # stands for the index of the image."""
    meaning: str
    """Its meaning, in a few words."""
    axes: tuple[Axis, ...]
    """Its axes in the notebook's layout. A last k is there only if the rule keeps images apart."""
    scale: ColourScale = "signed"
    """The colour scale of its values."""
    editable: bool = False
    """Whether a person can change its values: they follow from no others."""
    sigmoid_of: str = ""
    """The tensor whose sigmoid it is; empty for others."""
    update_of: str = ""
    """The parameter whose next state it is; empty for others."""

    @property
    def written_by(self) -> str:
        """Name of the operation that writes it; empty if it exists before the first."""
        return _WRITERS.get(self.name, "")

    @property
    def is_number(self) -> bool:
        """Whether it is a single number."""
        return not any(self.axes)

    @property
    def is_number_per_image(self) -> bool:
        """Whether it is one number for each image: shape (1, n)."""
        return self.axes == ("", "k")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a tensor that has nothing to do with images."""
        return tuple(LENGTHS[axis] for axis in self.axes)

    def axis_titles(self, dimensions: int) -> list[str]:
        """Return the meaning and the letter of each index of an array: ``image k``.

        Pictures are transposed, so the first of a picture's two indices is its column. An index
        that only ever is 0 has its number alone: ``index 0``.
        """
        axes = enumerate(self.axes[:dimensions])
        return [f"{_INDICES[axis]} {axis}" if axis else f"index {at}" for at, axis in axes]

    def image_axis(self, dimensions: int) -> int | None:
        """Return the axis of the images in an array with a number of dimensions, or None."""
        axes = self.axes[:dimensions]
        return axes.index("k") if "k" in axes else None


TENSORS: Final = {
    tensor.name: tensor
    for tensor in (
        Tensor("X", "X", "X", "the images", ("r+u", "c+v", "k"), "ink", editable=True),
        Tensor("y", "y", "y", "the targets", ("", "k"), "activation"),
        Tensor("f", "f", "f", "the filters", ("u", "v", "i"), editable=True),
        Tensor("wo", "wo", r"\mathrm{wo}", "the dense weights", ("j", ""), editable=True),
        Tensor("P", "P", "P", "5 × 5 patches of the images", ("r", "c", "k", "u", "v"), "ink"),
        Tensor("C", "C", "C", "filters on patches", ("k", "i", "r", "c")),
        Tensor("A", "A", "A", "activations", ("k", "i", "r", "c"), "activation", sigmoid_of="C"),
        Tensor("a", "a", "a", "activations, flattened", ("j", "k"), "activation", sigmoid_of="C"),
        Tensor("z", "z", "z", "weighted sum of each image", ("", "k"), "range"),
        Tensor("zs", "ẑ", r"\hat{z}", "standardised z, a logit", ("", "k")),
        Tensor(
            "mean", "mean z", r"\mathrm{mean}\,z", "mean of z over the batch", ("", ""), "range"
        ),
        Tensor(
            "std", "std z", r"\mathrm{std}\,z", "deviation of z over the batch", ("", ""), "range"
        ),
        Tensor("o", "o", "o", "output for each image", ("", "k"), "activation", sigmoid_of="zs"),
        Tensor("E", "E", "E", "error of each image", ("", "k"), "range"),
        Tensor(
            "error_wrt_output",
            "∂E/∂o",
            r"\frac{\partial E_{#}}{\partial o_{#}}",
            "slope of the error",
            ("", "k"),
        ),
        Tensor("output_wrt_z", "σ′(ẑ)", r"o_{#} \, (1 - o_{#})", "slope of the sigmoid", ("", "k")),
        Tensor("delta", "δ", r"\delta", "error at each z", ("", "k")),
        Tensor("dW", "dW", r"\mathrm{dW}", "gradient of the dense weights", ("j", "")),
        Tensor(
            "wo_next",
            "wo′",
            r"\mathrm{wo}'",
            "dense weights after the update",
            ("j", ""),
            update_of="wo",
        ),
        Tensor("G", "G", "G", "gradient at the maps", ("j", "k")),
        Tensor("g", "g", "g", "gradient at the maps, averaged or not", ("j", "k")),
        Tensor("M", "M", "M", "gradient at the maps, reshaped", ("r", "c", "i", "k")),
        Tensor("dF", "dF", r"\mathrm{dF}", "gradient of the filters", ("i", "u", "v")),
        Tensor("f_next", "f′", "f'", "filters after the update", ("u", "v", "i"), update_of="f"),
    )
}
"""Every tensor by name: those that exist before the first operation, then as they are written."""


def symbol(name: str) -> str:
    """Return a tensor's symbol, which is shown instead of its name."""
    return TENSORS[name].symbol


def entry_text(name: str, index: tuple[int, ...], mean_over: int | None = None) -> str:
    """Write an entry of a tensor as the arrays are indexed: ``C[3, 0, 5, 7]``.

    `mean_over` is the axis along which the mean is meant: ``mean of C[:, 0, 5, 7]``; that of E is
    the loss.
    """
    tensor = TENSORS[name]
    if tensor.is_number:
        return tensor.symbol
    if mean_over is None:
        return f"{tensor.symbol}[{', '.join(map(str, index))}]"
    if name == "E":
        return "loss"
    parts = [":" if axis == mean_over else str(at) for axis, at in enumerate(index)]
    return f"mean of {tensor.symbol}[{', '.join(parts)}]"


def seen_position(name: str, index: tuple[int, ...], mean_over: int | None = None) -> str:
    """Write the position of an entry in the pictures: ``image 3, filter 1, row 8, column 6``.

    Filters, rows and columns are counted from 1, images from 0. The image is left out if
    `mean_over` is its axis. Empty for a number without a picture.
    """
    at = dict(zip(TENSORS[name].axes, index, strict=False))
    if "j" in at:
        at["i"], at["r"], at["c"] = unravel_unit(at["j"])
    parts = [f"image {at['k']}"] if "k" in at and mean_over is None else []
    if "i" in at:
        parts.append(f"filter {at['i'] + 1}")
    if "r" in at and "u" in at:
        parts.append(f"patch at row {at['c'] + 1}, column {at['r'] + 1}")
        return f"{', '.join(parts)}: row {at['v'] + 1}, column {at['u'] + 1}"
    for down, across in PICTURE_AXES:
        if down in at:
            parts.append(f"row {at[down] + 1}, column {at[across] + 1}")
    return ", ".join(parts)


def located_text(name: str, index: tuple[int, ...], mean_over: int | None = None) -> str:
    """Write an entry as it is seen, then as the arrays are indexed.

    For example, ``filter 2, row 3, column 1 · f[0, 2, 1]``.
    """
    parts = seen_position(name, index, mean_over), entry_text(name, index, mean_over)
    return " · ".join(part for part in parts if part)


def entry_as_seen(name: str, index: tuple[int, ...], mean_over: int | None = None) -> str:
    """Write an entry as the pictures show it, for a sentence: ``C of image 3, filter 1, row 8, …``.

    If no picture shows it, as the arrays are indexed.
    """
    position = seen_position(name, index, mean_over)
    if not position:
        return entry_text(name, index, mean_over)
    return f"{'mean of ' if mean_over is not None else ''}{symbol(name)} of {position}"


def entry_latex(name: str, index: Sequence[int | str]) -> str:
    """Write an entry of a tensor in LaTeX, without the indices that only ever are 0.

    In `index`, a letter stands for an index that a formula sums over.
    """
    tensor = TENSORS[name]
    if "#" in tensor.latex:
        return tensor.latex.replace("#", str(index[tensor.axes.index("k")]))
    shown = [str(at) for at, axis in zip(index, tensor.axes, strict=False) if axis]
    return f"{tensor.latex}_{{{','.join(shown)}}}" if shown else tensor.latex
