"""Try another line in a script: what is proposed for a line, and the script with it in place."""

import ast
from dataclasses import replace
from typing import Final

from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.reader import Cell, Script, with_source
from cnnviz.notebooks.verdicts import Judgement, LineVerdict

_AFTER: Final = "after it: "


def statement_lines(cell: Cell, line: int) -> tuple[int, int]:
    """Return the first and last line of the innermost statement that a line belongs to.

    A statement that holds others, such as a loop, counts as its first line alone.
    """
    try:
        tree = ast.parse(cell.source)
    except (SyntaxError, ValueError, RecursionError):
        return line, line
    found = line, line
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or hasattr(node, "body"):
            continue
        last = node.end_lineno or node.lineno
        if node.lineno <= line <= last:
            found = node.lineno, last
    return found


def statement_text(script: Script, cell: int, line: int) -> str:
    """Return the whole lines of the statement at a line, without their indentation."""
    source = script.cell(cell).source.splitlines()
    first, last = statement_lines(script.cell(cell), line)
    lines = source[first - 1 : last]
    indent = _indent(lines[0]) if lines else ""
    return "\n".join(text.removeprefix(indent) for text in lines)


def proposal(script: Script, verdict: LineVerdict) -> str:
    """Return the statement that a verdict's suggestion makes of a line; the line itself if none.

    A suggestion in words is for the person to carry out.
    """
    text = statement_text(script, verdict.cell, verdict.line)
    suggested = verdict.suggestion
    if suggested.startswith(_AFTER):
        return f"{text}\n{suggested.removeprefix(_AFTER)}"
    return suggested if is_assignment(suggested) else text


def is_assignment(text: str) -> bool:
    """Return whether a text is an assignment in Python, and not a sentence."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(statements) == 1 and isinstance(statements[0], ast.Assign)


def replaced(script: Script, cell: int, line: int, text: str) -> Script:
    """Return the script with other lines in place of the statement at a line.

    The lines get the statement's indentation; there may be more or fewer of them.

    Raises
    ------
    NotebookError
        If the cell would be no Python; says why.
    """
    before = script.cell(cell)
    lines = before.source.split("\n")
    first, last = statement_lines(before, line)
    indent = _indent(lines[first - 1])
    new = [f"{indent}{one}" if one.strip() else one for one in text.rstrip().split("\n")]
    after = with_source(before, "\n".join([*lines[: first - 1], *new, *lines[last:]]))
    if after.problem and not before.problem:
        raise NotebookError(after.problem)
    cells = tuple(after if one.number == cell else one for one in script.cells)
    return replace(script, cells=cells)


def still_judged(judgement: Judgement, script: Script, cell: int, line: int) -> Judgement:
    """Return a judgement without the verdicts on a statement that was replaced, for the new script.

    The lines below it have moved; those that the statement was, or now is, are yet to be judged.
    """
    first, last = statement_lines(judgement.script.cell(cell), line)
    before, after = (one.cell(cell).source.count("\n") for one in (judgement.script, script))

    def moved(verdict: LineVerdict) -> LineVerdict | None:
        if verdict.cell != cell or verdict.line < first:
            return verdict
        return replace(verdict, line=verdict.line + after - before) if verdict.line > last else None

    lines = tuple(found for verdict in judgement.lines if (found := moved(verdict)) is not None)
    departing = next((verdict for verdict in lines if verdict.verdict == "departs"), None)
    return replace(judgement, script=script, lines=lines, first=departing)


def as_file(script: Script) -> str:
    """Return a script as one file of Python, its cells one after the other."""
    parts = [
        f"# %% cell {cell.number}\n{cell.source}" if cell.number else cell.source
        for cell in script.cells
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
