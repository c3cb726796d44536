"""The debugger in a small window: no text is cut off or overlaps."""

import re
from collections.abc import Callable
from itertools import combinations

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QSplitter, QStackedWidget, QToolButton
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.look.theme import GRID, LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule
from cnnviz.training.debugger.point import Point
from tests.app import text_views
from tests.app.card_words import card_words
from tests.app.debugger.conftest import paint_debugger_alone
from tests.app.painted import cut_off, document_rect, document_words, overlaps, painted_words
from tests.app.person import CTRL_SHIFT, NAMES, Person

SMALL, LARGE = (1024, 700), (1440, 900)


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    def open_debugger(window: MainWindow) -> None:
        if not window.panels.debugger.isVisible():
            window.resize(*LARGE)  # in a small window, it would open alone
        window.commands.debugger.open()
        window.commands.debugger.panel.show()
        paint_debugger_alone(window)
        window.resize(*SMALL)

    return open_debugger


@pytest.fixture
def person(reused_window: MainWindow, qtbot: QtBot) -> Person:
    return Person(reused_window, qtbot)


def tools_of(person: Person) -> list[QToolButton]:
    """Return the buttons of the panel's own row."""
    commands = person.window.commands.debugger.actions.values()
    tools = person.panel.findChildren(QToolButton)
    found = [tool for tool in tools if tool.defaultAction() in commands]
    assert len(found) == 7
    return found


def head_area(person: Person) -> QScrollArea:
    """Return the area in which the formulae and the code are scrolled."""
    areas = person.panel.findChildren(QScrollArea)
    (area,) = (area for area in areas if area.accessibleName() == "Formulae and code")
    return area


# Why?


def test_why_is_not_cut_off_and_does_not_overlap(person: Person) -> None:
    for operation, tensor, index in (
        ("correlate", "C", (0, 0, 10, 10)),
        ("delta", "error_wrt_output", (0, 12)),
        ("map_gradient", "G", (1476, 0)),
        ("filter_gradient", "dF", (2, 2, 2)),
        ("filter_update", "f_next", (2, 2, 2)),
    ):
        person.run_to(operation)
        person.window.loop.explain(Point(tensor, index))
        person.settle()
        _, rows = person.why()
        assert rows, operation
        why = person.panel.parts.why
        words = document_words(why)
        everything = "".join(text for _, text in words).replace(" ", "")
        for shown in rows:
            assert all(part.replace(" ", "") in everything for part in shown), operation
        assert overlaps(words) == [], operation
        assert cut_off(words, document_rect(why)) == [], operation


# This cell


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_an_explanation_is_not_cut_off_and_does_not_overlap(
    person: Person, size: tuple[int, int]
) -> None:
    person.window.resize(*size)
    for operation, tensor, index in (
        ("patches", "P", (3, 4, 0, 1, 2)),
        ("correlate", "C", (0, 0, 10, 10)),
        ("dense", "z", (0, 0)),
        ("delta", "error_wrt_output", (0, 12)),
        ("dense_gradient", "dW", (700, 0)),
        ("reshape", "M", (7, 8, 1)),
        ("filter_gradient", "dF", (2, 2, 2)),
        ("filter_update", "f_next", (2, 2, 2)),
    ):
        person.run_to(operation)
        person.window.loop.explain(Point(tensor, index))
        person.show(CELL)
        person.settle()
        words = document_words(person.text())
        assert overlaps(words) == [], operation
        assert cut_off(words, document_rect(person.text())) == [], operation


def test_multiplied_matrices_are_side_by_side(person: Person) -> None:
    person.window.resize(*LARGE)
    person.run_to("dense")
    person.show(CELL)
    explanation = person.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    titles = [picture.title for picture in explanation.pictures]
    tops = {text: box.top() for box, text in document_words(person.text())}
    for i in (1, 2, 3):
        triple = [title for title in titles if title.endswith(str(i))]
        assert len(triple) == 3
        assert len({round(tops[title]) for title in triple}) == 1
    assert tops["products 1"] < tops["feature map 2"]


def test_the_source_cell_is_marked_in_its_picture(person: Person) -> None:
    person.run_to("flatten")
    person.window.loop.explain(Point("a", (24 * 7 + 9, 0)))
    person.show(CELL)
    person.settle()
    text = person.text()
    drawing = text_views.drawing_rect(text, 0)
    text.verticalScrollBar().setValue(int(drawing.top()))
    marked = text.viewport().grab().toImage()
    cell = (drawing.height() - 1) / 24
    spot = drawing.topLeft() + QPointF(7 * cell, 9.5 * cell)  # the mark's left edge
    spot.setY(spot.y() - text.verticalScrollBar().value())
    assert marked.pixelColor(spot.toPoint()).name() == LIGHT.accent


# The tensors


@pytest.mark.parametrize("level", [0, 1])
def test_a_cards_text_is_not_cut_off(person: Person, qtbot: QtBot, level: int) -> None:
    """Fresh tensors are marked, and their pictures described, on separate lines."""
    for _ in range(level):
        person.press(Qt.Key.Key_F11)
    person.press(Qt.Key.Key_F5)
    person.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    for name in ("patches", "correlate", "error", "delta", "map_gradient"):
        person.run_to(name)
        operation = OPERATIONS[NAMES.index(name)]
        for tensor in (*operation.reads, *operation.writes):
            card = person.card(tensor)
            qtbot.waitUntil(lambda card=card: card.height() >= card.heightForWidth(card.width()))
            words = painted_words(card)
            assert overlaps(words) == [], tensor
            assert cut_off(words, QRectF(card.rect())) == [], tensor
            everything = "".join(text for _, text in words).replace(" ", "")
            shown = card_words(card)
            for text in (shown.state, shown.shows, shown.whose_figures):
                assert text.replace(" ", "") in everything


def test_figures_say_that_they_are_of_all_images(person: Person) -> None:
    person.run_to("correlate")
    for shows in ("mean over all images", "image 0"):
        assert card_words(person.card("C")).shows == shows
        assert card_words(person.card("C")).whose_figures == "figures of all images:"
        assert card_words(person.card("f")).whose_figures == ""
        person.press(Qt.Key.Key_F11)


# The list of operations


def test_titles_in_the_list_do_not_run_into_their_words(person: Person) -> None:
    person.window.resize(SMALL[0], 1000)  # every row is painted
    person.press(Qt.Key.Key_F5)
    person.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    operations = person.panel.parts.operations
    words = painted_words(operations.viewport())
    assert [text for _, text in words].count("old") == len(OPERATIONS) - 1
    assert overlaps(words) == []
    assert cut_off(words, QRectF(operations.viewport().rect())) == []
    gap = min(
        stale.left() - title.right()
        for title, text in words
        for stale, word in words
        if text == "mean over images" and word == "old" and abs(stale.y() - title.y()) < 3
    )
    assert gap >= GRID / 2


def test_the_list_has_all_formulae_or_none(person: Person) -> None:
    def shown(rule: Rule = NOTEBOOK) -> int:
        painted = "".join(text for _, text in painted_words(operations.viewport())).replace(" ", "")
        return sum(o.variant(rule).formula.replace(" ", "") in painted for o in OPERATIONS)

    operations = person.panel.parts.operations
    assert shown() == 0
    person.window.resize(1800, 900)
    person.press(Qt.Key.Key_D, CTRL_SHIFT)
    split = person.panel.findChild(QSplitter)
    assert isinstance(split, QSplitter)
    split.setSizes([800, 1000])
    QApplication.processEvents()
    assert shown() == len(OPERATIONS)
    assert overlaps(painted_words(operations.viewport())) == []


# The Numbers view and its surroundings


def test_the_toolbar_of_numbers_is_not_cut_off(person: Person, qtbot: QtBot) -> None:
    person.run_to("correlate")
    person.show(NUMBERS)
    numbers = person.panel.parts.numbers
    tools = (numbers.tensors, numbers.pictures, numbers.copy, numbers.save)
    qtbot.waitUntil(lambda: numbers.save.x() + numbers.save.width() <= numbers.width())
    QApplication.processEvents()
    for tool in tools:
        assert tool.isVisible()
        assert tool.width() >= tool.sizeHint().width()
        assert tool.visibleRegion().boundingRect() == tool.rect()
    for one, other in combinations(tools, 2):
        assert not one.geometry().intersects(other.geometry())
    table = numbers.table
    rows = [row for row in range(24) if table.rowViewportPosition(row) < table.viewport().height()]
    assert len(rows) >= 3
    numbers.tensors.setCurrentIndex(numbers.tensors.findData("f"))
    words = painted_words(numbers.tensors)
    assert [text for _, text in words] == ["f: the filters"]


def test_the_buttons_are_not_cut_off_and_the_view_is_large_enough(
    person: Person, qtbot: QtBot
) -> None:
    person.run_to("delta")  # its code has the most lines
    panel = person.panel
    stack = panel.findChild(QStackedWidget)
    assert isinstance(stack, QStackedWidget)
    head, area = panel.parts.head, head_area(person)
    for view in (TENSORS, CELL, WHY, NUMBERS):
        person.show(view)
        qtbot.waitUntil(lambda: stack.height() >= 15 * GRID)
        for button in (*tools_of(person), *(panel.parts.views.button(at) for at in range(4))):
            assert button.visibleRegion().boundingRect() == button.rect(), view
            assert button.width() >= button.minimumSizeHint().width(), view
        qtbot.waitUntil(lambda: head.height() >= head.heightForWidth(head.width()))
        assert area.height() >= head.height() or area.verticalScrollBar().maximum() > 0, view


def test_in_a_large_window_the_head_needs_no_scrolling(person: Person, qtbot: QtBot) -> None:
    person.window.resize(*LARGE)
    area, head = head_area(person), person.panel.parts.head

    def fits() -> None:
        assert (area.height() >= head.height(), area.verticalScrollBar().maximum()) == (True, 0), (
            person.panel.shown,
            person.window.size(),
            person.panel.size(),
            area.size(),
            head.size(),
            head.heightForWidth(area.width()),
        )

    for operation in OPERATIONS:
        person.press(Qt.Key.Key_F10)
        assert person.panel.shown == operation.name
        qtbot.waitUntil(fits)
        assert area.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_longer_position_text_does_not_shrink_the_list(person: Person) -> None:
    QApplication.processEvents()
    before = person.panel.parts.operations.geometry()
    person.press(Qt.Key.Key_F5)
    QApplication.processEvents()
    assert person.panel.parts.where.text() == "Iteration 0: 16 of 16, now at iteration 1"
    assert person.panel.parts.operations.geometry() == before
    words = painted_words(person.panel.parts.where)
    assert cut_off(words, QRectF(person.panel.parts.where.rect())) == []


def test_the_panels_buttons_are_about_operations(person: Person, qtbot: QtBot) -> None:
    """Step and Back are the toolbar's, which does iterations."""
    tools = {tool.text(): tool for tool in tools_of(person)}
    assert not {"Step", "Back"} & set(tools)
    qtbot.mouseClick(tools["Next"], Qt.MouseButton.LeftButton)
    person.settle()
    assert person.position() == (0, 1)
    qtbot.mouseClick(tools["Into"], Qt.MouseButton.LeftButton)
    assert person.panel.level == 1
    qtbot.mouseClick(tools["Out"], Qt.MouseButton.LeftButton)
    assert person.panel.level == 0
    qtbot.mouseClick(tools["Previous"], Qt.MouseButton.LeftButton)
    person.settle()
    assert person.position() == (0, 0)


def test_the_breadcrumb_is_not_cut_off(person: Person) -> None:
    person.run_to("correlate")
    person.window.loop.explain(Point("C", (0, 0, 10, 10)))
    person.settle()
    QApplication.processEvents()
    crumbs = person.panel.parts.breadcrumb
    for level in range(3):
        button = crumbs.button(level)
        assert button.visibleRegion().boundingRect() == button.rect()
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())


def test_the_headings_of_the_breakpoints_are_not_cut_off(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(*SMALL)
    person = Person(window, qtbot)
    panel = person.add_breakpoint("loss rises and iteration > 10")
    QApplication.processEvents()
    header, model = panel.table.horizontalHeader(), panel.model
    for column in range(model.columnCount()):
        words = model.headerData(column, Qt.Orientation.Horizontal)
        widths = map(header.fontMetrics().horizontalAdvance, words.split("\n"))
        wide = max(widths) + GRID  # of padding
        assert header.sectionSize(column) >= wide, words


def test_the_numpy_of_every_operation_is_not_cut_off(person: Person, qtbot: QtBot) -> None:
    """With every correction on, which makes the longest lines."""
    person.correct(*SWITCHES)
    code = person.panel.parts.head.code
    for operation in OPERATIONS:
        person.press(Qt.Key.Key_F10)
        shown = code.accessibleDescription()
        assert shown == operation.variant(EXACT).numpy
        assert code.text().replace("\n", "").replace(" ", "") == re.sub(r"\s", "", shown)
        qtbot.waitUntil(lambda: code.height() >= code.heightForWidth(code.width()))
        assert cut_off(painted_words(code), QRectF(code.rect())) == []
