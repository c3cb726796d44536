"""Sizes of panels by keyboard."""

import pytest
import shiboken6
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QMenu, QWidget

from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.panel_resizing import SizeLabel, neighbour_of
from tests.app.waiting import wait_until

K = Qt.Key


def label_in(window: MainWindow, panel: str) -> SizeLabel:
    """Enter a panel, press F8, and return what is shown over the panel."""
    window.commands.panel_focus.enter(panel)
    QTest.keyClick(QApplication.focusWidget() or window, K.Key_F8)
    label = QApplication.focusWidget()
    assert isinstance(label, SizeLabel)
    assert label.isVisible()
    return label


def sizes(window: MainWindow) -> dict[str, QSize]:
    docks = window.findChildren(QDockWidget)
    return {dock.windowTitle(): dock.size() for dock in docks if dock.isVisible()}


@pytest.fixture(autouse=True)
def _active(shared_window: MainWindow) -> None:
    shared_window.activateWindow()
    QTest.qWaitForWindowActive(shared_window)


def test_arrow_keys_change_the_size_and_enter_keeps_it(shared_window: MainWindow) -> None:
    before = sizes(shared_window)
    label = label_in(shared_window, "loss")
    focus = shared_window.panels.loss.focusWidget()
    assert label.accessibleName() == "Size of the panel Loss"
    for key in (K.Key_Down, K.Key_Right, K.Key_Right, K.Key_Left):
        QTest.keyClick(label, key)
    now = sizes(shared_window)
    assert now["Loss"] == before["Loss"] + QSize(16, 16)
    assert now["Network"] == before["Network"] + QSize(16, -16)
    assert now["Predictions"].width() == before["Predictions"].width() - 16
    assert now["Controls"] == before["Controls"]
    assert label.text().startswith(f"{now['Loss'].width()} × {now['Loss'].height()}\n")
    assert label.spoken_value == f"{now['Loss'].width()} wide, {now['Loss'].height()} high"
    QTest.keyClick(label, K.Key_Return)
    assert not label.isVisible()
    assert QApplication.focusWidget() is focus
    assert sizes(shared_window) == now


def test_escape_restores_all_sizes_and_a_limit_is_named(shared_window: MainWindow) -> None:
    before = sizes(shared_window)
    label = label_in(shared_window, "controls")
    for _ in range(8):  # how many it takes depends on the face
        QTest.keyClick(label, K.Key_Left)
    assert label.spoken_value.endswith("high, the limit")
    assert sizes(shared_window) != before
    QTest.keyClick(label, K.Key_Escape)
    QApplication.processEvents()
    assert sizes(shared_window) == before


def test_the_menu_of_a_panel_begins_it(shared_window: MainWindow) -> None:
    shared_window.commands.panel_focus.enter("network")
    QTest.keyClick(shared_window, K.Key_M, Qt.KeyboardModifier.ControlModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    (resize,) = (action for action in menu.actions() if action.text() == "Resize")
    menu.setActiveAction(resize)
    QTest.keyClick(menu, K.Key_Return)
    label = QApplication.focusWidget()
    assert isinstance(label, SizeLabel)
    assert label.dock.widget().isAncestorOf(shared_window.panels.network)
    QTest.keyClick(label, K.Key_Escape)


def test_going_on_elsewhere_keeps_the_size(shared_window: MainWindow) -> None:
    label = label_in(shared_window, "predictions")
    QTest.keyClick(label, K.Key_Right)
    now = sizes(shared_window)
    shared_window.setFocus()
    assert not label.isVisible()
    assert sizes(shared_window) == now


def test_a_field_that_is_gone_gets_no_keyboard_back(shared_window: MainWindow) -> None:
    shared_window.bring_up("breakpoints")
    shared_window.panels.breakpoints.panel.model.add("loss rises")
    shared_window.panels.breakpoints.panel.table.edit_condition(0)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClick(field, K.Key_F8)
    label = QApplication.focusWidget()
    assert isinstance(label, SizeLabel)
    wait_until(lambda: not shiboken6.isValid(field))
    QTest.keyClick(label, K.Key_Return)
    assert QApplication.focusWidget() is shared_window


def test_a_neighbour_is_after_the_dock_or_else_before_it() -> None:
    places = {"left": (0, 0, 9, 99), "above": (10, 0, 19, 49), "below": (10, 50, 19, 49)}
    docks = {name: QDockWidget(name) for name in places}
    for name, box in places.items():
        docks[name].setGeometry(*box)

    def found(name: str, orientation: Qt.Orientation) -> QWidget | None:
        others = [dock for dock in docks.values() if dock is not docks[name]]
        return neighbour_of(docks[name], others, orientation)

    across, along = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    assert found("left", across) is docks["above"]
    assert found("left", along) is None
    assert found("below", across) is docks["left"]
    assert found("below", along) is docks["above"]
    assert found("above", along) is docks["below"]
    for dock in docks.values():
        dock.deleteLater()
