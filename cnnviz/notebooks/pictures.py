"""Pictures of a wrong value beside the right one, as SVG for a page."""

from html import escape
from typing import Final

from cnnviz.notebooks.verdicts import LineComparison
from cnnviz.numerics.number_format import plain
from cnnviz.pages.pictures import line, matrices, svg, text

_TEXT: Final = 20
_PLOT_WIDTH: Final = 640
_PLOT_HEIGHT: Final = 200
_MOST_POINTS: Final = 400


def picture(comparison: LineComparison, name: str) -> str:
    """Return a comparison as HTML: three pictures, or points for each image."""
    if comparison.value.ndim == 1:
        return _points(comparison, name)
    return _maps(comparison, name)


def _maps(comparison: LineComparison, name: str) -> str:
    """Return value, right value and their difference, all on one scale around zero."""
    titled = (
        ("as it is", comparison.value),
        ("as it should be", comparison.right),
        ("difference", comparison.value - comparison.right),
    )
    drawn = matrices(titled, "signed", f"{name} beside what it should be")
    caption = f"{comparison.caption}, rows and columns as in the array"
    return f'{drawn}<p class="muted">{escape(caption)}</p>'


def _points(comparison: LineComparison, name: str) -> str:
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

    drawn = [
        line("axis", (left, _PLOT_WIDTH), (y(0), y(0))),
        text(left, 14, f"● {name}, as it is   ○ as it should be"),
        text(_PLOT_WIDTH, _PLOT_HEIGHT - 4, f"image 0 to {len(value) - 1}", "end"),
    ]
    drawn += [
        text(left - 8, y(number) + 4, plain(number, 3), "end")
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
