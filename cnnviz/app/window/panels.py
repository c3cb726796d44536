"""The panels of a window; those that are slow to import are created when they are first shown."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from PySide6.QtWidgets import QWidget

from cnnviz.app.controls.panel import ControlsPanel
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.debugger.lazy_panel import LazyDebuggerPanel
from cnnviz.app.look.style import Style
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.widgets.sketch import Sketch

Panel = NetworkPanel | LossPanel | PredictionsPanel | ControlsPanel | LazyPanel


@dataclass(frozen=True, slots=True)
class Panels:
    """The panels by their contents, in the order of the menu."""

    network: NetworkPanel
    loss: LossPanel
    predictions: PredictionsPanel
    controls: ControlsPanel
    breakpoints: LazyPanel
    branches: LazyPanel
    debugger: LazyDebuggerPanel
    check: LazyPanel
    landscape: LazyPanel
    pull: LazyPanel
    lesson: LazyPanel
    compare: LazyPanel
    hunt: LazyPanel
    code: LazyPanel
    notebook: LazyPanel
    filter: LazyPanel
    drawing: LazyPanel

    @classmethod
    def made(
        cls,
        parents: Mapping[str, QWidget],
        selection: Selection,
        style: Style,
        tasks: BackgroundTasks,
    ) -> Self:
        """Make every panel.

        `parents` has a parent for each, by the panel's name; those that are created now get it at
        once, because Qt styles a whole panel again if it gets its parent afterwards.
        """
        network = NetworkPanel(selection, style, parents["network"])
        return cls(
            network,
            LossPanel(selection, style, parents["loss"]),
            PredictionsPanel(selection, style, parents["predictions"]),
            ControlsPanel(style, parents["controls"]),
            LazyPanel(lambda style: _breakpoints_panel(selection, style), style),
            LazyPanel(lambda style: _branches_panel(selection, style), style),
            LazyDebuggerPanel(selection, style, tasks),
            LazyPanel(lambda style: _check_panel(tasks, style), style),
            LazyPanel(lambda style: _landscape_panel(tasks, style), style),
            LazyPanel(lambda style: _pull_panel(selection, tasks, style), style),
            LazyPanel(lambda style: _lesson_panel(tasks, style), style),
            LazyPanel(lambda style: _compare_panel(tasks, style), style),
            LazyPanel(lambda style: _hunt_panel(tasks, style), style),
            LazyPanel(lambda style: _code_panel(tasks, style), style),
            LazyPanel(lambda style: _notebook_panel(tasks, style), style),
            LazyPanel(lambda style: _filter_panel(selection, tasks, style), style),
            LazyPanel(lambda style: _drawing_panel(network.sketch, tasks, style), style),
        )

    @property
    def by_name(self) -> dict[str, Panel]:
        """The panels by their name on the command line, in the order of the menu."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _breakpoints_panel(selection: Selection, style: Style) -> QWidget:
    from cnnviz.app.breakpoints.panel import BreakpointsPanel  # noqa: PLC0415  (slow)

    return BreakpointsPanel(selection, style)


def _branches_panel(selection: Selection, style: Style) -> QWidget:
    from cnnviz.app.branches.panel import BranchesPanel  # noqa: PLC0415  (slow)

    return BranchesPanel(selection, style)


def _check_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.check.panel import CheckPanel  # noqa: PLC0415  (slow)

    return CheckPanel(tasks, style)


def _landscape_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.landscape.panel import LandscapePanel  # noqa: PLC0415  (slow)

    return LandscapePanel(tasks, style)


def _pull_panel(selection: Selection, tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.pull.panel import PullPanel  # noqa: PLC0415  (slow)

    return PullPanel(selection, tasks, style)


def _lesson_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.lessons.panel import LessonPanel  # noqa: PLC0415  (slow)
    from cnnviz.teaching.library import answers_file  # noqa: PLC0415  (slow)

    return LessonPanel(tasks, style, answers_file())


def _compare_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.comparison.panel import ComparePanel  # noqa: PLC0415  (slow)

    return ComparePanel(tasks, style)


def _hunt_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.hunt.panel import HuntPanel  # noqa: PLC0415  (slow)

    return HuntPanel(tasks, style)


def _code_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.own_code.panel import OwnCodePanel  # noqa: PLC0415  (slow)

    return OwnCodePanel(tasks, style)


def _notebook_panel(tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.notebook.panel import NotebookPanel  # noqa: PLC0415  (slow)

    return NotebookPanel(tasks, style)


def _filter_panel(selection: Selection, tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.filter_profile.panel import FilterPanel  # noqa: PLC0415  (slow)

    return FilterPanel(selection, tasks, style)


def _drawing_panel(sketch: Sketch, tasks: BackgroundTasks, style: Style) -> QWidget:
    from cnnviz.app.drawing.panel import DrawingPanel  # noqa: PLC0415  (slow)

    return DrawingPanel(sketch, tasks, style)
