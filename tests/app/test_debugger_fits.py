"""The debugger in a small window: nothing that it says is cut off or over something else."""

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.main_window import MainWindow
from cnnviz.app.panels.debugger import CELL
from cnnviz.app.theme import LIGHT

from .painted import cut_off, overlaps, painted_words
from .person import Person

SMALL, LARGE = (1024, 700), (1440, 900)


@pytest.fixture
def person(window: MainWindow, qtbot: QtBot) -> Person:
    window.resize(*SMALL)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    return someone


# Why?


@pytest.mark.parametrize(
    ("operation", "tensor", "index"),
    [
        ("correlate", "C", (0, 0, 10, 10)),
        ("delta", "error_wrt_output", (0, 12)),
        ("map_error", "G", (1476, 0)),
        ("filter_gradient", "dF", (2, 2, 2)),
        ("filter_update", "f_next", (2, 2, 2)),
    ],
)
def test_why_is_whole_and_nothing_over_anything(
    person: Person, qtbot: QtBot, operation: str, tensor: str, index: tuple[int, ...]
) -> None:
    person.run_to(operation)
    person.window.loop.explain(tensor, index)
    person.settle()
    _, rows = person.why()
    assert rows
    why = person.panel.why
    # A height that follows from a width takes the layouts several passes.
    qtbot.waitUntil(lambda: why.height() >= why.heightForWidth(why.width()))
    QApplication.processEvents()
    words = painted_words(why)
    everything = "".join(text for _, text in words).replace(" ", "")
    for shown in rows:
        assert all(part.replace(" ", "") in everything for part in shown)
    assert overlaps(words) == []
    assert cut_off(words, QRectF(why.rect())) == []


# This cell


@pytest.mark.parametrize(
    ("operation", "tensor", "index"),
    [
        ("patches", "P", (3, 4, 0, 1, 2)),
        ("correlate", "C", (0, 0, 10, 10)),
        ("dense", "z", (0, 0)),
        ("delta", "error_wrt_output", (0, 12)),
        ("dense_gradient", "dW", (700, 0)),
        ("reread", "M", (7, 8, 1)),
        ("filter_gradient", "dF", (2, 2, 2)),
        ("filter_update", "f_next", (2, 2, 2)),
    ],
)
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_cells_story_is_whole_and_nothing_over_anything(
    person: Person,
    qtbot: QtBot,
    size: tuple[int, int],
    operation: str,
    tensor: str,
    index: tuple[int, ...],
) -> None:
    person.window.resize(*size)
    person.run_to(operation)
    person.window.loop.explain(tensor, index)
    person.show(CELL)
    person.settle()
    story = person.panel.story
    qtbot.waitUntil(lambda: story.height() >= story.heightForWidth(story.width()))
    words = painted_words(story)
    assert overlaps(words) == []
    assert cut_off(words, QRectF(story.rect())) == []


def test_matrices_that_were_multiplied_stand_side_by_side(person: Person) -> None:
    person.window.resize(*LARGE)
    person.run_to("dense")
    person.show(CELL)
    story = person.panel.story
    assert story.explanation is not None
    titles = [picture.title for picture in story.explanation.pictures]
    tops = {text: box.top() for box, text in painted_words(story)}
    for i in (1, 2, 3):
        triple = [title for title in titles if title.endswith(str(i))]
        assert len(triple) == 3
        assert len({round(tops[title]) for title in triple}) == 1
    assert tops["products 1"] < tops["feature map 2"]


def test_the_cell_that_was_read_is_marked_in_its_picture(person: Person) -> None:
    person.run_to("flatten")
    person.window.loop.explain("a", (24 * 7 + 9, 0))
    person.show(CELL)
    person.settle()
    story = person.panel.story
    marked = story.grab().toImage()
    place = story.picture_rect(0)
    cell = place.width() / 24
    spot = place.topLeft() + QPointF(7 * cell, 9.5 * cell)  # the mark's left edge
    assert marked.pixelColor(spot.toPoint()).name() == LIGHT.accent
