"""The report on a script as one HTML page: its source, the verdicts, the pictures."""

from collections import defaultdict
from html import escape
from typing import Final

from cnnviz.notebooks.pictures import picture
from cnnviz.notebooks.reader import ScriptCell
from cnnviz.notebooks.report import headline, reason, remarks, worst_text
from cnnviz.notebooks.verdicts import LineVerdict, ScriptJudgement, Verdict
from cnnviz.numerics.operations import TITLES
from cnnviz.pages.page import filled

_MARKS: Final[dict[Verdict, tuple[str, str]]] = {
    "departs": ("✗", "departs"),
    "follows": ("↳", "follows"),
    "right": ("✓", "right"),
    "unknown": ("?", "not understood"),
}
"""Sign and word of each verdict, the gravest first."""
_STYLES: Final = ("base.css", "report.css", "notebook.css")


def as_page(judgement: ScriptJudgement) -> str:
    """Return the judgement as a page that needs no other file."""
    name = escape(judgement.script.name)
    outcome = headline(judgement) if judgement.has_forward else reason(judgement)
    legend = " · ".join(f"{sign} {word}" for sign, word in _MARKS.values())
    content = [
        f"<h1>{name}</h1>",
        f"<p>{escape(outcome)}</p>",
        *(f'<p class="muted">{escape(note)}</p>' for note in remarks(judgement)),
        f'<p class="muted">{escape(legend)}</p>',
    ]
    verdicts: dict[tuple[int, int], list[LineVerdict]] = defaultdict(list)
    for line in judgement.lines:
        verdicts[line.cell, line.line].append(line)
    for cell in judgement.script.cells:
        content += _cell(cell, verdicts)
    body = "\n".join(content)
    return filled("report.html", judgement.script.name, _STYLES, body=body)


def _cell(cell: ScriptCell, verdicts: dict[tuple[int, int], list[LineVerdict]]) -> list[str]:
    rows = []
    for number, text in enumerate(cell.source.splitlines(), 1):
        lines = verdicts.get((cell.number, number), [])
        kinds = [verdict for verdict in _MARKS if any(x.verdict == verdict for x in lines)]
        kind, mark = "", ""
        if kinds:
            kind = kinds[0]
            sign, word = _MARKS[kinds[0]]
            mark = f'<span class="{kind}">{sign} {word}</span>'
        rows.append(
            f'<tr class="{kind}"><td class="number">{number}</td><td class="mark">{mark}</td>'
            f'<td class="code">{escape(text)}</td></tr>'
        )
        rows += [_note(line) for line in lines if line.verdict == "departs"]
    title = f"<h2>Cell {cell.number}</h2>" if cell.number else ""
    problem = f'<p class="departs">{escape(cell.problem)}</p>' if cell.problem else ""
    return [title, problem, f"<table>{''.join(rows)}</table>"]


def _note(line: LineVerdict) -> str:
    title = TITLES.get(line.operation or "", "")
    paragraphs = [f"<strong>{escape(f'{title}: {line.kind}')}.</strong> {escape(line.why)}"]
    if worst := worst_text(line):
        paragraphs.append(escape(worst))
    if line.suggestion:
        paragraphs.append(f"Instead: <code>{escape(line.suggestion)}</code>")
    drawn = "" if line.comparison is None else picture(line.comparison, line.name)
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<tr><td colspan="3" class="note">{text}{drawn}</td></tr>'
