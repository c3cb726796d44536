"""The numbers in the cells of small matrices."""

import math

import numpy as np
import pytest
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from cnnviz.app.debugger.explanation.formats import Formats, width_of
from cnnviz.app.debugger.explanation.matrices import _fitting, write_matrices
from cnnviz.app.debugger.explanation.text_view import TextWriter
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.numerics.explain.explanation import Heatmap


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


@pytest.mark.parametrize("width", [432, 444, 492, 516])
def test_the_ends_of_a_colour_scale_stay_on_one_line(qapp: QApplication, width: int) -> None:
    assert qapp
    for largest in (1e-4, 1.5e-4, 0.0015, 0.003):
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setTextWidth(width)
        values = np.linspace(-largest, largest, 576).reshape(24, 24)
        matrix = Heatmap("X · M", "products", values, "signed")
        writer = TextWriter(QTextCursor(document), Formats.of(Style(LIGHT)), width, [])
        write_matrices(writer, [matrix] * 4)
        assert document.size().width() <= width
        block = document.begin()
        while block.isValid():
            assert "\t0\t" not in block.text() or block.layout().lineCount() == 1
            block = block.next()
