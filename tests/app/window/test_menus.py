"""The menus: every action is listed, with unique keys."""

from collections import Counter

import pytest
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.menus import Actions
from cnnviz.app.window.run_toolbar import RunToolbar


@pytest.fixture
def host(qtbot: QtBot) -> QMainWindow:
    host = QMainWindow()
    qtbot.addWidget(host)
    return host


@pytest.fixture
def actions(host: QMainWindow) -> Actions:
    run_toolbar = RunToolbar(Style(LIGHT), host)
    host.addToolBar(run_toolbar)
    docks = [QDockWidget(name, host) for name in ("Network", "Loss")]
    return Actions(host, run_toolbar, docks)


def menus(window: QMainWindow) -> dict[str, list[QAction]]:
    """Return the actions of each menu, by the menu's title."""
    found = {}
    for menu in window.findChildren(QMenu):
        if menu.title():
            offered = [action for action in menu.actions() if not action.isSeparator()]
            found[menu.title().replace("&", "")] = offered
    return found


def texts(offered: list[QAction]) -> list[str]:
    return [action.text().replace("&", "") for action in offered]


def test_every_menu_has_its_actions(host: QMainWindow, actions: Actions) -> None:
    assert {title: texts(offered) for title, offered in menus(host).items()} == {
        "File": [
            "Open run…",
            "Save run…",
            "Export run…",
            "Save picture…",
            "Copy picture",
            "Export moving picture…",
            "Sessions…",
            "Open lesson…",
            "Open notebook…",
            "Quit",
        ],
        "Edit": ["Undo", "Redo"],
        "Data": ["Bundled digits", "MNIST…", "File…", "Folder…"],
        "Run": [
            "Run",
            "Step",
            "Back",
            "First iteration",
            "Newest iteration",
            "Jump to iteration…",
            "Bookmark",
            "Previous bookmark",
            "Next bookmark",
            "Branches…",
            "Breakpoints",
            "Back to just before",
            "Reset",
        ],
        "View": [
            "Network",
            "Loss",
            "Next panel",
            "Previous panel",
            "Menu of this panel",
            "Resize this panel",
            "Light theme",
            "Dark theme",
            "Presentation size",
            "Spotlight",
            "Present next",
            "Present previous",
            "Reset layout",
        ],
        "Help": [
            "Find anything…",
            "Explain this panel",
            "What is this?",
            "Where to begin",
            "Lessons",
            "Keyboard shortcuts",
            "Messages…",
            "About cnnviz",
        ],
    }
    assert actions.data.title() == "&Data"


def test_no_two_actions_share_a_key_and_no_two_neighbours_a_letter(
    window: MainWindow,
) -> None:
    keys = Counter(
        action.shortcut().toString()
        for action in window.findChildren(QAction)
        if not action.shortcut().isEmpty()
    )
    assert {
        "Space",
        "Left",
        "Right",
        "Home",
        "End",
        "Ctrl+G",
        "Ctrl+D",
        "Ctrl+O",
        "Ctrl+S",
        "F1",
        "F11",
    } <= set(keys)
    assert [key for key, count in keys.items() if count > 1] == []
    offered = menus(window)
    rows = [list(offered), *(texts(actions) for actions in offered.values())]
    assert all(len(set(row)) == len(row) for row in rows)
    for row in offered.values():
        letters = [a.text().split("&")[1][0].lower() for a in row if "&" in a.text()]
        assert len(set(letters)) == len(letters), texts(row)


def test_exactly_one_theme_is_checked(actions: Actions) -> None:
    light, dark = actions.themes["light"], actions.themes["dark"]
    light.setChecked(True)
    dark.trigger()
    assert (light.isChecked(), dark.isChecked()) == (False, True)
    dark.trigger()
    assert dark.isChecked()


def test_presentation_is_on_or_off(actions: Actions) -> None:
    toggled_spy = QSignalSpy(actions.presentation.toggled)
    actions.presentation.trigger()
    actions.presentation.trigger()
    assert [toggled_spy.at(i)[0] for i in range(toggled_spy.count())] == [True, False]


def test_the_list_of_keys_is_that_of_the_menus(window: MainWindow) -> None:
    grouped = window.actions_.with_keys().values()
    listed = {action.shortcut().toString() for group in grouped for action in group}
    t = window.run_toolbar
    debugger_commands = [
        *window.commands.debugger.actions.values(),
        window.commands.debugger.maximise,
    ]
    workspaces = window.commands.workspaces.actions.values()
    others = (t.run, t.step, t.back, t.reset, *debugger_commands, *workspaces)
    listed |= {a.shortcut().toString() for a in others}
    in_menus = {
        action.shortcut().toString()
        for offered in menus(window).values()
        for action in offered
        if not action.shortcut().isEmpty()
    }
    assert listed == in_menus


def test_every_action_has_a_description(actions: Actions) -> None:
    keyed = [action for group in actions.with_keys().values() for action in group]
    for action in (*keyed, *actions.themes.values(), *actions.data.actions()):
        assert action.toolTip()
        assert "&" not in action.toolTip()
        assert "…" not in action.toolTip()
