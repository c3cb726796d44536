"""Arrays of numbers as SVG for a page: in light and in dark, of which the page shows one."""

import base64
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.resources import resource_path
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import round_range, tick

Scale = Literal["signed", "activation", "ink"]
"""Centred on zero; from 0 to 1 of a sigmoid; from 0 to 1 as grey levels."""

_THEMES: Final = ("light", "dark")
_MAPS: Final = {"light": "CET-CBD1", "dark": "CET-D6"}
"""The diverging colour maps of the program's themes."""
_GREYS: Final = {"light": ((255, 255, 255), (22, 27, 34)), "dark": ((0, 0, 0), (255, 255, 255))}
"""Colours of paper and ink."""
_TITLE: Final = 20
_BAR: Final = 36
_GAP: Final = 16
_SIDE: Final = 112
"""The side of a matrix."""


def svg(width: float, height: float, content: str, description: str) -> str:
    """Return a picture."""
    return (
        f'<svg role="img" aria-label="{escape(description)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{content}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Return a line of text in a picture."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def line(kind: str, x: tuple[float, float], y: tuple[float, float]) -> str:
    """Return a straight line between two points."""
    ends = f'x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="{y[0]:.1f}" y2="{y[1]:.1f}"'
    return f'<line class="{kind}" {ends}/>'


def matrices(titled: Sequence[tuple[str, Floats]], scale: Scale, description: str) -> str:
    """Return matrices beside each other, with titles, on one scale that is drawn beneath them."""
    values = np.concatenate([np.ravel(matrix) for _, matrix in titled])
    largest = round_range(_largest(values)) if scale == "signed" else 1.0
    drawn = []
    for number, (title, matrix) in enumerate(titled):
        x = number * (_SIDE + _GAP)
        drawn.append(text(x, 13, title))
        drawn.append(image(matrix, scale, largest, (x, _TITLE, _SIDE, _SIDE)))
    low = -largest if scale == "signed" else 0.0
    top = _TITLE + _SIDE + 6
    drawn.append(
        image(np.linspace(low, largest, 255)[np.newaxis], scale, largest, (0, top, _SIDE, 8))
    )
    drawn.append(text(0, top + 22, tick(low)))
    drawn.append(text(_SIDE, top + 22, tick(largest), "end"))
    width = max(len(titled) * (_SIDE + _GAP) - _GAP, _SIDE)
    return svg(width, _TITLE + _SIDE + _BAR, "".join(drawn), description)


def thumbnail(title: str, image_of: Floats, side: float = 84) -> str:
    """Return grey levels, 0 to 1, with a title."""
    drawn = text(0, 13, title) + image(image_of, "ink", 1.0, (0, _TITLE, side, side))
    return svg(max(side, 7.5 * len(title)), _TITLE + side, drawn, title)


def image(
    values: Floats, scale: Scale, largest: float, rectangle: tuple[float, float, float, float]
) -> str:
    """Return an image in each theme at x, y, with a width and a height."""
    x, y, width, height = rectangle
    at = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" preserveAspectRatio="none"'
    return "".join(
        f'<image class="{theme}" {at} href="{_png(values, scale, largest, theme)}"/>'
        for theme in _THEMES
    )


def _largest(values: Floats) -> float:
    """Return the largest magnitude of the finite values."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0))


def _png(values: Floats, scale: Scale, largest: float, theme: str) -> str:
    """Return values up to `largest` as the address of a PNG, a pixel for each."""
    shares = np.nan_to_num(values) / largest
    shares = np.clip((shares + 1) / 2 if scale == "signed" else shares, 0, 1)
    table = _table(theme, scale)
    pixels = table[np.rint(shares * (len(table) - 1)).astype(int)]
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", header),
        _chunk(b"IDAT", zlib.compress(rows.tobytes())),
        _chunk(b"IEND", b""),
    )
    content = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
    return f"data:image/png;base64,{content}"


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


@cache
def _table(theme: str, scale: Scale) -> NDArray[np.uint8]:
    """Return the colours of a scale, shape (count, 3)."""
    if scale != "ink":
        return colour_map(_MAPS[theme] if scale == "signed" else "viridis")
    paper, ink = _GREYS[theme]
    table: NDArray[np.uint8] = np.rint(np.linspace(paper, ink, 256)).astype(np.uint8)
    return table


def colour_map(name: str) -> NDArray[np.uint8]:
    """Return the 255 colours of one of the program's maps, shape (255, 3)."""
    path = resource_path("colours", f"{name}.npy")
    colours: NDArray[np.uint8] = np.load(path, allow_pickle=False)
    return colours
