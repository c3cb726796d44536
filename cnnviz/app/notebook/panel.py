"""The Notebook panel: a person's script, its verdicts, and changes to try."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.notebook.line_views import TrainingView, TrialView, VerdictView
from cnnviz.app.notebook.output_view import OutputView
from cnnviz.app.notebook.run import JudgedRun, ScriptRun
from cnnviz.app.notebook.run_row import RunRow
from cnnviz.app.notebook.source_lines import Line, LineVerdicts, cell_note
from cnnviz.app.notebook.source_view import SourceView
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.labels import selectable_label, text_label
from cnnviz.app.widgets.save_dialog import SOURCE, WEB_PAGE
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.splitter import made_splitter
from cnnviz.notebooks.edits import (
    EditedLines,
    as_file,
    changes_of,
    replaced,
    still_judged,
    with_changes,
)
from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.page import as_page
from cnnviz.notebooks.reader import Script, read_script
from cnnviz.notebooks.report import NOT_JUDGED, headline, reason, status
from cnnviz.notebooks.verdicts import ScriptJudgement
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame

RIGHTS: Final = (
    "Run script executes this code with your rights. Its process has limits on time and memory, "
    "which guard against accidents, not against malice: run only what you trust."
)
_HINT: Final = (
    "Open a notebook (.ipynb) or script (.py) of a network like this one, or drop it on the "
    "window. Nothing of it is run until you press Run script."
)
_KIND: Final = "notebook"
_READING: Final = "reading of a notebook"
"""The run, and the reading, among the background tasks."""
_VIEWS: Final = (
    Segment("Verdict", "what is known of the chosen line"),
    Segment("Try", "another version of the chosen line"),
    Segment("Train", "the same network, trained beside the exact rule"),
    Segment("Output", "what the script has printed"),
)
VERDICT, TRY, TRAIN, OUTPUT = range(4)


class NotebookPanel(QWidget):
    """Shows a script, runs it when "Run script" is pressed, and shows its mistakes."""

    open_requested = Signal()
    """The choice of a file is requested."""
    line_requested = Signal(object)
    """A line was clicked that carries out an operation; carries its gravest `LineVerdict`."""
    judged = Signal()
    """There is another judgement, or none any longer."""
    step_requested = Signal()
    train_requested = Signal(int)
    """See `TrainingView`."""
    changed = Signal(str, str)
    """Carries the path of the file, and the changes of its script, to be kept; often empty."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._tasks = tasks
        self._frame: Frame | None = None
        self._path: Path | None = None
        self._in_file: Script | None = None
        self.script: Script | None = None
        self.judgement: ScriptJudgement | None = None
        self.outcome: JudgedRun | None = None
        self.verdicts = LineVerdicts()
        self._operation = ""
        self._create(style)
        self._lay_out()
        self._connect()
        self._enable()
        self._show_judgement(None)
        self.set_style(style)

    def show_frame(self, frame: Frame) -> None:
        """Keep a frame: scripts load its data."""
        self._frame = frame

    def open_file(self, path: Path, changes: str = "") -> None:
        """Read and show a notebook or script, with the changes that were kept; it is not run."""
        self._tasks.start(
            _READING, lambda _: _read(path), lambda read: self._show_file(path, read, changes)
        )

    def _show_file(self, path: Path, script: Script | str, changes: str) -> None:
        if isinstance(script, str):
            self.headline.setText(script)
            return
        self._cancel_run()
        self._path, self._in_file = path, script
        self.output.show_text("")
        self.rights.setText(RIGHTS)
        changed = with_changes(script, changes) if changes else script
        self._show_script(changed)
        self._forget_verdicts()
        note = "" if changed == script else " It is shown with your earlier changes."
        self.headline.setText(f"{script.name} has not been run.{note}")
        self._show_view(VERDICT)

    def highlight_operation(self, operation: str) -> None:
        """Mark the lines that carry out an operation."""
        self._operation = operation
        self.source.highlight(self.verdicts.lines_of(operation))

    def note(self, operation: str, point: Point) -> str:
        """Return the script's value of a cell of the debugger, in words; empty if it has none."""
        verdicts = self.verdicts.by_operation.get(operation, ())
        if self.judgement is None or not verdicts:
            return ""
        found = self.outcome.counterpart if self.outcome else None
        return cell_note(self.judgement, verdicts, found, point.tensor, point.index)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        for view in (self.source, self.verdict, self.trial, self.output, self.views):
            view.set_style(style)
        self.views.setFixedHeight(round(3 * GRID * style.scale))

    def sizeHint(self) -> QSize:
        """Return a size that shows the source."""
        return QSize(64 * GRID, 80 * GRID)

    @Slot()
    def run(self) -> None:
        """Run the script as it is shown."""
        if self.script is None or self._path is None or self._frame is None or self.running.run:
            return
        source = self._frame.branch.source
        run = ScriptRun(
            self.script, self._path.parent, source, self._frame.dataset, self.output.python
        )
        self.running.begin(run)
        self._enable()
        self.output.show_text("")
        self.headline.setText(f"{self.script.name} is running.")
        self._tasks.start(
            _KIND, run, self._show_outcome, on_error=self._show_error, on_cancel=run.kill
        )

    @Slot(object)
    def _show_outcome(self, outcome: JudgedRun) -> None:
        if self.running.run is not None:
            self.output.show_text(self.running.run.output)
        self._end_run()
        self.outcome = outcome
        self._show_judgement(outcome.judgement)
        self.training.show_counterpart(outcome.counterpart, outcome.refusal)
        judgement = outcome.judgement
        conclusion = reason(judgement) if status(judgement) == NOT_JUDGED else headline(judgement)
        if judgement.stopped and judgement.stopped not in conclusion:
            conclusion += f" It did not come to its end. {judgement.stopped}"
        self.headline.setText(conclusion)
        self.output.show_text("\n".join([*judgement.notes, self.output.text.toPlainText()]).strip())
        if self.verdicts.departing:
            self.source.go_to(self.verdicts.departing[0])
            self._show_view(VERDICT)
        self._show_line(self.source.line)

    @Slot(str)
    def _show_error(self, sentence: str) -> None:
        self._end_run()
        self.headline.setText(sentence)

    def _end_run(self) -> None:
        self.running.end()
        self._enable()

    def _cancel_run(self) -> None:
        """Cancel a run whose result is no longer needed."""
        if self.running.run is not None:
            self._tasks.cancel(_KIND)
            self._end_run()

    def _show_script(self, script: Script) -> None:
        self.script = script
        self.source.show_script(script)
        self.trial.show_changed(changed=script != self._in_file)
        if self._in_file is not None:
            self.changed.emit(str(self._path), changes_of(self._in_file, script))
        self._enable()

    def _forget_verdicts(self) -> None:
        self.outcome = None
        self._show_judgement(None)
        self.training.show_counterpart(None, "")
        self._show_line(self.source.line)

    def _show_judgement(self, judgement: ScriptJudgement | None) -> None:
        self.judgement, self.verdicts = judgement, LineVerdicts.of(judgement)
        self.source.show_verdicts(self.verdicts)
        self.source.highlight(self.verdicts.lines_of(self._operation))
        for button in (self.previous, self.next):
            button.setEnabled(bool(self.verdicts.departing))
        self.report.setEnabled(self.outcome is not None)  # not of lines that have not run
        self.run_button.setText("Run script" if judgement is None else "Run script again")
        self.judged.emit()

    @Slot(object, bool)
    def _choose_line(self, line: Line, shown_elsewhere: bool) -> None:
        self._show_line(line)
        verdict = self.verdicts.gravest(line)
        if shown_elsewhere and verdict is not None and verdict.operation:
            self.line_requested.emit(verdict)

    def _show_line(self, line: Line | None) -> None:
        found = self.outcome.counterpart if self.outcome else None
        is_sideways = found is not None and not found.is_transposed
        self.verdict.show_line(self.judgement, self.verdicts, line, is_sideways=is_sideways)
        self.trial.show_line(self.script, self.verdicts, line)

    @Slot(object)
    def _apply(self, trial: EditedLines) -> None:
        if self.script is None or self.running.run is not None:
            return
        try:
            script = replaced(self.script, trial)
        except NotebookError as error:
            self.trial.show_problem(str(error))
            return
        judgement = self.judgement and still_judged(self.judgement, script, trial)
        self.outcome = None
        self._show_script(script)
        self._show_judgement(judgement)
        self.training.show_counterpart(None, "It has been changed: run the script again.")
        self.headline.setText(
            f"{script.name} has been changed here, not in its file: run it again."
        )
        self.source.go_to((trial.cell, trial.first))
        self._show_line(self.source.line)

    @Slot()
    def _revert(self) -> None:
        if self._in_file is not None and self.running.run is None:
            self._show_script(self._in_file)
            self._forget_verdicts()
            self.headline.setText(f"{self._in_file.name} is as in its file: run it again.")

    @Slot()
    def _save(self) -> None:
        if self.script is not None and self._path is not None:
            content = as_file(self.script).encode()
            request_export(self, Export(f"{self._path.stem}-changed", {SOURCE: lambda: content}))

    @Slot()
    def _report(self) -> None:
        if self.judgement is not None and self._path is not None:
            judgement = self.judgement
            page = {WEB_PAGE: lambda: as_page(judgement).encode()}
            request_export(self, Export(f"{self._path.stem}-report", page))

    def _go_to_departing(self, step: int) -> None:
        """Go to the next line that departs, or the one before, and round to the other end."""
        lines, here = self.verdicts.departing, self.source.line or (0, 0)
        if not lines:
            return
        later = [line for line in lines if line > here]
        before = [line for line in lines if line < here]
        line = (later or lines)[0] if step > 0 else (before or lines)[-1]
        self.source.go_to(line)
        self._choose_line(line, True)

    @Slot(int)
    def _show_view(self, view: int) -> None:
        self.views.choose(view)
        self.stack.setCurrentIndex(view)

    def _enable(self) -> None:
        """Enable the controls that are possible now."""
        is_running = self.running.run is not None
        self.run_button.setEnabled(self.script is not None and not is_running)
        self.trial.setEnabled(not is_running)
        self.rights.setVisible(self.script is not None)

    def _create(self, style: Style) -> None:
        tip = "Open a notebook or script; it is not run"
        self.open_button = tab_button("Open…", tip, self.open_requested.emit)
        tip = "Run the whole script with your rights, and judge each of its lines"
        self.run_button = tab_button("Run script", tip, self.run)
        self.running = RunRow(lambda: self._tasks.is_busy(_KIND))
        self.rights = text_label(RIGHTS, look="muted")
        self.headline = selectable_label("Outcome of the run", _HINT)
        go = self._go_to_departing
        tip = "Go to the wrong line before this one"
        self.previous = tab_button("◂ Previous", tip, partial(go, -1))
        self.next = tab_button("Next wrong line ▸", "Go to the next wrong line", partial(go, 1))
        tip = "Save a page with the source, the verdicts and their pictures"
        self.report = tab_button("Report…", tip, self._report)
        self.source = SourceView(style)
        self.views = SegmentedControl("Beneath the source", _VIEWS, style)
        self.verdict, self.trial = VerdictView(style), TrialView(style)
        self.training = TrainingView()
        self.output = OutputView()
        self.stack = QStackedWidget()
        for view in (scrolled(self.verdict), self.trial, scrolled(self.training), self.output):
            self.stack.addWidget(view)

    def _lay_out(self) -> None:
        steps = self.previous, self.next
        buttons = flow_row(self.open_button, self.run_button, *steps, self.report)
        below = QWidget()
        fill_box(
            QVBoxLayout(below), self.views, self.stack, stretched=self.stack, spacing=GRID // 2
        )
        names = "the source and the views beneath it"
        split = made_splitter(Qt.Orientation.Vertical, names, self.source, below)
        for at, share in enumerate((3, 2)):
            split.setStretchFactor(at, share)
        column = QVBoxLayout(self)
        parts = self.rights, buttons, self.running, self.headline, split
        margins = GRID, 0, GRID, GRID // 2
        fill_box(column, *parts, stretched=split, spacing=GRID // 2, margins=margins)

    def _connect(self) -> None:
        self.running.printed.connect(self.output.show_text)
        self.source.line_chosen.connect(self._choose_line)
        self.views.chosen.connect(self._show_view)
        self.trial.applied.connect(self._apply)
        self.trial.reverted.connect(self._revert)
        self.trial.save_requested.connect(self._save)
        self.training.step_requested.connect(self.step_requested)
        self.training.train_requested.connect(self.train_requested)


def _read(path: Path) -> Script | str:
    """Read a script, or return in one sentence why it cannot be read."""
    try:
        return read_script(path)
    except NotebookError as error:
        return str(error)
