"""Sets up the window for the steps of a lesson, and restores it at the end."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from cnnviz.app.look.style import Style
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.parts import Parts
from cnnviz.data.dataset import Dataset
from cnnviz.data.mnist import is_mnist
from cnnviz.data.source import MNIST
from cnnviz.numerics.tensors import LENGTHS, TENSORS
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.app.lessons.panel import LessonPanel
    from cnnviz.app.window.highlight import Highlight
    from cnnviz.teaching.lesson import CellName, Lesson, LessonStep, Situation, StepSelection

_LOW: Final = 760
"""Height of a window, in pixels, below which the loss and the panel above it do not fit."""
_ABOVE: Final = frozenset({"network", "debugger"})
_MIDDLE: Final = _ABOVE | {"loss"}
"""The panels that share the height of the window."""
_SIZED: Final = ("lesson", *sorted(_MIDDLE))
"""The panels that get their sizes back."""


class LessonCommands(QObject):
    """Sets up the states of lessons, shows their subjects, and restores the person's run."""

    began = Signal()
    """A lesson begins."""

    def __init__(self, parts: Parts, debugger: DebuggerCommands) -> None:
        super().__init__(parts.window)
        self._window, self._loop, self._docks = parts.window, parts.loop, parts.docks
        self._lazy_panel = parts.panels.lesson
        self._debugger, self._selection = debugger, parts.selection
        self._track, self._choose_workspace = parts.busy_notice.track, parts.choose_workspace
        self._frame: Frame | None = None
        self._dataset: Dataset | None = None  # the newest that was seen
        self._mnist = MNIST  # where it was found, if not in the cache
        self._panel: LessonPanel | None = None
        self._image: int | None = None  # the selection when the lesson began, if one is open
        self._opened: set[str] = set()  # panels that were closed before the lesson
        self._hidden: set[str] = set()  # panels that were open, and have been hidden for a step
        self._sizes: dict[str, QSize] = {}  # of the panels that were open when the lesson began
        self._highlights: list[Highlight] = []
        self._style = parts.style
        self._lazy_panel.made.connect(self._connect_panel)

    @property
    def panel(self) -> "LessonPanel | None":
        """The panel, if it has been made."""
        return self._panel

    @property
    def has_moved_panels(self) -> bool:
        """Whether a lesson has opened or hidden panels, which it will undo."""
        return bool(self._opened or self._hidden)

    def set_style(self, style: Style) -> None:
        """Draw highlights in a style's accent."""
        for highlight in self._highlights:
            highlight.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Remember the person's run for when a lesson begins, and where MNIST was found."""
        self._frame = frame
        if frame.dataset is not self._dataset:
            self._dataset = frame.dataset
            if is_mnist(frame.dataset):
                self._mnist = frame.branch.source

    @Slot()
    def open_file(self) -> None:
        """Ask for a lesson, and begin it in the workspace whose panels leave space for it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open lesson", "", "Lessons (*.md);;All files (*)"
        )
        if path:
            if self._docks.workspace != "teach":
                self._choose_workspace("teach")
            self._docks.bring_up("lesson")
            self._lazy_panel.panel.open_file(Path(path))

    def enter_list(self) -> None:
        """Give the keyboard to the list of lessons."""
        self._lazy_panel.panel.chooser.list.setFocus()

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

    def restore_panels(self) -> None:
        """Hide the panels that a lesson has opened, and show those that it has hidden."""
        for name in self._opened:
            self._docks[name].hide()
        moved = self.has_moved_panels
        self._hidden -= self._opened
        self._opened = set()
        self._show_hidden()
        if moved:
            self._resize(Qt.Orientation.Horizontal)

    def restore(self, text: str) -> None:
        """Open the lesson that a session kept, at its step; close the one that is open."""
        if self._panel is not None:
            self._panel.leave()
        if not text:
            return
        from cnnviz.teaching.library import bundled_folder  # noqa: PLC0415  (slow)
        from cnnviz.teaching.open_lesson import OpenLesson  # noqa: PLC0415  (slow)

        kept = OpenLesson.from_json(text)
        if kept is None:
            return
        self._docks.bring_up("lesson")
        self._lazy_panel.panel.open_file(bundled_folder() / kept.path, kept.step)
        if self._panel is not None and self._panel.lesson is not None:
            self._image = kept.image

    @Slot(object)
    def _begin(self, lesson: "Lesson") -> None:
        self._name = f"Lesson: {lesson.title}"
        if self._panel is not None:
            self._panel.laboratory.sources[MNIST] = self._mnist
        self.began.emit()
        self._loop.show_outside(None)  # no drawing in place of the images that it speaks of
        frame = self._frame
        if frame is not None and self._image is None:
            self._image = frame.image.index
            seen = [n for n in _SIZED if not self._docks[n].visibleRegion().isEmpty()]
            self._sizes = {name: self._docks[name].size() for name in seen}
            self._loop.begin_detour()

    @Slot(object, bool)
    def _show_step(self, step: "LessonStep", sets_up: bool) -> None:
        if sets_up:
            self._set_up(step.situation)
        self._show(step.view, step.situation.subset)
        self._note()

    def _set_up(self, situation: "Situation") -> None:
        from cnnviz.teaching.laboratory import settings_of  # noqa: PLC0415  (slow)

        settings = settings_of(situation)
        source = self._mnist if situation.data == MNIST else situation.data
        begin = self._loop.begin(self._name, source, settings, situation.iterations, lasting=False)
        self._expect(self._track(begin))

    def _expect(self, command: int) -> None:
        """Let the lesson wait until its state has been set up."""
        if self._panel is not None:
            self._panel.wait_for(command)

    def _show(self, view: "StepSelection", images: int) -> None:
        """Select the subject of a step, and highlight its panels."""
        from cnnviz.app.debugger.contents import LEVEL_NAMED, VIEW_NAMED  # noqa: PLC0415  (slow)
        from cnnviz.app.window.highlight import Highlight  # noqa: PLC0415  (not at the start)

        self._end_highlights()
        if view.image is not None:
            self._selection.select_image(view.image)
        if view.operation is not None:
            self._bring_up("debugger")
            self._expect(self._track(self._loop.run_to_operation(view.operation)))
            if view.cell is not None:
                self._expect(self._loop.explain(_point(view.cell, images)))
        if view.view is not None:
            self._debugger.panel.show_view(VIEW_NAMED[view.view])
            if view.view in LEVEL_NAMED:
                self._debugger.panel.show_level(LEVEL_NAMED[view.view])
        self._hide_unused(view)
        for name in view.panels:
            self._bring_up(name)
            highlight = Highlight(self._docks[name])
            highlight.set_style(self._style())
            self._highlights.append(highlight)

    def _hide_unused(self, view: "StepSelection") -> None:
        """In a low window, hide the loss if a step points at the panel above it, or vice versa."""
        pointed = _MIDDLE & {*view.panels}
        if not pointed:
            return  # it speaks of what the step before has shown
        is_low = self._window.height() < _LOW * self._style().scale
        one_of_two = pointed <= _ABOVE or pointed == _MIDDLE - _ABOVE
        unused = _MIDDLE - pointed if is_low and one_of_two else frozenset()
        if pointed <= _ABOVE:
            unused -= _ABOVE  # those two are tabs
        self._show_hidden(unless=unused)
        for name in unused:
            if not self._docks[name].isHidden():
                self._hidden.add(name)
                self._docks[name].hide()

    def _show_hidden(self, unless: Collection[str] = ()) -> None:
        shown = self._hidden.difference(unless)
        for name in shown:
            self._docks[name].show()
        self._hidden.intersection_update(unless)
        if shown:
            self._resize(Qt.Orientation.Vertical)

    def _resize(self, orientation: Qt.Orientation) -> None:
        """Give the panels the sizes that they had before the lesson."""
        docks = {name: self._docks[name] for name in self._sizes}
        names = [n for n, dock in docks.items() if not dock.isHidden() and not dock.isFloating()]
        is_height = orientation == Qt.Orientation.Vertical
        sizes = [self._sizes[n].height() if is_height else self._sizes[n].width() for n in names]
        self._window.resizeDocks([docks[name] for name in names], sizes, orientation)

    def _bring_up(self, name: str) -> None:
        if self._docks[name].isHidden() and name not in self._hidden:
            self._opened.add(name)
        self._hidden.discard(name)
        self._docks.bring_up(name)

    @Slot()
    def _leave(self) -> None:
        """Bring the person's run and panels back; the lesson's branches are deleted."""
        self._end_highlights()
        self.restore_panels()
        if self._image is not None:
            self._loop.end_detour()
            self._selection.select_image(self._image)
            self._image = None
        self._note()

    def _note(self) -> None:
        """Keep in the session which step of which lesson is open."""
        from cnnviz.teaching.library import bundled_folder  # noqa: PLC0415  (slow)
        from cnnviz.teaching.open_lesson import OpenLesson  # noqa: PLC0415  (slow)

        panel, kept = self._panel, None
        if panel is not None and (lesson := panel.lesson) is not None:
            comes_along = lesson.path.parent == bundled_folder()
            path = lesson.path.name if comes_along else str(lesson.path.absolute())
            steps = len(lesson.steps)
            kept = OpenLesson(path, lesson.title, panel.at, steps, self._image or 0)
        self._loop.note("lesson", kept.to_json() if kept else "")
        self._loop.note("doing", kept.description if kept else "")

    def _end_highlights(self) -> None:
        for highlight in self._highlights:
            highlight.end()
        self._highlights = []


def _point(cell: "CellName", images: int) -> Point:
    """Return the debugger's name of a cell, in a batch of this number of images."""
    from cnnviz.teaching.cells import index_of  # noqa: PLC0415  (slow)

    axes = TENSORS[cell.tensor].axes
    if cell.image is None and axes[-1] == "k":  # the mean over the images
        axes = axes[:-1]
    return Point(cell.tensor, index_of(cell, tuple(LENGTHS.get(axis, images) for axis in axes)))
