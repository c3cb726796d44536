"""Other versions of a line: proposed in the script's names, and put in place of a statement."""

import pytest

from cnnviz.notebooks.edits import (
    EditedLines,
    as_file,
    as_it_is,
    changes_of,
    proposal,
    replaced,
    still_judged,
    with_changes,
)
from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.reader import Script, ScriptCell
from tests.notebooks.published import published
from tests.notebooks.running import departures, judged

SCRIPT = Script(
    "two.ipynb",
    (
        ScriptCell(1, "for k in range(3):\n    total = (1 +\n             k)\n    other = k"),
        ScriptCell(2, "x = 1"),
    ),
)


def test_a_statement_is_its_whole_lines_and_a_loop_its_first() -> None:
    assert as_it_is(SCRIPT, 1, 3).text == "total = (1 +\n         k)"
    assert as_it_is(SCRIPT, 1, 1).text == "for k in range(3):"


def test_other_lines_take_the_place_and_the_indentation_of_a_statement() -> None:
    changed = replaced(SCRIPT, EditedLines(1, 2, 3, "total = k\ntotal += 1\n"))
    assert changed.cell(1).source == (
        "for k in range(3):\n    total = k\n    total += 1\n    other = k"
    )
    assert changed.cell(2) == SCRIPT.cell(2)
    assert as_file(changed).startswith("# %% cell 1\nfor k in")


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(NotebookError, match="Line 2 is not Python"):
        replaced(SCRIPT, EditedLines(1, 2, 3, "total = ("))


def test_what_the_five_lines_would_have_to_be_can_be_put_in_place_one_by_one() -> None:
    judgement = judged(published())
    script, names = judgement.script, ("error_maps", "error_wrt_maps", "error_wrt_wo", "delta")
    for name in names:  # from below: the numbers of the lines above stay
        verdict = next(line for line in judgement.departing if line.name == name)
        script = replaced(script, proposal(script, verdict))
    again = judged(script.cells[0].source)
    assert [name for name, _, _ in departures(again)] == ["mean_error"]


def test_changes_are_kept_as_long_as_the_file_is_the_same() -> None:
    changed = replaced(SCRIPT, EditedLines(2, 1, 1, "x = 2"))
    kept = changes_of(SCRIPT, changed)
    assert with_changes(SCRIPT, kept) == changed
    assert with_changes(changed, kept) == changed  # another file: left as it is
    assert with_changes(SCRIPT, "broken") == SCRIPT
    assert changes_of(SCRIPT, SCRIPT) == ""


def test_verdicts_below_a_change_move_and_those_on_it_go() -> None:
    judgement = judged(published())
    first = judgement.first
    assert first is not None
    trial = EditedLines(0, first.line, first.line, "delta = 1\ndelta = 2")
    script = replaced(judgement.script, trial)
    left = still_judged(judgement, script, trial)
    assert left.first is not None
    assert left.first.name == "error_wrt_wo"
    assert left.script.cell(0).line(left.first.line).startswith("error_wrt_wo = ")
    assert not [line for line in left.lines if line.name == "delta"]
