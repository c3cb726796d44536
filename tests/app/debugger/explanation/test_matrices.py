"""The numbers in the cells of small matrices."""

import math

import pytest
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QApplication

from cnnviz.app.debugger.explanation.formats import width_of
from cnnviz.app.debugger.explanation.matrices import _fitting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.87, "0.87"),
        (0.0871, "0.09"),
        (-0.0036, "−0.0"),
        (3.4e-4, "0.00"),
        (1.0, "1.0"),
        (1299.0, "1299"),
        (33167.0, "3e4"),
        (-33167.0, "−3e4"),
        (0.0, "0"),
        (math.inf, "∞"),
        (math.nan, "nan"),
    ],
)
def test_a_number_has_as_many_digits_as_fit_into_its_cell(
    qapp: QApplication, value: float, text: str
) -> None:
    words = QTextCharFormat()
    words.setFont(qapp.font())
    room = max(width_of(word, words) for word in ("1299", "0.00", "−3e4"))
    written = _fitting(value, words, room)
    assert written == text
    assert width_of(written, words) <= room
    assert _fitting(value, words, 0) == ""
