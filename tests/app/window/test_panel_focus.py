"""F6 goes from panel to panel, and Tab goes on inside one."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.workspaces import WORKSPACES

SHIFT = Qt.KeyboardModifier.ShiftModifier


def go_round(window: MainWindow, modifier: Qt.KeyboardModifier) -> list[str]:
    """Press F6 until the window itself has the keyboard again; return the panels on the way."""
    passed = []
    for _ in range(30):
        QTest.keyClick(window, Qt.Key.Key_F6, modifier)
        QApplication.processEvents()
        if not (now := window.panel_focus.focused):
            assert QApplication.focusWidget() is window
            return passed
        passed.append(now)
    raise AssertionError(passed)


def test_every_open_panel_is_reached_in_every_workspace(shared_window: MainWindow) -> None:
    for workspace in WORKSPACES:
        shared_window.workspaces.chosen.emit(workspace.name)
        passed = go_round(shared_window, Qt.KeyboardModifier.NoModifier)
        assert sorted(passed) == sorted(workspace.shown)
        assert len(passed) >= 3
        assert go_round(shared_window, SHIFT) == passed[::-1]


def test_a_panel_gets_the_keyboard_where_it_had_it_last(shared_window: MainWindow) -> None:
    shared_window.workspaces.chosen.emit("watch")
    shared_window.panel_focus.enter("controls")
    first = QApplication.focusWidget()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    second = QApplication.focusWidget()
    assert second is not first
    shared_window.panel_focus.enter("predictions")
    shared_window.panel_focus.enter("controls")
    assert QApplication.focusWidget() is second
    shared_window.setFocus()
