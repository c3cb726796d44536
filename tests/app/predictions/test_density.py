"""Tests of the density's picture: colours, shapes and how many points a cell has."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.predictions.density import Points, density_image

SIDE = 3


def drawn(
    cells: list[tuple[int, int]],
    *,
    wrong: bool = False,
    listed: bool = True,
    theme: Theme = LIGHT,
) -> QImage:
    """Draw points in cells, given by column and row, of a grid of 4 columns and 5 rows."""
    column, row = (np.array(part, np.intp) for part in zip(*cells, strict=True))
    flags = np.full(len(cells), wrong), np.full(len(cells), listed)
    return density_image(Points(column, row, *flags), 5, 4, SIDE, theme)


def cell(image: QImage, column: int, row: int) -> list[list[int]]:
    """Return the opacities of a cell's pixels."""
    return [
        [image.pixelColor(column * SIDE + x, row * SIDE + y).alpha() for x in range(SIDE)]
        for y in range(SIDE)
    ]


def total(image: QImage) -> int:
    """Return how many pixels are painted."""
    return sum(
        image.pixelColor(x, y).alpha() > 0
        for x in range(image.width())
        for y in range(image.height())
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_right_points_are_squares_and_wrong_ones_crosses(theme: Theme) -> None:
    right, wrong = drawn([(2, 1)], theme=theme), drawn([(2, 1)], wrong=True, theme=theme)
    assert (total(right), total(wrong)) == (9, 5)
    assert all(alpha > 100 for line in cell(right, 2, 1) for alpha in line)
    assert [[a > 100 for a in line] for line in cell(wrong, 2, 1)] == [
        [True, False, True],
        [False, True, False],
        [True, False, True],
    ]
    for image, name in ((right, theme.accent), (wrong, theme.wrong)):
        seen, wanted = image.pixelColor(2 * SIDE, SIDE), QColor(name)
        assert seen.getRgb()[:3] == pytest.approx(wanted.getRgb()[:3], abs=2)  # type: ignore[index]


def test_the_more_points_the_more_opaque_and_one_is_seen_beside_a_thousand() -> None:
    image = drawn([(0, 0), *[(1, 0)] * 30, *[(2, 0)] * 1_000])
    one, some, many = (cell(image, column, 0)[0][0] for column in range(3))
    assert 100 < one < some < many == 255
    assert total(image) == 27


def test_points_that_are_not_listed_are_grey_and_faint() -> None:
    image = drawn([(0, 0)] * 40, listed=False, wrong=True)
    seen = image.pixelColor(0, 0)
    assert 0 < seen.alpha() < 100
    assert abs(seen.red() - QColor(LIGHT.muted).red()) < 8


def test_a_wrong_point_is_seen_over_right_ones() -> None:
    column, row = np.zeros(3, np.intp), np.zeros(3, np.intp)
    points = Points(column, row, np.array([False, False, True]), np.ones(3, np.bool_))
    image = density_image(points, 5, 4, SIDE, LIGHT)
    reds = [image.pixelColor(x, 0).red() for x in (0, 1)]
    assert reds == pytest.approx([QColor(LIGHT.wrong).red(), QColor(LIGHT.accent).red()], abs=3)
