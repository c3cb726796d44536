"""A script's cells as one text, and what its lines have in a cell of the debugger."""

from cnnviz.app.notebook.source_lines import LineVerdicts, SourceLines, cell_note, verdict_text
from cnnviz.data.bundled import bundled_digits
from cnnviz.notebooks.counterpart import counterpart
from cnnviz.notebooks.reader import Script, ScriptCell
from tests.notebooks.published import published
from tests.notebooks.running import judged


def test_cells_have_headings_and_omitted_lines_are_shown_unchanged() -> None:
    cells = ScriptCell(1, "pass\nx = 1\n"), ScriptCell(3, "pass\ny = 2")
    lines = SourceLines.of(Script("two.ipynb", cells, ("cell 1, line 1: %time x",)))
    assert lines.text == "# Cell 1\n%time x\nx = 1\n# Cell 3\npass\ny = 2"
    assert lines.lines == (None, (1, 1), (1, 2), None, (3, 1), (3, 2))
    assert lines.block((3, 2)) == 5
    assert lines.block((2, 1)) is None


def test_a_line_has_its_gravest_verdict_and_an_operation_its_lines() -> None:
    judgement = judged(published())
    verdicts = LineVerdicts.of(judgement)
    first = judgement.first
    assert first is not None
    assert verdicts.departing[0] == (0, first.line)
    assert verdicts.gravest((0, first.line)) is first
    assert verdicts.gravest(None) is None
    assert (0, first.line) in verdicts.lines_of("delta")
    assert verdict_text(judgement, first).startswith(
        f"✗ Line {first.line} (δ): delta departs: missing factor.\ndelta is not carried back"
    )


def test_a_cell_of_the_debugger_has_the_scripts_number_and_the_right_one() -> None:
    judgement = judged(published())
    found = counterpart(judgement, bundled_digits())
    verdict = next(line for line in judgement.departing if line.name == "error_wrt_wo")
    assert verdict.worst is not None
    note = cell_note(judgement, [verdict], found, "dW", verdict.worst.cell)
    assert note.startswith(f"✗ script.py, line {verdict.line}: error_wrt_wo departs (sum for mean)")
    assert note.endswith("it has 0.3842 here; 0.09604 would be right.")
    without = cell_note(judgement, [verdict], None, "dW", verdict.worst.cell)
    assert without.endswith("(sum for mean).")
