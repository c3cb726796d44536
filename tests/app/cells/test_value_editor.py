"""The field in which one value is edited."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.value_editor import Editable, ValueEditor
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT


@pytest.mark.parametrize("value", [3_228_000.25, -3e11])
def test_a_value_beyond_its_limits_is_shown_and_kept(qtbot: QtBot, value: float) -> None:
    host = QWidget()
    host.resize(400, 300)
    qtbot.addWidget(host)
    editor = ValueEditor(Style(LIGHT), host)
    entered: list[float] = []
    editor.value_entered.connect(entered.append)
    host.show()
    editor.open_for(Editable("f[0, 0, 0]", value, -1e6, 1e6, 6, "a weight"), QPoint(10, 10))
    assert editor.field.value() == value
    assert float(editor.field.text().replace("−", "-")) == value
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert entered == []
    assert editor.isHidden()
