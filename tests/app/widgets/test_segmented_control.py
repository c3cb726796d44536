"""Tests of the segmented choice, with clicks and keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def segments(qtbot: QtBot, host: QWidget) -> SegmentedControl:
    host.resize(200, 60)
    made = SegmentedControl(
        "Maps show", (Segment("A", "after"), Segment("C", "before")), Style(LIGHT), host
    )
    made.setGeometry(0, 0, 200, 30)
    with qtbot.waitExposed(host):
        host.show()
    return made


def click(qtbot: QtBot, segments: SegmentedControl, index: int) -> None:
    qtbot.mouseClick(segments.button(index), Qt.MouseButton.LeftButton)


def test_a_click_chooses_once(qtbot: QtBot, segments: SegmentedControl) -> None:
    chosen: list[int] = []
    segments.chosen.connect(chosen.append)
    click(qtbot, segments, 1)
    click(qtbot, segments, 1)
    assert chosen == [1]
    assert segments.index == 1
    assert segments.button(1).isChecked()
    assert not segments.button(0).isChecked()
    assert not segments.button(1).hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Space])
def test_keys_choose_even_if_they_are_shortcuts_of_the_window(
    qtbot: QtBot, segments: SegmentedControl, key: Qt.Key
) -> None:
    stolen: list[bool] = []
    window = segments.window()
    shortcut = QShortcut(QKeySequence(key), window)
    shortcut.activated.connect(lambda: stolen.append(True))
    window.activateWindow()
    start = 0 if key == Qt.Key.Key_Right else 1
    if start:
        click(qtbot, segments, 1)
    segments.button(start).setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(segments.button(start).hasFocus)
    qtbot.keyClick(segments.button(start), key)
    assert not stolen
    assert segments.index == (1 if key != Qt.Key.Key_Left else 0)


def test_names_and_theme(segments: SegmentedControl) -> None:
    interface = QAccessible.queryAccessibleInterface(segments.button(1))
    assert interface.role() == QAccessible.Role.RadioButton
    assert interface.text(QAccessible.Text.Name) == "Maps show: C"
    assert interface.text(QAccessible.Text.Description) == "before"
    assert segments.button(0).toolTip() == "after"
    segments.set_style(Style(DARK))
    assert DARK.accent in segments.styleSheet()


def test_tab_leads_to_the_choice_also_if_a_person_has_not_made_it(
    qtbot: QtBot, segments: SegmentedControl
) -> None:
    segments.button(0).setFocus()
    qtbot.keyClick(segments.button(0), Qt.Key.Key_Right)
    assert segments.button(1).hasFocus()
    segments.choose(0)
    segments.button(1).clearFocus()
    qtbot.keyClick(segments.window(), Qt.Key.Key_Tab)
    assert segments.button(0).hasFocus()
    qtbot.keyClick(segments.button(0), Qt.Key.Key_Right)
    assert segments.index == 1
