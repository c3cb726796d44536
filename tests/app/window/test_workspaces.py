"""Workspaces: chosen by clicks and keys, kept, reset, and nothing selected is lost by a change."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window import debugger_commands
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.workspaces import WORKSPACES
from tests.app.docks import dock
from tests.app.person import CTRL_SHIFT, Person
from tests.app.person import NAMES as OPERATION_NAMES
from tests.app.toolbar import at, click

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = [workspace.name for workspace in WORKSPACES]


def press(qtbot: QtBot, window: MainWindow, number: int) -> None:
    """Press Ctrl and the number of a workspace, from 1."""
    qtbot.keyClick(window, str(number), CONTROL)
    QApplication.processEvents()


def click_on(qtbot: QtBot, window: MainWindow, name: str) -> None:
    button = window.commands.workspaces.control.button(NAMES.index(name))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def shown(window: MainWindow) -> set[str]:
    """Return the panels that are seen."""
    QApplication.processEvents()
    return {n for n in window.panels.by_name if not dock(window, n).visibleRegion().isEmpty()}


def chosen(window: MainWindow) -> tuple[str, str]:
    """Return the workspace that the toolbar and the menu show."""
    checked = [n for n, action in window.commands.workspaces.actions.items() if action.isChecked()]
    return NAMES[window.commands.workspaces.control.index], *checked


def test_the_first_start_is_watch(window: MainWindow) -> None:
    window.resize(1440, 900)
    assert shown(window) == {"controls", "network", "predictions", "loss"}
    assert chosen(window) == ("watch", "watch")


def test_only_panels_in_front_are_created(window: MainWindow, qtbot: QtBot) -> None:
    panels = [
        window.panels.by_name[n] for n in ("check", "compare", "landscape", "pull", "hunt", "code")
    ]
    lazy = [panel for panel in panels if isinstance(panel, LazyPanel)]
    assert len(lazy) == len(panels)
    press(qtbot, window, 3)
    qtbot.waitUntil(lambda: lazy[0].is_made)
    assert [panel.is_made for panel in lazy] == [True, *[False] * 5]
    (tabs,) = (bar for bar in window.findChildren(QTabBar) if bar.count() == len(panels))
    assert tabs.elideMode() == Qt.TextElideMode.ElideNone  # in a narrow one, they are scrolled
    tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: lazy[3].is_made and lazy[3].panel.isVisible())
    assert [panel.is_made for panel in lazy] == [True, False, False, True, False, False]


def test_a_small_window_that_starts_in_debug_shows_the_debugger_alone(
    make_window: Callable[..., MainWindow], store: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debugger_commands, "_ROOMY", QSize(2000, 2000))
    store.setValue("workspace", "debug")
    window = make_window()
    assert shown(window) == {"debugger"}
    assert window.commands.debugger.maximise.isChecked()
    window.commands.debugger.maximise.setChecked(False)
    window.hide()
    window.show()
    assert not window.commands.debugger.maximise.isChecked()  # it is the person's choice now


def test_a_click_or_a_key_changes_the_workspace(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    click_on(qtbot, window, "debug")
    assert chosen(window) == ("debug", "debug")
    assert shown(window) == {"debugger", "breakpoints", "loss"}
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.debug is not None)
    press(qtbot, window, 1)
    assert chosen(window) == ("watch", "watch")
    assert shown(window) == {"controls", "network", "predictions", "loss"}
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.debug is None)


def test_the_view_menu_lists_the_workspaces_first(window: MainWindow) -> None:
    first = window.actions_.view.actions()[: len(NAMES)]
    assert [(a.text(), a.shortcut().toString()) for a in first] == [
        (f"&{number} {name.title()}", f"Ctrl+{number}") for number, name in enumerate(NAMES, 1)
    ]


def test_the_selection_stays(window: MainWindow, qtbot: QtBot) -> None:
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))
    window.selection.select_image(7)
    click_on(qtbot, window, "debug")
    person = Person(window, qtbot)
    person.run_to("dense_gradient")
    person.click("dW", (700, 0))
    assert window.frame is not None
    assert window.frame.debug is not None
    point = window.frame.debug.point
    for name in ("watch", "debug"):
        click_on(qtbot, window, name)
        person.settle()
    assert window.frame.debug is not None
    assert person.position() == (1, OPERATION_NAMES.index("dense_gradient") + 1)
    assert window.frame.debug.point == point
    assert point is not None
    assert point.index == (700, 0)
    assert window.frame.image.index == 7
    assert person.panel.shown == "dense_gradient"


def test_each_workspace_keeps_its_own_arrangement(
    make_window: Callable[..., MainWindow], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debugger_commands, "_ROOMY", QSize(0, 0))  # the screen of tests is small
    first = make_window()
    first.resize(1440, 900)
    dock(first, "controls").hide()
    press(qtbot, first, 2)
    dock(first, "loss").hide()
    press(qtbot, first, 1)
    assert "loss" in shown(first)
    assert "controls" not in shown(first)
    press(qtbot, first, 2)
    assert "loss" not in shown(first)
    first.close()
    second = make_window()
    assert chosen(second) == ("debug", "debug")
    assert shown(second) == {"debugger", "breakpoints"}
    second.actions_.reset_layout.trigger()
    assert shown(second) == {"debugger", "breakpoints", "loss"}
    press(qtbot, second, 1)
    assert "controls" not in shown(second)  # only the workspace in use was reset


def test_a_workspace_that_is_no_more_is_watch(
    make_window: Callable[..., MainWindow], store: QSettings
) -> None:
    store.setValue("workspace", "gone")
    assert chosen(make_window()) == ("watch", "watch")


def test_a_change_ends_maximising_and_keeps_presentation_size(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1440, 900)
    qtbot.keyClick(window, Qt.Key.Key_F10)
    qtbot.keyClick(window, Qt.Key.Key_D, CTRL_SHIFT)
    qtbot.waitUntil(lambda: shown(window) == {"debugger"})
    press(qtbot, window, 2)
    assert not window.commands.debugger.maximise.isChecked()
    assert shown(window) == {"debugger", "breakpoints", "loss"}
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    press(qtbot, window, 1)
    assert window.actions_.presentation.isChecked()
    assert {"network", "debugger"} & shown(window)
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    press(qtbot, window, 2)
    assert shown(window) == {"debugger", "breakpoints", "loss"}


def test_every_workspace_fits_a_small_screen(window: MainWindow, qtbot: QtBot) -> None:
    window.complete()
    size = QSize(960, 564)  # 1440 × 900 at 150 %, without the frame
    window.resize(size)
    for number, name in enumerate(NAMES, 1):
        press(qtbot, window, number)
        qtbot.waitUntil(lambda: window.size() == size)
        need = window.minimumSizeHint().expandedTo(QSize(window.run_toolbar.least_width, 0))
        assert need.boundedTo(size) == need, name
        qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
        QApplication.processEvents()
        assert window.size() == size, name
        qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)


def test_space_still_runs_if_the_panel_with_the_keyboard_goes(shared_window: MainWindow) -> None:
    window = shared_window
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.commands.panel_focus.enter("network")
    QTest.keyClick(window, str(1 + NAMES.index("debug")), CONTROL)
    assert not window.panels.network.isVisible()
    assert QApplication.focusWidget() is window
