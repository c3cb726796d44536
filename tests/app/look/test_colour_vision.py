"""Colours with a meaning are distinct from each other, also for colour-blind eyes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pytest
from PySide6.QtGui import QImage

from cnnviz.app.look.colour_maps import Matrix, activation_table, matrix_image, signed_table
from cnnviz.app.look.theme import THEMES, Theme
from tests.app.look.colour_vision import (
    SIGHTS,
    apart,
    contrast,
    difference,
    lab,
    least_apart,
    rgb,
    seen,
)

CLEAR: Final = 10.0
"""CIEDE2000 difference that is seen at a glance: 2 is about the least that is seen at all."""
TEXT: Final = 4.5
"""Contrast that WCAG 2 asks of text (AA)."""
GRAPHICS: Final = 3.0
"""Contrast that WCAG 2 asks of lines and marks."""

themes = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
sights = pytest.mark.parametrize("sight", list(SIGHTS))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_paper(
    one: Sequence[float], other: Sequence[float], expected: float
) -> None:
    assert difference(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def test_contrast_and_simulation_are_right_for_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    for sight in SIGHTS:  # greys look the same to everybody
        assert seen(rgb("#808080"), sight) == pytest.approx(np.full(3, 0.2159), abs=1e-3)
    assert apart("#ff0000", "#6a6a00", "protanopia") < CLEAR < apart("#ff0000", "#6a6a00", "normal")


@themes
@sights
def test_filters_differ_from_each_other_and_from_the_accent(theme: Theme, sight: str) -> None:
    assert least_apart((*theme.filters, theme.accent), sight) >= CLEAR


@themes
@sights
def test_branches_differ_from_each_other_and_from_the_accent(theme: Theme, sight: str) -> None:
    assert least_apart((*theme.branches, theme.accent), sight) >= CLEAR


@themes
@sights
def test_right_and_wrong_are_distinct(theme: Theme, sight: str) -> None:
    assert apart(theme.accent, theme.wrong, sight) >= CLEAR


@themes
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    for ground in (theme.window, theme.panel, theme.raised):
        for words in (theme.text, theme.muted, theme.accent, theme.wrong):
            assert contrast(words, ground) >= TEXT
    assert contrast(theme.on_accent, theme.accent) >= TEXT
    assert contrast(theme.on_accent, theme.wrong) >= TEXT


@themes
def test_curves_and_frames_stand_out_from_their_ground(theme: Theme) -> None:
    for colour in (*theme.filters, *theme.branches, theme.accent, theme.wrong):
        assert contrast(colour, theme.panel) >= GRAPHICS


def drawn(values: Sequence[float], theme: Theme, *, signed: bool) -> list[str]:
    """Return the colours in which the pictures draw values."""
    image: QImage = matrix_image(Matrix(np.array([values]), 1.0, signed=signed), theme)
    return [image.pixelColor(at, 0).name() for at in range(len(values))]


@themes
@sights
def test_the_sign_of_a_value_is_seen(theme: Theme, sight: str) -> None:
    low, half_low, zero, half, high = drawn((-1, -0.5, 0, 0.5, 1), theme, signed=True)
    assert apart(low, high, sight) >= 4 * CLEAR
    assert apart(half_low, half, sight) >= 2 * CLEAR
    assert min(apart(zero, half_low, sight), apart(zero, half, sight)) >= CLEAR


@themes
@sights
def test_larger_activations_are_lighter(theme: Theme, sight: str) -> None:
    steps = drawn(np.linspace(0, 1, 9).tolist(), theme, signed=False)
    lightness = [lab(seen(rgb(colour), sight))[0] for colour in steps]
    assert min(np.diff(lightness)) > 3


@themes
@sights
def test_an_undefined_value_looks_like_no_number(theme: Theme, sight: str) -> None:
    tables = (*signed_table(theme)[1::6], *activation_table(theme)[1::6])
    numbers = {f"#{colour & 0xFFFFFF:06x}" for colour in tables}
    (undefined,) = drawn((float("nan"),), theme, signed=True)
    assert min(apart(undefined, number, sight) for number in numbers) >= 2 * CLEAR
