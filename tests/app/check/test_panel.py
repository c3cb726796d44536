"""The Check panel: verdicts, faults, stale results; in the window, the way to the debugger."""

from collections.abc import Callable, Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QAbstractItemModel, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.check.model import CheckColumn
from cnnviz.app.check.panel import CheckPanel
from cnnviz.app.debugger.contents import WHY
from cnnviz.app.debugger.operation_model import ROW
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.case import GALLERY
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.checking.step_curve import STEPS
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.person import Person

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = [operation.name for operation in OPERATIONS]


class Checker:
    """Someone at the Check panel."""

    def __init__(self, panel: CheckPanel, qtbot: QtBot) -> None:
        self.panel, self.qtbot = panel, qtbot
        qtbot.waitUntil(self.panel.isVisible)

    def check(self) -> None:
        before = self.panel.outcome
        self.qtbot.mouseClick(self.panel.task.start, Qt.MouseButton.LeftButton)
        assert self.panel.task.cancel.isVisible()
        self.qtbot.waitUntil(lambda: self.panel.outcome is not before)
        assert not self.panel.task.cancel.isVisible()

    def cell(self, operation: str, column: CheckColumn) -> str:
        """Return the text in a row of the table."""
        text = self.panel.model.index(NAMES.index(operation), column).data()
        assert isinstance(text, str)
        return text

    def wrong(self) -> set[str]:
        """Return the operations that are shown as wrong."""
        return {n for n in NAMES if self.cell(n, CheckColumn.VERDICT) == "✗ wrong"}

    def click_row(self, operation: str) -> None:
        table = self.panel.table
        index = self.panel.model.index(NAMES.index(operation), CheckColumn.FINDING)
        table.scrollTo(index)
        spot = table.visualRect(index).center()
        self.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)


class Alone(Checker):
    """Someone at a Check panel without a window, and a run that it follows."""

    def __init__(self, tasks: BackgroundTasks, qtbot: QtBot) -> None:
        self.tasks = tasks
        self.trainer = Trainer(bundled_digits(), Settings(subset=20))
        panel = CheckPanel(tasks, Style(LIGHT))
        qtbot.addWidget(panel)
        panel.resize(900, 400)
        panel.show_frame(frame_of(self.trainer, 0))
        panel.show()
        super().__init__(panel, qtbot)

    def show(self) -> None:
        """Show the run's state."""
        self.panel.show_frame(frame_of(self.trainer, 0))


@pytest.fixture
def alone(qapp: QApplication, qtbot: QtBot) -> Iterator[Alone]:  # noqa: ARG001  (it needs one)
    tasks = BackgroundTasks()
    someone = Alone(tasks, qtbot)
    yield someone
    tasks.stop()
    someone.trainer.close()


class InWindow(Checker):
    """Someone at the Check panel of the window."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        window.resize(1440, 900)
        qtbot.keyClick(window, "3", CONTROL)
        super().__init__(window.panels.check.panel, qtbot)  # type: ignore[attr-defined]


@pytest.fixture
def checker(window: MainWindow, qtbot: QtBot) -> InWindow:
    return InWindow(window, qtbot)


def test_the_notebook_s_departures_are_named(
    alone: Alone, check_model: Callable[[QAbstractItemModel], None]
) -> None:
    check_model(alone.panel.model)
    alone.check()
    wrong = {"delta", "dense_gradient", "map_gradient", "average_over_images", "reshape"}
    assert alone.wrong() == wrong
    assert alone.panel.verdict.text().startswith("✗ These 5 are wrong: δ, dense gradient")
    assert alone.cell("dense_gradient", CheckColumn.KIND) == "sum for mean"
    assert "20 times too large" in alone.cell("dense_gradient", CheckColumn.FINDING)
    assert alone.cell("filter_gradient", CheckColumn.VERDICT) == "– not judged"
    table = alone.panel.table
    seen = range(table.rowAt(0), table.rowAt(table.viewport().height() - 1) + 1)
    assert NAMES.index("delta") in seen  # though eight right ones come before it
    for width, is_hidden in ((560, True), (900, False)):
        alone.panel.resize(width, 400)
        QApplication.processEvents()
        assert table.isColumnHidden(CheckColumn.KIND) == is_hidden
        assert table.columnWidth(CheckColumn.FINDING) > 28 * table.fontMetrics().averageCharWidth()
    for width in range(300, 900, 15):  # as when a border is dragged
        table.resize(width, table.height())
        hidden = [table.isColumnHidden(column) for column in CheckColumn]
        table.fit_columns()
        assert [table.isColumnHidden(column) for column in CheckColumn] == hidden, width


def test_the_exact_rule_is_right_and_the_symmetries_say_so(alone: Alone, qtbot: QtBot) -> None:
    panel = alone.panel
    for rule, sign in ((NOTEBOOK, "✗ not 0"), (EXACT, "✓ 0 to within rounding")):
        alone.trainer.change(rule=rule)
        alone.show()
        alone.check()
        qtbot.mouseClick(panel.views.button(3), Qt.MouseButton.LeftButton)
        assert panel.symmetries.sums.text().count(sign) == 3
    assert alone.wrong() == set()
    assert panel.verdict.text() == "✓ Everything is right: this backward pass is the gradient."
    assert "z is standardised" in panel.symmetries.why.text()


def test_a_fault_that_is_put_in_on_purpose_says_so(alone: Alone, qtbot: QtBot) -> None:
    fault = GALLERY[0]
    box = alone.panel.fault
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == fault
    alone.check()
    assert alone.wrong() == {fault.operation}
    assert alone.panel.subject.text().startswith(f"Put in on purpose: fault in δ: {fault.title}.")
    box.setCurrentIndex(1 + next(i for i, f in enumerate(GALLERY) if f.name == "filters-equal"))
    alone.check()
    assert alone.wrong() == set()
    assert alone.panel.verdict.text() == "✗ This is wrong: filters."


def test_a_result_of_another_state_is_stale(alone: Alone) -> None:
    alone.check()
    panel = alone.panel
    assert panel.task.start.text() == "Check"
    assert panel.subject.text() == (
        "Iteration 0 of “notebook, η 15, n 20”, notebook rule, η = 15, 20 images, float64."
    )
    alone.trainer.step()
    alone.show()
    assert panel.task.start.text() == "Check again"
    assert panel.subject.text().endswith("float64. The run is in another state now.")
    alone.trainer.back()
    alone.show()
    assert panel.task.start.text() == "Check"
    alone.trainer.change(rule=EXACT)
    alone.show()
    assert panel.task.start.text() == "Check again"
    alone.check()
    assert alone.wrong() == set()


def test_a_click_shows_the_worst_cell_in_the_debugger(checker: InWindow, qtbot: QtBot) -> None:
    checker.check()
    assert checker.panel.outcome is not None
    found = checker.panel.outcome.operations[NAMES.index("map_gradient")]
    checker.click_row("map_gradient")

    def shown() -> bool:
        view = checker.window.frame.debug if checker.window.frame else None
        return view is not None and view.point is not None and view.explanation is not None

    qtbot.waitUntil(shown)
    assert checker.window.frame is not None
    view = checker.window.frame.debug
    assert view is not None
    assert view.point is not None
    assert (view.point.tensor, view.point.index) == ("G", found.cell)
    assert checker.window.commands.debugger.panel.shown == "map_gradient"
    assert checker.window.commands.workspaces.actions["debug"].isChecked()


def test_cancelling_keeps_the_result_before(alone: Alone, qtbot: QtBot) -> None:
    alone.check()
    before = alone.panel.outcome
    alone.trainer.change(subset=1000)
    alone.show()
    assert alone.panel.is_stale
    qtbot.mouseClick(alone.panel.task.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(alone.panel.task.cancel, Qt.MouseButton.LeftButton)
    assert not alone.panel.task.cancel.isVisible()
    assert alone.panel.task.start.isEnabled()
    assert not alone.tasks.is_busy("check")
    assert alone.panel.outcome is before


def test_the_step_size_has_its_curve_and_a_click_on_the_gradient_goes_to_the_debugger(
    checker: InWindow, qtbot: QtBot
) -> None:
    checker.check()
    panel = checker.panel
    qtbot.mouseClick(panel.views.button(2), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.step.curve is not None, timeout=20_000)
    texts = [t.toPlainText() for t in panel.step.plot.items() if isinstance(t, pg.TextItem)]
    assert {"filters", "dense weights", "truncation", "rounding"} < set(texts)
    assert "chosen: 2e−5" in texts
    assert sum("this rule is off by" in text for text in texts) == 2
    assert panel.step.words.text().endswith("The curves are those of all 20 images.")
    columns = dict(panel.step.columns())
    np.testing.assert_array_equal(columns["step"], STEPS)
    assert panel.gradient.pictures.views == []  # nobody has seen them yet
    qtbot.mouseClick(panel.views.button(1), Qt.MouseButton.LeftButton)
    assert panel.gradient.verdicts["filters"].text().startswith("75 filter weights: ✗ wrong")
    assert panel.gradient.verdicts["dense"].text().startswith("1,728 dense weights: ✗ wrong")
    pictures = panel.gradient.pictures
    qtbot.waitExposed(pictures)
    view = pictures.views[0][0]
    spot = pictures.mapFromScene(view.mapViewToScene(QPointF(7.5, 2.5)))
    qtbot.mouseMove(pictures.viewport(), spot)
    where = "filter 2, row 3, column 2"
    qtbot.waitUntil(lambda: panel.gradient.readout.text().startswith(f"{where}: the rule has"))
    qtbot.mouseClick(pictures.viewport(), Qt.MouseButton.LeftButton, pos=spot)

    def shown() -> bool:
        debug = checker.window.frame.debug if checker.window.frame else None
        return debug is not None and debug.point is not None and debug.point.index == (1, 1, 2)

    qtbot.waitUntil(shown)
    assert checker.window.commands.debugger.panel.shown == "filter_gradient"


def test_the_debugger_and_why_name_the_wrong_operation(checker: InWindow, qtbot: QtBot) -> None:
    checker.check()
    checker.click_row("dense_gradient")
    person = Person(checker.window, qtbot)
    panel = checker.window.commands.debugger.panel
    qtbot.waitUntil(lambda: panel.shown == "dense_gradient")

    def marked() -> set[str]:
        model = panel.parts.operations.model()
        rows = (model.index(at, 0).data(ROW) for at in range(model.rowCount()))
        return {row.operation.name for row in rows if row and row.is_wrong}

    wrong = {"delta", "dense_gradient", "map_gradient", "average_over_images", "reshape"}
    qtbot.waitUntil(lambda: marked() == wrong)
    person.settle()
    person.show(WHY)
    assert "✗ The check found dense gradient wrong: dW is 20 times" in person.explanation_text()
    person.run_to("filter_gradient")
    assert "✗ It comes after what the check found wrong: δ, " in person.explanation_text()
    person.press(Qt.Key.Key_F5)  # finishes the iteration, which is still the one that was checked
    assert marked() == wrong
    person.press(Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: marked() == set())


def test_a_fault_is_trained_with_as_a_branch(checker: InWindow, qtbot: QtBot) -> None:
    panel, window = checker.panel, checker.window
    assert not panel.train.isVisible()
    names = [getattr(fault, "name", "") for fault in GALLERY]
    panel.fault.setCurrentIndex(1 + names.index("labels-shuffled"))
    assert not panel.train.isVisible()  # it is in the data, not in the rule
    window.loop.step()
    panel.fault.setCurrentIndex(1 + names.index("gradient-kept"))
    qtbot.mouseClick(panel.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.branches) == 2)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration > 2)
    assert window.frame is not None
    assert window.frame.settings.rule == FAULT_NAMED["gradient-kept"].rule
