"""Access to the whole window by screen reader and keyboard."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.window.main_window import MainWindow


def accessible_name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def takes_focus(widget: QWidget, window: MainWindow) -> bool:
    """Return whether the keyboard can go to a widget of the window, or of a panel that floats."""
    if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.focusProxy() is not None:
        return False
    # A button or a label that is hidden gets its text, which is its name, when it is shown.
    named_later = isinstance(widget, (QAbstractButton, QLabel)) and not widget.isVisible()
    return not named_later and widget.window() is window


def test_everything_focusable_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    window.complete()
    window.debugger_commands.open()
    for dock in window.findChildren(QDockWidget):
        dock.show()
    qtbot.waitUntil(lambda: window.debugger_commands.panel.view is not None)
    focusable = [w for w in window.findChildren(QWidget) if takes_focus(w, window)]
    assert len(focusable) > 40
    unnamed = [
        (type(w).__name__, type(w.parent()).__name__) for w in focusable if not accessible_name(w)
    ]
    assert unnamed == []


def mnemonic(action: QAction) -> str:
    """Return the letter that Alt or the bare key chooses an action by; empty if it has none."""
    text = action.text().replace("&&", "")
    return text[text.index("&") + 1].lower() if "&" in text else ""


def test_mnemonics_are_unique_in_each_menu(window: MainWindow) -> None:
    menus: list[tuple[str, list[QAction]]] = [("menu bar", window.menuBar().actions())]
    menus += [(m.title(), m.actions()) for m in window.findChildren(QMenu) if m.title()]
    assert len(menus) >= 7
    for title, actions in menus:
        shown = [action for action in actions if not action.isSeparator()]
        letters = [letter for action in shown if (letter := mnemonic(action))]
        assert len(set(letters)) == len(letters), title
    assert all(mnemonic(action) for action in window.menuBar().actions())
