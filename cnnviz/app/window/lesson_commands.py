"""Carries out what the steps of a lesson ask of the window, and undoes it at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMainWindow

from cnnviz.app.debugger import contents
from cnnviz.app.look.style import Style
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.export import Export
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.docks import Docks
from cnnviz.app.window.highlight import Highlight
from cnnviz.numerics.tensors import LENGTHS, TENSORS
from cnnviz.training.debugger.view import Point
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.settings import Settings

if TYPE_CHECKING:
    from cnnviz.app.lessons.panel import LessonPanel
    from cnnviz.teaching.lesson import CellName, Lesson, Situation, Step, View

_VIEWS: Final = {
    "batch": contents.TENSORS,
    "image": contents.TENSORS,
    "cell": contents.CELL,
    "why": contents.WHY,
    "numbers": contents.NUMBERS,
}
_LEVELS: Final = {"batch": contents.BATCH, "image": contents.IMAGE}
"""The levels that show all tensors: of which images."""
_GROUP: Final = "Lesson: "
"""Begins the names of the branches that lessons set up."""


@dataclass(frozen=True, slots=True)
class _Before:
    """A person's run as it was when the lesson began."""

    branch: int
    iteration: int
    settings: Settings
    source: str
    image: int
    branches: frozenset[int]


class LessonCommands(QObject):
    """Sets up the states of lessons, shows what they speak of, and brings the run back."""

    def __init__(
        self,
        window: QMainWindow,
        loop: TrainingLoop,
        lazy_panel: LazyPanel,
        docks: Docks,
        debugger: DebuggerCommands,
        selection: Selection,
        busy_notice: BusyNotice,
        export: Callable[[Export], None],
    ) -> None:
        super().__init__(window)
        self._window, self._loop, self._lazy_panel, self._docks = window, loop, lazy_panel, docks
        self._debugger, self._selection, self._busy_notice = debugger, selection, busy_notice
        self._export = export
        self._frame: Frame | None = None
        self._panel: LessonPanel | None = None
        self._before: _Before | None = None
        self._name = ""
        self._highlights: list[Highlight] = []
        self._style: Style | None = None
        lazy_panel.made.connect(self._connect_panel)

    @property
    def panel(self) -> "LessonPanel | None":
        """The panel, if it has been made."""
        return self._panel

    def set_style(self, style: Style) -> None:
        """Draw highlights in a style's accent."""
        self._style = style
        for highlight in self._highlights:
            highlight.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Note the person's run, for when a lesson begins."""
        self._frame = frame

    @Slot()
    def open_file(self) -> None:
        """Ask for a lesson, and begin it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open lesson", "", "Lessons (*.md);;All files (*)"
        )
        if path:
            self._docks.bring_up("lesson")
            self._lazy_panel.panel.open_file(Path(path))

    def begin_named(self, name: str) -> None:
        """Begin one of the lessons that come with cnnviz."""
        from cnnviz.teaching.library import bundled_folder, lesson_files  # noqa: PLC0415  (slow)

        for path in lesson_files(bundled_folder()):
            if path.stem.endswith(name):
                self.begin_file(path)

    def begin_file(self, path: Path) -> None:
        """Begin a lesson by its file."""
        self._lazy_panel.panel.open_file(path)

    @Slot(object)
    def _connect_panel(self, panel: "LessonPanel") -> None:
        self._panel = panel
        panel.began.connect(self._begin)
        panel.step_shown.connect(self._show_step)
        panel.left.connect(self._leave)
        panel.file_requested.connect(self.open_file)
        panel.export_requested.connect(self._export)

    @Slot(object)
    def _begin(self, lesson: "Lesson") -> None:
        self._name = f"{_GROUP}{lesson.title}"
        frame = self._frame
        if frame is not None and self._before is None:
            self._before = _Before(
                frame.branch.number,
                frame.iteration,
                frame.settings,
                frame.branch.source,
                frame.image.index,
                frozenset(branch.number for branch in frame.branches),
            )

    @Slot(object, bool)
    def _show_step(self, step: "Step", sets_up: bool) -> None:
        if sets_up:
            self._set_up(step.situation)
        self._show(step.view, step.situation.subset)

    def _set_up(self, situation: "Situation") -> None:
        from cnnviz.teaching.laboratory import settings_of  # noqa: PLC0415  (slow)

        settings = settings_of(situation)
        begin = self._loop.begin(self._name, situation.data, settings, situation.iterations)
        self._expect(self._busy_notice.track(begin))

    def _expect(self, command: int) -> None:
        """Let the lesson wait until its state has been set up."""
        if self._panel is not None:
            self._panel.wait_for(command)

    def _show(self, view: "View", images: int) -> None:
        """Select what a step speaks of, and highlight its panels."""
        self._end_highlights()
        if view.image is not None:
            self._selection.select_image(view.image)
        if view.operation is not None:
            self._docks.bring_up("debugger")
            self._expect(self._busy_notice.track(self._loop.run_to_operation(view.operation)))
            if view.cell is not None:
                self._expect(self._loop.explain(_point(view.cell, images)))
        if view.view is not None:
            self._debugger.panel.show_view(_VIEWS[view.view])
            if view.view in _LEVELS:
                self._debugger.panel.show_level(_LEVELS[view.view])
        for name in view.panels:
            self._docks.bring_up(name)
            highlight = Highlight(self._docks[name])
            if self._style is not None:
                highlight.set_style(self._style)
            self._highlights.append(highlight)

    @Slot()
    def _leave(self) -> None:
        """Bring the person's run back to where it was, and remove the lesson's branches."""
        self._end_highlights()
        before, frame = self._before, self._frame
        self._before = None
        if before is None or frame is None:
            return
        loop, settings = self._loop, before.settings
        if before.branch in {branch.number for branch in frame.branches}:
            loop.switch(before.branch)
            loop.go_to(before.iteration)
            loop.change(
                subset=settings.subset,
                learning_rate=settings.learning_rate,
                rule=settings.rule,
                dtype=settings.dtype,
            )
        else:  # it had no iterations, so that nothing was kept of it
            loop.begin("", before.source, settings, 0)
        loop.delete_branches(_GROUP, before.branches)
        self._selection.select_image(before.image)

    def _end_highlights(self) -> None:
        for highlight in self._highlights:
            highlight.end()
        self._highlights = []


def _point(cell: "CellName", images: int) -> Point:
    """Return the debugger's name of a cell, in a batch of so many images."""
    from cnnviz.teaching.cells import index_of  # noqa: PLC0415  (slow)

    axes = TENSORS[cell.tensor].axes
    if cell.image is None and axes[-1] == "k":  # the mean over the images
        axes = axes[:-1]
    return Point(cell.tensor, index_of(cell, tuple(LENGTHS.get(axis, images) for axis in axes)))
