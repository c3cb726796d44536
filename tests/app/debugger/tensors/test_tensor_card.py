"""Tests of the range of a card's colours: it follows, jumps, and is held, by menu and mouse."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.tensors.card_frame import CardFrame
from cnnviz.app.debugger.tensors.card_painter import bar_rect, fitting_note
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.numerics.network import Floats
from cnnviz.training.debugger.view import tensor_view
from tests.app.context_menus import choose

VALUES = np.linspace(-1, 1, 75).reshape(3, 5, 5).transpose(1, 2, 0)


@pytest.fixture
def frame(make_host: Callable[[int, int], QWidget]) -> Iterator[CardFrame]:
    host = make_host(520, 300)
    tasks = BackgroundTasks(host)
    made = CardFrame(tasks, Style(LIGHT), host)
    made.resize(500, 280)
    made.show()
    yield made
    tasks.stop()


def show(frame: CardFrame, values: Floats, name: str = "f") -> QImage:
    """Show a tensor as the board does, and return the card's picture."""
    view = tensor_view(name, values)
    frame.release(unless=view)
    frame.show_tensor(view, "batch", 0, None)
    return frame.card.grab().toImage()


def colour(frame: CardFrame, picture: QImage, row: int, column: int) -> QColor:
    """The colour of a cell of the third filter."""
    return picture.pixelColor(frame.card.cell_rect((2, row, column)).center().toPoint())


def open_menu(frame: CardFrame) -> QMenu:
    middle = frame.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, frame.mapToGlobal(middle))
    QApplication.sendEvent(frame, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_lengths_of_axes_are_written_like_other_numbers(frame: CardFrame) -> None:
    show(frame, np.zeros((1728, 1)), "wo")
    assert "1,728 × 1 " in frame.card.accessibleDescription() + frame.card.accessibleName() + " "


def note(frame: CardFrame) -> str:
    frame.card.grab()
    return frame.card._note


def test_a_range_that_follows_says_how_it_jumps(frame: CardFrame) -> None:
    show(frame, VALUES)
    assert note(frame) == ""
    show(frame, 500 * VALUES)
    assert note(frame) == "× 500"
    said = "The range of the colours is 500 times as large as before."
    assert frame.card.accessibleDescription().endswith(said)
    layout, look = frame.card._layout(), (frame.card._fonts, frame.card._style, frame.card.width())
    assert layout is not None
    written = fitting_note(layout, "× 500", *look)
    assert written == "range × 500"  # there is room
    bar = bar_rect(layout, written, *look)
    pointed = QPoint(round(bar.right()) + 10, round(bar.center().y()))  # at the note
    at = frame.card.mapToGlobal(pointed)
    QApplication.sendEvent(frame.card, QHelpEvent(QEvent.Type.ToolTip, pointed, at))
    assert QToolTip.text() == said
    QToolTip.hideText()
    frame.card.restart_range()  # another run
    show(frame, VALUES)
    assert note(frame) == ""


def test_other_values_have_not_jumped(frame: CardFrame) -> None:
    maps = np.linspace(-1, 1, 24 * 24 * 3 * 4).reshape(4, 3, 24, 24)
    view = tensor_view("C", maps)
    frame.show_tensor(view, "image", 0, None)
    assert note(frame) == ""
    frame.show_tensor(tensor_view("C", 100 * maps), "image", 1, None)  # another image
    assert note(frame) == ""
    frame.show_tensor(tensor_view("C", maps), "image", 1, None)
    assert note(frame) == "÷ 100"


def test_a_range_is_held_and_follows_again(qtbot: QtBot, frame: CardFrame) -> None:
    first = show(frame, VALUES)
    open_menu(frame)
    choose(qtbot, "Hold this range")
    held = show(frame, 10 * VALUES)
    assert note(frame) == "held"
    strongest = colour(frame, first, 4, 4)  # 1 of ± 1
    assert colour(frame, held, 0, 2) == strongest  # values beyond the end have its colour
    assert colour(frame, held, 0, 2) != colour(frame, first, 0, 2)
    open_menu(frame)
    choose(qtbot, "Follow the values")
    following = frame.card.grab().toImage()
    assert colour(frame, following, 0, 2) == colour(frame, first, 0, 2)
    assert colour(frame, following, 4, 4) == strongest
    assert note(frame) == "× 10"


def test_a_double_click_on_the_bar_lets_it_follow(frame: CardFrame) -> None:
    show(frame, VALUES)
    frame.card.hold_range()
    assert note(frame) == "held"
    layout = frame.card._layout()
    assert layout is not None
    bar = bar_rect(layout, "held", frame.card._fonts, Style(LIGHT), frame.card.width())
    spot = bar.center().toPoint() + QPoint(0, 1)
    QTest.mouseDClick(frame.card, Qt.MouseButton.LeftButton, pos=spot)
    assert note(frame) == ""


def test_a_range_from_0_to_1_is_not_offered(frame: CardFrame) -> None:
    show(frame, np.full((2, 3, 24, 24), 0.5), "A")
    menu = open_menu(frame)
    assert [action.text() for action in menu.actions()] == ["Copy picture", "Export…"]
    menu.close()
