"""How colours look to colour-blind eyes, how far apart they are, and how well text is read."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIGHTS: Final[dict[str, Floats]] = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
"""Matrices for linear RGB at full severity: Machado, Oliveira and Fernandes, 2009."""
TO_XYZ: Final = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883])
_CUBE: Final = 25.0**7


def rgb(colour: str) -> Floats:
    """Return the sRGB values of ``#rrggbb``, 0 to 1."""
    return np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def linear(values: Floats) -> Floats:
    """Return linear RGB of sRGB, shape (..., 3)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def seen(values: Floats, sight: str) -> Floats:
    """Return linear RGB as somebody sees sRGB values, shape (..., 3)."""
    return np.clip(linear(values) @ SIGHTS[sight].T, 0, 1)


def lab(light: Floats) -> Floats:
    """Return CIE Lab of linear RGB, shape (..., 3)."""
    xyz = light @ TO_XYZ.T / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2 defines it."""
    high, low = sorted((float(linear(rgb(c)) @ TO_XYZ[1]) for c in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def difference(one: Floats, other: Floats) -> float:
    """Return the CIEDE2000 difference of two Lab colours (Sharma, Wu and Dalal, 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = (1 - np.sqrt(c7 / (c7 + _CUBE))) / 2
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + turn / 2 if c1 * c2 else h1 + h2
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    c7 = chroma**7
    bend = np.exp(-((((hue % 360) - 275) / 25) ** 2))
    rt = -2 * np.sqrt(c7 / (c7 + _CUBE)) * np.sin(np.radians(60 * bend))
    dl, dc, dh = dl / sl, dc / sc, dh / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


def apart(one: str, other: str, sight: str) -> float:
    """Return how different two colours look to somebody."""
    return difference(*(lab(seen(rgb(colour), sight)) for colour in (one, other)))


def least_apart(colours: Sequence[str], sight: str) -> float:
    """Return the difference of the two most similar colours."""
    pairs = [(a, b) for at, a in enumerate(colours) for b in colours[at + 1 :]]
    return min(apart(a, b, sight) for a, b in pairs)
