"""The position of a derivative in the pictures, and its words."""

import numpy as np

from cnnviz.app.check.weight_pictures import WeightPictures
from cnnviz.numerics.checking.gradient_check import DerivativeComparison
from cnnviz.numerics.network import unravel_unit


def comparison(*shape: int) -> DerivativeComparison:
    """Return derivatives that are all different, of which the last one disagrees."""
    analytic = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    numerical = analytic.copy()
    numerical.flat[-1] += 0.5
    return DerivativeComparison(analytic, numerical, np.ones(shape), np.full(shape, 0.01))


def test_each_filter_weight_is_where_it_is_seen() -> None:
    given = comparison(5, 5, 3)
    pictures = WeightPictures.of("filters", given)
    assert pictures.error.shape == (5, 17)
    found = set()
    for row, column in np.ndindex(pictures.analytic.shape):
        point = pictures.point_at(row, column)
        if point is None:
            assert np.isnan(pictures.analytic[row, column])
            assert pictures.words_at(row, column) == ""
            continue
        i, u, v = point.index  # dF is filter first
        assert point.tensor == "dF"
        assert pictures.analytic[row, column] == given.analytic[u, v, i]
        assert (row, column) == (v, i * 6 + u)  # the arrays are transposed
        found.add(point.index)
    assert len(found) == 75
    assert pictures.point_at(-1, 0) is None
    assert pictures.point_at(0, 17) is None


def test_each_dense_weight_is_where_it_is_seen() -> None:
    given = comparison(1728, 1)
    pictures = WeightPictures.of("dense", given)
    assert pictures.error.shape == (24, 76)
    units = set()
    for row, column in np.ndindex(pictures.analytic.shape):
        if (point := pictures.point_at(row, column)) is not None:
            j, _ = point.index
            i, r, c = unravel_unit(j)
            assert pictures.analytic[row, column] == given.analytic[j, 0]
            assert (row, column) == (c, i * 26 + r)
            units.add(j)
    assert len(units) == 1728


def test_the_words_say_whether_they_agree() -> None:
    pictures = WeightPictures.of("filters", comparison(5, 5, 3))
    assert pictures.words_at(0, 0) == (
        "filter 1, row 1, column 1: the rule has 1.00000, the loss 1.00000; they agree: off by 0, "
        "tolerance 0.0100"
    )
    assert "they disagree: off by 0.500" in pictures.words_at(4, 16)
