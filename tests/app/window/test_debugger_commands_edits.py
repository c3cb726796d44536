"""A person changes a number while an iteration is stepped through, and sees the effect."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.network import Batch, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.numerics.tensors import TENSORS
from tests.app.card_words import card_words
from tests.app.person import NAMES, Person

pytestmark = pytest.mark.usefixtures("plots_on_demand")

DONE = NAMES.index("filter_gradient") + 1


@pytest.fixture
def person(make_window: Callable[..., MainWindow], qtbot: QtBot) -> Person:
    """A user at the last operation of the first iteration."""
    someone = Person(make_window(learning_rate=1.0), qtbot)
    someone.run_to("filter_gradient")
    return someone


def check(person: Person, before: Tensors, expected: Tensors) -> None:
    """Compare the shown values of all completed operations with the readable path."""
    for operation in OPERATIONS[:DONE]:
        person.choose_operation(operation.name)
        for name in operation.writes:
            card = person.card(name)
            view = person.panel.view
            assert view is not None
            tensor = view.tensors[name]
            np.testing.assert_array_equal(tensor.values, expected[name], err_msg=name)
            parameter = TENSORS[name].update_of
            previous = expected[parameter] if parameter else before[name]
            np.testing.assert_array_equal(tensor.changed, previous != expected[name])
            assert card_words(card).state.startswith("just computed, ")
            if (previous == expected[name]).all():
                assert card_words(card).state.endswith(", the values are the same as before"), name
            else:
                assert card_words(card).state.endswith(" % of the values changed"), name


def test_a_filters_cell(person: Person) -> None:
    before = person.readable()
    person.choose_operation("correlate")
    person.edit(Cell(Column.FILTERS, 2, 1, 3), "-0.5")
    person.qtbot.waitUntil(lambda: person.panel.view.tensors["f"].values[3, 1, 2] == -0.5)  # type: ignore[union-attr]
    assert person.position() == (0, DONE)
    assert person.panel.shown == "correlate"  # the view stays
    start = initial_parameters(0)
    f = np.array(start.f)
    f[3, 1, 2] = -0.5
    expected = iterate(person.batch, Parameters(f, start.wo), NOTEBOOK, 1.0)
    check(person, before, expected)
    marks = person.panel.parts.board
    person.choose_operation("correlate")
    sheet = marks.card("C").sheet
    assert sheet is not None
    assert sheet.changed is not None
    assert sheet.changed[2].any()
    assert not sheet.changed[:2].any()  # the other filters' maps
    person.press(Qt.Key.Key_F10)
    frame = person.window.frame
    assert frame is not None
    np.testing.assert_array_equal(frame.parameters.f, updated(expected).f)
    assert frame.branch.name == "filter 3, row 2, column 4 = −0.5 at iteration 0"


def test_a_pixel(person: Person) -> None:
    before = person.readable()
    person.window.selection.select_image(4)
    person.settle()
    person.edit(Cell(Column.IMAGE, 0, 12, 9), f"{200 / 255:.3f}")
    person.qtbot.waitUntil(
        lambda: person.panel.view.tensors["X"].values[9, 12, 4] == 200 / 255  # type: ignore[union-attr]
    )
    assert person.position() == (0, DONE)
    frame = person.window.frame
    assert frame is not None
    images = frame.dataset.images[:20].copy()
    images[4, 12, 9] = 200
    batch = Batch.from_images(images, frame.dataset.labels[:20])
    expected = iterate(batch, initial_parameters(0), NOTEBOOK, 1.0)
    check(person, before, expected)
    person.choose_operation("patches")
    view = person.panel.view
    assert view is not None
    changed = view.tensors["P"].changed
    assert changed is not None
    assert np.count_nonzero(changed) == 25  # each patch that the pixel is in
    person.press(Qt.Key.Key_F10)
    assert person.window.frame is not None
    np.testing.assert_array_equal(person.window.frame.parameters.f, updated(expected).f)
