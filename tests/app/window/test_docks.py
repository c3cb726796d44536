from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QSplitter
from pytestqt.qtbot import QtBot

from cnnviz.app.window.docks import LAYOUT_VERSION
from cnnviz.app.window.main_window import MainWindow
from tests.app.docks import dock
from tests.app.person import CTRL_SHIFT, Person

CONTROL = Qt.KeyboardModifier.ControlModifier


def panel_geometry(window: MainWindow) -> dict[str, QRect]:
    """Return the geometry of every open panel."""
    names = (*window.panels.by_name,)
    return {n: dock(window, n).geometry() for n in names if not dock(window, n).isHidden()}


def split_of(window: MainWindow) -> float:
    """Return the share of the height of plot and table that is the plot's."""
    QApplication.processEvents()
    (split,) = window.panels.predictions.findChildren(QSplitter)
    return split.sizes()[0] / sum(split.sizes())


def drag_split(window: MainWindow, down: int) -> None:
    """Drag the border between plot and table."""
    (split,) = window.panels.predictions.findChildren(QSplitter)
    handle, left = split.handle(1), Qt.MouseButton.LeftButton
    start = handle.rect().center()
    QTest.mousePress(handle, left, pos=start)
    QTest.mouseMove(handle, start + QPoint(0, down))
    QTest.mouseRelease(handle, left, pos=start + QPoint(0, down))


def test_the_layout_is_saved_and_can_be_reset(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = make_window()
    loss = first.findChild(QDockWidget, "dock-loss")
    assert loss is not None
    toggle = loss.toggleViewAction()
    toggle.trigger()
    assert loss.isHidden()
    usual = split_of(first)
    drag_split(first, 70)
    dragged = split_of(first)
    assert dragged > usual + 0.05
    first.close()
    second = make_window()
    assert split_of(second) == pytest.approx(dragged, abs=0.01)
    loss = second.findChild(QDockWidget, "dock-loss")
    assert loss is not None
    assert loss.isHidden()
    second.actions_.reset_layout.trigger()
    qtbot.waitUntil(loss.isVisible)
    assert split_of(second) == pytest.approx(usual, abs=0.01)
    network = second.findChild(QDockWidget, "dock-network")
    assert network is not None
    network.setFloating(True)
    second.actions_.reset_layout.trigger()
    assert not network.isFloating()


@pytest.mark.parametrize("button", [None, "qt_dockwidget_closebutton"])
def test_a_closed_panel_gives_the_keyboard_to_the_window(
    reused_window: MainWindow, button: str | None
) -> None:
    predictions = dock(reused_window, "predictions")
    reused_window.panels.predictions.wrong_only.setFocus()
    assert predictions.isAncestorOf(QApplication.focusWidget())
    if button is None:
        predictions.toggleViewAction().trigger()
    else:
        predictions.findChild(QAbstractButton, button).click()
    assert predictions.isHidden()
    assert QApplication.focusWidget() is reused_window


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


def test_presentation_restores_the_layout(window: MainWindow, qtbot: QtBot) -> None:
    controls = window.findChild(QDockWidget, "dock-controls")
    assert controls is not None
    window.resize(1440, 900)
    qtbot.waitUntil(controls.isVisible)
    QApplication.processEvents()
    before = panel_geometry(window)
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    qtbot.waitUntil(lambda: controls.visibleRegion().isEmpty())
    loss, network = dock(window, "loss"), dock(window, "network")
    assert set(window.tabifiedDockWidgets(loss)) >= {controls, dock(window, "predictions")}
    assert not loss.visibleRegion().isEmpty()
    assert network.geometry().right() < loss.geometry().left()
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    qtbot.waitUntil(lambda: panel_geometry(window) == before, timeout=1000)


def test_closed_and_floating_panels_stay_so_at_presentation_size(
    window: MainWindow, qtbot: QtBot
) -> None:
    loss, predictions = dock(window, "loss"), dock(window, "predictions")
    loss.hide()
    predictions.setFloating(True)
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    controls = dock(window, "controls")
    assert loss.isHidden()
    assert predictions.isFloating()
    qtbot.waitUntil(lambda: dock(window, "network").geometry().right() < controls.geometry().left())
    window.actions_.reset_layout.trigger()
    qtbot.waitUntil(loss.isVisible)
    assert dock(window, "network").geometry().right() < loss.geometry().left()
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    qtbot.waitUntil(lambda: loss.geometry().top() > dock(window, "network").geometry().top())


def test_leaving_presentation_does_not_move_the_debugged_iteration(
    window: MainWindow, qtbot: QtBot
) -> None:
    person = Person(window, qtbot)
    person.run_to("filter_gradient")
    at = person.position()
    toggled = QSignalSpy(dock(window, "debugger").toggleViewAction().toggled)
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: not dock(window, "controls").visibleRegion().isEmpty())
    person.settle()
    assert toggled.count() == 0
    assert person.position() == at
    assert person.panel.isVisible()


def test_leaving_the_debugger_alone_restores_every_panel(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    person = Person(window, qtbot)
    person.run_to("map_gradient")
    QApplication.processEvents()
    before, at = panel_geometry(window), person.position()
    qtbot.keyClick(window, Qt.Key.Key_D, CTRL_SHIFT)
    qtbot.waitUntil(lambda: list(panel_geometry(window)) == ["debugger"])
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
        QApplication.processEvents()
        qtbot.waitUntil(lambda: list(panel_geometry(window)) == ["debugger"])
    qtbot.keyClick(window, Qt.Key.Key_D, CTRL_SHIFT)
    qtbot.waitUntil(lambda: panel_geometry(window) == before)
    assert person.position() == at


def test_alone_and_presentation_can_end_in_any_order(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    Person(window, qtbot).run_to("map_gradient")
    QApplication.processEvents()
    before = panel_geometry(window)
    alone = (Qt.Key.Key_D, CTRL_SHIFT)
    large = (Qt.Key.Key_F11, CONTROL)
    for keys in (large, alone, alone, alone, large):
        qtbot.keyClick(window, *keys)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: list(panel_geometry(window)) == ["debugger"])
    qtbot.keyClick(window, *alone)
    qtbot.waitUntil(lambda: panel_geometry(window) == before)


def test_the_debugger_alone_does_not_resize_the_window_at_presentation_size(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1024, 736)
    Person(window, qtbot).run_to("map_gradient")
    assert dock(window, "loss").visibleRegion().isEmpty()  # in so small a window it opens alone
    for keys in ((Qt.Key.Key_F11, CONTROL), (Qt.Key.Key_D, CTRL_SHIFT)):
        qtbot.keyClick(window, *keys)
        QApplication.processEvents()
    assert not dock(window, "loss").visibleRegion().isEmpty()
    assert window.size() == QSize(1024, 736)
    assert window.rect().contains(window.statusBar().geometry())
