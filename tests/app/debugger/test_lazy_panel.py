"""The debugger panel is created on first use, in the current state of the window."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.operation_list import OperationList
from cnnviz.app.debugger.panel import DebuggerPanel
from cnnviz.app.look.theme import DARK, body_font
from cnnviz.app.window.main_window import MainWindow
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from tests.app import operation_rows as rows


def test_a_window_opens_without_the_debugger_and_its_key_creates_it_once(
    window: MainWindow, qtbot: QtBot
) -> None:
    assert not window.findChildren(DebuggerPanel)
    qtbot.keyClick(window, Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: window.commands.debugger.panel.view is not None)
    (panel,) = window.findChildren(DebuggerPanel)
    assert panel is window.commands.debugger.panel
    assert panel.isVisible()
    assert panel.size() == window.panels.debugger.size()
    tool = window.run_toolbar.findChild(QToolButton, "debugger-button")
    for shown in (False, True):
        qtbot.mouseClick(tool, Qt.MouseButton.LeftButton)
        assert panel.isVisible() is shown
    assert window.findChildren(DebuggerPanel) == [panel]


def test_changes_before_its_creation_are_applied_to_a_panel(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window()
    window.set_theme(DARK)
    window.resize(2400, 1600)
    window.set_presentation(True)
    window.commands.breakpoints.replace((Breakpoint(1, "at delta"),))
    window.commands.debugger.open()
    qtbot.waitUntil(lambda: window.commands.debugger.panel.view is not None)
    operations = window.findChild(OperationList)
    assert operations is not None
    assert rows.marked(operations) == {"delta"}
    panel = window.commands.debugger.panel
    assert panel.palette().color(panel.backgroundRole()).name() == DARK.panel
    assert panel.parts.where.font().pointSizeF() > body_font(0.9).pointSizeF()
