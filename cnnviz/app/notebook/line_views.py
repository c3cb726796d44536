"""The views beneath a script: the verdict on a line, another version of it, and its training."""

from dataclasses import replace

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.notebook.comparison_view import ComparisonView, upright
from cnnviz.app.notebook.source_lines import Line, LineVerdicts, verdict_text
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.code_editor import CodeEditor
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.labels import selectable_label, text_label
from cnnviz.notebooks.counterpart import Counterpart
from cnnviz.notebooks.edits import EditedLines, as_it_is, proposal
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.verdicts import ScriptJudgement
from cnnviz.numerics.number_format import plain

_MOST_ITERATIONS = 100_000
_UNJUDGED = "This line has not been judged: it assigns no array that was recorded."
_NOT_RUN = "Run a script, and each line that is understood gets a verdict in the margin."


class VerdictView(QWidget):
    """The verdicts on one line."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.text = selectable_label("Verdict on the line")
        self.comparison = ComparisonView(style)
        box = QVBoxLayout(self)
        fill_box(box, self.text, self.comparison, None, spacing=GRID // 2)
        self.show_line(None, LineVerdicts(), None)

    def show_line(
        self,
        judgement: ScriptJudgement | None,
        verdicts: LineVerdicts,
        line: Line | None,
        *,
        is_sideways: bool = False,
    ) -> None:
        """Show the verdict on a line; pictures that are transposed in arrays are drawn upright."""
        found = verdicts.by_line.get(line, ()) if line is not None else ()
        if judgement is None:
            self.text.setText(_NOT_RUN)
        elif not found:
            self.text.setText(_UNJUDGED if line is not None else "")
        else:
            self.text.setText("\n\n".join(verdict_text(judgement, v) for v in found))
        first = next((v for v in found if v.comparison is not None), None)
        if first is None or first.comparison is None:
            self.comparison.show_comparison(None, "")
            return
        shown = upright(first.comparison) if is_sideways else first.comparison
        self.comparison.show_comparison(shown, first.name)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.comparison.set_style(style)


class TrialView(QWidget):
    """Another version of a line: proposed, typed, and put into the script."""

    applied = Signal(object)
    """Carries the `EditedLines` that is to replace lines of the script."""
    reverted = Signal()
    """The script is to be as in its file again."""
    save_requested = Signal()
    """The script is to be saved, as it is now, to another file."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.about = text_label()
        self.editor = CodeEditor(style)
        self.editor.setAccessibleName("Another version of the line")
        self.editor.setMinimumSize(QSize(20 * GRID, 6 * GRID))
        self.problem = selectable_label("Why it cannot be used")
        tip = "Change the script that is run, not your file"
        self.apply = tab_button("Use this", tip, self._apply)
        tip = "Undo all changes of the script"
        self.revert = tab_button("Back to the file", tip, self.reverted.emit)
        tip = "Save the changed script as a new file"
        self.save = tab_button("Save…", tip, self.save_requested.emit)
        buttons = flow_row(self.apply, self.revert, self.save)
        box = QVBoxLayout(self)
        parts = self.about, self.editor, self.problem, buttons
        fill_box(box, *parts, stretched=self.editor, spacing=GRID // 2)
        self.problem.hide()
        self._trial: EditedLines | None = None
        self.show_line(None, LineVerdicts(), None)
        self.show_changed(changed=False)

    def show_line(self, script: Script | None, verdicts: LineVerdicts, line: Line | None) -> None:
        """Propose a version of a line: the one that its verdict suggests, or the line itself."""
        self.show_problem("")
        self.apply.setEnabled(script is not None and line is not None)
        if script is None or line is None:
            self._trial = None
            self.about.setText("Choose a line to try another version of it.")
            self.editor.setPlainText("")
            return
        cell, number = line
        now = as_it_is(script, cell, number)
        verdict = next((v for v in verdicts.by_line.get(line, ()) if v.suggestion), None)
        self._trial = now if verdict is None else proposal(script, verdict)
        if verdict is None:
            about = "Change the line, and run it again."
        elif self._trial == now:
            about = f"To be right: {verdict.suggestion}. Change it here, and run it again."
        else:
            about = "This would be right. Use it, or type another version, and run it again."
        where = script.cell(cell).line_name(self._trial.first)
        if self._trial.last > self._trial.first:
            where = f"{where.replace('line', 'lines')} to {self._trial.last}"
        self.about.setText(f"{where[0].upper()}{where[1:]}. {about}")
        self.editor.setPlainText(self._trial.text)

    def show_problem(self, sentence: str) -> None:
        """Show why a version cannot be used; nothing if it can."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def show_changed(self, *, changed: bool) -> None:
        """Show whether the script differs from its file."""
        self.revert.setEnabled(changed)
        self.save.setEnabled(changed)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.editor.set_style(style)

    @Slot()
    def _apply(self) -> None:
        if self._trial is not None:
            self.applied.emit(replace(self._trial, text=self.editor.toPlainText()))


class TrainingView(QWidget):
    """Trains the program's own network that computes the same, beside the exact rule."""

    step_requested = Signal()
    """The network is to be stepped through in the debugger."""
    train_requested = Signal(int)
    """It is to be trained beside the exact rule; carries the number of iterations."""

    def __init__(self) -> None:
        super().__init__()
        self.about = selectable_label("Whether cnnviz can train it")
        tip = "Begin a branch with its own numbers in the debugger"
        self.step = tab_button("Step through it", tip, self.step_requested.emit)
        self.iterations = IntegerBox(
            "Iterations to train",
            "How many iterations the script is trained",
            (1, _MOST_ITERATIONS),
            100,
            suffix=" iterations",
        )
        self.train = tab_button(
            "Train beside the exact rule",
            "Two branches from the script's first parameters: by its rule, and by the exact one",
            lambda: self.train_requested.emit(self.iterations.value()),
        )
        row = flow_row(self.step, self.iterations, self.train)
        self.result = selectable_label("The outcome of training")
        fill_box(QVBoxLayout(self), self.about, row, self.result, None, spacing=GRID)
        self.show_counterpart(None, "")

    def show_result(self, text: str) -> None:
        """Show what training came to."""
        self.result.setText(text)

    def show_counterpart(self, found: Counterpart | None, refusal: str) -> None:
        """Show the network that is trained, or why none is."""
        self.result.clear()
        for part in (self.step, self.iterations, self.train):
            part.setEnabled(found is not None)
        if found is None:
            self.about.setText(refusal or "Run it first.")
            return
        start = (
            f"the parameters of seed {found.seed}"
            if found.parameters is None
            else "its own first parameters"
        )
        self.about.setText(
            f"cnnviz trains the same network: the rule “{found.rule.title}”, "
            f"η = {plain(found.learning_rate)}, {found.subset:,} images, from {start}. After one "
            "iteration, its parameters are the script's to within "
            f"{plain(max(found.deviation, 1e-16), 1)} of the largest step."
        )
