"""Line breaks of code in narrow widgets."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.code_lines import CodeLines, broken_code
from cnnviz.app.debugger.operation_header import OperationHeader
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=["notebook", "exact"])
@pytest.mark.parametrize("columns", [28, 40, 100])
def test_lines_fit_and_no_text_is_lost(rule: Rule, columns: int) -> None:
    for operation in OPERATIONS:
        for line in operation.variant(rule).numpy.splitlines():
            parts = broken_code(line, columns)
            assert max(map(len, parts)) <= columns
            assert "".join(parts).replace(" ", "") == line.replace(" ", "")
            assert all(part.startswith("    ") for part in parts[1:])


def test_a_line_is_broken_after_a_separator() -> None:
    line = "C = np.tensordot(P, f, axes=((3, 4), (0, 1))).transpose(2, 3, 0, 1)"
    assert broken_code(line, 30) == [
        "C = np.tensordot(P, f,",
        "    axes=((3, 4), (0, 1)))",
        "    .transpose(2, 3, 0, 1)",
    ]
    assert broken_code(line, 70) == [line]


def test_a_long_name_is_broken_anywhere() -> None:
    assert broken_code("x" * 20, 12) == ["x" * 12, "    " + "x" * 8]


@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_what_code_asks_for_does_not_depend_on_its_width(qtbot: QtBot, scale: float) -> None:
    """Else an area that scrolls shows and hides its bar for ever, until the stack is full."""
    header = OperationHeader(Style(LIGHT, scale))
    code = header.findChild(CodeLines)
    area = QScrollArea(widgetResizable=True)
    qtbot.addWidget(area)
    area.setWidget(header)
    code.set_code("delta = standardised_gradient * a.std(axis=0, ddof=1) / len(a)")
    code.show()
    area.show()
    wanted, lines = set(), set()
    for width in range(620, 200, -8):
        for extra in (0, 300):  # without a scroll bar, and, if the code then wraps, with one
            area.resize(width, header.heightForWidth(width) + extra)
            QApplication.processEvents()
            wanted.add((code.sizeHint(), code.minimumSizeHint()))
            lines.add(code.text().count("\n"))
            assert code.height() >= code.heightForWidth(code.width())
            assert code.height() >= QLabel.sizeHint(code).height()  # no line is cut off
    assert len(wanted) == 1
    assert len(lines) > 2
