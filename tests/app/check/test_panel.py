"""The Check panel in the window: verdicts, faults, what is stale, and the way to the debugger."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.check.model import CheckColumn
from cnnviz.app.check.panel import CheckPanel
from cnnviz.app.debugger.contents import WHY
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.checking.case import GALLERY
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.checking.step_curve import STEPS
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from tests.app.person import Person
from tests.app.toolbar import at, click

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = [operation.name for operation in OPERATIONS]


class Checker:
    """Someone at the Check panel."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        window.resize(1440, 900)
        qtbot.keyClick(window, "3", CONTROL)
        self.panel: CheckPanel = window.panels["check"].panel  # type: ignore[attr-defined]
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


@pytest.fixture
def checker(window: MainWindow, qtbot: QtBot) -> Checker:
    return Checker(window, qtbot)


def test_the_notebook_s_departures_are_named(checker: Checker) -> None:
    checker.check()
    wrong = {"delta", "dense_gradient", "map_gradient", "average_over_images", "reshape"}
    assert checker.wrong() == wrong
    assert checker.panel.verdict.text().startswith("✗ These 5 are wrong: δ, dense gradient")
    assert checker.cell("dense_gradient", CheckColumn.KIND) == "sum for mean"
    assert "20 times too large" in checker.cell("dense_gradient", CheckColumn.FINDING)
    assert checker.cell("filter_gradient", CheckColumn.VERDICT) == "– not judged"


def test_the_exact_rule_is_right_and_the_symmetries_say_so(checker: Checker, qtbot: QtBot) -> None:
    panel = checker.panel
    for rule, sign in ((NOTEBOOK, "✗ not 0"), (EXACT, "✓ 0 to within rounding")):
        checker.window.loop.change(rule=rule)
        qtbot.waitUntil(lambda rule=rule: panel._frame.settings.rule == rule)  # type: ignore[union-attr]
        checker.check()
        qtbot.mouseClick(panel.views.button(3), Qt.MouseButton.LeftButton)
        assert panel.symmetries.sums.text().count(sign) == 3
    assert checker.wrong() == set()
    assert panel.verdict.text() == "✓ Everything is right: this backward pass is the gradient."
    assert "z is standardised" in panel.symmetries.why.text()


def test_a_fault_that_is_put_in_on_purpose_says_so(checker: Checker, qtbot: QtBot) -> None:
    fault = GALLERY[0]
    box = checker.panel.fault
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == fault
    checker.check()
    assert checker.wrong() == {fault.operation}
    assert checker.panel.subject.text().startswith(f"Put in on purpose: fault in δ: {fault.title}.")
    box.setCurrentIndex(1 + next(i for i, f in enumerate(GALLERY) if f.name == "filters-equal"))
    checker.check()
    assert checker.wrong() == set()
    assert checker.panel.verdict.text() == "✗ This is wrong: filters."


def test_a_result_of_another_state_is_stale(checker: Checker, qtbot: QtBot) -> None:
    checker.check()
    panel = checker.panel
    assert panel.task.start.text() == "Check"
    assert panel.subject.text() == (
        "Iteration 0 of “notebook, η 15, n 20”, notebook rule, η = 15, 20 images, float64."
    )
    click(qtbot, checker.window, "step")
    qtbot.waitUntil(at(checker.window, 1))
    assert panel.task.start.text() == "Check again"
    assert panel.subject.text().endswith("float64. The run is elsewhere now.")
    click(qtbot, checker.window, "back")
    qtbot.waitUntil(at(checker.window, 0))
    assert panel.task.start.text() == "Check"
    checker.window.loop.change(rule=EXACT)
    qtbot.waitUntil(lambda: panel.task.start.text() == "Check again")
    checker.check()
    assert checker.wrong() == set()


def test_a_click_shows_the_worst_cell_in_the_debugger(checker: Checker, qtbot: QtBot) -> None:
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
    assert checker.window.debugger_commands.panel.shown == "map_gradient"
    assert checker.window.workspaces.actions["debug"].isChecked()


def test_cancelling_keeps_the_result_before(checker: Checker, qtbot: QtBot) -> None:
    checker.check()
    before = checker.panel.outcome
    checker.window.loop.change(subset=1000)
    qtbot.waitUntil(lambda: checker.panel.is_stale)
    qtbot.mouseClick(checker.panel.task.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(checker.panel.task.cancel, Qt.MouseButton.LeftButton)
    assert not checker.panel.task.cancel.isVisible()
    assert checker.panel.task.start.isEnabled()
    assert not checker.window.tasks.is_busy("check")
    assert checker.panel.outcome is before


def test_the_step_size_has_its_curve_and_a_click_on_the_gradient_goes_to_the_debugger(
    checker: Checker, qtbot: QtBot
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
    columns = dict(panel.step._columns())
    np.testing.assert_array_equal(columns["step"], STEPS)
    qtbot.mouseClick(panel.views.button(1), Qt.MouseButton.LeftButton)
    assert panel.gradient.verdicts["filters"].text().startswith("75 filter weights: ✗ wrong")
    assert panel.gradient.verdicts["dense"].text().startswith("1,728 dense weights: ✗ wrong")
    pictures = panel.gradient.pictures
    qtbot.waitExposed(pictures)
    view = next(iter(panel.gradient._shown))
    spot = pictures.mapFromScene(view.mapViewToScene(QPointF(7.5, 2.5)))
    qtbot.mouseMove(pictures.viewport(), spot)
    where = "filter 2, row 3, column 2"
    qtbot.waitUntil(lambda: panel.gradient.readout.text().startswith(f"{where}: the rule has"))
    qtbot.mouseClick(pictures.viewport(), Qt.MouseButton.LeftButton, pos=spot)

    def shown() -> bool:
        debug = checker.window.frame.debug if checker.window.frame else None
        return debug is not None and debug.point is not None and debug.point.index == (1, 1, 2)

    qtbot.waitUntil(shown)
    assert checker.window.debugger_commands.panel.shown == "filter_gradient"


def test_the_debugger_marks_what_is_wrong_and_why_speaks_of_it(
    checker: Checker, qtbot: QtBot
) -> None:
    checker.check()
    checker.click_row("dense_gradient")
    person = Person(checker.window, qtbot)
    panel = checker.window.debugger_commands.panel
    qtbot.waitUntil(lambda: panel.shown == "dense_gradient")

    def marked() -> set[str]:
        rows = panel.parts.operations._model._rows
        return {row.operation.name for row in rows if row.is_wrong}

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


def test_a_fault_is_trained_with_as_a_branch(checker: Checker, qtbot: QtBot) -> None:
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
