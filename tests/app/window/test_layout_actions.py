"""Visible panels work after being shown and hidden in any order."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from cnnviz.app.window.main_window import MainWindow
from tests.app.docks import dock
from tests.app.person import CTRL_SHIFT, Person

CONTROL = Qt.KeyboardModifier.ControlModifier
ACTIONS = ("presentation", "alone", "debugger", "network", "loss", "reset", "step", "1", "2", "3")


@pytest.fixture
def person(make_window: Callable[..., MainWindow], qtbot: QtBot) -> Person:
    window = make_window()
    window.resize(1280, 800)
    return Person(window, qtbot)


def act(person: Person, action: str) -> None:
    window, qtbot = person.window, person.qtbot
    match action:
        case "presentation":
            qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
        case "alone":
            qtbot.keyClick(window, Qt.Key.Key_D, CTRL_SHIFT)
        case "debugger":
            tool = window.findChild(QToolButton, "debugger-button")
            assert tool is not None
            if tool.isVisible():
                qtbot.mouseClick(tool, Qt.MouseButton.LeftButton)
            else:  # it does not fit: the menu has the same command
                dock(window, "debugger").toggleViewAction().trigger()
        case "reset":
            window.actions_.reset_layout.trigger()
        case "step":
            qtbot.keyClick(window, Qt.Key.Key_F10)
        case "1" | "2" | "3":  # a workspace
            qtbot.keyClick(window, action, CONTROL)
        case name:
            dock(window, name).toggleViewAction().trigger()
    QApplication.processEvents()


def check_that_the_debugger_works(person: Person) -> None:
    person.settle()
    window = person.window
    debugger = dock(window, "debugger")
    shown = not debugger.isHidden()
    assert debugger.toggleViewAction().isChecked() == shown
    tool = window.findChild(QToolButton, "debugger-button")
    assert tool is not None
    assert tool.isChecked() == shown
    assert window.frame is not None
    assert (window.frame.debug is not None) == shown
    if shown:
        before = person.position()
        person.press(Qt.Key.Key_F10)
        assert person.position() > before
    elif window.commands.debugger.maximise.isChecked():
        pytest.fail("the debugger is alone, and hidden")


def test_the_debugger_steps_after_presentation_size_restores_it(person: Person) -> None:
    for action in ("presentation", "alone", "debugger", "presentation"):
        act(person, action)
    check_that_the_debugger_works(person)


@settings(
    max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=2, max_size=7))
def test_the_debugger_works_after_any_layout_actions(person: Person, actions: list[str]) -> None:
    window = person.window
    window.set_presentation(False)
    act(person, "1")
    window.actions_.reset_layout.trigger()
    person.settle()
    for action in actions:
        act(person, action)
    check_that_the_debugger_works(person)
