"""Every panel and control says what it is, where it is."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QToolButton, QWhatsThis, QWidget

from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.panel_help import PANEL_HELP, first_sentence
from tests.app.docks import dock
from tests.app.waiting import wait_until


def explanation() -> QWidget | None:
    """Return the text that is shown in front of the window, if one is."""
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    texts = [w for w in shown if w.metaObject().className() == "QWhatsThat"]
    return texts[0] if texts else None


def close_explanation(window: MainWindow) -> None:
    """Close the text; the offscreen platform leaves no window active after that."""
    QWhatsThis.hideText()
    window.activateWindow()
    wait_until(window.isActiveWindow)


def test_every_panel_has_an_explanation(shared_window: MainWindow) -> None:
    assert list(PANEL_HELP) == list(shared_window.panels.by_name)
    for name, text in PANEL_HELP.items():
        assert text in dock(shared_window, name).whatsThis()
        assert 20 < len(first_sentence(text)) < 160


def test_the_button_in_a_title_explains_the_panel(shared_window: MainWindow) -> None:
    button = dock(shared_window, "loss").findChild(QToolButton, "help")
    assert button is not None
    assert button.isVisible()
    floating = dock(shared_window, "loss").findChild(QWidget, "qt_dockwidget_floatbutton")
    assert floating is not None
    assert button.geometry().right() < floating.x()
    assert explanation() is None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert explanation() is not None
    close_explanation(shared_window)


def test_f1_explains_the_panel_with_the_keyboard_else_lists_the_keys(
    shared_window: MainWindow,
) -> None:
    shared_window.commands.panel_focus.enter("controls")
    QTest.keyClick(shared_window, Qt.Key.Key_F1)
    assert explanation() is not None
    close_explanation(shared_window)
    shared_window.setFocus()
    QTest.keyClick(shared_window, Qt.Key.Key_F1)
    assert explanation() is None
    (dialog,) = shared_window.findChildren(QDialog)
    assert dialog.windowTitle() == "Keyboard shortcuts"
    dialog.close()
    shared_window.activateWindow()
    wait_until(shared_window.isActiveWindow)


def test_what_is_this_explains_a_control_by_its_tooltip(shared_window: MainWindow) -> None:
    QTest.keyClick(shared_window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert QWhatsThis.inWhatsThisMode()
    seed = shared_window.panels.controls.seed
    assert seed.whatsThis() == seed.toolTip() != ""
    QWhatsThis.leaveWhatsThisMode()
