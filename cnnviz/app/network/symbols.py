"""What in the Network panel explains itself: ∗, σ, ×, Σ, z, ẑ, o, E and the filters' names."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debugger.point import Point
from cnnviz.training.run.predictions import ImageView

_FORMULAE: Final = {operation.name: operation.right.formula for operation in OPERATIONS}
_WORDS: Final = {
    "∗": ("correlate", "Correlate: lay each filter on every 5 × 5 patch, multiply, add up"),
    "σ": ("sigmoid", "Sigmoid: squeezes every number into 0 to 1"),
    "=": ("correlate", "The maps are shown before the sigmoid"),
    "×": ("dense", "Each unit times its own dense weight"),
    "Σ": ("dense", "Sum: everything that the units of all three maps add"),
    "z": ("dense", "z: the weighted sum of this image's 1,728 activations"),
    "ẑ": ("standardise", "ẑ: z measured from the batch's mean, in its standard deviations"),
    "o": ("output", "o: the output, 0 to 1; above ½ the answer is “> 4”"),
    "E": ("error", "E: half the squared distance from the target y"),
}
"""The operation of each symbol, and its description in a few words."""
_MORE: Final = {"×": "wo · a", "Σ": "z = Σ wo · a"}
"""Formulae that say it better than that of the operation."""
FILTER: Final = "filter"
"""Stands for the name of a filter, which has no operation."""
_REACH: Final = 5
"""Pixels around a sign, at the normal scale, that count as it."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol in the panel, or a filter's name."""

    sign: str
    rect: QRectF
    i: int = -1
    """The filter that it belongs to; −1 if to none."""

    @property
    def explanation(self) -> str:
        """Its description and its formula, in one line."""
        if self.sign == FILTER:
            return f"Filter {self.i + 1}: click to see what it responds to"
        operation, words = _WORDS[self.sign]
        return f"{words}: {_MORE.get(self.sign, _FORMULAE[operation])}"

    def point(self, image: ImageView) -> Point:
        """Return the number to explain: this image's, and the largest if it has several."""
        if self.sign in {"z", "×", "Σ"}:
            return Point("z", (0, image.index))
        if self.sign in {"ẑ", "o", "E"}:
            return Point({"ẑ": "zs"}.get(self.sign, self.sign), (0, image.index))
        name, maps = ("A", image.activations) if self.sign == "σ" else ("C", image.maps)
        i = max(0, self.i)
        row, col = np.unravel_index(np.abs(maps[i]).argmax(), maps[i].shape)
        return Point(name, (image.index, i, int(col), int(row)))


def symbol_at(layout: NetworkLayout, shown: Shown, at: QPointF, scale: float) -> Symbol | None:
    """Return the symbol at a point of the panel, or None."""
    return next((s for s in symbols(layout, shown, scale) if s.rect.contains(at)), None)


def symbols(layout: NetworkLayout, shown: Shown, scale: float) -> tuple[Symbol, ...]:
    """Return every symbol of the panel: signs between the columns, and lines of the output."""
    signs = ("∗", "σ" if shown.maps == "A" else "=", "×", "Σ")
    above = [Symbol(sign, rect) for sign, rect in zip(signs, layout.operations, strict=True)]
    gaps = [rect.center().x() for rect in layout.operations]
    image = layout.tile(Column.IMAGE).rect.center().y()
    first = layout.lines[0].center().y()
    reach = layout.operations[0].height() / 2 + _REACH * scale
    around = [
        Symbol("∗", _around(gaps[0], image, reach)),
        Symbol("Σ", _around(gaps[3], first, reach)),
    ]
    for i in range(FILTER_COUNT):
        y = QRectF(layout.tile(Column.FILTERS, i).rect).center().y()
        around += [
            Symbol(sign, _around(gaps[j], y, reach), i) for j, sign in ((1, signs[1]), (2, "×"))
        ]
    lines = [Symbol("z", layout.lines[0])]
    names = [Symbol(FILTER, rect, i) for i, rect in enumerate(layout.filter_labels)]
    for j, sign in ((1, "ẑ"), (3, "o"), (5, "E")):
        lines += [Symbol(sign, layout.lines[j]), Symbol(sign, layout.lines[j + 1])]
    return *names, *above, *around, *lines


def _around(x: float, y: float, reach: float) -> QRectF:
    return QRectF(x - reach, y - reach, 2 * reach, 2 * reach)
