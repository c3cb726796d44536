"""Single-key shortcuts beside the keyboard use of controls, in the real window."""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QCheckBox,
    QComboBox,
    QMenuBar,
    QPushButton,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.segmented_control import SegmentedControl
from cnnviz.app.window.focus_keys import FocusKeys, keys_of
from cnnviz.app.window.main_window import MainWindow
from tests.app.docks import panel_of

pytestmark = pytest.mark.reuses_window

SPACE, LEFT, RIGHT, END = Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_End
HOME = Qt.Key.Key_Home


class Kind(NamedTuple):
    """A kind of control: how to find one in the window, and the keys that it uses itself."""

    find: Callable[[MainWindow], QWidget]
    keys: frozenset[Qt.Key]


def in_controls(name: str) -> Callable[[MainWindow], QWidget]:
    found: Callable[[object], QWidget] = attrgetter(name)
    return lambda window: found(window.panels.controls)


def first(kind: type[QWidget], panel: str) -> Callable[[MainWindow], QWidget]:
    def find(window: MainWindow) -> QWidget:
        return next(w for w in window.panels.by_name[panel].findChildren(kind) if w.isVisible())

    return find


def segment(window: MainWindow) -> QWidget:
    return first(SegmentedControl, "network")(window).findChildren(QPushButton)[0]


def table_of(panel: str) -> Callable[[MainWindow], QWidget]:
    def find(window: MainWindow) -> QWidget:
        getattr(window.actions_, panel).trigger()  # brings the panel up
        return next(iter(window.panels.by_name[panel].findChildren(QTableView)))

    return find


ALL = frozenset({SPACE, LEFT, RIGHT, END})
KINDS = {
    "the window": Kind(lambda window: window, frozenset()),
    "number field": Kind(in_controls("learning_rate"), ALL),
    "spin box": Kind(in_controls("subset"), ALL),
    "slider": Kind(in_controls("learning_rate_slider"), ALL - {SPACE}),
    "speed": Kind(lambda window: window.run_toolbar.speed.slider, ALL - {SPACE}),
    "timeline": Kind(first(QAbstractSlider, "loss"), ALL - {SPACE}),
    "combo box": Kind(in_controls("rule.named"), frozenset({SPACE, END})),
    "check box": Kind(in_controls("pause_on_warning"), frozenset({SPACE})),
    "button": Kind(in_controls("all_images"), frozenset({SPACE})),
    "table": Kind(first(QTableView, "predictions"), frozenset()),
    "segment": Kind(segment, ALL - {END}),
    "breakpoints": Kind(table_of("breakpoints"), ALL - {END}),
    "branches": Kind(table_of("branches"), frozenset({SPACE})),
}
PLAIN, KEYPAD = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


@pytest.fixture
def looking_back(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window at iteration 2 of 4, at which all four keys are shortcuts."""
    for _ in range(4):
        window.loop.step()
    window.loop.back()
    sent = window.loop.back()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= sent)
    assert at(window, 2)()
    return window


def at(window: MainWindow, iteration: int) -> Callable[[], bool]:
    return lambda: window.frame is not None and window.frame.iteration == iteration


def shortcuts(window: MainWindow) -> dict[Qt.Key, QAction]:
    t = window.run_toolbar
    return {SPACE: t.run, LEFT: t.back, RIGHT: t.step, END: window.actions_.newest}


@pytest.mark.parametrize("modifier", [PLAIN, KEYPAD], ids=["plain", "keypad"])
def test_a_key_is_the_controls_or_the_windows_and_never_both(
    looking_back: MainWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    modifier: Qt.KeyboardModifier,
) -> None:
    monkeypatch.setattr(looking_back.loop.queue, "put", lambda *_, **__: 0)  # stays as it is
    actions = shortcuts(looking_back)
    assert all(action.isEnabled() for action in actions.values())
    wrong = []
    for name, kind in KINDS.items():
        control = kind.find(looking_back)
        for key in actions:
            control.setFocus()
            assert control.hasFocus(), name
            fired = {k: QSignalSpy(action.triggered) for k, action in actions.items()}
            qtbot.keyClick(control, key, modifier)
            if isinstance(control, QComboBox):
                control.hidePopup()
            wanted = {k: int(k == key and key not in kind.keys) for k in actions}
            if {k: spy.count() for k, spy in fired.items()} != wanted:
                wrong.append((name, key.name))
    assert not wrong


def test_controls_handle_their_usual_keys(looking_back: MainWindow, qtbot: QtBot) -> None:
    controls = looking_back.panels.controls

    def press(name: str, key: Qt.Key) -> QWidget:
        control: QWidget = attrgetter(name)(controls)
        control.setFocus()
        qtbot.keyClick(control, key)
        return control

    box = press("pause_on_warning", SPACE)
    assert not box.isChecked()  # type: ignore[attr-defined]
    slider = press("learning_rate_slider", END)
    assert slider.number() == 1e5  # type: ignore[attr-defined]
    rule = press("rule.named", SPACE)
    assert rule.view().isVisible()  # type: ignore[attr-defined]
    rule.hidePopup()  # type: ignore[attr-defined]
    field = press("seed", SPACE)
    assert field.text().strip() == "0" != field.text()  # type: ignore[attr-defined]
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    table = KINDS["table"].find(looking_back)
    assert isinstance(table, QTableView)
    table.setFocus()
    qtbot.keyClick(table, END, Qt.KeyboardModifier.ControlModifier)
    assert table.currentIndex().row() == table.model().rowCount() - 1


def test_a_click_on_a_row_leaves_space_and_arrows_to_the_training(
    looking_back: MainWindow, qtbot: QtBot
) -> None:
    table = KINDS["table"].find(looking_back)
    assert isinstance(table, QTableView)
    centre = table.visualRect(table.model().index(3, 2)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert looking_back.selection.image == 3
    assert table.hasFocus()
    for key, iteration in ((RIGHT, 3), (HOME, 0), (END, 4)):
        qtbot.keyClick(table, key)
        qtbot.waitUntil(at(looking_back, iteration))


CLICKED = {
    "check box": in_controls("pause_on_warning"),
    "correction": lambda window: window.panels.controls.rule.switches["scale"],
    "button": in_controls("all_images"),
    "wrong only": lambda window: window.panels.predictions.wrong_only,
    "branches": lambda window: window.iteration_banner.branches,
}


@pytest.mark.parametrize("name", CLICKED)
def test_after_a_click_space_runs_and_home_and_end_move_in_time(
    looking_back: MainWindow, qtbot: QtBot, name: str
) -> None:
    window = looking_back
    control = CLICKED[name](window)
    spot = QPoint(GRID, control.height() // 2)  # a check box is wider than its clickable part
    qtbot.mouseClick(control, Qt.MouseButton.LeftButton, pos=spot)
    assert not control.hasFocus()
    for key, iteration in ((HOME, 0), (RIGHT, 1), (HOME, 0)):
        qtbot.keyClick(QApplication.focusWidget() or window, key)
        qtbot.waitUntil(at(window, iteration))
    if isinstance(control, QCheckBox):
        before = control.isChecked()
        qtbot.keyClick(QApplication.focusWidget() or window, SPACE)
        qtbot.waitUntil(lambda: window.frame is not None and window.frame.running)
        assert control.isChecked() == before


@pytest.mark.parametrize("name", ["rule.named", "precision"])
def test_a_choice_by_mouse_leaves_the_keys_to_the_window(
    looking_back: MainWindow, qtbot: QtBot, name: str
) -> None:
    choice = in_controls(name)(looking_back)
    assert isinstance(choice, QComboBox)
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(choice.view().isVisible)
    qtbot.keyClick(choice.view(), Qt.Key.Key_Down)
    qtbot.keyClick(choice.view(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not choice.view().isVisible())
    assert choice.currentIndex() == 1
    assert not choice.hasFocus()


def test_the_branches_are_in_front_and_a_second_command_focuses_their_table(
    looking_back: MainWindow, qtbot: QtBot
) -> None:
    window, control = looking_back, Qt.KeyboardModifier.ControlModifier
    table = window.panels.branches.panel.table  # type: ignore[attr-defined]
    qtbot.keyClick(window, Qt.Key.Key_B, control)
    qtbot.waitUntil(table.isVisible)
    assert not table.hasFocus()
    qtbot.keyClick(window, HOME)
    qtbot.waitUntil(at(window, 0))
    qtbot.keyClick(window, Qt.Key.Key_B, control)
    assert table.hasFocus()
    qtbot.keyClick(table, END)
    qtbot.waitUntil(at(window, 4))


@pytest.mark.parametrize("name", ["branches", "breakpoints"])
def test_the_keyboard_of_a_panel_that_another_tab_hides_goes_to_the_window(
    window: MainWindow, qtbot: QtBot, name: str
) -> None:
    window.bring_up(name)
    table = panel_of(window, name).findChildren(QTableView)[0]
    table.setFocus()
    assert table.hasFocus()
    window.bring_up("predictions")
    qtbot.waitUntil(window.hasFocus)  # no button that Space would press
    assert not table.isVisible()


def test_a_click_on_a_button_of_the_toolbar_leaves_the_keys_to_the_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    step = window.run_toolbar.widgetForAction(window.run_toolbar.step)
    qtbot.mouseClick(step, Qt.MouseButton.LeftButton)
    assert not step.hasFocus()
    qtbot.keyClick(window, RIGHT)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 2)


def test_keys_with_a_modifier_are_not_the_controls(looking_back: MainWindow, qtbot: QtBot) -> None:
    button = KINDS["button"].find(looking_back)
    button.setFocus()
    reset = QSignalSpy(looking_back.run_toolbar.reset.triggered)
    qtbot.keyClick(button, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert reset.count() == 1


def test_a_focused_menu_bar_handles_its_arrow_keys(looking_back: MainWindow) -> None:
    bar = looking_back.findChild(QMenuBar)
    assert bar is not None
    assert keys_of(bar) == {SPACE, LEFT, RIGHT}


def test_only_the_focused_control_is_filtered(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[object] = set()
    original = FocusKeys.eventFilter

    def recorded(self: FocusKeys, watched: QWidget, event: object) -> bool:
        seen.add(watched)
        return original(self, watched, event)  # type: ignore[arg-type]

    button = window.panels.controls.findChild(QPushButton)
    assert button is not None
    button.setFocus()
    monkeypatch.setattr(FocusKeys, "eventFilter", recorded)
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 1)
    button.repaint()
    assert seen <= {button}
    window.setFocus()
    seen.clear()
    button.repaint()
    assert not seen


@pytest.mark.parametrize(
    "panel", ["controls", "network", "predictions", "loss", "breakpoints", "branches", "debugger"]
)
def test_no_button_takes_the_focus_on_a_click(window: MainWindow, panel: str) -> None:
    buttons = panel_of(window, panel).findChildren(QAbstractButton)
    assert buttons
    click = Qt.FocusPolicy.ClickFocus.value
    assert not [b.text() for b in buttons if b.focusPolicy().value & click]
