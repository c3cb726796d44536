"""Every image's share, as it is drawn: 20 and 60,000 images."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from cnnviz.app.debugger.explanation.contribution_strip import ContributionStrip
from cnnviz.app.look.colour_maps import signed_table
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation

DATASET = bundled_digits()


def explanation(shares: np.ndarray, errors: np.ndarray | None = None) -> Explanation:
    value = float(shares.sum())
    return Explanation("dF", (0, 0, 0), value, "", (), None, shares, (), errors=errors)


@pytest.fixture
def strip(make_host: Callable[[int, int], QWidget]) -> ContributionStrip:
    made = ContributionStrip(Style(LIGHT))
    made.setParent(make_host(400, 200))
    made.set_most_height(200)
    return made


def drawn(strip: ContributionStrip, shares: np.ndarray, dataset: Dataset = DATASET) -> QImage:
    strip.show_contributions(explanation(shares), dataset, 0)
    strip.resize(400, strip.sizeHint().height())
    return strip.grab().toImage()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_bar_has_the_colour_of_its_sign(strip: ContributionStrip, theme: Theme) -> None:
    strip.set_style(Style(theme))
    shares = np.array([0.1, 1.0, -0.5, 0.0])
    image = drawn(strip, shares)
    table = signed_table(theme)
    for k, entry in ((1, 215), (2, 40)):
        at = image.pixelColor(strip.rows[0].bar(k).center().toPoint())
        assert at == QColor.fromRgb(table[entry])


def test_no_image_is_lost_among_sixty_thousand(strip: ContributionStrip) -> None:
    shares = np.full(60_000, 1e-9)
    shares[31_234] = 1.0
    blank = np.zeros((1, 28, 28), np.uint8)
    dataset = Dataset("many", np.broadcast_to(blank, (60_000, 28, 28)), np.zeros(60_000, np.uint8))
    image = drawn(strip, shares, dataset)
    x = int(31_234 / 60_000 * 400)
    assert strip.rows[0].image_at(QPointF(x, 20)) == 31_234
    more = QColor.fromRgb(signed_table(LIGHT)[215])
    assert more in [image.pixelColor(x + near, 25) for near in (-1, 0, 1)]


def test_a_value_that_is_no_sum_over_images_has_no_strip(strip: ContributionStrip) -> None:
    drawn(strip, np.array([1.0, 2.0]))
    assert not strip.isHidden()
    strip.show_contributions(None, DATASET, 0)
    assert strip.isHidden()
    assert not any(row.isVisible() for row in strip.rows)


def test_a_low_panel_shows_only_the_first_row(strip: ContributionStrip) -> None:
    strip.show_contributions(explanation(np.ones(4), np.ones(4)), DATASET, 0)
    assert [row.isHidden() for row in strip.rows] == [False, False]
    two = strip.sizeHint().height()
    strip.set_most_height(10)
    assert [row.isHidden() for row in strip.rows] == [False, True]
    assert strip.sizeHint().height() == pytest.approx(two / 2, abs=1)


def test_shares_that_are_not_finite_are_not_drawn(strip: ContributionStrip) -> None:
    drawn(strip, np.array([1.0, np.nan, np.inf]))
    assert strip.rows[0].reading.text() == "image 0, a 0: 1.00, rank 2"


def test_each_row_is_named_by_its_title(strip: ContributionStrip) -> None:
    strip.rows[0].show_shares("each image's error", np.zeros(3), DATASET)
    assert strip.rows[0].accessibleName() == "What each image's error adds, all 3"
