"""Tests of the colour maps: every pixel has the colour of its value."""

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, qRgb

from cnnviz.app.look.colour_maps import (
    Matrix,
    activation_table,
    ink_image,
    ink_table,
    matrix_image,
    mosaic,
    scale_image,
    signed_table,
)
from cnnviz.app.look.theme import DARK, LIGHT, THEMES, Theme

themes = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def lightness(colour: int) -> float:
    return QColor.fromRgb(colour).lightnessF()


@themes
def test_each_scale_has_256_opaque_colours(theme: Theme) -> None:
    for table in (signed_table(theme), activation_table(theme), ink_table(theme)):
        assert len(table) == 256
        assert all(colour >> 24 == 0xFF for colour in table)


@themes
def test_the_scales_are_the_named_maps(theme: Theme) -> None:
    maps = {theme.signed: signed_table(theme), theme.activation: activation_table(theme)}
    for name, table in maps.items():
        colours = pg.colormap.get(name).getLookupTable(nPts=255)
        assert table[1:] == tuple(qRgb(*map(int, colour[:3])) for colour in colours)


@themes
def test_zero_is_the_neutral_middle_of_the_signed_scale(theme: Theme) -> None:
    def chroma(colour: int) -> int:
        parts = colour >> 16 & 0xFF, colour >> 8 & 0xFF, colour & 0xFF
        return max(parts) - min(parts)

    table = signed_table(theme)
    assert chroma(table[128]) <= 4
    assert min(chroma(table[1]), chroma(table[255])) > 80


@themes
@given(value=st.floats(-10, 10), largest=st.floats(0.1, 100))
def test_signed_values_round_to_the_nearest_of_255_steps(
    theme: Theme, value: float, largest: float
) -> None:
    expected = min(max(round(value / largest * 127) + 128, 1), 255)
    pixel = matrix_image(Matrix(np.array([[value]]), largest, signed=True), theme).pixel(0, 0)
    assert pixel == signed_table(theme)[expected]


@themes
@given(value=st.floats(0, 1))
def test_activations_round_to_the_nearest_of_255_steps(theme: Theme, value: float) -> None:
    pixel = matrix_image(Matrix(np.array([[value]])), theme).pixel(0, 0)
    assert pixel == activation_table(theme)[round(value * 254 + 1)]


@given(value=st.floats(0, 5))
def test_opposite_values_are_equally_far_from_zero(value: float) -> None:
    drawn = matrix_image(Matrix(np.array([[-value, value]]), 5.0, signed=True), LIGHT)
    low, high = (signed_table(LIGHT).index(drawn.pixel(x, 0)) for x in (0, 1))
    assert low - 128 == 128 - high


@themes
def test_undefined_values_have_their_own_colour(theme: Theme) -> None:
    undefined = QColor(theme.undefined).rgb()
    signed = matrix_image(Matrix(np.array([[np.nan, np.inf, -np.inf]]), 1.0, signed=True), theme)
    assert signed.pixel(0, 0) == undefined
    assert signed.pixel(1, 0) == signed_table(theme)[255]
    assert signed.pixel(2, 0) == signed_table(theme)[1]
    assert matrix_image(Matrix(np.array([[np.nan]])), theme).pixel(0, 0) == undefined
    assert undefined not in signed_table(theme)[1:]
    assert undefined not in activation_table(theme)[1:]


def test_huge_values_on_a_tiny_scale_do_not_overflow() -> None:
    drawn = matrix_image(Matrix(np.array([[1e300, -1e300]]), 1e-300, signed=True), LIGHT)
    table = signed_table(LIGHT)
    assert (drawn.pixel(0, 0), drawn.pixel(1, 0)) == (table[255], table[1])


def test_matrices_drawn_together_equal_single_drawings() -> None:
    values = np.linspace(-1.5, 1.5, 40)
    matrices = [
        Matrix(values[:15].reshape(5, 3).astype(np.float32), 0.7, signed=True),
        Matrix(values[15:35].reshape(4, 5)),
        Matrix(values[35:].reshape(1, 5), 2.0, signed=True),
        Matrix(np.arange(2).reshape(2, 1)),
    ]
    together, top = mosaic(matrices, DARK), 0
    assert (together.width(), together.height()) == (5, 12)
    for matrix in matrices:
        rows, columns = matrix.values.shape
        assert together.copy(0, top, columns, rows) == matrix_image(matrix, DARK)
        top += rows


@themes
def test_ink_runs_from_paper_to_ink(theme: Theme) -> None:
    drawn = ink_image(np.array([[0, 255]], np.uint8), theme)
    assert drawn.pixel(0, 0) == QColor(theme.paper).rgb()
    assert drawn.pixel(1, 0) == QColor(theme.ink).rgb()


def test_an_image_has_the_arrays_shape_and_its_own_memory() -> None:
    levels = np.zeros((2, 3), np.uint8)
    levels[1, 2] = 255
    drawn = ink_image(levels, DARK)
    levels[:] = 7
    assert (drawn.width(), drawn.height()) == (3, 2)
    assert drawn.pixel(2, 1) == ink_table(DARK)[255]
    assert drawn.pixel(1, 1) == ink_table(DARK)[0]


def test_arrays_that_are_not_contiguous_are_drawn_correctly() -> None:
    values = np.arange(12.0).reshape(3, 4).T / 11
    drawn = matrix_image(Matrix(values), LIGHT)
    assert drawn.pixel(2, 1) == activation_table(LIGHT)[round(float(values[1, 2]) * 254) + 1]


@themes
def test_a_scale_is_drawn_from_low_to_high_without_the_undefined(theme: Theme) -> None:
    table = activation_table(theme)
    drawn = scale_image(table)
    assert [drawn.pixel(x, 0) for x in range(drawn.width())] == list(table[1:])
    assert lightness(table[1]) < lightness(table[255])
