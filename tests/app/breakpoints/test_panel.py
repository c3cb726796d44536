"""The Breakpoints panel in the real window: keys, clicks, contents, and the saved file."""

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QLocale, QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QMenu, QSpinBox
from pytestqt.qtbot import QtBot

from cnnviz.app.breakpoints.model import BreakpointColumn
from cnnviz.app.breakpoints.panel import EXAMPLES, BreakpointsPanel
from cnnviz.app.breakpoints.problem import caret_lines
from cnnviz.app.breakpoints.store import read_breakpoints
from cnnviz.app.look.theme import DARK, GRID, LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import ZeroDeviationError
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app import operation_rows as rows
from tests.app.reused_window import forget_breakpoints

pytestmark = pytest.mark.reuses_window

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def is_undefined() -> Dataset:
    """Identical images, whose z cannot be standardised."""
    images = np.repeat(bundled_digits().images[:1], 4, axis=0)
    return Dataset("alike", images, np.array([1, 7, 1, 7], np.uint8))


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    """Open the panel without breakpoints."""

    def empty(window: MainWindow) -> None:
        window.bring_up("breakpoints")
        forget_breakpoints(window)

    return empty


@pytest.fixture
def panel(
    window: MainWindow, qtbot: QtBot, check_model: Callable[[QAbstractItemModel], None]
) -> BreakpointsPanel:
    """The panel, opened with its key."""
    panel = opened(window, qtbot)
    check_model(panel.model)
    return panel


def opened(window: MainWindow, qtbot: QtBot) -> BreakpointsPanel:
    qtbot.keyClick(window, Qt.Key.Key_B, CTRL_SHIFT)
    panel = window.panels.breakpoints.panel
    assert isinstance(panel, BreakpointsPanel)
    qtbot.waitUntil(panel.isVisible)
    return panel


def example(panel: BreakpointsPanel, start: str) -> QAction:
    """Return the Add button's suggestions for the beginning of a condition."""
    panel.examples.aboutToShow.emit()
    menus = [panel.examples, *panel.examples.findChildren(QMenu)]
    offered = [action for menu in menus for action in menu.actions()]
    return next(a for a in offered if str(a.data() or a.text()).startswith(start))


def editor(panel: BreakpointsPanel, kind: type = QLineEdit):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return the field in which a cell is edited."""
    found = [w for w in panel.table.viewport().findChildren(kind) if w.isVisible()]
    assert len(found) == 1
    return found[0]


def add(panel: BreakpointsPanel, qtbot: QtBot, text: str) -> None:
    """Write a condition into a new line and press Enter."""
    rows = panel.model.rowCount()
    example(panel, "Write").trigger()
    qtbot.keyClicks(editor(panel), text)
    qtbot.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is None)
    assert panel.model.rowCount() == rows + 1


def shown(panel: BreakpointsPanel, row: int) -> list[object]:
    """Return the text of a row: enabled, condition, first stopping hit, hits."""
    cells = [panel.model.index(row, column) for column in BreakpointColumn]
    on = cells[0].data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    return [on, *(cell.data() for cell in cells[1:])]


def wait_for_commands(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until the training thread has carried out all commands."""
    sent = window.loop.select(window.selection.image)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= sent)


def run(window: MainWindow, qtbot: QtBot) -> None:
    """Press Space and wait until the run stops."""
    before = window.loop.sent
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(
        lambda: (
            window.frame is not None
            and before < window.loop.sent <= window.frame.done
            and not window.frame.running
        )
    )


def readable_run(iterations: int) -> tuple[list[Parameters], list[float], np.ndarray]:
    """Return parameters, losses and outputs of the readable path, for twenty digits."""
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:20], digits.labels[:20])
    states, losses, outputs = [initial_parameters(0)], [], []
    for _ in range(iterations + 1):
        tensors = iterate(batch, states[-1], NOTEBOOK, 15.0)
        losses.append(float(tensors["E"].mean()))
        outputs.append(tensors["o"][0])
        states.append(updated(tensors))
    return states, losses, np.array(outputs)


def test_a_breakpoint_is_added_stops_the_run_and_goes_back_to_the_cause(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    states, losses, _ = readable_run(12)
    rises = [i for i, (a, b) in enumerate(pairwise(losses), 1) if b > a]
    first, second = rises[:2]
    add(panel, qtbot, "loss rises")
    window.loop.pace(None)
    for hits, stop in enumerate((first, second), 1):
        run(window, qtbot)
        assert window.frame is not None
        assert window.frame.iteration == stop
        np.testing.assert_allclose(window.frame.parameters.f, states[stop].f, rtol=1e-6)
        assert shown(panel, 0) == [True, "loss rises", "1", str(hits)]
        words = panel.stop_text.text()
        assert words.startswith(f"Breakpoint 1 (loss rises) at iteration {stop}: the loss rose")
        assert words.split()[-3:] == [
            f"{losses[stop - 1]:.3g}",
            "to",
            f"{losses[stop]:.3g}.",
        ]
        assert window.status.text.text() == words
        assert window.status.sign.text() == "▶"
        assert panel.model.headerData(0, Qt.Orientation.Vertical) == "▶ 1"
    held = {i for i in range(second) if i in rises}
    cause = max(i for i in range(second) if i not in held)
    qtbot.keyClick(window, Qt.Key.Key_Left, CTRL_SHIFT)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == cause)
    np.testing.assert_allclose(window.frame.parameters.f, states[cause].f, rtol=1e-6)
    assert panel.stop_text.text() == (
        f"Back at iteration {cause}, the latest before {second} at which breakpoint 1 (loss rises) "
        "did not hold."
    )
    assert not panel.back.isVisible()
    assert not window.actions_.to_cause.isEnabled()
    run(window, qtbot)
    assert window.frame.iteration == min(i for i in rises if i > cause)


def test_the_image_that_flipped_can_be_shown(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    _, _, outputs = readable_run(12)
    sides = outputs > 0.5
    first = next(i for i in range(1, 12) if (sides[i] != sides[i - 1]).any())
    images = np.flatnonzero(sides[first] != sides[first - 1])
    other = int(images[-1])
    add(panel, qtbot, f"image {other} flips")
    run(window, qtbot)
    assert window.frame is not None
    assert window.frame.iteration == first
    before, now = outputs[first - 1 : first + 1, other]
    assert panel.stop_text.text().endswith(
        f": the output of image {other} went from {before:.3g} to {now:.3g}."
    )
    assert panel.show_image.text() == f"Show image {other}"
    qtbot.mouseClick(panel.show_image, LEFT)
    assert window.selection.image == other
    qtbot.mouseClick(panel.back, LEFT)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == first - 1)
    assert window.frame.image.index == other
    assert (window.frame.image.o > 0.5) == sides[first - 1, other]


def test_an_error_is_shown_under_its_column_while_typing(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    example(panel, "Write").trigger()
    qtbot.keyClicks(editor(panel), "loss falls")
    assert panel.table.problem.caret.isVisible()
    assert panel.table.problem.caret.text() == "loss falls\n     ^"
    assert panel.table.problem.words.text().startswith("column 6: expected rises, ")
    box, field = panel.table.problem.geometry(), editor(panel).geometry()
    assert 0 <= box.top() - field.bottom() <= GRID  # at the field
    assert panel.table.rowHeight(0) == field.height() + box.height()
    assert panel.table.problem.words.height() >= panel.table.problem.words.heightForWidth(
        panel.table.problem.words.width()
    )
    assert editor(panel).accessibleDescription() == panel.table.problem.words.text()
    qtbot.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(panel, 0)[:2] == [False, "⚠ loss falls"])
    condition = panel.model.index(0, BreakpointColumn.CONDITION)
    spoken = condition.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert (
        spoken == panel.table.problem.words.text()
    )  # as a screen reader finds only cells in a table
    assert panel.table.problem.words.isVisible()
    wait_for_commands(window, qtbot)
    QApplication.processEvents()
    assert panel.table.hasFocus()  # what is wrong can be mended at once
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    field = editor(panel)
    assert field.text() == "loss falls"
    field.setCursorPosition(10)
    for _ in "falls":
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
    qtbot.keyClicks(field, "rises")
    assert not panel.table.problem.words.isVisible()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(panel, 0)[:2] == [True, "loss rises"])
    qtbot.waitUntil(lambda: not panel.table.hasFocus())  # Space runs
    for action, text, is_wrong in (("undo", "⚠ loss falls", True), ("redo", "loss rises", False)):
        wait_for_commands(window, qtbot)
        getattr(window.actions_, action).trigger()
        qtbot.waitUntil(lambda text=text: shown(panel, 0)[1] == text)
        assert panel.table.problem.words.isVisible() == is_wrong


def test_what_is_typed_stays_while_hits_are_counted(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    add(panel, qtbot, "iteration = 1")
    qtbot.keyClick(panel.table, Qt.Key.Key_F2)
    field = editor(panel)
    qtbot.keyClicks(field, "loss")
    window.loop.start()
    qtbot.waitUntil(lambda: shown(panel, 0)[3] == "1")
    assert field.text() == "loss"
    qtbot.keyClick(field, Qt.Key.Key_Escape)


def test_a_new_row_without_a_condition_is_removed(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    example(panel, "Write").trigger()
    assert panel.model.rowCount() == 1
    qtbot.keyClick(editor(panel), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    assert panel.hint.isVisible()
    assert not panel.table.problem.words.isVisible()


def test_escape_restores_the_condition(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    add(panel, qtbot, "loss rises")
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_F2)
    qtbot.keyClicks(editor(panel), "x")
    qtbot.keyClick(editor(panel), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not panel.table.problem.words.isVisible())
    assert shown(panel, 0)[1] == "loss rises"


@pytest.mark.parametrize(
    "modifier", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier]
)
def test_a_breakpoint_is_turned_off_and_removed_with_the_keyboard(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot, modifier: Qt.KeyboardModifier
) -> None:
    add(panel, qtbot, "iteration = 2")
    add(panel, qtbot, "iteration = 4")
    qtbot.keyClick(window, Qt.Key.Key_B, CTRL_SHIFT)
    assert panel.table.hasFocus()
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Space, modifier)
    assert shown(panel, 0)[0] is False
    assert window.frame is not None
    assert not window.frame.running  # Space was the table's
    panel.table.clearFocus()
    run(window, qtbot)
    assert window.frame.iteration == 4
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete, modifier)
    assert [shown(panel, row)[1] for row in range(panel.model.rowCount())] == ["iteration = 2"]
    wait_for_commands(window, qtbot)
    assert [b.text for b in window.frame.breakpoints] == ["iteration = 2"]


def background(panel: BreakpointsPanel, row: int) -> str:
    """Return the colour that is painted beside a row's condition."""
    cell = panel.table.visualRect(panel.model.index(row, BreakpointColumn.CONDITION))
    image = panel.table.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(
        round((cell.right() - 4) * ratio), round(cell.center().y() * ratio)
    ).name()


def conditions(panel: BreakpointsPanel) -> list[object]:
    return [shown(panel, row)[1] for row in range(panel.model.rowCount())]


def test_delete_acts_on_the_highlighted_row_also_after_a_stop(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    for text in ("iteration = 9", "iteration = 8", "iteration = 2"):
        add(panel, qtbot, text)
    panel.table.selectRow(0)
    panel.table.clearFocus()
    run(window, qtbot)
    qtbot.waitUntil(panel.stop.isVisible)
    headers = [panel.model.headerData(row, Qt.Orientation.Vertical) for row in range(3)]
    assert headers == ["1", "2", "▶ 3"]
    colours = [background(panel, row) for row in range(3)]
    assert colours[0] != colours[1] == colours[2]
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert conditions(panel) == ["iteration = 8", "iteration = 2"]


def test_the_focused_row_is_highlighted(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    for text in ("iteration = 9", "iteration = 8"):
        add(panel, qtbot, text)
    panel.table.selectionModel().clear()
    assert not panel.delete.isEnabled()
    panel.table.setFocus(Qt.FocusReason.TabFocusReason)
    colours = [background(panel, row) for row in range(2)]
    assert colours[0] != colours[1]
    assert panel.delete.isEnabled()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert conditions(panel) == ["iteration = 8"]


def test_without_a_highlighted_row_nothing_is_deleted(
    panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    add(panel, qtbot, "iteration = 9")
    cell = panel.table.visualRect(panel.model.index(0, BreakpointColumn.CONDITION)).center()
    viewport = panel.table.viewport()
    qtbot.mouseClick(viewport, LEFT, pos=cell)
    assert panel.delete.isEnabled()
    qtbot.mouseClick(viewport, LEFT, Qt.KeyboardModifier.ControlModifier, pos=cell)
    assert not panel.delete.isEnabled()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert conditions(panel) == ["iteration = 9"]


def test_nothing_is_offered_to_be_undone_at_first(panel: BreakpointsPanel) -> None:
    assert not panel.undo.isVisible()
    assert not panel.deleted.isVisible()


def test_a_deleted_breakpoint_is_restored_by_ctrl_z_or_undo(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    for text in ("iteration = 1", "loss rises", "iteration = 8"):
        add(panel, qtbot, text)
    run(window, qtbot)
    qtbot.waitUntil(lambda: shown(panel, 0)[3] == "1")
    assert not panel.undo.isVisible()
    panel.table.setFocus()
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert panel.deleted.text() == "Deleted breakpoint 1 (iteration = 1)."
    qtbot.keyClick(panel.table, Qt.Key.Key_Backspace)  # what a Mac calls delete
    assert conditions(panel) == ["iteration = 8"]
    assert panel.deleted.text() == "Deleted breakpoint 2 (loss rises)."
    qtbot.mouseClick(panel.undo, LEFT)
    assert conditions(panel) == ["loss rises", "iteration = 8"]
    assert panel.table.selected_row == 0
    assert not panel.undo.isVisible()
    wait_for_commands(window, qtbot)
    qtbot.keyClick(panel.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: conditions(panel) == ["iteration = 1", "loss rises", "iteration = 8"])
    wait_for_commands(window, qtbot)
    assert window.frame is not None
    assert [(b.number, b.hits) for b in window.frame.breakpoints] == [(1, 1), (2, 0), (3, 0)]
    assert shown(panel, 0)[3] == "1"
    assert window.frame.undo == "addition of breakpoint “iteration = 8”"
    assert not panel._deleted  # so that none is restored twice


def test_another_edit_hides_the_notice(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    for text in ("iteration = 1", "iteration = 8"):
        add(panel, qtbot, text)
    panel.table.selectRow(1)
    qtbot.mouseClick(panel.delete, LEFT)
    assert panel.deleted.isVisible()
    qtbot.mouseClick(panel.all_off, LEFT)
    assert not panel.deleted.isVisible()
    assert not panel.undo.isVisible()


def test_a_click_on_the_box_turns_it_off(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    add(panel, qtbot, "iteration = 2")
    cell = panel.table.visualRect(panel.model.index(0, BreakpointColumn.ENABLED))
    box = QPoint(cell.left() + 12, cell.center().y())
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=box)
    assert shown(panel, 0)[0] is False
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=box)
    assert shown(panel, 0)[0] is True


def test_the_nth_hit(window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot) -> None:
    add(panel, qtbot, "iteration > 0 and at delta")
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(0, BreakpointColumn.CONDITION))
    qtbot.keyClick(panel.table, Qt.Key.Key_Right)
    qtbot.keyClick(panel.table, Qt.Key.Key_F2)
    box = editor(panel, QSpinBox)
    box.selectAll()
    qtbot.keyClicks(box, "3")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(panel, 0)[2] == "3")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is None)
    run(window, qtbot)
    assert window.frame is not None
    assert window.frame.iteration == 3
    assert panel.stop_text.text() == (
        "Breakpoint 1 (iteration > 0 and at delta) at iteration 3, before δ: the iteration is 3."
    )
    assert shown(panel, 0)[3] == "3"


def test_a_hit_is_written_and_read_as_everywhere(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    for row, locale in enumerate(("C", "de_DE", "ar_EG")):
        add(panel, qtbot, "loss rises")
        panel.table.setFocus()
        before = QLocale()
        QLocale.setDefault(QLocale(locale))
        panel.table.edit(panel.model.index(row, BreakpointColumn.HIT))
        QLocale.setDefault(before)
        box = editor(panel, QSpinBox)
        box.selectAll()
        qtbot.keyClicks(box, "1,000")
        assert box.text() == "1,000", locale
        qtbot.keyClick(box, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda row=row: shown(panel, row)[2] == "1,000")
        panel.table.edit(panel.model.index(row, BreakpointColumn.HIT))
        box = editor(panel, QSpinBox)
        assert box.text() == "1,000", locale
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: QApplication.focusWidget() is None)


def test_a_stop_at_an_operation_ends_with_the_next_step(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    add(panel, qtbot, "at delta")
    run(window, qtbot)
    qtbot.waitUntil(panel.stop.isVisible)
    assert not panel.back.isVisible()  # every iteration has that operation
    qtbot.keyClick(window, Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: not panel.stop.isVisible())
    assert "before δ" not in window.status.text.text()


def test_all_on_and_all_off(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    add(panel, qtbot, "iteration = 2")
    add(panel, qtbot, "not finite")
    qtbot.mouseClick(panel.all_off, LEFT)
    assert [shown(panel, row)[0] for row in (0, 1)] == [False, False]
    qtbot.mouseClick(panel.all_on, LEFT)
    assert [shown(panel, row)[0] for row in (0, 1)] == [True, True]


def test_every_example_parses_and_every_operation_is_offered(
    window: MainWindow, panel: BreakpointsPanel
) -> None:
    window.selection.select_image(7)
    panel.examples.aboutToShow.emit()
    offered = [a.data() for menu in (panel.examples, *panel.examples.findChildren(QMenu))
               for a in menu.actions() if a.data()]  # fmt: skip
    assert len(offered) == len(EXAMPLES) + len(OPERATIONS)
    assert "image 7 flips" in offered
    for text in offered:
        assert Breakpoint(1, text).problem is None, text
    example(panel, "any image").trigger()
    assert shown(panel, 0)[1] == "any image flips"


def test_an_operation_is_toggled_by_the_debugger(panel: BreakpointsPanel) -> None:
    panel.model.toggle_operation("delta")
    panel.model.toggle_operation("dense")
    assert [shown(panel, row)[1] for row in (0, 1)] == ["at delta", "at dense"]
    panel.model.toggle_operation("delta")
    assert [b.text for b in panel.model.breakpoints] == ["at dense"]


def test_breakpoints_are_saved_between_starts(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = make_window()
    panel = opened(first, qtbot)
    add(panel, qtbot, "iteration = 3")
    add(panel, qtbot, "loss rises by 5 %")
    panel.model.setData(
        panel.model.index(1, BreakpointColumn.ENABLED), None, Qt.ItemDataRole.CheckStateRole
    )
    panel.model.setData(panel.model.index(1, BreakpointColumn.HIT), 4)
    first.close()
    second = make_window()
    wait_for_commands(second, qtbot)
    panel = opened(second, qtbot)
    assert shown(panel, 0) == [True, "iteration = 3", "1", "0"]
    assert shown(panel, 1) == [False, "loss rises by 5 %", "4", "0"]
    panel.table.clearFocus()
    run(second, qtbot)
    assert second.frame is not None
    assert second.frame.iteration == 3


SAVED = (
    ([{"condition": "loss falls", "enabled": True, "hit": 1}], ["loss falls"], ""),
    ("[[[", [], "cannot be read"),
    ("[" * 100_000, [], "cannot be read"),
    ({"condition": "loss rises"}, [], "cannot be read"),
    ([1, {"condition": "loss rises", "enabled": True, "hit": 2}], ["loss rises"], "1 break"),
    ([{"condition": "loss rises", "enabled": 1, "hit": 2}], [], "1 breakpoint"),
    ([{"condition": "loss rises", "enabled": True, "hit": 0}], [], "1 breakpoint"),
    ([{"condition": "loss rises", "enabled": True, "hit": True}], [], "1 breakpoint"),
    ([{"condition": "a" * 201, "enabled": True, "hit": 1}] * 2, [], "2 breakpoints"),
    ([{"condition": "step > 1", "enabled": True, "hit": 1}] * 101, ["step > 1"] * 100, "1 br"),
)
"""The stored text, the restored conditions, and the message about the others."""


def stored(store: QSettings, saved: object) -> QSettings:
    store.setValue("breakpoints", saved if isinstance(saved, str) else json.dumps(saved))
    return store


@pytest.mark.parametrize(("saved", "texts", "message"), SAVED)
def test_saved_breakpoints_are_checked(
    store: QSettings, saved: object, texts: list[str], message: str
) -> None:
    read, problem = read_breakpoints(stored(store, saved))
    assert [b.text for b in read] == texts
    assert message in problem
    assert bool(message) == bool(problem)


@pytest.mark.parametrize(("saved", "texts", "message"), [SAVED[0], SAVED[2], SAVED[4], SAVED[9]])
def test_the_window_restores_breakpoints_and_names_invalid_ones(
    make_window: Callable[..., MainWindow],
    store: QSettings,
    qtbot: QtBot,
    saved: object,
    texts: list[str],
    message: str,
) -> None:
    stored(store, saved)
    window = make_window()
    panel = window.panels.breakpoints.panel
    assert isinstance(panel, BreakpointsPanel)
    assert [b.text for b in panel.model.breakpoints] == texts
    assert message in window.status.text.text()
    assert bool(message) == bool(window.status.text.text())
    wait_for_commands(window, qtbot)
    if texts == ["loss rises"]:
        run(window, qtbot)
        assert window.frame is not None
        assert window.frame.breakpoints[0].hits == 2


def test_a_saved_condition_that_no_longer_parses_is_restored_without_stopping_the_run(
    make_window: Callable[..., MainWindow], store: QSettings, qtbot: QtBot
) -> None:
    saved = [{"condition": "loss falls", "enabled": True, "hit": 1}]
    store.setValue("breakpoints", json.dumps(saved))
    window = make_window()
    panel = opened(window, qtbot)
    assert shown(panel, 0) == [False, "⚠ loss falls", "1", "0"]
    assert panel.table.problem.words.text().startswith("column 6")
    window.close()
    assert json.loads(str(store.value("breakpoints"))) == saved


def test_it_is_hidden_at_first_and_shares_a_tab_bar_with_the_predictions(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window()
    dock = window.findChild(QDockWidget, "dock-breakpoints")
    other = window.findChild(QDockWidget, "dock-predictions")
    assert dock is not None
    assert other is not None
    assert not dock.isVisible()
    assert window.panels.predictions.isVisible()
    opened(window, qtbot)
    assert window.tabifiedDockWidgets(dock) == [other]


def test_a_hidden_panel_is_drawn_only_when_shown(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    add(panel, qtbot, "iteration = 2")
    dock = window.findChild(QDockWidget, "dock-breakpoints")
    assert dock is not None
    dock.hide()
    run(window, qtbot)
    assert shown(panel, 0)[3] == "0"
    assert window.status.text.text().startswith("Breakpoint 1 (iteration = 2)")
    opened(window, qtbot)
    assert shown(panel, 0)[3] == "1"
    assert panel.stop.isVisible()


def test_long_conditions_and_buttons_fit_in_presentation_size(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    add(panel, qtbot, "at filter_gradient and iteration = 3 or any image flips")
    window.set_theme(DARK)
    window.set_presentation(True)
    window.resize(1440, 900)
    window.bring_up("breakpoints")  # the predictions are in front of it then
    table = panel.table

    def whole() -> bool:
        cell = table.visualRect(panel.model.index(0, BreakpointColumn.CONDITION))
        metrics = QFontMetrics(table.font())
        return cell.height() >= 2 * metrics.height() and cell.right() <= table.viewport().width()

    qtbot.waitUntil(whole)
    for button in (panel.add, panel.delete, panel.all_on, panel.all_off):
        qtbot.waitUntil(lambda b=button: b.width() >= b.minimumSizeHint().width())
        assert button.geometry().right() <= panel.width()


def test_everything_has_a_name_for_a_screen_reader(panel: BreakpointsPanel, qtbot: QtBot) -> None:
    assert panel.table.accessibleName() == "Breakpoints"
    for button in (panel.add, panel.delete, panel.all_on, panel.all_off, panel.back):
        assert button.text()
        assert button.toolTip()
    example(panel, "Write").trigger()
    assert editor(panel).accessibleName() == "Condition"
    qtbot.keyClick(editor(panel), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)


@pytest.mark.parametrize(
    ("text", "column"), [("loss falls", 5), ("x" * 80, 0), ("y" * 60 + "!" + "y" * 40, 60)]
)
def test_the_caret_is_under_its_column(text: str, column: int) -> None:
    line, caret = caret_lines(text, column)
    assert len(line) <= 36
    assert line[caret.index("^")] == text[column]


def test_the_caret_is_behind_a_condition_that_ends_early() -> None:
    line, caret = caret_lines("z" * 100, 100)
    assert caret.index("^") == len(line)


def test_the_debuggers_margin_toggles_an_operation_and_the_stop_opens_it(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    debugger = window.commands.debugger.panel
    assert not debugger.isVisible()
    debugger.breakpoint_toggled.emit("filter_gradient")
    assert shown(panel, 0)[1] == "at filter_gradient"
    run(window, qtbot)
    assert window.frame is not None
    assert (window.frame.iteration, window.frame.last) == (0, 0)
    states, losses, outputs = readable_run(1)
    labels = window.frame.dataset.labels[:20]
    accuracy = 100 * np.mean((outputs[0] > 0.5) == (labels > 4))
    assert panel.stop_text.text() == (
        "Breakpoint 1 (at filter_gradient) at iteration 0, before filter gradient: "
        f"the loss is {losses[0]:.4g}, the accuracy {accuracy:.1f} %."
    )
    qtbot.waitUntil(debugger.isVisible)
    assert window.frame.debug is not None
    assert OPERATIONS[window.frame.debug.position].name == "filter_gradient"
    run(window, qtbot)
    assert window.frame.iteration == 1
    np.testing.assert_allclose(window.frame.parameters.f, states[1].f, rtol=1e-9)
    debugger.breakpoint_toggled.emit("filter_gradient")
    assert panel.model.rowCount() == 0


def test_not_finite_stops_if_all_images_are_alike(
    qtbot: QtBot, store: QSettings, is_undefined: Dataset
) -> None:
    window = MainWindow(Trainer(is_undefined, Settings(subset=4)), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    panel = opened(window, qtbot)
    add(panel, qtbot, "not finite")
    run(window, qtbot)
    assert window.frame is not None
    assert window.frame.iteration == 0
    words = panel.stop_text.text()
    assert words.startswith("Breakpoint 1 (not finite) at iteration 0: standardise: all 4 values z")
    assert "standard deviation is 0" in words
    assert shown(panel, 0)[3] == "1"
    assert window.status.sign.text() == "▶"
    window.close()
    window.deleteLater()


def test_not_finite_stops_after_divergence_and_goes_back(
    qtbot: QtBot, store: QSettings, is_undefined: Dataset
) -> None:
    images = is_undefined.images.copy()
    rows, columns = (indices[:4] for indices in np.nonzero(images[0] > 200))
    images[range(4), rows, columns] -= 5  # a little apart, until every unit is saturated
    dataset = Dataset("nearly alike", images, is_undefined.labels)
    settings = Settings(subset=4, learning_rate=1e3, pause_on_warning=False)
    window = MainWindow(Trainer(dataset, settings), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    batch = Batch.from_images(dataset.images, dataset.labels)
    first = iterate(batch, initial_parameters(0), NOTEBOOK, 1e3)
    with pytest.raises(ZeroDeviationError):
        iterate(batch, updated(first), NOTEBOOK, 1e3)
    panel = opened(window, qtbot)
    add(panel, qtbot, "not finite")
    run(window, qtbot)
    assert window.frame is not None
    assert window.frame.iteration == 1
    words = panel.stop_text.text()
    assert words.startswith("Breakpoint 1 (not finite) at iteration 1: standardise: all 4 values z")
    qtbot.mouseClick(panel.back, LEFT)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 0)
    assert panel.stop_text.text().startswith("Back at iteration 0, the latest before 1 ")
    window.close()
    window.deleteLater()


def test_any_filter_changes(window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot) -> None:
    states, _, _ = readable_run(12)
    signs = [state.f < 0 for state in states]
    first = next(i for i in range(1, 13) if (signs[i] != signs[i - 1]).any())
    turned = (signs[first] != signs[first - 1]).sum(axis=(0, 1))
    example(panel, "any filter").trigger()
    qtbot.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is None)
    assert shown(panel, 0)[1] == "any filter changes"
    run(window, qtbot)
    assert window.frame is not None
    assert window.frame.iteration == first
    np.testing.assert_allclose(window.frame.parameters.f, states[first].f, rtol=1e-6)
    words = panel.stop_text.text()
    assert words.startswith(f"Breakpoint 1 (any filter changes) at iteration {first}: ")
    for i in range(3):
        cells = "1 cell" if turned[i] == 1 else f"{turned[i]} cells"
        mean = states[first].f[:, :, i].mean()
        summary = f"{cells} of filter {i + 1} changed sign, and its mean went from "
        assert (summary in words) == (turned[i] > 0)
        if turned[i]:
            assert f"to {mean:.3g}".replace("-", "−") in words
    qtbot.mouseClick(panel.back, LEFT)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == first - 1)


def test_a_stop_at_an_operation_shows_the_next_operation(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    debugger = window.commands.debugger.panel
    add(panel, qtbot, "at map_gradient")
    position = [operation.name for operation in OPERATIONS].index("map_gradient")
    for iteration in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Right)  # a single iteration stops at it, too
        wait_for_commands(window, qtbot)
        assert window.frame is not None
        assert window.frame.iteration == iteration
        assert window.frame.stopped is not None
        qtbot.waitUntil(debugger.isVisible)
        assert debugger.shown == "map_gradient"
        assert rows.next_row(debugger.parts.operations) == position
        assert rows.newest(debugger.parts.operations) == position - 1
        assert "comes next: you are here" in rows.words(debugger.parts.operations, position)
        qtbot.keyClick(window, Qt.Key.Key_Right)
        wait_for_commands(window, qtbot)
        assert window.frame.iteration == iteration + 1
        assert window.frame.stopped is None
    qtbot.keyClick(window, Qt.Key.Key_Right)
    wait_for_commands(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_F10)
    wait_for_commands(window, qtbot)
    assert debugger.shown == "map_gradient"  # just done
    assert rows.newest(debugger.parts.operations) == position
    assert rows.next_row(debugger.parts.operations) == position + 1


def test_space_runs_after_a_click_on_a_button(
    window: MainWindow, panel: BreakpointsPanel, qtbot: QtBot
) -> None:
    add(panel, qtbot, "loss rises")
    window.activateWindow()
    window.setFocus()
    qtbot.mouseClick(panel.all_off, Qt.MouseButton.LeftButton)
    assert not shown(panel, 0)[0]
    qtbot.mouseClick(panel.all_on, Qt.MouseButton.LeftButton)
    assert shown(panel, 0)[0]
    focused = QApplication.focusWidget()
    assert focused is window
    qtbot.keyClick(focused, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration > 0)
    assert shown(panel, 0)[0]
