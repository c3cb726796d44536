"""The debugger in a small window: nothing that it says is cut off or over something else."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.main_window import MainWindow

from .painted import cut_off, overlaps, painted_words
from .person import Person

SMALL = (1024, 700)


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
