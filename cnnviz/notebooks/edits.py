"""Edits of a script's lines: the suggestion for a line, and the script with it in place."""

import ast
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Final

from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.reader import Script, ScriptCell, with_source
from cnnviz.notebooks.verdicts import LineVerdict, ScriptJudgement

_AFTER: Final = "after it: "


def statement_lines(cell: ScriptCell, line: int) -> tuple[int, int]:
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


@dataclass(frozen=True, slots=True)
class EditedLines:
    """Another version of some lines of a cell."""

    cell: int
    first: int
    last: int
    """cell, first, last: the lines, counted from 1, whose place it takes."""
    text: str
    """Their text without the indentation that all of them share."""


def as_it_is(script: Script, cell: int, line: int) -> EditedLines:
    """Return the whole lines of the statement at a line, as they are."""
    first, last = statement_lines(script.cell(cell), line)
    return EditedLines(cell, first, last, _lines(script, cell, first, last))


def proposal(script: Script, verdict: LineVerdict) -> EditedLines:
    """Return a line with a verdict's suggestion carried out; the line itself if it is in words.

    Those are for the person to carry out; only a line that is to be moved is moved.
    """
    now = as_it_is(script, verdict.cell, verdict.line)
    suggested = verdict.suggestion
    if suggested.startswith(_AFTER):
        return replace(now, text=f"{now.text}\n{suggested.removeprefix(_AFTER)}")
    if is_assignment(suggested):
        return replace(now, text=suggested)
    if verdict.move_before is not None and verdict.move_before[0] == verdict.cell:
        target = as_it_is(script, *verdict.move_before)
        if target.last < now.first and _indent_of(script, target) == _indent_of(script, now):
            between = _lines(script, now.cell, target.first, now.first - 1)
            return EditedLines(now.cell, target.first, now.last, f"{now.text}\n{between}")
    return now


def is_assignment(text: str) -> bool:
    """Return whether a text is an assignment in Python, and not a sentence."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(statements) == 1 and isinstance(statements[0], ast.Assign)


def replaced(script: Script, trial: EditedLines) -> Script:
    """Return the script with other lines in place; they get the indentation of the first.

    Raises NotebookError if the cell would not be Python; says why.
    """
    before = script.cell(trial.cell)
    lines = before.source.split("\n")
    indent = _indent_of(script, trial)
    text = trial.text.rstrip().split("\n") if trial.text.strip() else []
    new = [f"{indent}{one}" if one.strip() else one for one in text]
    rest = [*lines[: trial.first - 1], *new, *lines[trial.last :]]
    after = with_source(before, "\n".join(rest))
    if after.problem and not before.problem:
        raise NotebookError(after.problem)
    cells = tuple(after if one.number == trial.cell else one for one in script.cells)
    return replace(script, cells=cells)


def still_judged(judgement: ScriptJudgement, script: Script, trial: EditedLines) -> ScriptJudgement:
    """Return a judgement without the verdicts on lines that were replaced, for the new script.

    The lines below them have moved; those that were, or now are, in their place are yet to be
    judged.
    """
    cell = trial.cell
    before, after = (one.cell(cell).source.count("\n") for one in (judgement.script, script))

    def moved(verdict: LineVerdict) -> LineVerdict | None:
        if verdict.cell != cell or verdict.line < trial.first:
            return verdict
        is_below = verdict.line > trial.last
        return replace(verdict, line=verdict.line + after - before) if is_below else None

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


def changes_of(in_file: Script, script: Script) -> str:
    """Return the cells of a script that are not as in its file, as text to keep; often empty."""
    pairs = zip(in_file.cells, script.cells, strict=True)
    changed = {str(now.number): now.source for was, now in pairs if was != now}
    return json.dumps({"file": _digest(in_file), "cells": changed}) if changed else ""


def with_changes(in_file: Script, changes: str) -> Script:
    """Return a script with the changes that were kept, if its file is still the same."""
    try:
        kept = json.loads(changes)
        digest, sources = kept["file"], kept["cells"]
        if digest != _digest(in_file):
            return in_file
        cells = tuple(
            with_source(cell, str(sources[str(cell.number)]))
            if str(cell.number) in sources
            else cell
            for cell in in_file.cells
        )
    except (ValueError, KeyError, TypeError):
        return in_file
    return replace(in_file, cells=cells)


def _digest(script: Script) -> str:
    text = json.dumps([(cell.number, cell.source) for cell in script.cells])
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(script: Script, cell: int, first: int, last: int) -> str:
    """Return lines of a cell without the indentation of the first."""
    lines = script.cell(cell).source.split("\n")[first - 1 : last]
    indent = _indent(lines[0]) if lines else ""
    return "\n".join(text.removeprefix(indent) for text in lines)


def _indent_of(script: Script, trial: EditedLines) -> str:
    return _indent(script.cell(trial.cell).source.split("\n")[trial.first - 1])


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
