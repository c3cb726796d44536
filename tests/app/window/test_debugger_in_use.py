"""The debugger in use: positions that stay, the links and marks of numbers, and space."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QDockWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import CELL
from cnnviz.app.debugger.tensors.tensor_card import TensorCard
from cnnviz.app.look.theme import GRID, LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debugger.point import Point
from tests.app.painting import off_by
from tests.app.person import CTRL_SHIFT, Person

pytestmark = [pytest.mark.usefixtures("plots_on_demand"), pytest.mark.reuses_window(compared=False)]


@pytest.fixture
def person(window: MainWindow, qtbot: QtBot) -> Person:
    window.resize(1440, 900)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    someone.run_to("filter_update")
    return someone


def shown_docks(window: MainWindow) -> set[str]:
    return {dock.objectName() for dock in window.findChildren(QDockWidget) if dock.isVisible()}


def accent_pixels(card: TensorCard) -> int:
    """Count the pixels in the accent on a card: outlines and dashes."""
    off = off_by(card.grab().toImage(), LIGHT.accent)
    return int(np.count_nonzero(off[card.words_bottom :] == 0))


def test_the_cell_is_followed_from_operation_to_operation(person: Person) -> None:
    person.choose_operation("map_gradient")
    person.settle()
    unit = 576 + 7 * 24 + 9
    person.click("G", (unit, 0))
    for operation, tensor, index in (
        ("sigmoid", "A", (0, 1, 7, 9)),
        ("correlate", "C", (0, 1, 7, 9)),
        ("dense", "z", (0, 0)),
    ):
        person.choose_operation(operation)
        person.settle()
        view = person.panel.view
        assert view is not None
        assert view.point is not None
        assert (view.point.tensor, view.point.index) == (tensor, index)


def test_the_tabs_stay_where_they_are_and_the_header_does_not_shrink(person: Person) -> None:
    parts = person.panel.parts
    tops, heights = set(), []
    for operation in OPERATIONS:
        person.choose_operation(operation.name)
        person.settle()
        tops.add(parts.views.mapTo(person.panel, QPoint()).y())
        heights.append(parts.head.parentWidget().height())
    assert len(tops) == 1
    usual = [height for height in heights if height <= 12 * GRID]
    assert usual == sorted(usual)
    assert len(usual) > 10


def test_what_goes_into_the_pointed_cell_is_framed_on_its_card(person: Person) -> None:
    person.choose_operation("correlate")
    person.settle()
    person.panel.step_into()
    person.click("C", (0, 1, 7, 9))
    person.settle()
    framed = accent_pixels(person.card("f"))
    assert framed > 20
    patch = accent_pixels(person.card("P"))
    assert patch > 4
    person.choose_operation("sigmoid")
    person.settle()
    person.hover("A", (0, 0, 3, 3))
    assert accent_pixels(person.card("C")) > 4


def test_alone_the_pictures_are_larger(person: Person) -> None:
    person.choose_operation("correlate")
    person.settle()
    before = person.card("C").cell_rect((0, 0, 0)).width()
    person.press(Qt.Key.Key_D, CTRL_SHIFT)
    assert shown_docks(person.window) == {"dock-debugger"}
    person.settle()
    assert person.card("C").cell_rect((0, 0, 0)).width() > 1.2 * before


@pytest.mark.parametrize(("size", "alone"), [((1024, 690), True), ((1200, 720), False)])
def test_it_opens_alone_in_a_small_window(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int], alone: bool
) -> None:
    window.resize(*size)
    before = shown_docks(window)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    assert (shown_docks(window) == {"dock-debugger"}) is alone
    (tool,) = (a for a in window.run_toolbar.actions() if a.objectName() == "debugger")
    tool.trigger()  # it closes, and the others come back
    qtbot.waitUntil(lambda: shown_docks(window) == before)


def test_the_workspace_debug_has_the_debugger_alone_in_a_small_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1024, 690)
    before = shown_docks(window)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert shown_docks(window) == {"dock-debugger"}
    someone.press(Qt.Key.Key_D, CTRL_SHIFT)
    assert shown_docks(window) >= {"dock-debugger", "dock-loss"}
    someone.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert shown_docks(window) == before


def test_a_click_on_a_picture_of_this_cell_explains_its_number(
    person: Person, qtbot: QtBot
) -> None:
    person.choose_operation("correlate")
    person.settle()
    person.panel.step_into()
    person.click("C", (0, 1, 7, 9))
    person.show(CELL)
    person.settle()
    text = person.panel.parts.explanation.text
    qtbot.waitUntil(lambda: len(text._painter.positions) > 5)
    viewport = text.viewport()
    shown = viewport.rect()
    points = {
        point: QPoint(x, y)
        for x in range(0, shown.width(), 6)
        for y in range(0, shown.height(), 6)
        if (point := text._point_at(QPointF(x, y))) is not None
    }
    weights = {point.index for point in points if point.tensor == "f"}
    assert weights == {(u, v, 1) for u in range(5) for v in range(5)}
    patch = {point.index for point in points if point.tensor == "P"}
    assert patch == {(7, 9, 0, u, v) for u in range(5) for v in range(5)}
    wanted = Point("f", (3, 2, 1))
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=points[wanted])
    person.settle()
    view = person.panel.view
    assert view is not None
    assert view.point == wanted
    assert "weight of filter 2" in person.explanation_text()
