"""The debugger with a batch large enough for the selected image to be computed first."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.debugger.contents import CELL, NUMBERS
from cnnviz.app.debugger.tensors.tensor_card import TensorCard
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.training.debugger.operation_positions import END
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.limits import IMAGE_FIRST
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app import operation_rows as rows
from tests.app.card_words import card_words
from tests.app.docks import destroy
from tests.app.person import NAMES, Person

pytestmark = pytest.mark.usefixtures("plots_on_demand")

N, IMAGE = 2_001, 1_999
SHIFT = Qt.KeyboardModifier.ShiftModifier
LONG = 60_000
"""Milliseconds that an iteration may take on a busy machine."""


class Watcher(Person):
    """A user who records the cards that the panel shows during a computation."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        super().__init__(window, qtbot)
        self.views: list[DebugView] = []
        self.cards: list[tuple[str, str, str]] = []
        """Running operation, and heading and figures of the card of its result."""
        self.states: set[str] = set()
        window.frame_shown.connect(self._remember)

    def _remember(self, frame: Frame) -> None:
        view = frame.debug
        if view is None:
            return
        self.views.append(view)
        self.states.add(self.window.status.state.text())
        if view.computing is not None and view.aim is None:
            for card in self.panel.parts.board.findChildren(TensorCard):
                if card.name in {"C", "A", "z"} and not card.isHidden():
                    self.cards.append(
                        (view.computing, card_words(card).heading, card_words(card).whose_figures)
                    )

    def wait(self, iteration: int, position: int) -> DebugView:
        """Wait until an iteration is at a position and no operation is pending."""

        def arrived() -> bool:
            view = self.panel.view
            return (
                view is not None
                and (view.iteration, view.position) == (iteration, position)
                and view.computing is view.aim is None
            )

        self.qtbot.waitUntil(arrived, timeout=LONG)
        view = self.panel.view
        assert view is not None
        return view

    def run_to(self, name: str) -> None:
        """Choose an operation, run to it and wait for it."""
        self.choose_operation(name)
        self.qtbot.keyClick(self.window, Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier)
        self.wait(0, NAMES.index(name) + 1)


@pytest.fixture
def person(qtbot: QtBot, store: QSettings) -> Iterator[Watcher]:
    digits = bundled_digits()
    assert N > IMAGE_FIRST
    dataset = Dataset(
        "many", np.resize(digits.images, (N, 28, 28)), np.resize(digits.labels, N).copy()
    )
    settings = Settings(subset=N, learning_rate=1.0, dtype="float32")
    window = MainWindow(Trainer(dataset, settings), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    window.selection.select_image(IMAGE)
    someone = Watcher(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    yield someone
    window.close()
    destroy(window)


def test_cards_name_the_image_while_the_batch_is_computed(person: Watcher) -> None:
    person.qtbot.keyClick(person.window, Qt.Key.Key_F5)
    person.wait(0, END)
    headings = [heading for name, heading, _ in person.cards if name == "correlate"]
    figures = [text for name, heading, text in person.cards if heading.startswith("C")]
    assert f"C   image {IMAGE}: 1 × 3 × 24 × 24   float32" in headings
    assert f"figures of image {IMAGE}:" in figures
    assert "Working …" in person.states
    assert person.window.status.state.text() == "Paused"
    person.choose_operation("correlate")
    assert card_words(person.card("C")).heading == f"C   {N:,} × 3 × 24 × 24   float32"
    assert card_words(person.card("C")).whose_figures == "figures of all images:"


def test_stepping_back_leaves_the_images_values(person: Watcher) -> None:
    person.run_to("sigmoid")
    person.press(Qt.Key.Key_F10, SHIFT, times=2)
    operations = person.panel.parts.operations
    assert "old: its values" in rows.words(operations, NAMES.index("sigmoid"))
    person.choose_operation("correlate")
    card = person.card("C")
    assert card_words(card).shows == f"image {IMAGE}"
    assert card_words(card).state == "old: yet to be computed again"
    person.show(NUMBERS)
    words = person.panel.parts.numbers.state.text  # of C, once its cell is pointed at
    person.qtbot.waitUntil(lambda: words().startswith(f"image {IMAGE} · old"))
    assert person.panel.parts.numbers.state.isVisible()
    person.show(0)
    person.press(Qt.Key.Key_F10)
    person.wait(0, 2)
    assert card_words(card).state == f"just computed, image {IMAGE}'s values are the same as before"


def test_going_back_over_the_boundary_shows_its_progress(person: Watcher) -> None:
    person.press(Qt.Key.Key_F5)
    person.wait(0, END)
    person.press(Qt.Key.Key_F10)
    person.wait(1, 1)
    person.press(Qt.Key.Key_F10, SHIFT)
    person.wait(1, 0)
    person.views.clear()
    person.states.clear()
    person.qtbot.keyClick(person.window, Qt.Key.Key_F10, SHIFT)
    view = person.wait(0, END - 1)
    on_the_way = [v for v in person.views if v.aim == END - 1]
    assert any(0 < v.position < END - 1 for v in on_the_way)
    assert all(v.tensors["E"].image in {IMAGE, None} for v in on_the_way)
    assert "Working …" in person.states
    assert person.panel.shown == "filter_gradient"
    expected = person.readable_as("float32")
    np.testing.assert_array_equal(view.tensors["dF"].values, expected["dF"])


def test_an_edit_is_seen_of_the_image_first(person: Watcher) -> None:
    person.run_to("delta")
    person.choose_operation("correlate")
    person.views.clear()
    person.edit(Cell(Column.FILTERS, 1, 3, 2), "-0.5")
    person.qtbot.waitUntil(lambda: any(v.aim for v in person.views), timeout=LONG)
    view = person.wait(0, NAMES.index("delta") + 1)
    first = next(v for v in person.views if v.aim)
    assert first.position < view.position
    alone = first.tensors["delta"]  # the last of them: no value of the batch is computed yet
    assert alone.image == IMAGE
    assert alone.changed is not None
    assert alone.changed.all()
    np.testing.assert_allclose(view.tensors["delta"].values[:, [IMAGE]], alone.values, rtol=1e-4)
    assert person.panel.shown == "correlate"
    assert not person.panel.parts.note.isVisible()
    person.press(Qt.Key.Key_F11)
    sheet = person.card("C").sheet
    assert sheet is not None
    assert sheet.changed is not None
    np.testing.assert_array_equal(sheet.changed.any(axis=(1, 2)), [False, True, False])
    assert f"of image {IMAGE}'s values changed" in card_words(person.card("C")).state


def test_the_explanation_of_a_single_image_names_it(person: Watcher) -> None:
    person.run_to("sigmoid")
    person.choose_operation("correlate")
    person.press(Qt.Key.Key_F11)
    person.click("C", (IMAGE, 1, 7, 9))
    person.show(CELL)
    texts: list[str] = []
    person.window.frame_shown.connect(
        lambda frame: (
            texts.append(person.explanation_text()) if frame.debug and frame.debug.aim else None
        )
    )
    person.edit(Cell(Column.FILTERS, 1, 3, 2), "-0.5")
    person.qtbot.waitUntil(lambda: len(texts) > 0, timeout=LONG)
    person.wait(0, NAMES.index("sigmoid") + 1)
    assert f"C[{IMAGE}, 1, 7, 9] is of image {IMAGE} alone: " in texts[0] or texts[0] == ""
    assert person.explanation_text().startswith(f"C[{IMAGE}, 1, 7, 9] = ")
