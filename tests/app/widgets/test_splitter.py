from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.splitter import made_splitter


def test_a_handle_is_moved_by_the_arrow_keys_and_says_where_it_is(qtbot: QtBot) -> None:
    parts = QWidget(), QWidget()
    splitter = made_splitter(Qt.Orientation.Vertical, "the plot and the table", *parts)
    qtbot.addWidget(splitter)
    splitter.resize(100, 300)
    splitter.show()
    handle = splitter.handle(1)
    handle.setFocus(Qt.FocusReason.TabFocusReason)
    above = parts[0].height()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left):
        qtbot.keyClick(handle, key)
    assert parts[0].height() == above + 16
    spoken = QAccessible.queryAccessibleInterface(handle)
    assert spoken.text(QAccessible.Text.Name) == "Handle between the plot and the table"
    share = 100 * parts[0].height() / (parts[0].height() + parts[1].height())
    assert spoken.text(QAccessible.Text.Value) == f"{share:.0f} %"
