"""The menu of a panel's title, by a key."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from cnnviz.app.window.main_window import MainWindow
from tests.app.docks import dock

CONTROL = Qt.KeyboardModifier.ControlModifier


def opened(window: MainWindow, panel: str) -> list[str]:
    """Return the menu of a panel's title, which has just been opened, and close it."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.parent() is dock(window, panel)
    assert menu.activeAction() is menu.actions()[0]  # the arrow keys go on from there
    texts = [action.text() for action in menu.actions()]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    return texts


def test_a_key_opens_the_menu_of_the_focused_panel(shared_window: MainWindow) -> None:
    window = shared_window
    for panel in ("network", "loss", "predictions", "controls"):
        window.commands.panel_focus.enter(panel)
        QTest.keyClick(window, Qt.Key.Key_M, CONTROL)
        assert opened(window, panel) == ["Copy picture", "Save picture…", "Resize", "Panels"]
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL)
    assert opened(window, "network")  # the main one, if none is focused
