"""The field in which one value is edited."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.value_editor import Editable, ValueEditor
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT


@pytest.fixture
def entered() -> list[float]:
    return []


@pytest.fixture
def editor(qtbot: QtBot, entered: list[float]) -> ValueEditor:
    host = QWidget()
    host.resize(400, 300)
    qtbot.addWidget(host)
    editor = ValueEditor(Style(LIGHT), host)
    editor.value_entered.connect(entered.append)
    host.show()
    return editor


def open_for_weight(editor: ValueEditor, value: float) -> None:
    editor.open_for(Editable("f[0, 0, 0]", value, -1e6, 1e6, 6, "a weight"), QPoint(10, 10))


@pytest.mark.parametrize("value", [3_228_000.25, -3e11])
def test_a_value_beyond_its_limits_is_shown_and_kept(
    editor: ValueEditor, entered: list[float], value: float
) -> None:
    open_for_weight(editor, value)
    assert editor.field.value() == value
    assert float(editor.field.text().replace("−", "-")) == value
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert entered == []
    assert editor.isHidden()


@pytest.mark.parametrize("sign", [1, -1])
def test_no_other_value_beyond_the_limits_can_be_entered(
    editor: ValueEditor, entered: list[float], sign: int
) -> None:
    open_for_weight(editor, sign * 3e6)
    QTest.keyClicks(editor.field, f"{sign * 2_000_000}")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert "is not between −1,000,000 and 1,000,000" in editor.problem.text()
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)

    open_for_weight(editor, sign * 3e6)
    back, away = (Qt.Key.Key_Down, Qt.Key.Key_Up)[::sign]
    QTest.keyClick(editor.field, away)
    assert entered == []
    QTest.keyClick(editor.field, back)
    assert entered == [sign * 1e6]
    QTest.keyClick(editor.field, away)
    assert entered == [sign * 1e6]
    QTest.keyClick(editor.field, back)
    assert abs(entered[-1]) < 1e6
