"""The palette: found by words, chosen by Enter, and it reaches everything."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView

from cnnviz.app.palette.palette import Palette
from cnnviz.app.palette.panel_controls import CONTROLS
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.workspaces import WORKSPACES
from cnnviz.numerics.checking.case import GALLERY
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.teaching.library import bundled_folder, lessons_of
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from tests.app.docks import dock
from tests.app.waiting import wait_until

CONTROL = Qt.KeyboardModifier.ControlModifier


def shown(window: MainWindow) -> list[Palette]:
    return [palette for palette in window.findChildren(Palette) if palette.isVisible()]


def opened(window: MainWindow) -> Palette:
    """Press Ctrl+K, and return the palette that opens, with its lessons."""
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    (palette,) = shown(window)
    wait_until(lambda: any(entry.kind == "Lesson" for entry in palette.model.entries))
    return palette


def choose(window: MainWindow, typed: str, title: str) -> None:
    """Type words into the palette and press Enter."""
    palette = opened(window)
    QTest.keyClicks(palette.field, typed)
    assert palette.model.entries[0].title == title
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not shown(window)
    QApplication.processEvents()


def test_it_lists_everything(shared_window: MainWindow) -> None:
    palette = opened(shared_window)
    titles: dict[str, list[str]] = {}
    for entry in palette.model.entries:
        titles.setdefault(entry.kind, []).append(entry.title.casefold())
    palette.dismiss()
    assert titles["Workspace"] == [workspace.name for workspace in WORKSPACES]
    assert titles["Panel"] == list(shared_window.panels.by_name)
    assert titles["Operation"] == [operation.title.casefold() for operation in OPERATIONS]
    assert titles["Fault"] == [fault.title.casefold() for fault in GALLERY]
    lessons, _ = lessons_of(bundled_folder())
    assert titles["Lesson"] == [lesson.title.casefold() for lesson in lessons]
    assert {"learning rate η", "seed", "precision", "update order"} <= set(titles["Setting"])
    assert {"run", "step", "jump to iteration…"} <= set(titles["Run"])
    assert {"dark theme", "presentation size", "reset layout"} <= set(titles["View"])
    assert "bundled digits" in titles["Data"]


def test_an_entry_is_read_with_its_key(
    shared_window: MainWindow, check_model: Callable[[QAbstractItemModel], None]
) -> None:
    palette = opened(shared_window)
    check_model(palette.model)
    QTest.keyClicks(palette.field, "do one iteration")
    read = palette.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert read == "Step, Run, →, Pause, and do one iteration."
    palette.dismiss()


def test_the_arrows_move_in_the_list_and_esc_closes(shared_window: MainWindow) -> None:
    palette = opened(shared_window)
    rows = palette.findChild(QListView)
    assert rows is not None
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert rows.currentIndex().row() == 2
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not shown(shared_window)
    assert QApplication.focusWidget() is shared_window


def test_ctrl_k_starts_again_and_a_click_beside_it_closes(shared_window: MainWindow) -> None:
    first = opened(shared_window)
    second = opened(shared_window)
    assert first is not second
    QTest.mouseClick(second, Qt.MouseButton.LeftButton, pos=second.rect().bottomLeft())
    assert not shown(shared_window)


def test_words_that_fit_nothing_are_named(shared_window: MainWindow) -> None:
    palette = opened(shared_window)
    QTest.keyClicks(palette.field, "xyzzy")
    assert "xyzzy" in palette.count.text()
    QTest.keyClick(palette.field, Qt.Key.Key_Return)  # does nothing
    assert palette.isVisible()
    palette.dismiss()


def test_a_setting_gets_the_keyboard(shared_window: MainWindow) -> None:
    choose(shared_window, "seed", "Seed")
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.accessibleName() == "Seed"
    shared_window.setFocus()


def test_a_control_of_a_panel_that_was_never_opened_gets_the_keyboard(
    shared_window: MainWindow,
) -> None:
    panel = shared_window.panels.hunt
    assert not panel.is_made
    choose(shared_window, "number of the case", "Number of the case")
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.accessibleName() == "Number of the case"
    assert panel.panel.isAncestorOf(focus)
    dock(shared_window, "hunt").hide()
    shared_window.setFocus()


def test_controls_that_need_breakpoints_are_listed_if_there_are_some(
    shared_window: MainWindow,
) -> None:
    breakpoints, panel = shared_window.commands.breakpoints, shared_window.panels.breakpoints
    assert not panel.is_made
    breakpoints.replace((Breakpoint(1, "loss rises"),))
    palette = opened(shared_window)
    listed = {entry.title for entry in palette.model.entries if entry.kind == "In Breakpoints"}
    palette.dismiss()
    breakpoints.replace(())
    assert listed >= {"Add", "All on", "All off"}


def test_every_panel_that_is_made_later_has_its_controls_listed(shared_window: MainWindow) -> None:
    later = {n for n, p in shared_window.panels.by_name.items() if isinstance(p, LazyPanel)}
    assert set(CONTROLS) == later


def test_an_operation_is_shown_in_the_debugger(shared_window: MainWindow) -> None:
    choose(shared_window, "filter grad", "Filter gradient")
    panel = shared_window.commands.debugger.panel
    wait_until(lambda: panel.shown == "filter_gradient")
    assert dock(shared_window, "debugger").isVisible()
    dock(shared_window, "debugger").hide()


def test_a_fault_is_checked(shared_window: MainWindow) -> None:
    fault = GALLERY[0]
    choose(shared_window, fault.title, f"{fault.title[:1].upper()}{fault.title[1:]}")
    panel = shared_window.panels.check.panel
    wait_until(lambda: panel.outcome is not None)
    assert panel.outcome.subject.fault == fault
    assert panel.verdict.text().startswith("✗")
    dock(shared_window, "check").hide()


@pytest.mark.parametrize("name", ["teach", "watch"])
def test_a_workspace_is_chosen(shared_window: MainWindow, name: str) -> None:
    choose(shared_window, name, name.title())
    assert shared_window.commands.workspaces.actions[name].isChecked()


def test_a_lesson_begins(shared_window: MainWindow) -> None:
    choose(shared_window, "what a filter sees", "What a filter sees")
    panel = shared_window.panels.lesson.panel
    wait_until(lambda: panel.step is not None)
    assert "What a filter sees" in panel.position.text()
    panel.leave()
