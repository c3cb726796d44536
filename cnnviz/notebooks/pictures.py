"""Pictures of a wrong value beside the right one, as SVG for a page."""

from html import escape
from typing import Final

import numpy as np

from cnnviz.notebooks.verdicts import Comparison
from cnnviz.numerics.number_format import plain
from cnnviz.pages.pictures import image, svg

_SIDE: Final = 168
_GAP: Final = 24
_TEXT: Final = 20
_PLOT_WIDTH: Final = 640
_PLOT_HEIGHT: Final = 200
_MOST_POINTS: Final = 400


def picture(comparison: Comparison, name: str) -> str:
    """Return a comparison as an SVG element: three pictures, or points for each image."""
    if comparison.value.ndim == 1:
        return _points(comparison, name)
    return _maps(comparison, name)


def _maps(comparison: Comparison, name: str) -> str:
    """Return value, right value and their difference, all on one scale around zero."""
    difference = comparison.value - comparison.right
    parts = (
        (f"{name}, as it is", comparison.value),
        ("as it should be", comparison.right),
        ("the difference", difference),
    )
    finite = [np.abs(part[np.isfinite(part)]) for _, part in parts]
    largest = max((float(part.max()) for part in finite if part.size), default=0.0) or 1.0
    width = 3 * (_SIDE + _GAP) + 90
    drawn = []
    for index, (title, values) in enumerate(parts):
        x = index * (_SIDE + _GAP)
        drawn.append(f'<text x="{x}" y="14">{escape(title)}</text>')
        drawn.append(image(values, "signed", largest, (x, _TEXT, _SIDE, _SIDE)))
    x = 3 * (_SIDE + _GAP)
    bar = np.linspace(largest, -largest, 101)[:, np.newaxis]
    drawn.append(image(bar, "signed", largest, (x, _TEXT, 12, _SIDE)))
    ends = ((12, f"{plain(largest, 3)}"), (_SIDE / 2 + 4, "0"), (_SIDE, f"−{plain(largest, 3)}"))
    drawn += [f'<text x="{x + 18}" y="{_TEXT + y:g}">{text}</text>' for y, text in ends]
    caption = f"{comparison.caption}, rows and columns as in the array"
    drawn.append(f'<text x="0" y="{_TEXT + _SIDE + 20}">{escape(caption)}</text>')
    return svg(width, _TEXT + _SIDE + 28, "".join(drawn), f"{name} beside what it should be")


def _points(comparison: Comparison, name: str) -> str:
    """Return both values of each image: a dot as it is, a ring as it should be."""
    value, right = comparison.value[:_MOST_POINTS], comparison.right[:_MOST_POINTS]
    low = min(0.0, float(value.min()), float(right.min()))
    high = max(0.0, float(value.max()), float(right.max()))
    span = (high - low) or 1.0
    left, top, bottom = 64, 28, _PLOT_HEIGHT - 28

    def x(index: int) -> float:
        return left + (index + 0.5) * (_PLOT_WIDTH - left) / len(value)

    def y(number: float) -> float:
        return bottom - (number - low) / span * (bottom - top)

    axis = f'<line class="axis" x1="{left}" x2="{_PLOT_WIDTH}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>'
    title = f'<text x="{left}" y="14">● {escape(name)}, as it is   ○ as it should be</text>'
    corner = f'x="{_PLOT_WIDTH}" y="{_PLOT_HEIGHT - 4}" text-anchor="end"'
    drawn = [axis, title, f"<text {corner}>image 0 to {len(value) - 1}</text>"]
    drawn += [
        f'<text x="{left - 8}" y="{y(number) + 4:.1f}" text-anchor="end">{plain(number, 3)}</text>'
        for number in dict.fromkeys((low, 0.0, high))
        if number == 0 or abs(y(number) - y(0)) > _TEXT
    ]
    drawn += [
        f'<circle class="right" cx="{x(i):.1f}" cy="{y(r):.1f}" r="3"/>'
        for i, r in enumerate(right.tolist())
    ]
    drawn += [
        f'<circle class="own" cx="{x(i):.1f}" cy="{y(v):.1f}" r="2"/>'
        for i, v in enumerate(value.tolist())
    ]
    description = f"{name} of each image beside what it should be"
    return svg(_PLOT_WIDTH, _PLOT_HEIGHT, "".join(drawn), description)
