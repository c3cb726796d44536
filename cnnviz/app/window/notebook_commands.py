"""Opens a person's notebook, and links its lines to the debugger, and its network to the run."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtWidgets import QFileDialog

from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.parts import Parts
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame
from cnnviz.training.settings import Settings

if TYPE_CHECKING:
    from cnnviz.app.debugger.panel import DebuggerPanel
    from cnnviz.app.notebook.panel import NotebookPanel
    from cnnviz.notebooks.counterpart import Counterpart
    from cnnviz.notebooks.verdicts import LineVerdict

_ENDINGS: Final = ".ipynb", ".py"
_FILE: Final = "notebook"
_CHANGES: Final = "notebook-changes"
"""The settings that keep the script that was changed last, and its changes."""
_SHARE: Final = 0.45
"""The source's share of the width beside the debugger."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """A branch to be trained."""

    name: str
    words: str
    rule: Rule


class NotebookCommands(QObject):
    """Connects the notebook panel with the window, the debugger and the training loop."""

    def __init__(self, parts: Parts, debugger: DebuggerCommands) -> None:
        super().__init__(parts.window)
        self._window, self._loop, self._docks = parts.window, parts.loop, parts.docks
        self._lazy_panel, self._lazy_debugger = parts.panels.notebook, parts.panels.debugger
        self._debugger, self._selection = debugger, parts.selection
        self._track, self._choose_workspace = parts.busy_notice.track, parts.choose_workspace
        self._store = parts.store
        self._panel: NotebookPanel | None = None
        self._to_train: deque[_Branch] = deque()
        self._awaited = 0
        self._results: list[str] = []
        self._iterations = 0
        parts.panels.notebook.made.connect(self._connect_panel)
        parts.panels.debugger.made.connect(self._connect_debugger)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Go on with the next branch once one is trained."""
        if self._awaited and frame.done >= self._awaited:
            self._awaited = 0
            self._note_result(frame)
            self._train_next()

    @Slot()
    def open_file(self) -> None:
        """Ask for a notebook or script, and show it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open notebook", "", "Notebooks and scripts (*.ipynb *.py)"
        )
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> None:
        """Show a notebook or script beside the debugger; it is not run."""
        self._choose_workspace("check")
        self._docks.bring_up("notebook")
        self._debugger.open()
        self._docks.share_width("notebook", "debugger", _SHARE)
        path = path.absolute()
        kept = self._store.value(_FILE) == str(path)
        changes = str(self._store.value(_CHANGES, "")) if kept else ""
        self._lazy_panel.panel.open_file(path, changes)

    def dropped(self, data: QMimeData) -> Path | None:
        """Return the one notebook or script that is being dropped, or None."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in _ENDINGS else None

    @Slot(object)
    def _connect_panel(self, panel: "NotebookPanel") -> None:
        self._panel = panel
        panel.open_requested.connect(self.open_file)
        panel.line_requested.connect(self._show_in_debugger)
        panel.judged.connect(self._pass_notes)
        panel.step_requested.connect(self._step_through)
        panel.train_requested.connect(self._train)
        panel.changed.connect(self._keep_changes)

    @Slot(str, str)
    def _keep_changes(self, path: str, changes: str) -> None:
        """Keep the changes of a script, so that they are there when it is opened again."""
        if changes or self._store.value(_FILE) == path:
            self._store.setValue(_FILE, path if changes else "")
            self._store.setValue(_CHANGES, changes)

    @Slot(object)
    def _connect_debugger(self, panel: "DebuggerPanel") -> None:
        panel.operation_shown.connect(self._highlight)

    @Slot(str)
    def _highlight(self, operation: str) -> None:
        if self._panel is not None:
            self._panel.highlight_operation(operation)

    @Slot()
    def _pass_notes(self) -> None:
        """Show the script's value of a number in the debugger."""
        panel = self._panel
        has_verdicts = panel is not None and panel.judgement is not None
        self._lazy_debugger.mark(code=self._note if has_verdicts else None)

    def _note(self, point: Point) -> str:
        """Return the script's value of a cell of the debugger, in words; empty if it has none."""
        panel = self._panel
        operation = TENSORS[point.tensor].written_by
        return "" if panel is None or not operation else panel.note(operation, point)

    @Slot(object)
    def _show_in_debugger(self, verdict: "LineVerdict") -> None:
        """Show the operation that a line carries out, at the cell where it is off most."""
        if (point := self._point_of(verdict)) is not None:
            self._debugger.explain(point)

    def _point_of(self, verdict: "LineVerdict") -> Point | None:
        """Return the debugger's cell for a line, and select its image."""
        from cnnviz.notebooks.cell_mapping import tensor_of  # noqa: PLC0415  (slow)

        found = self._counterpart
        cell = found.cell_of(verdict) if found is not None else None
        if cell is None:
            tensor = tensor_of(verdict)
            return Point(tensor, ()) if tensor else None
        tensor, index = cell
        axis = TENSORS[tensor].image_axis(len(index))
        if axis is not None:
            self._selection.select_image(index[axis])
        return Point(tensor, index)

    @Slot()
    def _step_through(self) -> None:
        """Begin a branch with the script's numbers, and go to its first departure."""
        panel, found = self._panel, self._counterpart
        if panel is None or panel.script is None or found is None:
            return
        self._begin(_Branch(panel.script.name, "", found.rule), found, 0)
        self._debugger.open()
        first = panel.judgement.first if panel.judgement else None
        point = self._point_of(first) if first is not None else None
        self._track(self._loop.run_to_operation((first and first.operation) or "patches"))
        if point is not None and first is not None and first.operation:
            self._debugger.panel.show_number(point, first.operation)
            self._loop.explain(point)

    @Slot(int)
    def _train(self, iterations: int) -> None:
        panel, found = self._panel, self._counterpart
        if panel is None or panel.script is None or found is None:
            return
        name = panel.script.name
        self._iterations, self._results = iterations, []
        self._to_train = deque(
            [
                _Branch(f"exact rule from {name}", "the exact rule", EXACT),
                _Branch(name, "the script's rule", found.rule),
            ]
        )
        panel.training.show_result("Training …")
        self._docks.bring_up("loss")
        self._train_next()

    def _train_next(self) -> None:
        found = self._counterpart
        if not self._to_train or found is None:
            return
        self._awaited = self._begin(self._to_train[0], found, self._iterations)

    def _begin(self, branch: _Branch, found: "Counterpart", iterations: int) -> int:
        """Begin a branch of a rule where the script begins; return the command's number."""
        outcome = self._panel.outcome if self._panel is not None else None
        source = outcome.source if outcome is not None else ""
        settings = Settings(
            subset=found.subset,
            learning_rate=found.learning_rate,
            rule=branch.rule,
            seed=found.seed,
        )
        begun = self._loop.begin(branch.name, source, settings, iterations, found.parameters)
        return self._track(begun)

    def _note_result(self, frame: Frame) -> None:
        """Keep the result of a branch, and show both once both are trained."""
        if not self._to_train:
            return
        branch = self._to_train.popleft()
        if frame.branch.name != branch.name:  # the person has gone on to something else
            self._to_train.clear()
            if self._panel is not None:
                self._panel.training.show_result("Training was stopped before its end.")
            return
        self._selection.draw_branch(frame.branch.number, drawn=True)
        last_loss = float(frame.curve.loss[frame.iteration])
        self._results.append(
            f"after {frame.iteration:,} iterations, {branch.words} has the loss "
            f"{plain(last_loss, 3)}"
        )
        if not self._to_train and self._panel is not None:
            text = "; ".join(self._results)
            self._panel.training.show_result(f"{text[0].upper()}{text[1:]}.")

    @property
    def _counterpart(self) -> "Counterpart | None":
        panel = self._panel
        return panel.outcome.counterpart if panel is not None and panel.outcome else None
