"""The debugger as a person uses it: real keys and clicks, and the numbers that are shown."""

import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMenu,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.controls.panel import ControlsPanel
from cnnviz.app.debugger.contents import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training.breakpoints.tracker import Breakpoint
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app import operation_rows as rows
from tests.app import text_views
from tests.app.card_words import card_words
from tests.app.dialogs import SavingPerson
from tests.app.docks import destroy
from tests.app.network_parts import viewport_of
from tests.app.painting import cell_centre
from tests.app.person import NAMES, Person
from tests.app.reused_window import forget_breakpoints

pytestmark = [pytest.mark.usefixtures("plots_on_demand"), pytest.mark.reuses_window]

UPDATED = "The filter update of iteration 0 computed it."
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Press = Callable[..., None]


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    return forget_breakpoints


@pytest.fixture
def person(window: MainWindow, qtbot: QtBot) -> Person:
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    return someone


@pytest.fixture
def person_at_failure(qtbot: QtBot, store: QSettings) -> Iterator[Person]:
    """A user with identical images, whose z cannot be standardised."""
    dataset = Dataset("blank", np.zeros((4, 28, 28), np.uint8), np.array([0, 7, 1, 9], np.uint8))
    window = MainWindow(Trainer(dataset, Settings(subset=4)), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    someone.press(Qt.Key.Key_F5)
    yield someone
    window.close()
    destroy(window)


@pytest.fixture
def golden_person(
    golden: Callable[[str], dict[str, np.ndarray]], qtbot: QtBot, store: QSettings
) -> Iterator[Person]:
    """A user at a window on the notebook's synthetic images."""
    notebook = golden("small")
    dataset = Dataset("small", notebook["images"], notebook["labels"])
    settings = Settings(
        subset=len(dataset),
        learning_rate=float(notebook["learning_rate"]),
        seed=int(notebook["seed"]),
    )
    window = MainWindow(Trainer(dataset, settings), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    yield someone
    window.close()
    destroy(window)


# Opening and closing


def test_the_debugger_is_hidden_at_first_and_opened_by_its_key(
    window: MainWindow, qtbot: QtBot
) -> None:
    dock = window.findChild(QDockWidget, "dock-debugger")
    assert dock is not None
    assert dock.isHidden()
    assert window.frame is not None
    assert window.frame.debug is None
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10)
    assert not dock.isHidden()
    assert someone.position() == (0, 0)
    assert someone.panel.parts.where.text() == "Iteration 0: 0 of 16"
    operations = someone.panel.parts.operations
    assert rows.newest(operations) is None
    assert "comes next" in rows.words(operations, 0)


def test_the_button_opens_and_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    someone = Person(window, qtbot)
    button = window.run_toolbar.findChild(QToolButton, "debugger-button")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    someone.settle()
    assert someone.position() == (0, 0)
    assert button.isChecked()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    someone.settle()
    assert someone.panel.view is None
    assert not button.isChecked()


@pytest.mark.parametrize("view", [TENSORS, NUMBERS])
def test_a_closed_debugger_frees_its_tensors(person: Person, view: int) -> None:
    person.panel.show_view(view)
    for _ in range(2):  # the second iteration's tensors replace the first's
        person.press(Qt.Key.Key_F5)
        person.press(Qt.Key.Key_F10, times=12)
    shown = person.panel.view
    assert shown is not None
    alive = {name: weakref.ref(tensor.values) for name, tensor in shown.tensors.items()}
    assert alive["G"]() is not None
    del shown
    dock = person.window.findChild(QDockWidget, "dock-debugger")
    assert dock is not None
    dock.close()
    person.settle()
    trained_on = {"X", "f", "wo", "y"}
    assert not [n for n, values in alive.items() if values() is not None and n not in trained_on]


def test_opening_it_and_stepping_on_trains_as_without_it(person: Person) -> None:
    person.press(Qt.Key.Key_F10, times=6)
    person.press(Qt.Key.Key_Right, times=3)
    trainer = Trainer(person.window.frame.dataset, person.settings)  # type: ignore[union-attr]
    for _ in range(3):
        trainer.step()
    frame = person.window.frame
    assert frame is not None
    assert frame.iteration == 3
    np.testing.assert_array_equal(frame.parameters.f, trainer.parameters.f)
    trainer.close()
    assert person.position() == (3, 0)


def test_running_leaves_the_debugger_and_pausing_returns_to_it(
    person: Person, qtbot: QtBot
) -> None:
    person.press(Qt.Key.Key_F10, times=4)
    qtbot.keyClick(person.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(person.window.frame and person.window.frame.running))
    assert person.panel.view is None
    assert person.panel.parts.where.text() == "Running: pause to step."
    qtbot.keyClick(person.window, Qt.Key.Key_Space)
    person.settle()
    assert person.window.frame is not None
    assert person.position() == (person.window.frame.iteration, 0)


# Stepping


def test_steps_forward_show_every_operation_with_its_numbers(person: Person) -> None:
    expected = person.readable()
    operations = person.panel.parts.operations
    for position, operation in enumerate(OPERATIONS):
        person.press(Qt.Key.Key_F10)
        assert person.position() == (0, position + 1)
        assert person.panel.shown == operation.name
        assert rows.newest(operations) == position
        assert rows.next_row(operations) == (position + 1 if position < 15 else None)
        assert "(just done)" in rows.words(operations, position)
        if position < 15:
            assert "comes next: you are here" in rows.words(
                person.panel.parts.operations, position + 1
            )
        assert (
            person.panel.parts.head.formula.accessibleDescription()
            == operation.variant(NOTEBOOK).latex
        )
        assert person.panel.parts.head.formula.height() > 0
        assert (
            person.panel.parts.head.code.accessibleDescription()
            == operation.variant(NOTEBOOK).numpy
        )
        assert "lr is η" in person.panel.parts.head.code.toolTip()
        for name in operation.writes:
            card = person.card(name)
            assert card_words(card).state.startswith("just computed")
            assert card.sheet is not None
            if name in {"dF", "f_next", "z", "delta"}:
                for cell in [(0, 0, 0), (0, 1, 1)]:
                    index = card.sheet.index(cell)
                    assert index is not None
                    assert card.sheet.pictures[cell] == expected[name][index]
            low, mean, high = (
                compact(float(v))
                for v in (expected[name].min(), expected[name].mean(), expected[name].max())
            )
            assert card_words(card).figures.startswith(f"min {low}  mean {mean}  max {high}")
            shape = " × ".join(f"{length:,}" for length in expected[name].shape)
            assert card_words(card).heading.endswith(f"{shape}   float64")
        for name in operation.reads:
            assert person.card(name).isVisible()
    assert person.panel.parts.where.text() == "Iteration 0: 16 of 16, now at iteration 1"
    frame = person.window.frame
    assert frame is not None
    assert frame.iteration == 1
    np.testing.assert_array_equal(frame.parameters.f, updated(expected).f)
    np.testing.assert_array_equal(frame.parameters.wo, updated(expected).wo)


def test_steps_back_over_the_boundary(person: Person) -> None:
    person.press(Qt.Key.Key_F5)
    person.press(Qt.Key.Key_F10, times=2)
    assert person.position() == (1, 2)
    person.press(Qt.Key.Key_F10, SHIFT)
    assert person.position() == (1, 1)
    assert "comes next" in rows.words(person.panel.parts.operations, 1)
    person.press(Qt.Key.Key_F10, SHIFT)
    assert person.position() == (1, 0)
    person.press(Qt.Key.Key_F10, SHIFT)
    assert person.position() == (0, 15)
    frame = person.window.frame
    assert frame is not None
    assert (frame.iteration, frame.last) == (0, 1)
    assert person.window.status.state.text() == "Looking back at 0 of 1"
    expected = person.readable()
    card = person.card("dF")
    np.testing.assert_array_equal(
        card.sheet.pictures,
        expected["dF"].transpose(0, 2, 1),  # type: ignore[union-attr]
    )
    person.press(Qt.Key.Key_F10)
    assert person.window.frame is not None
    assert person.window.frame.iteration == 1
    np.testing.assert_array_equal(person.window.frame.parameters.f, updated(expected).f)


def test_a_step_back_makes_its_values_stale(person: Person) -> None:
    person.press(Qt.Key.Key_F10, times=3)
    person.press(Qt.Key.Key_F10, SHIFT, times=2)
    operations = person.panel.parts.operations
    assert person.position() == (0, 1)
    assert "comes next" in rows.words(operations, 1)
    assert "old: its values" in rows.words(operations, 2)
    assert "not yet" in rows.words(operations, 3)
    rows.click(operations, rows.spot(operations, 2))
    assert person.panel.shown == "sigmoid"
    assert card_words(person.card("A")).state == "old: yet to be computed again"


def test_finish_and_back_to_the_start(person: Person) -> None:
    person.press(Qt.Key.Key_F10, times=3)
    person.press(Qt.Key.Key_F5)
    assert person.position() == (0, 16)
    person.press(Qt.Key.Key_F5, SHIFT)
    assert person.position() == (0, 0)
    assert person.window.frame is not None
    assert person.window.frame.iteration == 0
    person.press(Qt.Key.Key_F5, times=3)
    assert person.position() == (2, 16)
    expected = updated(person.readable(2))
    np.testing.assert_array_equal(person.window.frame.parameters.f, expected.f)


def test_run_to_the_current_operation(person: Person) -> None:
    operations = person.panel.parts.operations
    rows.click(operations, rows.spot(operations, NAMES.index("delta")))
    assert person.panel.shown == "delta"
    assert "comes next" in rows.words(operations, 0)
    person.press(Qt.Key.Key_F10, CTRL)
    assert person.position() == (0, NAMES.index("delta") + 1)
    delta = person.readable()["delta"]
    sheet = person.card("delta").sheet
    assert sheet is not None
    np.testing.assert_array_equal(sheet.pictures.reshape(-1)[: delta.size], delta[0])
    row = rows.spot(operations, NAMES.index("dense"))
    rows.click(operations, row)  # a mouse presses before it double-clicks
    person.qtbot.mouseDClick(operations.viewport(), Qt.MouseButton.LeftButton, pos=row)
    person.settle()
    assert person.position() == (0, NAMES.index("dense") + 1)


def test_the_list_is_used_with_the_keyboard(person: Person, qtbot: QtBot) -> None:
    operations = person.panel.parts.operations
    operations.setFocus()
    for _ in range(4):
        qtbot.keyClick(operations, Qt.Key.Key_Down)
    qtbot.keyClick(operations, Qt.Key.Key_Up)
    assert person.panel.shown == NAMES[3]
    qtbot.keyClick(operations, Qt.Key.Key_Return)
    person.settle()
    assert person.position() == (0, 4)
    with qtbot.waitSignal(person.window.commands.debugger.breakpoint_toggled) as toggled:
        qtbot.keyClick(operations, Qt.Key.Key_F9)
    assert toggled.args == [NAMES[3]]


def test_the_margin_is_for_breakpoints(person: Person, qtbot: QtBot) -> None:
    operations = person.panel.parts.operations
    before = operations.grab().toImage()
    with qtbot.waitSignal(person.panel.breakpoint_toggled) as toggled:
        rows.click(operations, rows.margin(operations, 8))
    assert toggled.args == ["delta"]
    assert person.panel.shown == NAMES[0]
    assert rows.marked(operations) == {"delta"}
    assert operations.grab().toImage() != before


def test_a_change_of_the_rule_is_seen_at_once(person: Person) -> None:
    person.press(Qt.Key.Key_F10, times=15)
    person.choose_operation("delta")
    person.window.loop.change(rule=EXACT)
    person.settle()
    assert person.position() == (0, 15)
    assert person.panel.shown == "delta"
    assert "of the values changed" in card_words(person.card("delta")).state
    assert person.panel.parts.head.formula.accessibleDescription() == (
        r"\delta_k = \frac{d_k - \mathrm{mean}\,d - \hat{z}_k \, \mathrm{mean}(d \hat{z})}"
        r"{\mathrm{std}\,z}, \quad d_k = {-}(y_k - o_k) \, o_k \, (1 - o_k)"
    )
    row = rows.words(person.panel.parts.operations, 8)
    assert "δ = (d − mean d − ẑ · mean(d ẑ)) / std z, d = −(y − o) · o · (1 − o)" in row
    expected = iterate(person.batch, initial_parameters(0), EXACT, 15.0)
    person.choose_operation("filter_gradient")
    sheet = person.card("dF").sheet
    assert sheet is not None
    np.testing.assert_array_equal(sheet.pictures, expected["dF"].transpose(0, 2, 1))


def test_another_learning_rate_at_the_end_survives_going_back(person: Person) -> None:
    person.press(Qt.Key.Key_F5)
    controls = person.window.panels.controls
    assert isinstance(controls, ControlsPanel)
    field = controls.learning_rate
    field.setFocus()
    field.selectAll()
    person.qtbot.keyClicks(field, "0.5")
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    person.settle()
    person.press(Qt.Key.Key_F10, SHIFT)
    assert person.position() == (0, 15)
    frame = person.window.frame
    assert frame is not None
    assert frame.settings.learning_rate == 0.5
    assert "Changed here: η 15 → 0.5" in person.window.iteration_banner.words.text()
    person.choose_operation("dense_update")
    tensors = person.readable()
    expected = tensors["wo"] - 0.5 * tensors["dW"]
    sheet = person.card("wo_next").sheet
    assert sheet is not None
    np.testing.assert_allclose(
        sheet.pictures, expected.reshape(3, 24, 24).transpose(0, 2, 1), rtol=1e-12
    )


def test_a_recorded_iteration_is_noted_if_its_weights_differ(person: Person) -> None:
    person.press(Qt.Key.Key_Right, times=3)
    person.press(Qt.Key.Key_Home)
    assert person.position() == (0, 0)
    person.press(Qt.Key.Key_F5)
    assert person.position() == (0, 16)
    frame, note = person.window.frame, person.panel.parts.note
    assert frame is not None
    made = updated(person.readable())
    shares = [
        np.abs(ours - theirs).max() / np.abs(theirs).max()
        for ours, theirs in (
            (made.f, frame.parameters.f),
            (made.wo, frame.parameters.wo),
        )
    ]
    assert 0 < max(shares) < 1e-12  # which is rounding, and needs no note
    assert frame.debug is not None
    assert frame.debug.deviation == pytest.approx(max(shares))
    assert not note.isVisible()
    apart = replace(frame.debug, deviation=2e-9)
    person.panel.show_frame(replace(frame, debug=apart))
    assert note.isVisible()
    assert note.text() == (
        "The recorded weights of iteration 1 differ from f′ and wo′ by up to 2e−9 of the largest "
        "weight."
    )
    person.press(Qt.Key.Key_F10)
    assert not note.isVisible()
    person.press(Qt.Key.Key_End)
    person.press(Qt.Key.Key_F5)
    assert person.position() == (3, 16)
    assert not note.isVisible()  # here the operations compute the state


def test_a_failing_operation_is_reported(qtbot: QtBot, store: QSettings) -> None:
    images = np.repeat(np.full((1, 28, 28), 40, np.uint8), 4, axis=0)
    dataset = Dataset("alike", images, np.array([1, 7, 1, 7], np.uint8))
    window = MainWindow(Trainer(dataset, Settings(subset=4)), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_F10, times=8)
    assert someone.position() == (0, NAMES.index("standardise"))
    assert "standard deviation is 0" in someone.panel.parts.head.failure.text()
    assert someone.panel.parts.head.failure.isVisible()
    someone.press(Qt.Key.Key_F10, SHIFT)
    assert not someone.panel.parts.head.failure.isVisible()
    window.close()
    destroy(window)


# Levels


def test_into_and_out(person: Person, qtbot: QtBot) -> None:
    person.step_to("correlate")
    expected = person.readable()
    panel = person.panel
    person.window.selection.select_image(4)
    person.settle()
    assert panel.parts.breadcrumb.text() == "correlate › batch"
    card = person.card("C")
    assert card_words(card).shows == "mean over all images"
    np.testing.assert_allclose(
        card.sheet.pictures,
        expected["C"].mean(axis=0).transpose(0, 2, 1),  # type: ignore[union-attr]
    )
    person.press(Qt.Key.Key_F11)
    assert panel.parts.breadcrumb.text() == "correlate › batch › image 4"
    assert card_words(card).shows == "image 4"
    np.testing.assert_array_equal(
        card.sheet.pictures,
        expected["C"][4].transpose(0, 2, 1),  # type: ignore[union-attr]
    )
    person.press(Qt.Key.Key_F11)
    assert panel.level == 2
    assert panel.parts.views.index == CELL
    assert panel.parts.breadcrumb.text().startswith("correlate › batch › image 4 › filter 1, row ")
    assert panel.parts.explanation.isVisible()
    person.press(Qt.Key.Key_F11)
    assert panel.level == 2
    person.press(Qt.Key.Key_F11, SHIFT)
    assert (panel.level, panel.parts.views.index) == (1, TENSORS)
    person.press(Qt.Key.Key_F11, SHIFT, times=2)
    assert panel.level == 0
    qtbot.mouseClick(panel.parts.breadcrumb.button(1), Qt.MouseButton.LeftButton)
    assert panel.level == 1


def test_a_click_on_an_images_number_selects_the_image(person: Person) -> None:
    person.step_to("dense")
    person.click("z", (0, 7))
    assert person.window.selection.image == 7
    assert person.panel.view is not None
    assert person.panel.view.explanation is not None
    assert person.panel.view.explanation.value == person.readable()["z"][0, 7]


# One number


def test_a_feature_map_cell_is_its_patch_times_the_filter(golden_person: Person) -> None:
    person = golden_person
    person.step_to("correlate")
    person.press(Qt.Key.Key_F11)
    person.click("C", (0, 1, 7, 9))
    person.show(CELL)
    expected = person.readable()
    value = expected["C"][0, 1, 7, 9]
    assert person.explanation_text().split("\n")[0] == f"C[0, 1, 7, 9] = {compact(value, 6)}"
    explanation = person.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    by_title = {p.title: p.values for p in explanation.pictures}
    patch, weights, products = list(by_title.values())[:3]
    np.testing.assert_array_equal(patch, person.batch.X[7:12, 9:14, 0])
    np.testing.assert_array_equal(weights, expected["f"][:, :, 1])
    np.testing.assert_allclose(products, patch * weights)
    rows = [
        line.split("\t")[1:]
        for line in person.explanation_text().split("\n")
        if line.count("\t") == 5
    ]
    written = [
        [compact(value, 2) for value in row] for p in explanation.pictures for row in p.values.T
    ]
    assert rows == written
    assert explanation.running is not None
    assert explanation.running[-1] == pytest.approx(value)
    assert person.panel.parts.head.numbers.accessibleDescription() == "C_{0,1,7,9} = 0"
    assert person.panel.parts.head.numbers.isVisible()


def test_the_numbers_are_the_notebooks(
    golden_person: Person, golden: Callable[[str], dict[str, np.ndarray]]
) -> None:
    person, notebook = golden_person, golden("small")
    person.step_to("correlate")
    person.press(Qt.Key.Key_F11)
    sheet = person.card("C").sheet
    assert sheet is not None
    theirs = notebook["step0_filter_output"][0].reshape(3, 24, 24)
    np.testing.assert_allclose(sheet.pictures, theirs.transpose(0, 2, 1), rtol=1e-9)
    for name, tensor, theirs in (
        ("dense", "z", notebook["step0_z"][0]),
        ("standardise", "zs", notebook["step0_zs"][0]),
        ("output", "o", notebook["output"][0, 0]),
        ("error", "E", notebook["error"][0, 0]),
    ):
        person.step_to(name)
        sheet = person.card(tensor).sheet
        assert sheet is not None
        np.testing.assert_allclose(sheet.pictures.reshape(-1)[:4], theirs, rtol=1e-9)
    person.step_to("reshape")
    sheet = person.card("M").sheet
    assert sheet is not None
    np.testing.assert_allclose(
        sheet.pictures, notebook["step0_e_map"].transpose(2, 1, 0), rtol=1e-9
    )
    person.press(Qt.Key.Key_F10)
    sheet = person.card("dF").sheet
    assert sheet is not None
    np.testing.assert_allclose(
        sheet.pictures, notebook["filter_update"][0].transpose(0, 2, 1), rtol=1e-9
    )
    person.press(Qt.Key.Key_F10)
    frame = person.window.frame
    assert frame is not None
    np.testing.assert_allclose(frame.parameters.f, notebook["f"][1], rtol=1e-9)


def test_a_filter_gradient_cell_has_every_images_share(person: Person) -> None:
    person.step_to("filter_gradient")
    person.click("dF", (2, 1, 3))
    person.show(CELL)
    expected = person.readable()
    X, M = expected["X"], expected["M"]
    shares = np.array(
        [np.sum(X[1:25, 3:27, k] * M[:, :, 2]) / person.batch.n for k in range(person.batch.n)]
    )
    text = person.panel.parts.explanation.text
    explanation = person.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    assert explanation.value == expected["dF"][2, 1, 3]
    np.testing.assert_allclose(explanation.shares, shares)
    order = np.argsort(-np.abs(shares))
    ranking = text_views.ranking(text)
    assert ranking == [(int(k), compact(shares[k])) for k in order[:8]]
    third = ranking[2][0]
    text_views.click_link(text, f"image:{third}")
    person.settle()
    assert person.window.selection.image == third
    explanation = person.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    np.testing.assert_array_equal(explanation.pictures[0].values, X[1:25, 3:27, third])


def test_every_images_share_is_drawn_read_and_chosen(person: Person, qtbot: QtBot) -> None:
    person.step_to("filter_gradient")
    person.click("dF", (2, 1, 3))
    strip = person.panel.parts.explanation.contributions
    row = strip.rows[0]
    assert not strip.isVisible()
    person.show(CELL)
    X, M = person.readable()["X"], person.readable()["M"]
    shares = np.array([np.sum(X[1:25, 3:27, k] * M[:, :, 2]) / 20 for k in range(20)])
    qtbot.waitUntil(lambda: strip.height() >= strip.sizeHint().height())
    order = np.argsort(-np.abs(shares), kind="stable").tolist()
    labels = person.window.frame.dataset.labels  # type: ignore[union-attr]
    largest = max(abs(shares))
    for k in range(20):
        bar = row.bar(k)
        assert bar.height() / row.bar(order[0]).height() == pytest.approx(abs(shares[k]) / largest)
        spot = QPointF(bar.center().x(), row.height() - 5)
        assert row.image_at(spot) == k
        qtbot.mouseMove(row, spot.toPoint())
        words = f"image {k}, a {labels[k]}: {compact(shares[k])}, rank {order.index(k) + 1}"
        qtbot.waitUntil(lambda words=words: row.reading.text() == words)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.bar(7).center().toPoint())
    person.settle()
    assert person.window.selection.image == 7
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    person.settle()
    assert person.window.selection.image == 8
    qtbot.keyClick(strip, Qt.Key.Key_Right, Qt.KeyboardModifier.KeypadModifier)
    person.settle()
    assert person.window.selection.image == 9
    assert person.position() == (0, 15)  # the arrows did not train
    explanation = person.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    assert explanation.errors is not None
    assert [row.title.text() for row in strip.rows if row.isVisible()] == [
        "What each image's ink adds, all 20",
        "What each image's error adds, all 20",
    ]
    person.show(WHY)
    assert not strip.isVisible()


def test_a_dense_gradient_ranks_the_contributing_images(person: Person) -> None:
    person.step_to("dense_gradient")
    person.hover("dW", (700, 0))
    expected = person.readable()
    shares = expected["a"][700] * expected["delta"][0]
    person.show(CELL)
    assert person.explanation_text().startswith("dW[700, 0] = ")
    ranking = text_views.ranking(person.text())
    order = np.argsort(-np.abs(shares))
    assert [image for image, _ in ranking] == order[:8].tolist()
    assert sum(shares) == pytest.approx(expected["dW"][700, 0])


def test_hovering_shows_a_cell_and_a_click_pins_it(person: Person, qtbot: QtBot) -> None:
    person.step_to("filter_gradient")
    person.hover("dF", (0, 0, 0))
    assert person.panel.view is not None
    assert person.panel.view.point is not None
    assert person.panel.view.point.index == (0, 0, 0)
    person.click("dF", (1, 2, 2))
    person.hover("dF", (0, 0, 0))
    assert person.panel.view.point.index == (1, 2, 2)
    assert "dF[1, 2, 2] (pinned)" in person.panel.parts.breadcrumb.button(2).text()
    card = person.card("dF")
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    qtbot.keyClick(card, Qt.Key.Key_Right)
    person.settle()
    assert person.panel.view.point.index == (1, 3, 2)  # one to the right is the next u
    qtbot.keyClick(card, Qt.Key.Key_Down)
    person.settle()
    assert person.panel.view.point.index == (1, 3, 3)
    qtbot.keyClick(card, Qt.Key.Key_Left, Qt.KeyboardModifier.KeypadModifier)
    person.settle()
    assert person.panel.view.point.index == (1, 2, 3)
    assert person.position() == (0, 15)  # the arrows did not train


def test_another_operation_shows_one_of_its_numbers(person: Person) -> None:
    person.step_to("map_gradient")
    person.click("G", (700, 0))
    panel = person.panel
    person.window.loop.explain(Point("G", (700, 0)))
    person.choose_operation("correlate")
    assert not panel.parts.head.numbers.isVisible()  # G is none of correlate's, and is gone at once
    assert panel.parts.breadcrumb.button(2).text() == "a cell"
    person.settle()
    view = panel.view
    assert view is not None
    assert view.point is not None
    assert view.explanation is not None
    assert view.point.tensor == "C"
    assert person.position() == (0, NAMES.index("map_gradient") + 1)
    assert panel.parts.head.numbers.accessibleDescription() == (
        r"\frac{1}{n} \sum_k C_{k,1,5,4} = "
        r"\frac{1}{20} \left( 1.03 + 2.87 + 1.35 + \cdots \right) = 0.821"
    )
    assert "filter 2, row 5, column 6" in panel.parts.breadcrumb.button(2).text()
    person.show(CELL)
    assert person.explanation_text().startswith("mean of C[:, 1, 5, 4]")
    assert person.why()[0].startswith("mean of C of filter 2, row 5, column 6 = ")
    person.choose_operation("filter_update")
    person.settle()
    assert text_views.lines(panel.parts.why) == ["f′ is not computed yet: step on to where it is."]


def test_an_input_is_not_shown_as_the_result_of_the_operation(person: Person) -> None:
    """The formula with numbers is hidden but keeps its height, so nothing moves."""
    person.step_to("correlate")
    head = person.panel.parts.head
    # Height-for-width takes the layouts several passes.
    for part in (head.formula, head.numbers):
        person.qtbot.waitUntil(lambda part=part: part.height() >= part.heightForWidth(part.width()))
    position = head.code.y()
    person.hover("P", (3, 4, 0, 1, 2))
    names = person.panel.parts.breadcrumb.button(2).text().split(" · ")
    assert names[-1] == "mean of P[3, 4, :, 1, 2]"
    assert names[:-1] in ([], ["patch at row 5, column 4: row 3, column 2"])  # if it fits
    assert not head.numbers.isVisible()
    QApplication.processEvents()
    assert head.code.y() == position
    person.hover("C", (0, 1, 3, 4))
    assert head.numbers.isVisible()


def test_an_input_is_a_number_too(person: Person) -> None:
    person.step_to("correlate")
    person.hover("f", (1, 2, 0))
    person.show(CELL)
    value = person.readable()["f"][1, 2, 0]
    assert text_views.lines(person.text())[:5] == [
        "The run starts with it: no update has changed it.",
        "filter 1, row 3, column 2",
        f"f[1, 2, 0] = {compact(value, 6)}",
        f"f[1, 2, 0] = {compact(value, 4)}\ta weight of filter 1, there before this iteration",
        "filter 1",
    ]
    assert not text_views.links(person.text())


@pytest.mark.parametrize(
    ("tensor", "index", "reader", "writer"),
    [
        ("f", (1, 2, 0), "correlate", "filter_update"),
        ("wo", (700, 0), "dense", "dense_update"),
    ],
)
def test_a_weight_links_to_the_update_that_computed_it(
    person: Person, tensor: str, index: tuple[int, ...], reader: str, writer: str
) -> None:
    person.press(Qt.Key.Key_F5, times=2)
    person.press(Qt.Key.Key_F10)
    person.step_to(reader)
    assert person.position()[0] == 2
    person.hover(tensor, index)
    person.show(WHY)
    panel = person.panel
    title = OPERATIONS[NAMES.index(writer)].title
    origin = f"The {title} of iteration 1 computed it.  Go to the update that computed it"
    assert text_views.lines(panel.parts.why)[0] == origin
    text_views.click_link(panel.parts.why, "origin:")
    person.settle()
    assert person.position() == (1, NAMES.index(writer) + 1)
    assert panel.shown == writer
    before = person.readable(1)
    expected = before[f"{tensor}_next"][index]
    view = panel.view
    assert view is not None
    assert view.point == Point(f"{tensor}_next", index)
    assert view.why is not None
    assert view.why.value == expected == person.readable(2)[tensor][index]
    name = {
        "f": "f′ of filter 1, row 3, column 2",
        "wo": "wo′ of filter 2, row 5, column 6",
    }[tensor]
    went = f"from {compact(before[tensor][index])} by "
    assert person.why()[0].startswith(f"{name} went {went}")


def test_an_edited_weight_is_explained_as_edited(person: Person) -> None:
    person.press(Qt.Key.Key_F5)
    person.window.loop.edit(Edit(1, "f", (1, 2, 0), 0.25))
    person.press(Qt.Key.Key_F10, times=2)
    person.hover("f", (1, 2, 0))
    person.show(CELL)
    by_hand = "It was set by hand at iteration 1."
    assert text_views.lines(person.text())[0] == by_hand
    assert not text_views.links(person.text())
    person.show(TENSORS)
    person.hover("f", (1, 2, 1))
    person.show(CELL)
    assert text_views.lines(person.text())[0].startswith(UPDATED)


def test_an_error_links_to_the_loss(person: Person) -> None:
    person.step_to("error")
    person.click("E", (0, 7))
    E = person.readable()["E"][0]
    sentence, _ = person.why()
    assert f"It makes {100 * E[7] / E.sum():.1f} % of the loss, {compact(E.mean())}, " in sentence
    panel = person.panel
    of_loss = "The loss is the mean of E over all images.  Go to the loss"
    assert text_views.lines(panel.parts.why)[0] == of_loss
    text_views.click_link(panel.parts.why, "factor:0")  # the distance from the target
    person.settle()
    assert any(
        line.startswith("Without it, E[0, 7] would be 0.5")
        for line in text_views.lines(panel.parts.why)
    )
    text_views.click_link(panel.parts.why, "origin:")
    person.settle()
    assert panel.parts.breadcrumb.text() == "error › batch › loss (pinned)"
    sentence, factors = person.why()
    assert text_views.lines(panel.parts.why)[0] == f"Why is loss = {compact(E.mean(), 4)}?"
    assert sentence.startswith(f"loss = {compact(E.mean())}, over 20 images.")
    assert factors[0][0] in {"mean (y − o)²", "½"}
    assert "origin:" not in text_views.links(panel.parts.why)
    person.show(CELL)
    assert text_views.lines(person.text())[0] == f"loss = {compact(E.mean(), 6)}"
    order = np.argsort(-E, kind="stable")
    assert [k for k, _ in text_views.ranking(person.text())] == order[:8].tolist()
    assert panel.parts.head.numbers.accessibleDescription().startswith(
        r"L = \frac{1}{n} \sum_k E_{k} = "
    )


def test_why(person: Person) -> None:
    person.step_to("filter_gradient")
    person.click("dF", (0, 2, 2))
    person.show(WHY)
    view, (sentence, factors) = person.panel.view, person.why()
    assert view is not None
    assert view.why is not None
    value = person.readable()["dF"][0, 2, 2]
    assert person.explanation_text().startswith(f"Why is dF[0, 2, 2] = {compact(value, 4)}?\n")
    assert sentence == view.why.sentence
    assert sentence.startswith("dF of filter 1, row 3, column 3 = ")
    effects = [abs(f.effect) for f in view.why.factors]
    assert effects == sorted(effects, reverse=True)
    product = np.prod([f.value for f in view.why.factors])
    assert product == pytest.approx(value)
    assert [symbol for symbol, _, _ in factors] == [f.symbol for f in view.why.factors]
    assert [what.split(" · ")[0] for _, _, what in factors] == [f.what for f in view.why.factors]
    assert "ink in the window, mean over the images · window from row 3, column 3" in {
        what for _, _, what in factors
    }


def test_a_share_of_saturated_units_names_the_units(person: Person) -> None:
    """A card's is of all units, a breakpoint's of those that see ink."""
    person.step_to("sigmoid")
    A = person.readable()["A"]
    saturated = np.mean(A * (1 - A) < 1e-6)
    assert 0.001 < saturated < 0.01
    assert f"of all units saturated: {100 * saturated:.2f} %" in " ".join(
        card_words(person.card("A")).figures.split()
    )
    person.step_to("output")
    assert "of all outputs" in card_words(person.card("o")).figures
    panel = person.add_breakpoint("saturated >= 0")
    person.run()
    assert "the share of saturated units among those that see ink is " in panel.stop_text.text()


# From the network


def explained(person: Person, cell: Cell | None, text: str) -> DebugView:
    """Choose an entry of the menu of a cell in the Network panel."""
    network = person.window.panels.network
    assert isinstance(network, NetworkPanel)
    dock = person.window.findChild(QDockWidget, "dock-network")
    assert dock is not None
    dock.raise_()
    QApplication.processEvents()
    viewport = viewport_of(network)
    spot = cell_centre(network, cell).toPoint() if cell else QPoint(2, 2)
    position = viewport.mapFrom(network, spot)
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, position, viewport.mapToGlobal(position)
    )
    QApplication.sendEvent(viewport, asked)
    (menu,) = (m for m in network.findChildren(QMenu) if m.parent() is network)
    offered = [*menu.actions(), *(a for m in menu.findChildren(QMenu) for a in m.actions())]
    (action,) = (action for action in offered if action.text().startswith(text))
    action.trigger()
    menu.close()
    person.settle()
    view = person.panel.view
    assert view is not None
    assert person.panel.parts.explanation.isVisible()
    return view


@pytest.mark.parametrize(
    ("cell", "text", "tensor", "index", "operation"),
    [
        (
            Cell(Column.IMAGE, 0, 12, 10),
            "Explain image 3, row 13, column 11 · X[10, 12, 3]",
            "X",
            (10, 12, 3),
            "patches",
        ),
        (
            Cell(Column.FILTERS, 2, 1, 4),
            "Explain filter 3, row 2, column 5 · f[4, 1, 2]",
            "f",
            (4, 1, 2),
            "correlate",
        ),
        (
            Cell(Column.MAPS, 1, 9, 7),
            "Explain image 3, filter 2, row 10, column 8 · A[3, 1, 7, 9]",
            "A",
            (3, 1, 7, 9),
            "sigmoid",
        ),
        (
            Cell(Column.DENSE, 1, 9, 7),
            "Explain filter 2, row 10, column 8 · wo[753, 0]",
            "wo",
            (753, 0),
            "dense",
        ),
        (None, "image 3 · o[0, 3]: ", "o", (0, 3), "output"),
    ],
    ids=str,
)
def test_every_number_of_the_network_is_explained_from_its_menu(
    window: MainWindow,
    qtbot: QtBot,
    cell: Cell | None,
    text: str,
    tensor: str,
    index: tuple[int, ...],
    operation: str,
) -> None:
    window.selection.select_image(3)
    someone = Person(window, qtbot)
    someone.press(Qt.Key.Key_Right)
    view = explained(someone, cell, text)
    expected = someone.readable(1)[tensor][index]
    assert view.iteration == 1
    assert view.point == Point(tensor, index)
    assert view.explanation is not None
    assert view.explanation.value == pytest.approx(expected)
    assert someone.panel.shown == operation
    assert someone.explanation_text().splitlines()[0].startswith(f"{tensor}[")


def test_the_loss_is_explained_from_the_network(window: MainWindow, qtbot: QtBot) -> None:
    someone = Person(window, qtbot)
    view = explained(someone, None, "loss: ")
    assert view.explanation is not None
    assert view.explanation.value == pytest.approx(someone.readable()["E"].mean())
    assert someone.panel.parts.breadcrumb.text() == "error › batch › loss"


def test_explaining_a_computed_cell_does_not_step_back(person: Person) -> None:
    person.step_to("delta")
    view = explained(
        person,
        Cell(Column.MAPS, 1, 9, 7),
        "Explain image 0, filter 2, row 10, column 8 · A[0, 1, 7, 9]",
    )
    assert person.position() == (0, NAMES.index("delta") + 1)
    assert person.panel.shown == "sigmoid"
    assert view.explanation is not None
    assert view.explanation.value == person.readable()["A"][0, 1, 7, 9]


def test_after_the_last_operation_the_network_is_the_next_iterations(person: Person) -> None:
    person.press(Qt.Key.Key_F5)
    view = explained(
        person, Cell(Column.FILTERS, 2, 1, 4), "Explain filter 3, row 2, column 5 · f[4, 1, 2]"
    )
    assert view.iteration == 1
    assert view.explanation is not None
    assert view.explanation.value == person.readable(1)["f"][4, 1, 2]
    assert text_views.lines(person.text())[0].startswith(UPDATED)


def test_explaining_a_number_pauses_a_run(person: Person, qtbot: QtBot) -> None:
    qtbot.keyClick(person.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(person.window.frame and person.window.frame.running))
    view = explained(
        person, Cell(Column.FILTERS, 2, 1, 4), "Explain filter 3, row 2, column 5 · f[4, 1, 2]"
    )
    frame = person.window.frame
    assert frame is not None
    assert not frame.running
    assert view.iteration == frame.iteration
    assert view.explanation is not None
    assert view.explanation.value == frame.parameters.f[4, 1, 2]
    assert person.panel.shown == "correlate"


# The batch's numbers, which are means over the images

MEAN = "filter 1, row 13, column 11 · mean of C[:, 0, 10, 12]"


def test_a_cell_of_the_batch_is_the_mean_of_all_images(person: Person) -> None:
    person.step_to("correlate")
    person.window.selection.select_image(4)
    person.settle()
    C = person.readable()["C"]
    panel = person.panel
    person.hover("C", (4, 0, 10, 12))
    view = panel.view
    assert view is not None
    explanation = view.explanation
    assert explanation is not None
    assert explanation.value == pytest.approx(C[:, 0, 10, 12].mean())
    np.testing.assert_allclose(explanation.shares, C[:, 0, 10, 12] / 20)
    assert panel.parts.breadcrumb.button(2).text() == MEAN
    assert panel.parts.head.numbers.accessibleDescription() == (
        r"\frac{1}{n} \sum_k C_{k,0,10,12} = "
        r"\frac{1}{20} \left( 1.58 + 11.9 + 8.92 + \cdots \right) = 9.00"
    )
    person.show(CELL)
    assert panel.parts.breadcrumb.text() == f"correlate › batch › {MEAN}"
    assert not panel.parts.breadcrumb.button(1).isVisible()
    assert (
        f"C[4, 0, 10, 12] = {compact(C[4, 0, 10, 12], 4)}\tof image 4" in person.explanation_text()
    )
    order = np.argsort(-np.abs(C[:, 0, 10, 12]), kind="stable")
    assert [k for k, _ in text_views.ranking(person.text())] == order[:8].tolist()
    sentence, _ = person.why()
    assert sentence.startswith(
        f"mean of C of filter 1, row 13, column 11 = {compact(explanation.value)}, over 20 images."
    )
    assert person.explanation_text().startswith("Why is mean of C[:, 0, 10, 12] = ")
    person.press(Qt.Key.Key_F11, SHIFT)
    assert (panel.level, panel.parts.views.index) == (0, TENSORS)
    person.press(Qt.Key.Key_F11)  # into image 4: the number is of this image now
    cell = panel.parts.breadcrumb.button(2)
    assert cell.text() == "filter 1, row 13, column 11 · C[4, 0, 10, 12]"
    assert "the first is the column and the second the row" in cell.toolTip()
    assert panel.view is not None
    assert panel.view.explanation is not None
    assert panel.view.explanation.value == C[4, 0, 10, 12]


def test_tensors_returns_to_the_previous_level(person: Person) -> None:
    person.step_to("correlate")
    person.show(CELL)
    assert person.panel.level == 2
    person.show(TENSORS)
    assert person.panel.level == 0
    person.press(Qt.Key.Key_F11)
    person.show(WHY)
    person.show(TENSORS)
    assert person.panel.level == 1


def test_the_table_of_the_batch_states_that_its_numbers_are_means(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    person.step_to("correlate")
    person.show(NUMBERS)
    C = person.readable()["C"]
    numbers = person.panel.parts.numbers
    model = numbers.table.model()
    index = model.index(12, 10)
    assert numbers.state.isVisible()
    assert numbers.state.text() == "mean over all images · just computed"
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith(f"{MEAN} = ")
    assert float(tip.split(" = ")[1]) == pytest.approx(C[:, 0, 10, 12].mean())
    spot = numbers.table.visualRect(index).center()
    qtbot.mouseClick(numbers.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    person.settle()
    explanation = person.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    assert explanation.value == pytest.approx(C[:, 0, 10, 12].mean())
    assert person.panel.parts.breadcrumb.button(2).text() == f"{MEAN} (pinned)"
    assert "every image's numbers" in numbers.save.toolTip()
    qtbot.mouseClick(numbers.save, Qt.MouseButton.LeftButton)
    SavingPerson(person.window, qtbot).save(tmp_path / "C.npy")
    person.settle()
    qtbot.waitUntil(lambda: f"Saved {tmp_path}" in person.window.status.text.text())
    np.testing.assert_array_equal(np.load(tmp_path / "C.npy"), C)
    person.press(Qt.Key.Key_F11)
    assert numbers.state.text() == "image 0 · just computed"
    tip = model.index(12, 10).data(Qt.ItemDataRole.ToolTipRole)
    name = "image 0, filter 1, row 13, column 11 · C[0, 0, 10, 12]"
    assert tip == f"{name} = {float(C[0, 0, 10, 12])!r}"


# Numbers


def test_stale_numbers_look_stale_and_are_not_saved(person: Person) -> None:
    person.press(Qt.Key.Key_F10, times=3)
    person.press(Qt.Key.Key_F5, SHIFT)
    person.choose_operation("correlate")
    person.show(NUMBERS)
    person.settle()
    numbers = person.panel.parts.numbers
    assert numbers.tensor == "C"
    assert numbers.state.text() == "mean over all images · old: yet to be computed again"
    cell = numbers.table.model().index(3, 3)
    assert cell.data(Qt.ItemDataRole.ForegroundRole) == QColor(LIGHT.muted)
    assert cell.data(Qt.ItemDataRole.ToolTipRole).endswith(", an old value")
    assert not numbers.save.isEnabled()
    assert "Step on" in numbers.save.toolTip()
    combo = numbers.tensors
    combo.setCurrentIndex(combo.findData("f"))
    assert numbers.save.isEnabled()
    cell = numbers.table.model().index(3, 3)
    assert cell.data(Qt.ItemDataRole.ForegroundRole) == QColor(LIGHT.text)
    combo.setCurrentIndex(combo.findData("C"))
    person.press(Qt.Key.Key_F10, times=2)
    assert numbers.state.text().startswith("mean over all images · just computed")
    assert numbers.save.isEnabled()


def test_the_table_opens_on_the_tensor_under_the_pointer(person: Person) -> None:
    person.step_to("delta")
    person.show(NUMBERS)
    numbers = person.panel.parts.numbers
    assert person.panel.parts.breadcrumb.button(2).text() == "δ[0, 0]"
    assert numbers.tensor == "delta"
    combo = numbers.tensors
    combo.setCurrentIndex(combo.findData("o"))
    person.settle()
    assert numbers.tensor == "o"  # the selection stays
    person.press(Qt.Key.Key_F10)
    assert numbers.tensor == "dW"
    person.show(TENSORS)
    person.hover("a", (700, 0))
    person.show(NUMBERS)
    assert numbers.tensor == "a"


def test_the_table_opens_on_the_selected_cell(person: Person) -> None:
    person.step_to("filter_update")
    person.click("f_next", (3, 1, 2))
    person.show(NUMBERS)
    numbers = person.panel.parts.numbers
    table = numbers.table

    def selected() -> tuple[str, str, list[tuple[int, int]]]:
        cells = [(cell.row(), cell.column()) for cell in table.selectedIndexes()]
        return numbers.tensor, numbers.pictures.currentText(), cells

    assert selected() == ("f_next", "filter 3", [(1, 3)])
    shown = table.currentIndex().data()
    assert shown == compact(person.readable()["f_next"][3, 1, 2], 4)
    numbers.pictures.setCurrentIndex(0)
    person.settle()
    assert numbers.pictures.currentText() == "filter 1"  # the selection stays
    person.show(TENSORS)
    person.show(NUMBERS)
    assert selected() == ("f_next", "filter 3", [(1, 3)])
    person.show(TENSORS)
    person.click("f_next", (4, 4, 1))
    person.show(NUMBERS)
    assert selected() == ("f_next", "filter 2", [(4, 4)])
    person.choose_operation("correlate")
    person.show(TENSORS)
    person.click("C", (0, 1, 23, 22))
    person.show(NUMBERS)
    assert selected() == ("C", "filter 2", [(22, 23)])
    visible = table.viewport().rect()
    assert visible.intersects(table.visualRect(table.currentIndex()))


def test_the_table_is_headed_by_the_arrays_indices(
    person: Person, check_model: Callable[[QAbstractItemModel], None]
) -> None:
    person.step_to("delta")
    person.show(NUMBERS)
    model = person.panel.parts.numbers.table.model()

    def headers(operation: str, tensor: str, section: int) -> tuple[str, str]:
        person.choose_operation(operation)
        person.settle()
        combo = person.panel.parts.numbers.tensors
        combo.setCurrentIndex(combo.findData(tensor))
        across = model.headerData(section, Qt.Orientation.Horizontal)
        return across, model.headerData(section, Qt.Orientation.Vertical)

    assert headers("patches", "P", 17) == ("18 · r 3 u 2", "18 · c 3 v 2")
    assert headers("correlate", "f", 4) == ("5 · u 4", "5 · v 4")
    check_model(model)  # from now on: Qt asks for each cell, and the patches have 14,400
    assert headers("patches", "X", 17) == ("18 · r+u 17", "18 · c+v 17")
    assert headers("correlate", "C", 4) == ("5 · r 4", "5 · c 4")
    assert headers("standardise", "z", 7) == ("", "k 7")
    assert headers("standardise", "std", 0) == ("", "")


def test_the_table_has_the_tensors_numbers_and_copies_them(person: Person, qtbot: QtBot) -> None:
    person.step_to("filter_gradient")
    person.show(NUMBERS)
    dF = person.readable()["dF"]
    numbers = person.panel.parts.numbers
    assert numbers.tensor == "dF"
    table = numbers.table
    numbers.pictures.setCurrentIndex(1)
    assert table.model().rowCount() == table.model().columnCount() == 5
    for row in range(5):
        for column in range(5):
            shown = table.model().index(row, column).data()
            assert shown == compact(dF[1, column, row], 4)
    qtbot.keyClick(table, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(table, Qt.Key.Key_C, CTRL)
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    np.testing.assert_array_equal(np.array(rows, float), dF[1].T)
    table.clearSelection()
    table.setCurrentIndex(table.model().index(2, 3))
    qtbot.mouseClick(numbers.copy, Qt.MouseButton.LeftButton)
    assert float(QGuiApplication.clipboard().text()) == dF[1, 3, 2]


def test_changed_numbers_are_highlighted(person: Person) -> None:
    person.press(Qt.Key.Key_F5)
    person.show(NUMBERS)
    model = person.panel.parts.numbers.table.model()
    assert person.panel.parts.numbers.tensor == "f_next"
    font = model.index(0, 0).data(Qt.ItemDataRole.FontRole)
    assert font.bold()
    assert "changed by the last step" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    combo = person.panel.parts.numbers.tensors
    combo.setCurrentIndex(combo.findData("dF"))
    assert not model.index(0, 0).data(Qt.ItemDataRole.FontRole).bold()


def test_a_tensor_is_saved(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    person.step_to("filter_gradient")
    person.show(NUMBERS)
    dF, status = person.readable()["dF"], person.window.status.text
    for name in ("array.npy", "table.csv", "array without ending"):
        path = tmp_path / name
        qtbot.mouseClick(person.panel.parts.numbers.save, Qt.MouseButton.LeftButton)
        SavingPerson(person.window, qtbot).save(path)
        person.settle()
        saved = f"Saved {path.parent / path.stem}."
        qtbot.waitUntil(lambda saved=saved: saved in status.text())
        if path.suffix == ".csv":
            rows = np.loadtxt(path, delimiter=",", skiprows=1)
            np.testing.assert_array_equal(rows[:, 3], dF.reshape(-1))
        else:
            np.testing.assert_array_equal(np.load(path.with_suffix(".npy")), dF)


# How it looks


def test_the_debugger_fits_the_window(person: Person) -> None:
    panel = person.panel
    for size in ((1440, 900), (1024, 700)):
        person.window.resize(*size)
        person.step_to("delta")
        QApplication.processEvents()
        assert (person.window.width(), person.window.height()) == size
        for part in (
            panel.parts.head,
            panel.parts.board,
            panel.parts.operations,
            panel.parts.views,
            panel.parts.breadcrumb,
        ):
            left, seen = part.mapTo(panel, QPoint(0, 0)).x(), part.visibleRegion().boundingRect()
            assert left >= 0
            assert left + min(part.width(), seen.width()) <= panel.width()
        assert panel.parts.board.visibleRegion().boundingRect().height() > 60


def test_a_debugger_behind_another_tab_draws_nothing(person: Person) -> None:
    person.press(Qt.Key.Key_F10, times=2)
    dock = person.window.findChild(QDockWidget, "dock-network")
    assert dock is not None
    dock.raise_()
    QApplication.processEvents()
    shown = person.panel.parts.where.text()
    person.window.loop.debug_step()
    person.settle()
    assert person.panel.parts.where.text() == shown
    person.press(Qt.Key.Key_F10)  # brings it to the front again, and steps
    assert person.panel.parts.where.text() == "Iteration 0: 4 of 16"


def test_a_breakpoint_is_set_with_a_key_from_anywhere(person: Person) -> None:
    person.step_to("dense")
    person.press(Qt.Key.Key_F9)
    assert rows.marked(person.panel.parts.operations) == {"dense"}
    person.press(Qt.Key.Key_F9)
    assert not rows.marked(person.panel.parts.operations)


def test_finish_stops_at_an_operation_with_a_breakpoint(person: Person) -> None:
    operations = person.panel.parts.operations
    rows.click(operations, rows.margin(operations, NAMES.index("map_gradient")))
    person.press(Qt.Key.Key_F5)
    assert person.position() == (0, NAMES.index("map_gradient"))
    assert "before map gradient" in person.window.status.text.text()
    person.press(Qt.Key.Key_F5)
    assert person.position() == (0, 16)


def test_the_debugger_can_be_maximised(person: Person) -> None:
    window = person.window
    window.resize(1024, 700)
    before = {d.objectName() for d in window.findChildren(QDockWidget) if d.isVisible()}
    narrow = person.panel.width()
    person.press(Qt.Key.Key_D, CTRL | SHIFT)
    shown = {d.objectName() for d in window.findChildren(QDockWidget) if d.isVisible()}
    assert shown == {"dock-debugger"}
    assert person.panel.width() > 1.5 * narrow
    person.press(Qt.Key.Key_F10)
    assert person.position() == (0, 1)
    person.press(Qt.Key.Key_D, CTRL | SHIFT)
    assert {d.objectName() for d in window.findChildren(QDockWidget) if d.isVisible()} == before


def test_the_formula_with_numbers_fits_a_narrow_panel(person: Person, qtbot: QtBot) -> None:
    person.window.resize(1024, 700)
    person.step_to("correlate")
    for part in (person.panel.parts.head.formula, person.panel.parts.head.numbers):
        assert part.accessibleDescription()
        # Height-for-width takes the layouts several passes.
        qtbot.waitUntil(lambda part=part: part.height() >= part.heightForWidth(part.width()))


def test_an_operation_that_fails_is_marked_in_the_list(person_at_failure: Person) -> None:
    position = NAMES.index("standardise")
    assert person_at_failure.position() == (0, position)
    assert "(failed: " in rows.words(person_at_failure.panel.parts.operations, position)
    assert "standardise: " in person_at_failure.panel.parts.head.failure.text()


def test_a_count_is_written_as_a_whole_number(person: Person) -> None:
    person.step_to("filter_gradient")
    person.show(CELL)
    assert "n = 20\timages" in person.explanation_text()


def test_a_long_text_is_scrolled_with_the_keyboard(person: Person, qtbot: QtBot) -> None:
    person.window.resize(1024, 700)
    person.step_to("filter_gradient")
    for view in (CELL, WHY):
        person.show(view)
        area = person.text()
        button = person.panel.parts.views.button(view)
        button.setFocus()
        while QApplication.focusWidget() is not area:
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            assert QApplication.focusWidget() is not button, "no way there"
        qtbot.waitUntil(lambda area=area: area.verticalScrollBar().maximum() > 0)
        assert area.verticalScrollBar().value() == 0
        qtbot.keyClick(area, Qt.Key.Key_PageDown)
        assert area.verticalScrollBar().value() > 0


def test_an_operation_named_with_more_has_a_ring_in_the_margin(person: Person) -> None:
    operations, position = person.panel.parts.operations, NAMES.index("delta")
    plain = operations.grab().toImage()
    seen, before = [], ()
    for text in ("at delta and iteration = 3", "at delta"):
        chosen = (Breakpoint(1, text),)
        person.window.panels.breakpoints.panel.breakpoints_chosen.emit(before, chosen)
        before = chosen
        person.settle()
        seen.append(operations.grab().toImage())
        assert rows.conditional(operations) == ({"delta"} if text != "at delta" else set())
        assert rows.marked(operations) == ({"delta"} if text == "at delta" else set())
    ring, dot = seen
    centre = rows.margin(operations, position)
    assert ring != plain
    assert ring.pixelColor(centre) == plain.pixelColor(centre)
    assert dot.pixelColor(centre) != plain.pixelColor(centre)
