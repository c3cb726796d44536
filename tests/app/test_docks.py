from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QDockWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.docks import LAYOUT_VERSION
from cnnviz.app.main_window import MainWindow


def test_the_layout_is_kept_and_can_be_reset(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = make_window()
    loss = first.findChild(QDockWidget, "dock-loss")
    assert loss is not None
    toggle = loss.toggleViewAction()
    toggle.trigger()
    assert loss.isHidden()
    first.close()
    second = make_window()
    loss = second.findChild(QDockWidget, "dock-loss")
    assert loss is not None
    assert loss.isHidden()
    second.actions_.reset_layout.trigger()
    qtbot.waitUntil(loss.isVisible)
    network = second.findChild(QDockWidget, "dock-network")
    assert network is not None
    network.setFloating(True)
    second.actions_.reset_layout.trigger()
    assert not network.isFloating()


def test_another_versions_layout_is_not_restored(
    make_window: Callable[..., MainWindow], store: QSettings
) -> None:
    first = make_window()
    loss = first.findChild(QDockWidget, "dock-loss")
    assert loss is not None
    loss.hide()
    state = first.saveState(LAYOUT_VERSION + 1)
    first.close()
    store.setValue("state", state)
    loss = make_window().findChild(QDockWidget, "dock-loss")
    assert loss is not None
    assert loss.isVisible()


def test_presentation_leaves_the_layout_as_it_was(window: MainWindow, qtbot: QtBot) -> None:
    controls = window.findChild(QDockWidget, "dock-controls")
    assert controls is not None
    window.resize(1440, 900)
    qtbot.waitUntil(controls.isVisible)
    QApplication.processEvents()
    width = controls.width()
    qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(controls.isHidden)
    qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(controls.isVisible)
    qtbot.waitUntil(lambda: controls.width() == width, timeout=1000)
