"""A whole number is written and read in the same way under every locale."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.integer_box import IntegerBox


@pytest.fixture(params=["C", "de_DE", "ar_EG", "fr_FR"])
def box(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[IntegerBox]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    box = IntegerBox("Number")
    QLocale.setDefault(before)
    box.setRange(2, 60_000)
    box.setValue(1_797)
    qtbot.addWidget(box)
    box.show()
    yield box
    box.hide()


def retype(qtbot: QtBot, box: IntegerBox, text: str) -> None:
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("typed", "number"), [("1,000", 1_000), ("1000", 1_000), (" 60,000 ", 60_000), ("7", 7)]
)
def test_numbers_with_and_without_commas(
    box: IntegerBox, qtbot: QtBot, typed: str, number: int
) -> None:
    assert box.text() == "1,797"
    retype(qtbot, box, typed)
    assert box.value() == number
    assert box.text() == f"{number:,}"


@pytest.mark.parametrize("typed", ["1.000", "1", "many", "1,00", "−5", "9" * 5_000])
def test_other_texts_are_refused(box: IntegerBox, qtbot: QtBot, typed: str) -> None:
    refused = QSignalSpy(box.refused)
    box.lineEdit().setText(typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 1_797
    assert [refused.at(i) for i in range(refused.count())] == [[typed]]


def test_a_prefix_is_no_part_of_the_number(box: IntegerBox, qtbot: QtBot) -> None:
    box.setPrefix("k = ")
    assert box.text() == "k = 1,797"
    retype(qtbot, box, "1,000")
    assert (box.value(), box.text()) == (1_000, "k = 1,000")
    refused = QSignalSpy(box.refused)
    box.lineEdit().setText("k = 1")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert refused.at(0) == ["1"]
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "k = 1,000"


def test_an_index_has_no_separator(qtbot: QtBot) -> None:
    box = IntegerBox("Number", separator="")
    qtbot.addWidget(box)
    box.setRange(0, 60_000)
    retype(qtbot, box, "1,797")
    assert (box.value(), box.text()) == (1_797, "1797")


@pytest.mark.parametrize("points", [8, 10, 14])
def test_the_widest_number_fits(qtbot: QtBot, points: int) -> None:
    box = IntegerBox("Case", limits=(0, 999_999), value=999_999, prefix="case ", separator="")
    qtbot.addWidget(box)
    font = box.font()
    font.setPointSize(points)
    box.setFont(font)
    box.resize(box.minimumSizeHint())
    box.show()
    margins = 2 * 2  # of Qt, within the field
    needed = box.fontMetrics().horizontalAdvance("case 999999") + 1  # the cursor
    assert box.lineEdit().width() - margins >= needed
    box.hide()
