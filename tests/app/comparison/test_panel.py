"""The Compare panel in the window: the request, the results, and training a rule as a branch."""

from collections.abc import Callable, Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from cnnviz.app.comparison.curves import RuleCurves
from cnnviz.app.comparison.panel import ComparePanel
from cnnviz.app.comparison.tensor_view import TensorPairView, words_at
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.save_dialog import SaveDialog
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES
from cnnviz.training.comparison.compare import compare
from cnnviz.training.comparison.lockstep import Lockstep
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def ends_of(curves: RuleCurves) -> set[str]:
    """Return the texts at the ends of the curves."""
    return {one.toPlainText() for one in curves.plot.items() if isinstance(one, pg.TextItem)}


class Comparer:
    """Someone at the Compare panel."""

    def __init__(self, panel: ComparePanel, qtbot: QtBot) -> None:
        self.panel, self.qtbot = panel, qtbot
        qtbot.waitUntil(self.panel.isVisible)
        self.panel.iterations.setValue(6)

    def press(self, button: Qt.MouseButton | object) -> None:
        before = self.panel.result
        self.qtbot.mouseClick(button, LEFT)  # type: ignore[arg-type]
        self.qtbot.waitUntil(lambda: self.panel.result is not before)

    def choose(self, row: int) -> None:
        self.qtbot.mouseClick(self.panel.views.button(1), LEFT)
        table = self.panel.table
        spot = table.visualRect(self.panel.model.index(row, 0)).center()
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=spot)


class InWindow(Comparer):
    """Someone at the Compare panel of the window."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        window.resize(1440, 900)
        qtbot.keyClick(window, "3", CONTROL)
        window.bring_up("compare")
        super().__init__(window.panels.compare.panel, qtbot)  # type: ignore[attr-defined]


@pytest.fixture
def comparer(window: MainWindow, qtbot: QtBot) -> InWindow:
    return InWindow(window, qtbot)


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    made = Trainer(bundled_digits(), Settings(subset=20))
    yield made
    made.close()


@pytest.fixture
def alone(
    qapp: QApplication,  # noqa: ARG001  (a panel needs one)
    qtbot: QtBot,
    trainer: Trainer,
) -> Iterator[Comparer]:
    """Someone at a Compare panel without a window."""
    tasks = BackgroundTasks()
    panel = ComparePanel(tasks, Style(LIGHT))
    qtbot.addWidget(panel)
    panel.resize(1000, 800)
    panel.show_frame(frame_of(trainer, 0))
    panel.show()
    yield Comparer(panel, qtbot)
    tasks.stop()


def test_one_press_says_what_each_of_the_five_is_worth(
    alone: Comparer, check_model: Callable[[QAbstractItemModel], None]
) -> None:
    check_model(alone.panel.model)
    panel = alone.panel
    alone.press(panel.worth_button)
    assert panel.result is not None
    expected = compare(bundled_digits(), Settings(subset=20), 6)
    for run, other in zip(panel.result.comparison.runs, expected.runs, strict=True):
        np.testing.assert_array_equal(run.loss, other.loss)
    assert panel.worth.isVisible()
    assert panel.model.rowCount() == 32
    columns = dict(panel.worth.columns("loss"))
    assert list(columns["correction"]) == list(expected.loss_shares)
    assert list(columns["share of loss"]) == list(expected.loss_shares.values())
    assert "Shapley value" in panel.worth.words.text()
    path = panel.worth.path.text().splitlines()
    assert path[1].startswith("notebook: loss ")
    assert len(path) == 7
    assert ends_of(panel.curves["loss"]) == {"notebook", "exact"}
    alone.choose(2)
    assert ends_of(panel.curves["loss"]) == {"notebook", "exact", "+ standardisation"}
    names = [name for name, _ in panel.curves["accuracy"].columns()]
    assert names == ["iteration", *(f"accuracy: {rule.title}" for rule in RULES)]


def test_two_rules_part_where_their_first_operation_differs(
    alone: Comparer, trainer: Trainer, qtbot: QtBot
) -> None:
    panel = alone.panel
    panel.choice.setFocus()
    qtbot.keyClick(panel.choice, Qt.Key.Key_End)
    assert panel.first.isVisible()
    alone.press(panel.task.start)
    assert panel.parting.isVisible()
    assert panel.parting.words.text().startswith(
        "The rules notebook and exact part in iteration 0, at δ: "
    )
    assert panel.result is not None
    assert [run.rule for run in panel.result.comparison.runs] == [NOTEBOOK, EXACT]
    cosine = dict(panel.parting.columns("cosine"))
    assert cosine["filters"].shape == (6,)
    rows = range(panel.parting.table.rowCount())
    marks = [panel.parting.table.item(row, 3).text() for row in rows]
    assert marks.count("here they part") == 1
    parting, tensors = panel.parting, panel.parting.tensors
    qtbot.waitUntil(lambda: tensors.caption.text().startswith("δ in iteration 0: "))
    assert [title.text() for title in tensors.titles] == ["notebook", "exact", "exact − notebook"]
    found = panel.result.lockstep
    assert found is not None
    parting.iteration.setFocus()
    qtbot.keyClick(parting.iteration, Qt.Key.Key_Up)
    names = [parting.table.item(row, 1).text() for row in rows]
    parting.table.setFocus()
    parting.table.setCurrentCell(names.index("G"), 0)
    panel.show_frame(frame_of(trainer, 3))
    qtbot.waitUntil(lambda: tensors.caption.text().startswith("G of image 3 in iteration 1: "))
    first, second = (values["G"][576 + 4 * 24 + 7, 3] for values in found.tensors(1))
    (beside,) = [tensors._beside]
    assert beside is not None
    words = words_at(beside, 7, 25 + 4)
    assert words.startswith("filter 2, row 8, column 5: ")
    assert words.endswith(f"a difference of {compact(second - first)}")
    assert words_at(beside, 7, 24) == words_at(beside, 30, 2) == ""
    view = tensors.pictures.views[0][2]
    tensors.pictures.scene().sigMouseMoved.emit(view.mapViewToScene(QPointF(25 + 4.5, 7.5)))
    assert tensors.readout.text() == words


def test_tensors_that_cannot_be_computed_are_reported_in_place_of_pictures(
    alone: Comparer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise NumericsError("dense", "iteration 0 has no result.")

    monkeypatch.setattr(Lockstep, "beside", fail)
    tensors = alone.panel.parting.tensors
    alone.panel.choice.setCurrentIndex(alone.panel.choice.count() - 1)
    alone.press(alone.panel.task.start)
    qtbot.waitUntil(lambda: tensors.caption.text() == "Iteration 0 has no result.")
    assert tensors.pictures.views == []


def test_pictures_have_the_themes_background_before_there_are_any(qtbot: QtBot) -> None:
    view = TensorPairView(Style(DARK))
    qtbot.addWidget(view)
    assert view.pictures.backgroundBrush().color().name() == DARK.panel
    view.set_style(Style(LIGHT))
    assert view.pictures.backgroundBrush().color().name() == LIGHT.panel


def test_the_amount_of_parting_is_chosen(alone: Comparer, qtbot: QtBot) -> None:
    panel = alone.panel
    assert not panel.parted.isVisible()
    panel.choice.setCurrentIndex(3)
    panel.amount.setFocus()
    panel.amount.selectAll()
    qtbot.keyClicks(panel.amount, "-1")
    qtbot.keyClick(panel.amount, Qt.Key.Key_Return)
    assert "is not above 0" in panel.task.error.text()
    panel.amount.setFocus()
    panel.amount.selectAll()
    qtbot.keyClicks(panel.amount, "1.99")
    qtbot.keyClick(panel.amount, Qt.Key.Key_Return)
    alone.press(panel.task.start)
    assert panel.result is not None
    found = panel.result.lockstep
    assert found is not None
    assert found.amount == 1.99
    assert found.parting is None or found.parting.first.difference > 1.99


def test_a_rule_is_trained_as_a_branch_and_other_settings_are_noted(
    comparer: InWindow, qtbot: QtBot
) -> None:
    panel, window = comparer.panel, comparer.window
    window.loop.step()
    comparer.press(panel.task.start)  # the five, one by one
    assert panel.result is not None
    runs = panel.result.comparison.runs
    assert len(runs) == 7
    assert not panel.branch.isEnabled()
    comparer.choose(6)
    assert panel.branch.text() == "Train “exact” as a branch"
    qtbot.mouseClick(panel.branch, LEFT)
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.branches) == 2)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 6)
    assert window.frame is not None
    assert window.frame.settings.rule == EXACT
    np.testing.assert_array_equal(window.frame.curve.loss[:6], runs[6].loss)
    assert "other settings" not in panel.subject.text()
    window.loop.change(learning_rate=3.0)
    qtbot.waitUntil(lambda: panel.subject.text().endswith("The run has other settings now."))


def test_curves_can_be_exported_and_a_comparison_cancelled(
    comparer: InWindow, qtbot: QtBot
) -> None:
    panel = comparer.panel
    comparer.press(panel.task.start)
    plot = panel.curves["loss"].plot
    key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    QApplication.sendEvent(plot.viewport(), key)
    (menu,) = plot.findChildren(QMenu)
    menu.actions()[-1].trigger()
    menu.close()
    (dialog,) = comparer.window.findChildren(SaveDialog)
    assert dialog.windowTitle() == "Export loss of rules"
    dialog.close()
    before = panel.result
    panel.iterations.setValue(5000)
    qtbot.mouseClick(panel.worth_button, LEFT)
    assert not panel.worth_button.isEnabled()  # a second press would begin again
    qtbot.mouseClick(panel.task.cancel, LEFT)
    assert panel.worth_button.isEnabled()
    assert not comparer.window.tasks.is_busy("compare")
    assert panel.result is before
