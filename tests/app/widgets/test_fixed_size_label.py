"""A label with a size that does not depend on its digits."""

import pytest
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel


@pytest.fixture
def label(qtbot: QtBot) -> FixedSizeLabel:
    label = FixedSizeLabel()
    label.setText("loss 0.1111")
    qtbot.addWidget(label)
    label.show()
    return label


def test_other_digits_fit_and_keep_the_size(label: FixedSizeLabel) -> None:
    before = label.size()
    label.setText("loss 0.8888")
    assert label.text() == "loss 0.8888"
    assert label.size() == before
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.contentsRect().width()


def test_longer_text_makes_it_wider(label: FixedSizeLabel) -> None:
    before = label.width()
    label.setText("loss 0.88888")
    assert label.width() > before
    label.setText("loss")
    assert label.width() < before


def test_larger_type_makes_it_larger(label: FixedSizeLabel) -> None:
    before = label.size()
    font = QFont(label.font())
    font.setPointSizeF(2 * font.pointSizeF())
    label.setFont(font)
    assert label.width() > before.width()
    assert label.height() > before.height()
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.contentsRect().width()


def test_several_lines_fit(label: FixedSizeLabel) -> None:
    before = label.height()
    label.setText("of digits ≤ 4: 107 of 109 right\nof digits > 4: 91 of 91 right")
    assert label.height() >= 2 * label.fontMetrics().height() > before
    two_lines = label.height()
    label.setText("200 images, none has an output\n")  # with an empty line
    assert label.height() == two_lines
    label.setText("of digits ≤ 4: 107 of 109 right\nof digits > 4: 91 of 91 right")
    for line in label.text().splitlines():
        assert label.fontMetrics().horizontalAdvance(line) <= label.contentsRect().width()
