"""In front of a class: the panels chosen, a spotlight, a clicker."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.spotlight import Spotlight
from tests.app.docks import dock
from tests.app.waiting import wait_until

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def presenting(shared_window: MainWindow) -> Iterator[MainWindow]:
    """A window in presentation size, at iteration 1 of the workspace Watch."""
    shared_window.commands.workspaces.chosen.emit("watch")
    shared_window.setFocus()
    shared_window.loop.reset()
    shared_window.loop.step()
    wait_until(at(shared_window, 1))
    shared_window.set_presentation(True)
    yield shared_window
    shared_window.set_presentation(False)


def at(window: MainWindow, iteration: int) -> Callable[[], bool]:
    return lambda: window.frame is not None and window.frame.iteration == iteration


def shown(window: MainWindow) -> set[str]:
    return {name for name in window.panels.by_name if not dock(window, name).isHidden()}


def test_page_down_and_up_step_iterations(presenting: MainWindow) -> None:
    QTest.keyClick(presenting, Qt.Key.Key_PageDown)
    wait_until(at(presenting, 2))
    QTest.keyClick(presenting, Qt.Key.Key_PageUp)
    wait_until(at(presenting, 1))


def test_they_step_operations_in_front_of_the_debugger(presenting: MainWindow) -> None:
    presenting.bring_up("debugger")
    panel = presenting.commands.debugger.panel
    wait_until(lambda: panel.view is not None)
    QTest.keyClick(presenting, Qt.Key.Key_PageDown)
    wait_until(lambda: panel.view is not None and panel.view.position == 1)
    QTest.keyClick(presenting, Qt.Key.Key_PageUp)
    wait_until(lambda: panel.view is not None and panel.view.position == 0)
    dock(presenting, "debugger").hide()


def test_they_turn_the_steps_of_a_lesson(presenting: MainWindow) -> None:
    presenting.commands.workspaces.chosen.emit("teach")
    presenting.commands.lessons.begin_named("one-iteration-forwards")
    panel = presenting.commands.lessons.panel
    assert panel is not None
    wait_until(panel.next_button.isEnabled)
    first = panel.step
    QTest.keyClick(presenting, Qt.Key.Key_PageDown)
    assert panel.step is not first
    QTest.keyClick(presenting, Qt.Key.Key_PageUp)
    assert panel.step is first
    panel.leave()
    presenting.commands.workspaces.chosen.emit("watch")


def test_without_a_presentation_the_keys_do_nothing(shared_window: MainWindow) -> None:
    before = shared_window.loop.sent
    QTest.keyClick(shared_window, Qt.Key.Key_PageDown)
    assert shared_window.loop.sent == before


def test_the_panels_chosen_for_a_class_are_shown_to_the_next(presenting: MainWindow) -> None:
    dock(presenting, "controls").close()
    dock(presenting, "predictions").close()
    presenting.set_presentation(False)
    assert shown(presenting) == {"controls", "network", "predictions", "loss"}
    presenting.set_presentation(True)
    assert shown(presenting) == {"network", "loss"}
    presenting.actions_.reset_layout.trigger()
    assert shown(presenting) == {"controls", "network", "predictions", "loss"}


def test_the_spotlight_follows_the_pointer(shared_window: MainWindow) -> None:
    window = shared_window
    network, corner = dock(window, "network"), dock(window, "predictions")
    grounds = [widget.mapTo(window, widget.rect().center()) for widget in (network, corner)]
    light = window.grab().toImage()
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
    spotlight = window.findChild(Spotlight)
    assert spotlight is not None
    for ground in grounds:
        QCursor.setPos(window.mapToGlobal(ground))
        wait_until(lambda ground=ground: spotlight.circle.center() == ground)
        dark = window.grab().toImage()
        assert dark.pixelColor(ground) == light.pixelColor(ground)
        far = QPoint(4, window.height() - 4)
        assert dark.pixelColor(far).lightness() < light.pixelColor(far).lightness() / 2
    QCursor.setPos(window.mapToGlobal(grounds[0]))
    window.bring_up("branches")  # a panel that comes to the front, with tabs
    wait_until(lambda: spotlight.circle.center() == grounds[0])
    branches = dock(window, "branches")
    foot = branches.mapTo(window, branches.rect().bottomLeft()) + QPoint(4, 10)
    for point in (foot, foot - QPoint(0, 60)):
        assert window.grab().toImage().pixelColor(point).lightness() < 128
    branches.hide()
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
    assert not spotlight.isVisible()
    QApplication.processEvents()
    assert window.grab().toImage().pixelColor(4, 4) == light.pixelColor(4, 4)


def test_the_keyboard_stays_where_it_is_as_a_presentation_begins_and_ends(
    shared_window: MainWindow,
) -> None:
    window = shared_window
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.commands.layout.choose_workspace("teach")
    window.commands.lessons.enter_list()
    focused = QApplication.focusWidget()
    assert focused is not None
    for on in (True, False):
        window.set_presentation(on)
        assert QApplication.focusWidget() is focused  # and no button that Space would press
    window.commands.layout.choose_workspace("watch")
    assert QApplication.focusWidget() is window
