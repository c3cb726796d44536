"""Values edited in the debugger, and cells selected with the arrow keys."""

from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.network import Parameters, initial_parameters
from cnnviz.numerics.number_parsing import parse_number
from cnnviz.numerics.operations import iterate
from tests.app.card_words import card_words
from tests.app.person import Person

PLAIN, KEYPAD = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


@pytest.fixture
def person(reused_window: MainWindow, qtbot: QtBot) -> Person:
    return Person(reused_window, qtbot)


def double_click(person: Person, tensor: str, index: tuple[int, ...]) -> None:
    """As a mouse does it: press, release, double-click."""
    card, position = person.spot(tensor, index)
    person.click(tensor, index)
    card, position = person.spot(tensor, index)
    person.qtbot.mouseDClick(card, Qt.MouseButton.LeftButton, pos=position.toPoint())
    person.settle()
    assert person.panel.parts.editing.editor.isVisible()


def enter(person: Person, value: str) -> None:
    field = person.panel.parts.editing.editor.field
    assert QApplication.focusWidget() is field
    field.selectAll()
    person.qtbot.keyClicks(field, value)
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    person.settle()
    assert not person.panel.parts.editing.editor.isVisible()


# Changing


def test_a_filter_cell_is_edited_in_place(person: Person) -> None:
    """And every operation that was done is done again with it."""
    person.run_to("delta")
    person.choose_operation("correlate")
    double_click(person, "f", (1, 2, 0))
    editor = person.panel.parts.editing.editor
    assert editor.title.text() == "Weight: filter 1, row 3, column 2 · f[1, 2, 0]"
    parameters = initial_parameters(person.settings.seed)
    assert editor.field.value() == pytest.approx(parameters.f[1, 2, 0], abs=1e-6)
    enter(person, "-3.5")
    assert person.position() == (0, 9)
    assert person.panel.shown == "correlate"
    f = parameters.f.copy()
    f[1, 2, 0] = -3.5
    rule, eta = person.settings.rule, person.settings.learning_rate
    expected = iterate(person.batch, Parameters(f, parameters.wo), rule, eta)
    view = person.panel.view
    assert view is not None
    for name in ("f", "C", "A", "z", "o", "delta"):
        np.testing.assert_array_equal(view.tensors[name].values, expected[name])
    assert "of the values changed" in card_words(person.card("C")).state
    assert person.window.frame is not None
    assert len(person.window.frame.branches) == 2


def test_a_pixel_is_edited_in_place(person: Person) -> None:
    person.run_to("correlate")
    person.choose_operation("patches")
    person.press(Qt.Key.Key_F11)
    double_click(person, "X", (4, 9, 0))
    assert (
        person.panel.parts.editing.editor.title.text()
        == "Pixel: image 0, row 10, column 5 · X[4, 9, 0]"
    )
    enter(person, "1")
    view = person.panel.view
    assert view is not None
    assert view.tensors["X"].values[4, 9, 0] == 1
    assert view.tensors["P"].values[4, 9, 0, 0, 0] == 1
    assert person.panel.shown == "patches"


@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Return, PLAIN), (Qt.Key.Key_Enter, KEYPAD)],
    ids=["return", "enter"],
)
def test_a_dense_weight_is_changed_with_the_keyboard(
    person: Person, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    person.run_to("dense")
    before = person.panel.view
    assert before is not None
    z = before.tensors["z"].values
    person.hover("wo", (700, 0))
    card = person.card("wo")
    card.setFocus()
    qtbot.keyClick(card, key, modifier)
    title = person.panel.parts.editing.editor.title.text()
    assert title == "Dense weight: filter 2, row 5, column 6 · wo[700, 0]"
    enter(person, "50")
    assert person.position() == (0, 5)
    view = person.panel.view
    assert view is not None
    assert view.tensors["wo"].values[700, 0] == 50
    assert not np.array_equal(view.tensors["z"].values, z)
    assert QApplication.focusWidget() is card


def test_escape_changes_nothing(person: Person, qtbot: QtBot) -> None:
    person.run_to("correlate")
    double_click(person, "f", (1, 2, 0))
    editor = person.panel.parts.editing.editor
    qtbot.keyClicks(editor.field, "77")
    qtbot.keyClick(editor.field, Qt.Key.Key_Escape)
    person.settle()
    assert not editor.isVisible()
    assert person.window.frame is not None
    assert len(person.window.frame.branches) == 1


def test_filters_can_be_edited_at_the_end_of_an_iteration(person: Person) -> None:
    """The debugger steps back by one operation; the view stays."""
    person.press(Qt.Key.Key_F5)
    person.choose_operation("filter_update")
    assert person.position() == (0, 16)
    double_click(person, "f", (1, 2, 0))
    assert person.position() == (0, 15)
    assert person.panel.shown == "filter_update"
    enter(person, "-3.5")
    assert person.position() == (0, 15)
    view = person.panel.view
    assert view is not None
    assert view.tensors["f"].values[1, 2, 0] == -3.5
    assert view.tensors["dF"].fresh


@pytest.mark.parametrize(("typed", "weight"), [("1e-7", 1e-7), ("-0.1234567891", -0.1234567891)])
def test_a_small_weight_is_kept_as_typed(person: Person, typed: str, weight: float) -> None:
    person.run_to("correlate")
    double_click(person, "f", (1, 2, 0))
    enter(person, typed)
    view = person.panel.view
    assert view is not None
    assert view.tensors["f"].values[1, 2, 0] == weight
    double_click(person, "f", (1, 2, 0))
    field = person.panel.parts.editing.editor.field
    assert parse_number(field.text()) == pytest.approx(weight, rel=1e-5)
    person.qtbot.keyClick(field, Qt.Key.Key_Return)  # as it is
    person.settle()
    view = person.panel.view
    assert view is not None
    assert view.tensors["f"].values[1, 2, 0] == weight
    double_click(person, "f", (1, 2, 0))
    person.qtbot.keyClick(field, Qt.Key.Key_Up)
    person.settle()
    assert view.tensors["f"].values[1, 2, 0] < field.value() < weight + 0.011


def test_computed_tensors_cannot_be_edited(person: Person, qtbot: QtBot) -> None:
    person.run_to("correlate")
    person.click("C", (0, 0, 10, 10))
    card, position = person.spot("C", (0, 0, 10, 10))
    qtbot.mouseDClick(card, Qt.MouseButton.LeftButton, pos=position.toPoint())
    assert not person.panel.parts.editing.editor.isVisible()
    assert card.toolTip() == ""
    assert "change it" in person.card("f").toolTip()


# Going from cell to cell


@pytest.mark.parametrize("view", [CELL, WHY])
def test_the_arrow_keys_go_from_cell_to_cell(person: Person, qtbot: QtBot, view: int) -> None:
    """They train in other views: here they never do."""
    person.run_to("filter_gradient")
    person.click("dF", (1, 2, 2))
    person.show(view)
    area = QApplication.focusWidget()
    assert area is person.text()
    moves = (
        (Qt.Key.Key_Right, (1, 3, 2)),
        (Qt.Key.Key_Down, (1, 3, 3)),
        (Qt.Key.Key_Left, (1, 2, 3)),
        (Qt.Key.Key_Up, (1, 2, 2)),
    )
    for modifier, (key, index) in product((PLAIN, KEYPAD), moves):
        qtbot.keyClick(area, key, modifier)
        person.settle()
        assert person.panel.view is not None
        assert person.panel.view.point is not None
        assert person.panel.view.point.index == index, modifier
    assert person.position() == (0, 15)
    assert person.explanation_text().removeprefix("Why is ").startswith("dF[1, 2, 2] = ")


def test_other_views_release_the_keys(person: Person) -> None:
    person.run_to("filter_gradient")
    person.show(CELL)
    for view in (NUMBERS, TENSORS):
        person.show(view)
        focused = QApplication.focusWidget()
        assert focused is None or not person.panel.isAncestorOf(focused)
    person.press(Qt.Key.Key_Right)
    assert person.window.frame is not None
    assert person.window.frame.iteration == 1


def test_the_keyboard_stays_on_the_tabs_that_it_chooses(person: Person, qtbot: QtBot) -> None:
    person.run_to("dense")
    button = person.panel.parts.views.button(TENSORS)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Right)
    assert person.panel.parts.views.index == CELL
    assert QApplication.focusWidget() is person.panel.parts.views.button(CELL)


# Moving out of a cell


@pytest.mark.parametrize("level", [0, 1])
def test_tensors_is_at_the_level_that_one_came_from(person: Person, level: int) -> None:
    person.run_to("correlate")
    person.press(Qt.Key.Key_F11, times=level)
    for inner in (CELL, WHY):
        person.show(inner)
        assert person.panel.level == 2
    person.show(TENSORS)
    assert person.panel.level == level


def test_a_finished_run_suggests_the_next_command(person: Person, qtbot: QtBot) -> None:
    person.run_to("correlate")
    person.show(CELL)
    window = person.window
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(window.frame and window.frame.iteration > 0))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    person.settle()
    assert "Point at one under Tensors" in person.explanation_text()
    assert "F10" in person.explanation_text()
    assert person.panel.parts.breadcrumb.button(2).text() == "a cell"
