"""Plots as SVG for a page: a figure over the iterations, and the outputs by digit."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import compact, tick
from cnnviz.pages.pictures import line, svg, text

_LEFT: Final = 52
_WIDTH: Final = 404
_TOP: Final = 28
_HEIGHT: Final = 140
_MOST: Final = 1_000
"""Points of a curve; of more, the least and the largest of each group are drawn."""
_MOST_IMAGES: Final = 2_000
"""Images whose outputs are drawn."""
_SPREAD: Final = 0.618034
"""Neighbouring multiples of it lie far apart: the images of a digit do not cover each other."""


def curve(
    title: str,
    values: NDArray[np.float64],
    highest: float,
    marks: Sequence[tuple[int, str]],
    held_out: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None,
) -> str:
    """Return a figure of each iteration, from 0 to `highest`, with marks at some iterations.

    `held_out` has iterations, and the same figure of images that are not trained on, as dashes.
    """
    last = int(held_out[0].max(initial=0)) if held_out is not None else 0
    count = max(1, len(values) - 1, last)
    bottom = _TOP + _HEIGHT

    def x(iteration: float) -> float:
        return _LEFT + iteration / count * _WIDTH

    def y(value: float) -> float:
        return bottom - value / highest * _HEIGHT

    drawn = [text(_LEFT, 14, title)]
    for value in (0.0, highest / 2, highest):
        drawn.append(line("grid", (_LEFT, _LEFT + _WIDTH), (y(value), y(value))))
        drawn.append(text(_LEFT - 6, y(value) + 4, tick(float(f"{value:.2g}")), "end"))
    for at, anchor in ((0, "start"), (count, "end")):
        drawn.append(text(x(at), bottom + 18, f"{at:,}", anchor))
    drawn.append(text(x(count / 2), bottom + 18, "iteration", "middle"))
    for at, words in marks:
        left = x(min(at, count))
        drawn.append(line("change", (left, left), (_TOP, bottom)))
        is_far = left > _LEFT + 0.7 * _WIDTH
        sides = (left - 4, "end") if is_far else (left + 4, "start")
        drawn.append(text(sides[0], _TOP + 10, words, sides[1]))
    points = [at for at in _shown(values) if np.isfinite(values[at])]
    path = " ".join(f"{x(at):.1f},{y(values[at]):.1f}" for at in points)
    drawn.append(f'<polyline class="curve" points="{path}"/>')
    if held_out is not None:
        drawn += _dashes(*held_out, x, y)
    ends = f", from {compact(values[0])} to {compact(values[-1])}" if len(values) else ""
    description = f"{title} over {len(values):,} iterations{ends}"
    return svg(_LEFT + _WIDTH + 8, bottom + 24, "".join(drawn), description)


def _dashes(
    iterations: NDArray[np.int64],
    values: NDArray[np.float64],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> list[str]:
    """Return a dashed curve with its name at the right, or nothing."""
    points = [at for at in _shown(values) if np.isfinite(values[at])]
    if not points:
        return []
    path = " ".join(f"{x(int(iterations[at])):.1f},{y(float(values[at])):.1f}" for at in points)
    last = points[-1]
    name = text(x(int(iterations[last])), y(float(values[last])) - 6, "held-out", "end")
    return [f'<polyline class="held-out" points="{path}"/>', name]


def outputs(output: Floats, labels: NDArray[np.uint8]) -> str:
    """Return each image's output above its digit: a disc if it is right, a cross if it is not."""
    bottom, column = _TOP + _HEIGHT, _WIDTH / 10
    every = -(-len(output) // _MOST_IMAGES)
    of = "each image" if every == 1 else f"one image in {every}"
    drawn = [text(_LEFT, 14, f"output of {of}, by digit")]
    for value, words in ((1.0, "1"), (0.5, "½"), (0.0, "0")):
        y = bottom - value * _HEIGHT
        kind = "half" if value == 0.5 else "grid"
        drawn.append(line(kind, (_LEFT, _LEFT + _WIDTH), (y, y)))
        drawn.append(text(_LEFT - 6, y + 4, words, "end"))
    drawn.append(line("grid", (_LEFT + 5 * column,) * 2, (_TOP, bottom)))
    drawn += [
        text(_LEFT + (digit + 0.5) * column, bottom + 18, str(digit), "middle")
        for digit in range(10)
    ]
    right = (output > 0.5) == (labels > 4)
    for k in range(0, len(output), every):
        value, label = float(output[k]), int(labels[k])
        x = _LEFT + (label + 0.1 + 0.8 * ((k * _SPREAD) % 1)) * column
        y = bottom - value * _HEIGHT
        if right[k]:
            drawn.append(f'<circle class="right" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
        else:
            cross = f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"
            drawn.append(f'<path class="wrong" d="{cross}"/>')
    description = f"outputs of {len(output):,} images, of which {int(right.sum()):,} are right"
    return svg(_LEFT + _WIDTH + 8, bottom + 24, "".join(drawn), description)


def _shown(values: NDArray[np.float64]) -> list[int]:
    """Return the points that show a curve, in their order."""
    if len(values) <= _MOST:
        return list(range(len(values)))
    groups = np.array_split(np.arange(len(values)), _MOST // 2)
    low, high = (np.where(np.isfinite(values), values, other) for other in (np.inf, -np.inf))
    ends = ({int(g[low[g].argmin()]), int(g[high[g].argmax()])} for g in groups)
    return sorted(set().union(*ends))
