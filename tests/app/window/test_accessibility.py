"""Access to the whole window by screen reader and keyboard."""

from collections.abc import Iterator
from typing import Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSlider,
    QTabBar,
    QWidget,
)

from cnnviz.app.cells.cell import Cell, Column, Shown, spoken_cell
from cnnviz.app.look.theme import LIGHT, THEMES, Theme
from cnnviz.app.palette.panel_controls import CONTROLS as IN_PANELS
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.palette_commands import named_controls
from cnnviz.app.window.panel_focus import is_seen
from cnnviz.app.window.workspaces import WORKSPACES, Workspace
from cnnviz.training.debugger.point import Point
from tests.app.docks import dock
from tests.app.look.colour_vision import SIGHTS, apart, least_apart
from tests.app.network_parts import layout_of, view_of
from tests.app.waiting import wait_until

Role = QAccessible.Role
CONTROLS: Final = {
    *(Role.Button, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox, Role.RadioButton),
    *(Role.ComboBox, Role.EditableText, Role.SpinBox, Role.Slider, Role.ProgressBar),
    *(Role.List, Role.Table, Role.Tree, Role.Graphic, Role.PageTab, Role.ToolBar, Role.Window),
    *(Role.PageTabList, Role.Grip, Role.Splitter),
}
"""What has to have a name."""
VALUED: Final = {Role.ComboBox, Role.SpinBox, Role.Slider, Role.ProgressBar}
"""What has to have a value."""
ITEMS: Final = {Role.List, Role.Table, Role.Tree}
SHIFT = Qt.KeyboardModifier.ShiftModifier


def text(interface: QAccessibleInterface, kind: str) -> str:
    return interface.text(QAccessible.Text[kind]).strip()


def parts_of(widget: QWidget) -> Iterator[QAccessibleInterface]:
    """Return the parts that a screen reader finds in a widget, except items of lists and tables."""
    found = [QAccessible.queryAccessibleInterface(widget)]
    while found:
        interface = found.pop()
        if interface is None or not interface.isValid() or interface.state().invisible:
            continue
        yield interface
        if interface.role() not in ITEMS:
            found += [interface.child(at) for at in range(interface.childCount())]


def is_painted(widget: object) -> bool:
    """Return whether a widget is painted by code of ours, that is, a picture."""
    if isinstance(widget, QGraphicsView):
        return True
    ours = [c for c in type(widget).__mro__ if c.__module__.startswith("cnnviz")]
    return isinstance(widget, QWidget) and any("paintEvent" in vars(c) for c in ours)


def is_unused(widget: object) -> bool:
    """Return whether a widget is a tab bar that Qt keeps outside of the window, without tabs."""
    return isinstance(widget, QTabBar) and not widget.count() and widget.visibleRegion().isEmpty()


def faults_of(interface: QAccessibleInterface) -> Iterator[str]:
    """Return the missing names of a part."""
    role, widget, name = interface.role(), interface.object(), text(interface, "Name")
    if not name and (role in CONTROLS or is_painted(widget)) and not is_unused(widget):
        yield "no name"
    is_container = isinstance(widget, QWidget) and widget.findChildren(QWidget)
    if role == Role.Client and is_painted(widget) and not is_container:
        yield "no role"
    if role in VALUED and not text(interface, "Value"):
        yield "no value"
    if isinstance(widget, QComboBox):  # on Linux, its value is its name
        label = widget.accessibleName()
        if not label or not text(interface, "Description").startswith(label):
            yield "no label"


def faults_in(widget: QWidget) -> list[str]:
    """Return the parts of a widget that a screen reader would not find."""
    return [
        f"{fault}: {type(part.object()).__name__} {part.role().name} {text(part, 'Name')!r}"
        f" in {type(part.object().parent()).__name__}"
        for part in parts_of(widget)
        for fault in faults_of(part)
    ]


@pytest.mark.usefixtures("qapp")
def test_a_missing_name_or_value_is_found() -> None:
    host = QWidget()
    box = QComboBox(host)
    host.show()
    assert [fault.split(":")[0] for fault in faults_in(host)] == ["no name", "no value", "no label"]
    box.addItem("one")
    box.setAccessibleName("Count")
    box.setAccessibleDescription("Count")
    assert faults_in(host) == []
    host.close()
    host.deleteLater()


def unexplained(panel: QWidget) -> list[str]:
    """Return the controls of a panel that do not say what they are for."""
    kinds = QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit, QSlider
    return [
        f"{type(one).__name__} {one.accessibleName() or getattr(one, 'text', str)()}"
        for one in panel.findChildren(QWidget)
        if isinstance(one, kinds)
        and not isinstance(one.parent(), kinds)
        and one.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (one.toolTip() or one.accessibleDescription())
    ]


def fill(window: MainWindow) -> None:
    """Let panels show what they show only after something has been done in them."""
    panels = window.panels
    panels.check.panel.task.start.click()
    panels.hunt.panel.open.click()
    wait_until(lambda: panels.check.panel.outcome is not None)


def check_names(window: MainWindow) -> None:
    """Check that everything in the open panels has a name and a value, and says what it is for."""
    seen = 0
    for panel in window.panels.by_name:
        if dock(window, panel).isHidden():
            continue
        inside = window.panels.by_name[panel]
        is_new = isinstance(inside, LazyPanel) and not inside.is_made
        window.bring_up(panel)
        QApplication.processEvents()
        if is_new:  # as the palette lists it before
            hints = {name: hint for name, (_, hint) in named_controls(inside).items()}
            assert hints == IN_PANELS[panel]
        if panel == "code":
            fill(window)
        assert faults_in(dock(window, panel)) == []
        assert unexplained(window.panels.by_name[panel]) == []
        seen += 1
    assert faults_in(window) == []
    assert seen >= 3
    assert sum(1 for _ in parts_of(window)) > 80


def test_the_debugger_alone_and_its_views_have_names(shared_window: MainWindow) -> None:
    window = shared_window
    window.commands.debugger.explain(Point("dF", ()))
    panel = window.commands.debugger.panel
    wait_until(lambda: panel.shown == "filter_gradient" and panel.view is not None)
    window.commands.debugger.maximise.setChecked(True)
    for view in range(4):
        panel.show_view(view)
        QApplication.processEvents()
        assert faults_in(window) == []
    window.commands.debugger.maximise.setChecked(False)
    dock(window, "debugger").hide()


def test_a_chosen_cell_is_spoken_with_its_number(shared_window: MainWindow) -> None:
    window = shared_window
    window.commands.workspaces.chosen.emit("watch")
    panel, frame = window.panels.network, window.frame
    assert frame is not None
    view = view_of(panel)
    view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(view, key, Qt.KeyboardModifier.ControlModifier)
    cell = panel.chosen
    assert cell is not None
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface.role() == Role.Graphic
    row, column = cell.row, cell.col
    ink = frame.image.image[row, column] / 255
    spoken = text(interface, "Value")
    assert spoken.startswith(f"image 0, row {row + 1}, column {column + 1}, ")
    assert float(spoken.split()[-1]) == pytest.approx(ink, abs=1e-3)
    window.setFocus()


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_filters_are_distinct_as_they_are_painted(shared_window: MainWindow, theme: Theme) -> None:
    window = shared_window
    window.commands.workspaces.chosen.emit("watch")
    window.set_theme(theme)
    panel = window.panels.network
    view = view_of(panel)
    QApplication.processEvents()
    image, painted = view.grab().toImage(), []
    for i in range(3):
        first = layout_of(panel).cell_rect(Cell(Column.FILTERS, i, 2, 0))
        painted.append(image.pixelColor(first.left() - 1, first.center().y()).name())
    window.set_theme(LIGHT)
    assert all(apart(a, b, "normal") < 5 for a, b in zip(painted, theme.filters, strict=True))
    assert min(least_apart(painted, sight) for sight in SIGHTS) >= 10


@pytest.mark.parametrize(
    ("column", "picture"),
    [(Column.FILTERS, "filter"), (Column.MAPS, "feature map"), (Column.DENSE, "dense map")],
)
def test_the_place_of_a_cell_is_as_it_is_seen(
    shared_window: MainWindow, column: Column, picture: str
) -> None:
    frame = shared_window.frame
    assert frame is not None
    arrays = {
        Column.FILTERS: frame.filters,
        Column.MAPS: frame.image.activations,
        Column.DENSE: frame.dense,
    }
    *place, number = spoken_cell(Cell(column, 1, 2, 0), frame, Shown()).rsplit(", ", 1)
    assert place == [f"{picture} 2, row 3, column 1"]
    assert float(number.replace("−", "-")) == pytest.approx(arrays[column][1, 2, 0], rel=1e-3)


def test_a_cell_in_the_debugger_is_spoken_with_its_number(shared_window: MainWindow) -> None:
    window = shared_window
    window.commands.debugger.explain(Point("dF", (2, 1, 0)))
    panel = window.commands.debugger.panel
    wait_until(lambda: panel.view is not None and "dF" in panel.view.tensors)
    panel.show_view(0)
    wait_until(lambda: panel.shown == "filter_gradient")
    card = panel.parts.board.card("dF")
    wait_until(lambda: card.spoken_value.startswith("filter 3, row 1, column 2, "))
    assert panel.view is not None
    number = panel.view.tensors["dF"].values[2, 1, 0]
    spoken = card.spoken_value.rsplit(", ", 1)[1]
    assert float(spoken.replace("−", "-")) == pytest.approx(number, rel=1e-3)
    dock(window, "debugger").hide()


def tabbed(key: Qt.Key) -> list[QWidget]:
    """Press Tab or its opposite until the keyboard is where it began; return the way."""
    passed: list[QWidget] = []
    while (now := QApplication.focusWidget()) is not None and now not in passed:
        passed.append(now)
        assert is_seen(now.window(), now), now
        assert len(passed) < 200
        if isinstance(now, QPlainTextEdit) and not now.isReadOnly():
            break  # Tab indents here: F6 leaves
        QTest.keyClick(now, key)
    return passed


def check_tab(window: MainWindow, main: str) -> None:
    """Check that Tab goes through everything that is seen, and back."""
    window.commands.panel_focus.enter(main)
    passed = tabbed(Qt.Key.Key_Tab)
    reachable = {
        w
        for w in window.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus
        and w.isVisible()
        and w.isEnabled()
        and w.focusProxy() is None
        and w.window() is window
        and not w.visibleRegion().isEmpty()
    }
    assert reachable <= set(passed)
    back = tabbed(Qt.Key.Key_Backtab)
    assert set(back) == set(passed)


def test_f6_leaves_the_code(shared_window: MainWindow) -> None:
    window = shared_window
    window.commands.workspaces.chosen.emit("check")
    window.bring_up("code")
    editor = window.panels.code.panel.editor
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.hasFocus()
    QTest.keyClick(editor, Qt.Key.Key_F6)
    assert not editor.hasFocus()
    editor.clear()


def go_round(window: MainWindow, modifier: Qt.KeyboardModifier) -> list[str]:
    """Press F6 until the window itself has the keyboard again; return the panels on the way."""
    passed = []
    for _ in range(30):
        QTest.keyClick(window, Qt.Key.Key_F6, modifier)
        QApplication.processEvents()
        if not (now := window.commands.panel_focus.focused):
            assert QApplication.focusWidget() is window
            return passed
        passed.append(now)
    raise AssertionError(passed)


def check_f6(window: MainWindow) -> None:
    """Check that F6 reaches every open panel, and Shift+F6 goes the same way back."""
    window.setFocus()
    passed = go_round(window, Qt.KeyboardModifier.NoModifier)
    assert sorted(passed) == sorted(
        n for n in window.panels.by_name if not dock(window, n).isHidden()
    )
    assert go_round(window, SHIFT) == passed[::-1]


@pytest.mark.parametrize("workspace", WORKSPACES, ids=lambda workspace: workspace.name)
def test_a_screen_reader_and_tab_reach_everything_in_a_workspace(
    shared_window: MainWindow, workspace: Workspace
) -> None:
    shared_window.complete()
    shared_window.commands.workspaces.chosen.emit(workspace.name)
    check_names(shared_window)
    check_f6(shared_window)
    check_tab(shared_window, workspace.main)


def test_a_panel_gets_the_keyboard_where_it_had_it_last(shared_window: MainWindow) -> None:
    shared_window.commands.workspaces.chosen.emit("watch")
    shared_window.commands.panel_focus.enter("controls")
    first = QApplication.focusWidget()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    second = QApplication.focusWidget()
    assert second is not first
    shared_window.commands.panel_focus.enter("predictions")
    shared_window.commands.panel_focus.enter("controls")
    assert QApplication.focusWidget() is second
    shared_window.setFocus()


def mnemonic(action: QAction) -> str:
    """Return the letter that Alt or the bare key chooses an action by; empty if it has none."""
    text = action.text().replace("&&", "")
    return text[text.index("&") + 1].lower() if "&" in text else ""


def test_mnemonics_are_unique_in_each_menu(shared_window: MainWindow) -> None:
    window = shared_window
    menus: list[tuple[str, list[QAction]]] = [("menu bar", window.menuBar().actions())]
    menus += [(m.title(), m.actions()) for m in window.findChildren(QMenu) if m.title()]
    assert len(menus) >= 7
    for title, actions in menus:
        shown = [action for action in actions if not action.isSeparator()]
        letters = [letter for action in shown if (letter := mnemonic(action))]
        assert len(set(letters)) == len(letters), title
    assert all(mnemonic(action) for action in window.menuBar().actions())
