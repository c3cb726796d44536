"""Time travel as a person does it: keys, clicks and what every panel shows of that moment."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QInputDialog, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from cnnviz.app.branches.model import BranchColumn
from cnnviz.app.branches.panel import BranchesPanel
from cnnviz.app.branches.pen import branch_pen
from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.curves.branch_curves import CurveNames
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.curve_plots import branch_curves, overlay, read_lines
from tests.app.docks import destroy
from tests.app.network_parts import (
    editor_of,
    is_marked_as_edited,
    value_text,
    view_of,
    viewport_of,
)
from tests.app.painting import cell_centre

pytestmark = pytest.mark.reuses_window(compared=False)

KEY = Qt.Key
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
GOLDEN = Path(__file__).parents[2] / "golden" / "small.npz"
N, RATE = 20, 40.0


@pytest.fixture(scope="module")
def window_settings() -> Settings:
    return Settings(subset=N, rule=EXACT, learning_rate=RATE)


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    return begin


def begin(window: MainWindow) -> None:
    """Create the curves, or hide their crosshair; draw the branches that are drawn at first."""
    for plot in loss(window).curves.findChildren(CurvePlot):
        plot.read(None)
    window.selection._drawn.clear()


def frame_of(window: MainWindow) -> Frame:
    assert window.frame is not None
    return window.frame


def settle(window: MainWindow, qtbot: QtBot) -> Frame:
    """Wait until all that was asked for has been done and is shown."""
    last = window.loop.select(window.selection.image)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= last)
    return frame_of(window)


def press(window: MainWindow, qtbot: QtBot, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> Frame:
    qtbot.keyClick(window, key, *modifiers)
    return settle(window, qtbot)


def steps(window: MainWindow, qtbot: QtBot, count: int) -> Frame:
    for _ in range(count):
        qtbot.keyClick(window, KEY.Key_Right)
    return settle(window, qtbot)


def readable(iterations: int, start: Parameters | None = None, rate: float = RATE) -> Parameters:
    """The parameters by the readable path."""
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:N], digits.labels[:N])
    parameters = start or initial_parameters(0)
    for _ in range(iterations):
        parameters = updated(iterate(batch, parameters, EXACT, rate))
    return parameters


def network(window: MainWindow) -> NetworkPanel:
    panel = window.panels.network
    assert isinstance(panel, NetworkPanel)
    return panel


def loss(window: MainWindow) -> LossPanel:
    panel = window.panels.loss
    assert isinstance(panel, LossPanel)
    return panel


def branches(window: MainWindow) -> BranchesPanel:
    panel = window.panels.branches.panel
    assert isinstance(panel, BranchesPanel)
    return panel


def at_cell(window: MainWindow, cell: Cell) -> QPoint:
    panel = network(window)
    centre = cell_centre(panel, cell).toPoint()
    return viewport_of(network(window)).mapFrom(panel, centre)


def double_click(window: MainWindow, cell: Cell) -> None:
    QTest.mouseDClick(
        viewport_of(network(window)), Qt.MouseButton.LeftButton, pos=at_cell(window, cell)
    )


def type_value(window: MainWindow, qtbot: QtBot, value: str) -> Frame:
    field = editor_of(network(window)).field
    assert field.isVisible()
    field.selectAll()
    qtbot.keyClicks(field, value)
    qtbot.keyClick(field, KEY.Key_Return)
    assert not editor_of(network(window)).isVisible()
    return settle(window, qtbot)


class TestMoments:
    def test_a_banner_says_which_moment_is_shown(self, window: MainWindow, qtbot: QtBot) -> None:
        bar = window.iteration_banner
        assert bar.words.text() == "The newest iteration of “exact, η 40, n 20”"
        steps(window, qtbot, 5)
        assert bar.words.text() == "The newest iteration of “exact, η 40, n 20”"
        assert not bar.newest.isVisible()
        height = bar.height()
        press(window, qtbot, KEY.Key_Left)
        frame = press(window, qtbot, KEY.Key_Left)
        assert bar.words.text() == (
            "Showing iteration 3 of 5 of “exact, η 40, n 20”. Every panel shows this iteration."
        )
        assert bar.height() == height
        assert bar.banner.grab().toImage().pixelColor(3, height // 4).name() == LIGHT.accent
        np.testing.assert_allclose(frame.parameters.f, readable(3).f, rtol=1e-9)
        qtbot.mouseClick(bar.newest, Qt.MouseButton.LeftButton)
        assert settle(window, qtbot).iteration == 5
        assert not bar.newest.isVisible()

    def test_it_stops_at_both_ends(self, window: MainWindow, qtbot: QtBot) -> None:
        steps(window, qtbot, 3)
        assert press(window, qtbot, KEY.Key_Home).iteration == 0
        assert press(window, qtbot, KEY.Key_Left).iteration == 0
        assert press(window, qtbot, KEY.Key_End).iteration == 3
        assert press(window, qtbot, KEY.Key_End).iteration == 3

    def test_an_iteration_is_typed(self, window: MainWindow, qtbot: QtBot) -> None:
        steps(window, qtbot, 12)
        qtbot.keyClick(window, KEY.Key_G, CONTROL)
        field = loss(window).timeline.field
        qtbot.waitUntil(field.hasFocus)
        qtbot.keyClicks(field, "7")
        qtbot.keyClick(field, KEY.Key_Return)
        frame = settle(window, qtbot)
        assert frame.iteration == 7
        np.testing.assert_allclose(frame.parameters.wo, readable(7).wo, rtol=1e-9)
        assert press(window, qtbot, KEY.Key_Right).iteration == 8  # the window has its keys again

    def test_training_goes_on_from_there(self, window: MainWindow, qtbot: QtBot) -> None:
        steps(window, qtbot, 6)
        press(window, qtbot, KEY.Key_Home)
        window.loop.pace(None)
        qtbot.mouseClick(window.iteration_banner.train, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: frame_of(window).iteration > 8)
        assert len(frame_of(window).branches) == 1
        qtbot.keyClick(window, KEY.Key_Space)
        qtbot.waitUntil(lambda: not frame_of(window).running)

    def test_every_moment_is_the_notebooks(self, store: QSettings, qtbot: QtBot) -> None:
        with np.load(GOLDEN) as file:
            arrays = dict(file)
        dataset = Dataset("small", arrays["images"], arrays["labels"])
        settings = Settings(
            subset=len(dataset),
            learning_rate=float(arrays["learning_rate"]),
            seed=int(arrays["seed"]),
        )
        window = MainWindow(Trainer(dataset, settings), LIGHT, store)
        window.show()
        qtbot.waitUntil(lambda: window.frame is not None)
        last = len(arrays["f"]) - 1
        steps(window, qtbot, last)
        for t in [*range(last, -1, -1), last]:
            loss(window).seek.emit(t)
            frame = settle(window, qtbot)
            np.testing.assert_allclose(frame.parameters.f, arrays["f"][t], rtol=1e-9)
            np.testing.assert_allclose(frame.parameters.wo, arrays["wo"][t], rtol=1e-9)
        window.close()
        destroy(window)


class TestBookmarks:
    def add(self, window: MainWindow, qtbot: QtBot, name: str = "") -> Frame:
        qtbot.keyClick(window, KEY.Key_D, CONTROL)
        dialog = window.findChild(QInputDialog)
        assert dialog is not None
        field = dialog.findChild(QLineEdit)
        if name:
            field.selectAll()
            qtbot.keyClicks(field, name)
        qtbot.keyClick(field, KEY.Key_Return)
        window.activateWindow()  # as a window manager does once a dialog is closed
        qtbot.waitUntil(window.isActiveWindow)
        return settle(window, qtbot)

    def test_are_made_found_and_removed_with_keys(self, window: MainWindow, qtbot: QtBot) -> None:
        menu = window.actions_
        steps(window, qtbot, 4)
        assert not menu.next_bookmark.isEnabled()
        assert not menu.previous_bookmark.isEnabled()
        self.add(window, qtbot, "the turn")
        steps(window, qtbot, 3)
        frame = self.add(window, qtbot)
        assert [(b.iteration, b.name) for b in frame.branch.bookmarks] == [
            (4, "the turn"),
            (7, "iteration 7"),
        ]
        timeline = loss(window).timeline
        assert timeline.bookmark.isChecked()
        press(window, qtbot, KEY.Key_Home)
        assert not timeline.bookmark.isChecked()
        assert menu.next_bookmark.isEnabled()
        assert not menu.previous_bookmark.isEnabled()
        assert press(window, qtbot, KEY.Key_Right, ALT).iteration == 4
        assert press(window, qtbot, KEY.Key_Right, ALT).iteration == 7
        assert press(window, qtbot, KEY.Key_Right, ALT).iteration == 7
        assert press(window, qtbot, KEY.Key_Left, ALT).iteration == 4
        assert press(window, qtbot, KEY.Key_Left, ALT).iteration == 4
        loss(window).curves.loss_plot.read(4)
        assert "the turn" in read_lines(loss(window).curves.loss_plot)
        frame = press(window, qtbot, KEY.Key_D, CONTROL)
        assert [b.iteration for b in frame.branch.bookmarks] == [7]

    def test_are_listed_in_a_menu(self, window: MainWindow, qtbot: QtBot) -> None:
        menu = loss(window).timeline.menu
        menu.aboutToShow.emit()
        assert [action.text() for action in menu.actions()] == ["No bookmarks yet"]
        steps(window, qtbot, 2)
        self.add(window, qtbot, "here")
        steps(window, qtbot, 2)
        menu.aboutToShow.emit()
        (action,) = menu.actions()
        assert action.text() == "2: here"
        action.trigger()
        assert settle(window, qtbot).iteration == 2


def figures(curve: Curve, iteration: int) -> tuple[str, str]:
    loss, accuracy = curve.loss[iteration], curve.accuracy[iteration]
    return f"{loss:#.3g}", f"{100 * accuracy:.1f} %"


class TestBranches:
    @pytest.fixture
    def branched(self, window: MainWindow, qtbot: QtBot) -> MainWindow:
        """Run 1 to iteration 6; from 4 on another learning rate to 7, which is shown."""
        steps(window, qtbot, 6)
        for _ in range(2):
            press(window, qtbot, KEY.Key_Left)
        field = window.panels.controls.learning_rate  # type: ignore[attr-defined]
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, "5")
        qtbot.keyClick(field, KEY.Key_Return)
        settle(window, qtbot)
        assert window.iteration_banner.words.text().endswith(
            "Changed here: η 40 → 5; training makes a new branch."
        )
        steps(window, qtbot, 3)
        return window

    @pytest.fixture
    def listed(
        self,
        branched: MainWindow,
        qtbot: QtBot,
        check_model: Callable[[QAbstractItemModel], None],
    ) -> BranchesPanel:
        qtbot.keyClick(branched, KEY.Key_B, CONTROL)
        panel = branches(branched)
        check_model(panel.model)
        qtbot.waitUntil(panel.isVisible)
        return panel

    def names(self, window: MainWindow) -> list[str]:
        return [branch.name for branch in frame_of(window).branches]

    def test_the_old_line_stays(self, branched: MainWindow, qtbot: QtBot) -> None:
        frame = frame_of(branched)
        assert (frame.iteration, frame.last) == (7, 7)
        assert self.names(branched) == ["exact, η 40, n 20", "η 40 → 5 at iteration 4"]
        expected = readable(3, readable(4), rate=5.0)
        np.testing.assert_allclose(frame.parameters.f, expected.f, rtol=1e-9)
        assert branched.iteration_banner.branches.text() == "Branches (2)"
        branched.loop.switch(1)
        frame = settle(branched, qtbot)
        assert (frame.iteration, frame.last) == (6, 6)
        np.testing.assert_allclose(frame.parameters.f, readable(6).f, rtol=1e-9)

    def test_both_are_drawn_named_and_read(self, branched: MainWindow) -> None:
        plot = loss(branched).curves.loss_plot
        (item,) = branch_curves(plot)
        x, y = item.getData()
        first = frame_of(branched).branches[0].curve.loss
        np.testing.assert_array_equal(x, [4, 5, 6])  # before, both are one
        np.testing.assert_array_equal(y, first[4:])
        words = [words for _, words, _ in overlay(plot, CurveNames).labels()]
        assert any("exact, η 40, n 20" in w for w in words)
        plot.read(5)
        read = read_lines(plot)
        assert read[0] == "iteration 5"
        assert f"{first[5]:#.3g}: exact, η 40, n 20" in read
        assert len(read) >= 3
        assert item.opts["pen"] == branch_pen(1, LIGHT, 1.0)

    def test_the_table_lists_them(self, listed: BranchesPanel, branched: MainWindow) -> None:
        model = listed.model
        rows = [
            [model.data(model.index(row, column)) for column in range(model.columnCount())]
            for row in range(model.rowCount())
        ]
        curves = [branch.curve for branch in frame_of(branched).branches]
        assert rows == [
            ["exact, η 40, n 20", *figures(curves[0], 6), "exact", "40", "20", "6"],
            ["η 40 → 5 at iteration 4", *figures(curves[1], 7), "exact", "5", "20", "7"],
        ]

    def test_enter_looks_at_the_chosen_one(
        self, listed: BranchesPanel, branched: MainWindow, qtbot: QtBot
    ) -> None:
        listed.select(1)
        qtbot.keyClick(listed.table, KEY.Key_Return)
        frame = settle(branched, qtbot)
        assert (frame.branch.number, frame.iteration) == (1, 6)
        assert not listed.switch.isEnabled()

    def test_f2_gives_it_another_name(
        self, listed: BranchesPanel, branched: MainWindow, qtbot: QtBot
    ) -> None:
        listed.select(1)
        qtbot.keyClick(listed.table, KEY.Key_F2)
        field = listed.table.findChild(QLineEdit)
        assert field is not None
        field.selectAll()
        qtbot.keyClicks(field, "slower")
        qtbot.keyClick(field, KEY.Key_Return)  # Qt takes the name after it has let the key go
        qtbot.waitUntil(lambda: self.names(branched) == ["slower", "η 40 → 5 at iteration 4"])
        assert settle(branched, qtbot).branch.number == 2  # Enter only ended the edit

    def test_delete_forgets_another_one_but_not_this(
        self, listed: BranchesPanel, branched: MainWindow, qtbot: QtBot
    ) -> None:
        listed.select(2)
        assert not listed.delete.isEnabled()
        qtbot.keyClick(listed.table, KEY.Key_Delete)
        settle(branched, qtbot)
        assert len(self.names(branched)) == 2
        listed.select(1)
        qtbot.keyClick(listed.table, KEY.Key_Delete)
        frame = settle(branched, qtbot)
        assert self.names(branched) == ["η 40 → 5 at iteration 4"]
        assert branch_curves(loss(branched).curves.loss_plot) == []
        branched.loop.go_to(2)
        frame = settle(branched, qtbot)
        np.testing.assert_allclose(frame.parameters.f, readable(2).f, rtol=1e-9)

    def test_a_deleted_branch_comes_back_with_undo_or_ctrl_z(
        self, listed: BranchesPanel, branched: MainWindow, qtbot: QtBot
    ) -> None:
        names = self.names(branched)
        assert not listed.undo.isVisible()
        qtbot.keyClick(listed.table, KEY.Key_Z, CONTROL)  # there is nothing to undo
        for undo in (
            lambda: qtbot.mouseClick(listed.undo, Qt.MouseButton.LeftButton),
            lambda: qtbot.keyClick(listed.table, KEY.Key_Z, CONTROL),
        ):
            listed.select(1)
            qtbot.keyClick(listed.table, KEY.Key_Delete)
            qtbot.waitUntil(listed.undo.isVisible)
            assert listed.deleted.text() == "Deleted “exact, η 40, n 20”."
            undo()
            qtbot.waitUntil(lambda: self.names(branched) == names)
            assert not listed.undo.isVisible()
        undone = "Undone: deletion of branch “exact, η 40, n 20”."
        qtbot.waitUntil(lambda: branched.status.text.text() == undone)

    def test_a_branch_can_be_left_out_of_the_drawing(
        self, listed: BranchesPanel, branched: MainWindow, qtbot: QtBot
    ) -> None:
        index = listed.model.index(0, BranchColumn.NAME)
        listed.table.setFocus()
        listed.table.setCurrentIndex(index)
        qtbot.keyClick(listed.table, KEY.Key_Space)
        qtbot.waitUntil(lambda: branch_curves(loss(branched).curves.loss_plot) == [])
        assert listed.model.data(index, Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
        qtbot.keyClick(listed.table, KEY.Key_Space)
        qtbot.waitUntil(lambda: len(branch_curves(loss(branched).curves.loss_plot)) == 1)

    def test_a_reset_keeps_the_old_line_but_out_of_the_way(
        self, branched: MainWindow, qtbot: QtBot
    ) -> None:
        frame = press(branched, qtbot, KEY.Key_R, CONTROL)
        assert (frame.iteration, frame.last) == (0, 0)
        assert self.names(branched) == [
            "exact, η 40, n 20",
            "η 40 → 5 at iteration 4",
            "exact, η 5, n 20",
        ]
        assert branch_curves(loss(branched).curves.loss_plot) == []
        branched.selection.draw_branch(1, drawn=True)
        (item,) = branch_curves(loss(branched).curves.loss_plot)
        assert item.opts["pen"] == branch_pen(1, LIGHT, 1.0)

    def test_its_box_does_the_same(self, listed: BranchesPanel, branched: MainWindow) -> None:
        index = listed.model.index(0, BranchColumn.NAME)
        listed.model.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
        assert branch_curves(loss(branched).curves.loss_plot) == []

    def test_the_panel_is_closed_until_it_is_requested(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        dock = window.findChild(QDockWidget, "dock-branches")
        assert dock is not None
        assert dock.isHidden()
        qtbot.mouseClick(window.iteration_banner.branches, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(branches(window).isVisible)


class TestEditing:
    @pytest.fixture
    def back(self, window: MainWindow, qtbot: QtBot) -> MainWindow:
        """At iteration 2 of 4."""
        steps(window, qtbot, 4)
        window.loop.go_to(2)
        settle(window, qtbot)
        return window

    def outputs(self, parameters: Parameters, images: np.ndarray | None = None) -> np.ndarray:
        digits = bundled_digits()
        images = digits.images[:N] if images is None else images
        batch = Batch.from_images(images, digits.labels[:N])
        return iterate(batch, parameters, EXACT, RATE)["o"][0]

    @pytest.mark.parametrize(
        ("cell", "place"),
        [
            (Cell(Column.FILTERS, 1, 1, 3), ("f", (3, 1, 1))),
            (Cell(Column.DENSE, 2, 5, 20), ("wo", (2 * 576 + 20 * 24 + 5, 0))),
        ],
    )
    def test_a_double_click_changes_a_weight(
        self, back: MainWindow, qtbot: QtBot, cell: Cell, place: tuple[str, tuple[int, ...]]
    ) -> None:
        before = frame_of(back).parameters
        double_click(back, cell)
        editor = editor_of(network(back))
        tensor, index = place
        assert editor.field.value() == pytest.approx(getattr(before, tensor)[index], abs=1e-6)
        frame = type_value(back, qtbot, "-1.5")
        arrays = {"f": before.f.copy(), "wo": before.wo.copy()}
        arrays[tensor][index] = -1.5
        expected = Parameters(**arrays)
        assert getattr(frame.parameters, tensor)[index] == -1.5
        assert (frame.iteration, frame.last, len(frame.branches)) == (2, 2, 2)
        np.testing.assert_allclose(frame.predictions.output, self.outputs(expected), rtol=1e-9)
        assert is_marked_as_edited(network(back), cell)
        frame = steps(back, qtbot, 1)
        np.testing.assert_allclose(frame.parameters.f, readable(1, expected).f, rtol=1e-9)
        back.loop.switch(1)
        frame = settle(back, qtbot)
        assert frame.last == 4
        assert not is_marked_as_edited(network(back), cell)

    def test_a_pixel_is_selected_and_changed_with_keys(
        self, back: MainWindow, qtbot: QtBot
    ) -> None:
        view = view_of(network(back))
        back.selection.select_image(3)
        settle(back, qtbot)
        view.setFocus()
        for key in (KEY.Key_Up, KEY.Key_Up, KEY.Key_Up, KEY.Key_Left):
            qtbot.keyClick(view, key, CONTROL)
        cell = network(back).chosen
        assert cell == Cell(Column.IMAGE, 0, 12, 13)
        images = bundled_digits().images[:N].copy()
        grey = 255 - int(images[3, 12, 13])
        images[3, 12, 13] = grey
        qtbot.keyClick(view, KEY.Key_Return)
        ink = f"{grey / 255:.3f}"
        assert editor_of(network(back)).unit.text().startswith("X: ink, from 0 (paper) to 1")
        frame = type_value(back, qtbot, ink)
        assert frame.image.image[12, 13] == grey
        np.testing.assert_allclose(
            frame.predictions.output, self.outputs(frame.parameters, images), rtol=1e-9
        )
        predictions = back.panels.predictions
        assert isinstance(predictions, PredictionsPanel)
        assert frame.dataset is not bundled_digits()
        assert len(frame.branches) == 1  # until it is trained with
        assert "training makes a new branch" in back.iteration_banner.words.text()
        readout = network(back).readout()
        assert is_marked_as_edited(network(back), cell)
        frame = steps(back, qtbot, 1)
        place, said = "image 3, row 13, column 14", f"{round(grey / 255, 3):g}"
        assert readout.startswith(f"image 3, row 13, column 14 · X[13, 12, 3] = {said}")
        assert frame.branch.name == f"{place} = {said} at iteration 2"

    def test_steps_of_the_field_act_at_once_and_on_one_branch(
        self, back: MainWindow, qtbot: QtBot
    ) -> None:
        cell = Cell(Column.FILTERS, 0, 0, 0)
        double_click(back, cell)
        field = editor_of(network(back)).field
        for _ in range(3):
            qtbot.keyClick(field, KEY.Key_Up)
        frame = settle(back, qtbot)
        assert frame.parameters.f[0, 0, 0] == field.value()
        assert len(frame.branches) == 2
        qtbot.keyClick(field, KEY.Key_Escape)
        assert not editor_of(network(back)).isVisible()

    def test_escape_restores_the_number(self, back: MainWindow, qtbot: QtBot) -> None:
        double_click(back, Cell(Column.FILTERS, 0, 0, 0))
        field = editor_of(network(back)).field
        field.selectAll()
        qtbot.keyClicks(field, "9")
        qtbot.keyClick(field, KEY.Key_Escape)
        assert not editor_of(network(back)).isVisible()
        assert len(settle(back, qtbot).branches) == 1

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("abc", "“abc” is not a number."),
            ("2e6", "2e6 is not between −1,000,000 and 1,000,000."),
        ],
    )
    def test_a_refused_value_is_shown_and_can_be_corrected(
        self, back: MainWindow, qtbot: QtBot, typed: str, said: str
    ) -> None:
        double_click(back, Cell(Column.FILTERS, 0, 0, 0))
        editor = editor_of(network(back))
        editor.field.selectAll()
        qtbot.keyClicks(editor.field, typed)
        qtbot.keyClick(editor.field, KEY.Key_Return)
        assert editor.isVisible()
        assert editor.problem.isVisible()
        assert editor.problem.text() == said
        assert len(settle(back, qtbot).branches) == 1
        editor.field.selectAll()
        qtbot.keyClicks(editor.field, "2.5e-1")
        assert not editor.problem.isVisible()
        qtbot.keyClick(editor.field, KEY.Key_Return)
        assert not editor.isVisible()
        assert settle(back, qtbot).parameters.f[0, 0, 0] == 0.25

    def test_maps_follow_from_others(self, back: MainWindow) -> None:
        double_click(back, Cell(Column.MAPS, 0, 5, 5))
        assert not editor_of(network(back)).isVisible()
        assert value_text(network(back)).startswith("Feature maps follow")

    def test_while_training_it_pauses_first(self, window: MainWindow, qtbot: QtBot) -> None:
        window.loop.pace(None)
        window.loop.start()
        qtbot.waitUntil(lambda: frame_of(window).iteration > 3)
        double_click(window, Cell(Column.FILTERS, 0, 0, 0))
        qtbot.waitUntil(lambda: not frame_of(window).running)
        frame = type_value(window, qtbot, "0.25")
        assert frame.parameters.f[0, 0, 0] == 0.25
        assert len(frame.branches) == 2

    @pytest.fixture
    def menu(self, back: MainWindow, qtbot: QtBot) -> Iterator[dict[str, QAction]]:
        back.loop.draw(Pixel(0, 3, 3, 255))
        settle(back, qtbot)
        panel = network(back)
        spot, reason = at_cell(back, Cell(Column.IMAGE, 0, 3, 3)), QContextMenuEvent.Reason.Mouse
        view = viewport_of(panel)
        QApplication.sendEvent(view, QContextMenuEvent(reason, spot, view.mapToGlobal(spot)))
        shown = panel.findChild(QMenu)
        assert shown is not None
        yield {action.text(): action for action in shown.actions()}
        shown.close()

    def test_a_menu_takes_drawing_back(
        self, back: MainWindow, menu: dict[str, QAction], qtbot: QtBot
    ) -> None:
        assert frame_of(back).image.image[3, 3] == 255
        menu["Restore original image"].trigger()
        frame = settle(back, qtbot)
        assert frame.settings.pixels == ()
        np.testing.assert_array_equal(frame.image.image, bundled_digits().images[0])
