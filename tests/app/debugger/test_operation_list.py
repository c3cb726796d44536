"""The list of operations: its model, its formulae under several rules, and copying."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.operation_list import OperationList
from cnnviz.app.debugger.operation_model import ROW, OperationModel, operation_rows
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from tests.app import operation_rows as rows
from tests.app.painted import painted_words

RULES = [NOTEBOOK, Rule.correcting(["update-order"]), Rule.correcting(["pairing", "layout"]), EXACT]
NONE = frozenset[str]()


def show(operations: OperationList, rule: Rule, shown: int = 0) -> None:
    operations.show_rows(operation_rows(rule, None, NONE, NONE), shown)


@pytest.fixture
def operations(make_host: Callable[[int, int], QWidget]) -> OperationList:
    made = OperationList(Style(LIGHT))
    made.setParent(make_host(900, 500))
    made.resize(900, 500)
    made.show()
    return made


def test_the_model_is_valid(check_model: Callable[[QAbstractItemModel], None]) -> None:
    model = OperationModel()
    check_model(model)
    model.show_rows(operation_rows(EXACT, None, frozenset({"delta"}), frozenset({"dense"})))
    assert model.rowCount() == len(OPERATIONS) + 2


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_the_formulae_are_those_of_the_rule(operations: OperationList, rule: Rule) -> None:
    show(operations, NOTEBOOK)
    show(operations, rule)
    painted = "".join(text for _, text in painted_words(operations.viewport())).replace(" ", "")
    for position, operation in enumerate(OPERATIONS):
        formula = operation.variant(rule).formula
        assert formula.replace(" ", "") in painted
        expected = f"{position + 1}. {operation.title}: {formula} (not yet computed)"
        assert rows.words(operations, position) == expected


@pytest.mark.parametrize("held", [Qt.Key.Key_Shift, Qt.Key.Key_Control])
def test_a_step_selects_one_row_whatever_keys_are_held(
    operations: OperationList, qtbot: QtBot, held: Qt.Key
) -> None:
    modifier = {
        Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
        Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
    }[held]
    show(operations, EXACT)
    qtbot.keyPress(operations, held, modifier)
    assert QGuiApplication.keyboardModifiers() == modifier
    for shown in (4, 3):
        show(operations, EXACT, shown)
        chosen = operations.selectedIndexes()
        assert [index.data(ROW).number for index in chosen] == [shown + 1]
    qtbot.keyRelease(operations, held)


def test_a_screen_reader_finds_every_row_and_heading(operations: OperationList) -> None:
    show(operations, EXACT)
    table = QAccessible.queryAccessibleInterface(operations)
    assert table.text(QAccessible.Text.Name) == "Operations of the iteration"
    read = [table.child(row).text(QAccessible.Text.Name) for row in range(table.childCount())]
    expected = [rows.words(operations, position) for position in range(len(OPERATIONS))]
    assert read == ["Forward", *expected[:8], "Backward", *expected[8:]]


def test_rows_are_copied(operations: OperationList, qtbot: QtBot) -> None:
    show(operations, EXACT, 8)
    qtbot.keyClick(operations, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    delta = "9. δ: δ = (d − mean d − ẑ · mean(d ẑ)) / std z, d = −(y − o) · o · (1 − o)"
    assert QGuiApplication.clipboard().text() == f"{delta} (not yet computed)"
    qtbot.keyClick(operations, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(operations, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\n") == [
        f"{delta} (not yet computed)",
        "10. dense gradient: dW = (1/n) a δᵀ (not yet computed)",
    ]


def test_headings_are_passed_over(operations: OperationList, qtbot: QtBot) -> None:
    show(operations, EXACT, 7)
    with qtbot.waitSignal(operations.chosen) as chosen:
        qtbot.keyClick(operations, Qt.Key.Key_Down)
    assert chosen.args == [8]
    with qtbot.assertNotEmitted(operations.chosen), qtbot.assertNotEmitted(operations.run_to):
        heading = operations.visualRect(operations.model().index(0, 0)).center()
        rows.click(operations, heading)


def test_an_operation_is_chosen_again_by_a_click(operations: OperationList, qtbot: QtBot) -> None:
    show(operations, EXACT, 3)
    with qtbot.waitSignal(operations.chosen) as chosen:
        rows.click(operations, rows.spot(operations, 3))
    assert chosen.args == [3]


def test_the_margin_explains_a_click(operations: OperationList) -> None:
    show(operations, EXACT)
    tip = rows.tooltip(operations, rows.margin(operations, 4))
    assert tip == "Click to toggle a breakpoint on this operation (F9)"
    row = rows.tooltip(operations, rows.spot(operations, 4))
    assert row == rows.words(operations, 4)


def test_a_double_click_in_the_margin_runs_nothing(operations: OperationList, qtbot: QtBot) -> None:
    show(operations, EXACT)
    at = rows.margin(operations, 4)
    with qtbot.waitSignal(operations.breakpoint_toggled) as toggled:
        rows.click(operations, at)
    assert toggled.args == ["dense"]
    with qtbot.assertNotEmitted(operations.run_to):
        qtbot.mouseDClick(operations.viewport(), Qt.MouseButton.LeftButton, pos=at)
