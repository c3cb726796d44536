"""Connects the panels of the Check workspace to the rest of the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.parts import Parts
from cnnviz.numerics.rule import Rule
from cnnviz.training.debugger.point import Point
from cnnviz.training.settings import Settings

if TYPE_CHECKING:
    from cnnviz.app.check.computation import Outcome
    from cnnviz.app.check.panel import CheckPanel
    from cnnviz.app.comparison.panel import ComparePanel


class CheckCommands(QObject):
    """Shows the findings of a check in the debugger."""

    def __init__(self, parts: Parts, debugger: DebuggerCommands) -> None:
        super().__init__(parts.window)
        self._debugger, self._choose_workspace = debugger, parts.choose_workspace
        self._loop, self._lazy_debugger = parts.loop, parts.panels.debugger
        parts.panels.check.made.connect(self._connect_check)
        parts.panels.compare.made.connect(self._connect_compare)

    @Slot(object)
    def _connect_check(self, panel: "CheckPanel") -> None:
        panel.cell_requested.connect(self._show_cell)
        panel.outcome_changed.connect(self._mark_operations)
        panel.training_requested.connect(self._train_fault)

    @Slot(object)
    def _train_fault(self, rule: Rule) -> None:
        """Go back to iteration 0, and train from there by a rule, which is a branch."""
        self._loop.go_to(0)
        self._loop.change(rule=rule)
        self._loop.start()

    @Slot(object)
    def _mark_operations(self, outcome: "Outcome | None") -> None:
        checks = () if outcome is None else outcome.operations
        self._lazy_debugger.mark(checks={check.name: check for check in checks})

    @Slot(object)
    def _show_cell(self, point: Point) -> None:
        self._choose_workspace("debug")
        self._debugger.explain(point)

    @Slot(object)
    def _connect_compare(self, panel: "ComparePanel") -> None:
        panel.branch_requested.connect(self._train_branch)

    @Slot(object, int)
    def _train_branch(self, settings: Settings, iterations: int) -> None:
        """Go back to iteration 0, and train from there with other settings, which is a branch."""
        self._loop.go_to(0)
        self._loop.change(
            rule=settings.rule,
            learning_rate=settings.learning_rate,
            subset=settings.subset,
            dtype=settings.dtype,
        )
        for _ in range(iterations):
            self._loop.step()
