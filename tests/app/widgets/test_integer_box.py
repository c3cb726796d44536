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
    box = IntegerBox()
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
