"""Undo and Redo in the Edit menu, with real keys, in a window that the tests share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSpinBox

from cnnviz.app.breakpoints.store import read_breakpoints
from cnnviz.app.drawing.panel import DrawingPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.undo_commands import offer
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.edits import Edit
from tests.app.waiting import wait_until

KEY, CONTROL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = CONTROL) -> Frame:
    """Press a key where the keyboard is, and return the frame after it."""
    QTest.keyClick(QApplication.focusWidget() or window, key, modifiers)
    return after(window, window.loop.sent)


def after(window: MainWindow, command: int) -> Frame:
    wait_until(lambda: window.frame is not None and window.frame.done >= command)
    assert window.frame is not None
    return window.frame


def texts(window: MainWindow) -> tuple[str, str]:
    a = window.actions_
    assert a.undo.isEnabled() == (a.undo.text() != "&Undo")
    assert a.redo.isEnabled() == (a.redo.text() != "&Redo")
    return a.undo.text().replace("&", ""), a.redo.text().replace("&", "")


def test_the_menu_says_what_is_undone_and_keys_undo_it(shared_window: MainWindow) -> None:
    window = shared_window
    window.setFocus()
    before = after(window, window.loop.step())
    assert texts(window) == ("Undo", "Redo")
    edited = after(window, window.loop.edit(Edit(1, "f", (0, 2, 1), 0.5)))
    assert texts(window) == ("Undo edit of filter 2, row 3, column 1", "Redo")
    undone = press(window, KEY.Key_Z)
    assert undone.parameters.f[0, 2, 1] == before.parameters.f[0, 2, 1]
    assert len(undone.branches) == 1
    assert texts(window) == ("Undo", "Redo edit of filter 2, row 3, column 1")
    for key, modifiers in ((KEY.Key_Z, CONTROL | SHIFT), (KEY.Key_Y, CONTROL)):
        assert press(window, key, modifiers).branch.number == edited.branch.number
        assert press(window, KEY.Key_Z).branch.number == before.branch.number
    assert window.status.text.text() == "Undone: edit of filter 2, row 3, column 1."


def test_a_long_change_is_whole_in_the_tooltip() -> None:
    action = QAction()
    for ending in "ab":  # beyond what the menu shows
        change = f"change of breakpoint “{60 * 'x'}{ending}”"
        offer(action, "&Undo", change)
        assert action.text() == f"&Undo {change[:59]}…"
        assert action.toolTip() == f"Undo {change}"


def test_a_setting_is_undone_though_the_keyboard_is_in_its_field(
    shared_window: MainWindow,
) -> None:
    window, controls = shared_window, shared_window.panels.controls
    field: QSpinBox = controls.subset  # type: ignore[attr-defined]
    field.setFocus()
    QTest.keyClick(field, KEY.Key_Up)
    changed = after(window, window.loop.sent)
    assert changed.settings.subset == 21
    assert texts(window)[0] == "Undo n 20 → 21"
    assert press(window, KEY.Key_Z).settings.subset == 20
    assert field.value() == 20
    field.selectAll()
    QTest.keyClicks(field, "15")
    sent = window.loop.sent
    QTest.keyClick(field, KEY.Key_Z, CONTROL)  # what is typed goes first
    assert field.text() != "15"
    assert window.loop.sent == sent
    QTest.keyClick(field, KEY.Key_Escape)


def test_breakpoints_follow_what_is_undone_everywhere(shared_window: MainWindow) -> None:
    window = shared_window
    model, store = window.panels.breakpoints.panel.model, window._store
    window.setFocus()
    model.add("loss & more")
    after(window, window.loop.sent)
    assert window.actions_.undo.text() == "&Undo addition of breakpoint “loss && more”"
    model.remove(0)
    after(window, window.loop.sent)
    assert read_breakpoints(store) == ((), "")
    press(window, KEY.Key_Z)
    assert [b.text for b in read_breakpoints(store)[0]] == ["loss & more"]
    press(window, KEY.Key_Z)
    assert read_breakpoints(store) == ((), "")
    for text in ("loss rises", "loss < 1"):
        model.add(text)
        after(window, window.loop.sent)
    QTest.keyClick(window, KEY.Key_Z, CONTROL)
    model.enable_all(False)  # before the table shows what is left
    after(window, window.loop.sent)
    assert [(b.text, b.enabled) for b in read_breakpoints(store)[0]] == [("loss rises", False)]


def test_a_drawing_keeps_its_own_undo(shared_window: MainWindow) -> None:
    window = shared_window
    window.bring_up("drawing")
    panel: DrawingPanel = window.panels.drawing.panel  # type: ignore[attr-defined]
    after(window, window.loop.change(learning_rate=2.0))
    sketch, middle = panel._sketch, panel.pad.rect().center()
    QTest.mouseClick(panel.pad, Qt.MouseButton.LeftButton, pos=middle)  # a dot
    assert sketch.count == 1
    frame = press(window, KEY.Key_Z)
    assert sketch.is_empty
    assert frame.settings.learning_rate == 2.0
    assert press(window, KEY.Key_Z).settings.learning_rate == 2.0  # even if it is empty
    window.setFocus()
    assert press(window, KEY.Key_Z).settings.learning_rate == 15.0
