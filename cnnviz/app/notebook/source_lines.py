"""A script's cells as one text, and the verdicts on its lines. Knows no Qt."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cnnviz.notebooks.counterpart import Counterpart
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.report import line_name, worst_text
from cnnviz.notebooks.verdicts import LineVerdict, ScriptJudgement, Verdict
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import TITLES

Line = tuple[int, int]
"""Number of a cell, 0 in a script, and of a line in it, from 1."""

_IN_PLACE: Final = "", "pass"
"""The reader's replacement for a line that only IPython understands."""
SIGNS: Final[dict[Verdict, str]] = {"departs": "✗", "follows": "↳", "right": "✓", "unknown": "?"}
"""The sign of each verdict, the gravest first."""
WORDS: Final[dict[Verdict, str]] = {
    "departs": "departs",
    "follows": "follows from a departure above",
    "right": "is right",
    "unknown": "is not understood, so not judged",
}


@dataclass(frozen=True, slots=True)
class SourceLines:
    """The lines of a script in one text: each cell of a notebook begins with a heading."""

    text: str
    lines: tuple[Line | None, ...]
    """Cell and line of each line of the text; None for a heading."""

    @classmethod
    def of(cls, script: Script) -> "SourceLines":
        """Put a script's cells below each other, with the lines that are not run as they were."""
        left_out = dict(text.split(": ", 1) for text in script.left_out)
        texts: list[str] = []
        lines: list[Line | None] = []
        for cell in script.cells:
            if cell.number:
                texts.append(f"# Cell {cell.number}")
                lines.append(None)
            source = cell.source.rstrip("\n").split("\n")
            texts += [
                left_out.get(cell.line_name(number), line) if line.strip() in _IN_PLACE else line
                for number, line in enumerate(source, 1)
            ]
            lines += [(cell.number, number) for number in range(1, len(source) + 1)]
        return cls("\n".join(texts), tuple(lines))

    def block(self, line: Line) -> int | None:
        """Return where a line is in the text, from 0."""
        return self.lines.index(line) if line in self.lines else None


@dataclass(frozen=True, slots=True)
class LineVerdicts:
    """The verdicts by lines, and the lines by operations."""

    by_line: dict[Line, tuple[LineVerdict, ...]] = field(default_factory=dict)
    by_operation: dict[str, tuple[LineVerdict, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, judgement: ScriptJudgement | None) -> "LineVerdicts":
        """Arrange a judgement; none has no verdicts."""
        lines, operations = defaultdict(list), defaultdict(list)
        for verdict in judgement.lines if judgement else ():
            lines[verdict.cell, verdict.line].append(verdict)
            if verdict.operation:
                operations[verdict.operation].append(verdict)
        by_line = {line: tuple(sorted(found, key=_gravity)) for line, found in lines.items()}
        return cls(by_line, {name: tuple(found) for name, found in operations.items()})

    def gravest(self, line: Line | None) -> LineVerdict | None:
        """Return the gravest verdict on a line; None if there is none."""
        found = self.by_line.get(line) if line is not None else None
        return found[0] if found else None

    def lines_of(self, operation: str) -> tuple[Line, ...]:
        """Return the lines that carry out an operation, in the order in which they are run."""
        verdicts = self.by_operation.get(operation, ())
        return tuple(dict.fromkeys((verdict.cell, verdict.line) for verdict in verdicts))

    @property
    def departing(self) -> tuple[Line, ...]:
        """The lines that depart, from the first."""
        return tuple(line for line in sorted(self.by_line) if self._departs(line))

    def _departs(self, line: Line) -> bool:
        return any(verdict.verdict == "departs" for verdict in self.by_line[line])


def verdict_text(judgement: ScriptJudgement, verdict: LineVerdict) -> str:
    """Return the verdict on a line that is about one operation, in words."""
    title = TITLES.get(verdict.operation or "", "")
    kind = f": {verdict.kind}" if verdict.kind else ""
    where = line_name(judgement, verdict)
    operation = f" ({title})" if title else ""
    head = f"{SIGNS[verdict.verdict]} {where[0].upper()}{where[1:]}{operation}"
    parts = [f"{head}: {verdict.name} {WORDS[verdict.verdict]}{kind}."]
    parts += [text for text in (verdict.why, worst_text(verdict)) if text]
    if verdict.suggestion:
        parts.append(f"Instead: {verdict.suggestion}")
    return "\n".join(parts)


def cell_note(
    judgement: ScriptJudgement,
    verdicts: Sequence[LineVerdict],
    counterpart: Counterpart | None,
    tensor: str,
    index: tuple[int, ...],
) -> str:
    """Say what the lines of an operation have in a cell of the debugger, and what would be right.

    Without a counterpart, only which line it is.
    """
    verdict = min(verdicts, key=_gravity)
    where = f"{judgement.script.name}, {line_name(judgement, verdict)}"
    kind = f" ({verdict.kind})" if verdict.kind else ""
    head = f"{SIGNS[verdict.verdict]} {where}: {verdict.name} {WORDS[verdict.verdict]}{kind}."
    numbers = None
    if counterpart is not None:
        numbers = counterpart.numbers_at(verdict, tensor, index)
    if numbers is None:
        return head
    own, right = numbers
    at = f"In its first iteration, it has {plain(own, 4)} here"
    if verdict.verdict != "departs":
        return f"{head} {at}."
    would = "." if right is None else f"; {plain(right, 4)} would be right."
    return f"{head} {at}{would}"


def _gravity(verdict: LineVerdict) -> int:
    return list(SIGNS).index(verdict.verdict)
