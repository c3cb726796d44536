"""A drawing becomes the image that MNIST's preparation would have made of it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.drawing import as_mnist, centre_of_mass, ink_of
from cnnviz.data.source import load

DIGITS = bundled_digits()
SQUARES = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40))


def enlarged(image: np.ndarray, factor: int) -> np.ndarray:
    return np.kron(image, np.ones((factor, factor), np.uint8))


def slowly_scaled(ink: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The mean of the ink below each cell, by summing little squares."""
    fine = enlarged(ink, 1)
    fine = np.repeat(np.repeat(fine, rows, axis=0), columns, axis=1)
    high, wide = fine.shape[0] // rows, fine.shape[1] // columns
    return np.array(
        [
            [
                fine[r * high : (r + 1) * high, c * wide : (c + 1) * wide].mean()
                for c in range(columns)
            ]
            for r in range(rows)
        ]
    )


def test_mnists_own_digits_come_back_from_an_enlargement(mnist_folder: Path) -> None:
    for image in load(str(mnist_folder)).first(60).images:
        np.testing.assert_array_equal(as_mnist(enlarged(image, 10)), image)


def test_mnists_digits_have_their_mass_in_row_and_column_14(mnist_folder: Path) -> None:
    centres = np.array([centre_of_mass(i) for i in load(str(mnist_folder)).first(500).images])
    assert np.abs(centres - 14).max() <= 0.5


@settings(max_examples=25, deadline=None)
@given(squares=st.lists(SQUARES, min_size=1, max_size=4), factor=st.integers(1, 3))
def test_any_drawing_is_as_large_as_a_digit_and_centred(
    squares: list[tuple[int, int, int, int]], factor: int
) -> None:
    ink = np.zeros((100, 100), np.uint8)
    for row, column, high, wide in squares:
        ink[row : row + high, column : column + wide] = 255
    image = as_mnist(ink)
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    sides = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    assert max(sides) == 20
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    inside = rows[0] > 0 and rows[-1] < 27 and columns[0] > 0 and columns[-1] < 27
    if inside:  # else it is at an edge, and cannot be moved any further
        assert np.abs(np.array(centre_of_mass(image)) - 14).max() <= 0.51
    moved = np.roll(np.pad(ink, 50), (31, -17), (0, 1))
    for same in (enlarged(ink, factor), moved):
        np.testing.assert_allclose(as_mnist(same).astype(int), image, atol=1)


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(1, 30), columns=st.integers(1, 30), seed=st.integers(0, 99))
def test_the_grey_levels_are_those_of_an_average(rows: int, columns: int, seed: int) -> None:
    ink = np.random.default_rng(seed).random((rows, columns)) * 0.8 + 0.2
    longer = max(rows, columns)
    high, wide = (max(1, round(20 * side / longer)) for side in (rows, columns))
    expected = np.rint(255 * slowly_scaled(ink, high, wide))
    image = as_mnist(ink)
    seen = image[image.any(axis=1)][:, image.any(axis=0)]
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).max() <= 1


def test_nothing_drawn_is_an_empty_image() -> None:
    assert not as_mnist(np.zeros((280, 280), np.uint8)).any()
    assert not as_mnist(np.zeros((0, 5), np.uint8)).any()


def test_a_dot_and_a_line_are_drawn() -> None:
    dot, line = np.zeros((2, 280, 280), np.uint8)
    dot[5, 5] = 255
    assert (as_mnist(dot) == 255).sum() == 400
    line[:, 100] = 255
    assert (as_mnist(line) > 0).sum() == 20


@pytest.mark.parametrize("index", range(5))
def test_ink_is_found_on_light_and_on_dark_paper(index: int) -> None:
    digit = DIGITS.images[index].astype(float) / 255
    for paper, full in ((250, 20), (10, 240), (140, 60)):
        grey = np.rint(paper + (full - paper) * digit).astype(np.uint8)
        noise = np.random.default_rng(0).integers(-4, 5, grey.shape)
        noisy = np.clip(grey + noise, 0, 255).astype(np.uint8)
        np.testing.assert_allclose(ink_of(noisy), np.clip(digit - 0.15, 0, 1) / 0.85, atol=0.12)
        assert not ink_of(noisy)[0].any()


def test_an_even_picture_has_no_ink() -> None:
    assert not ink_of(np.full((9, 9), 200, np.uint8)).any()
    assert not ink_of(np.random.default_rng(0).integers(90, 101, (9, 9), np.uint8)).any()
