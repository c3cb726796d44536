"""The report on a script as one HTML page: its source, the verdicts, the pictures."""

from collections import defaultdict
from html import escape
from typing import Final

from cnnviz.notebooks.pictures import picture
from cnnviz.notebooks.reader import Cell
from cnnviz.notebooks.report import TITLES, headline, reason, worst_text
from cnnviz.notebooks.verdicts import Judgement, LineVerdict, Verdict

_MARKS: Final[dict[Verdict, tuple[str, str]]] = {
    "departs": ("✗", "departs"),
    "follows": ("↳", "follows"),
    "right": ("✓", "right"),
    "unknown": ("?", "not understood"),
}
"""Sign and word of each verdict, the gravest first."""
_STYLE: Final = """
:root { color-scheme: light dark; --text: #161b22; --muted: #57606a; --line: #d3d9e0;
  --wrong: #b93a00; --right: #00796b; --paper: #ffffff; --raised: #eceff3; }
@media (prefers-color-scheme: dark) { :root { --text: #e8ecf1; --muted: #9aa5b1; --line: #323a44;
  --wrong: #ff8a5c; --right: #3cc9ac; --paper: #0e1116; --raised: #171b21; }
  svg image.light { display: none; } }
@media not all and (prefers-color-scheme: dark) { svg image.dark { display: none; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper);
  max-width: 960px; margin: 0 auto; padding: 24px; }
h1 { font-size: 24px; margin: 0 0 8px; } h2 { font-size: 16px; margin: 24px 0 8px; }
.muted, caption { color: var(--muted); }
table { border-collapse: collapse; width: 100%; border: 1px solid var(--line); }
td { padding: 0 8px; vertical-align: top; font: 14px/1.6 ui-monospace, monospace; }
td.number { text-align: right; color: var(--muted); width: 1%; }
td.mark { white-space: nowrap; width: 1%; border-right: 1px solid var(--line); }
td.code { color: var(--text); white-space: pre-wrap; overflow-wrap: anywhere; }
.departs { color: var(--wrong); font-weight: 600; } .right { color: var(--right); }
.follows, .unknown { color: var(--muted); }
tr.departs td { background: var(--raised); }
td.note { padding: 8px 16px 16px; background: var(--raised); font: 15px/1.5 system-ui, sans-serif; }
td.note p { margin: 0 0 8px; } td.note code { font: 14px ui-monospace, monospace; }
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui; fill: var(--text); }
svg image { image-rendering: pixelated; } svg .axis { stroke: var(--muted); }
svg circle.own { fill: var(--wrong); } svg circle.right { fill: none; stroke: var(--text); }
"""


def as_page(judgement: Judgement) -> str:
    """Return the judgement as a page that needs no other file."""
    name = escape(judgement.script.name)
    said = headline(judgement) if judgement.has_forward else reason(judgement)
    notes = list(judgement.notes)
    if judgement.stopped:
        notes.append(f"It did not come to its end. {judgement.stopped}")
    legend = " · ".join(f"{sign} {word}" for sign, word in _MARKS.values())
    content = [
        f"<h1>{name}</h1>",
        f"<p>{escape(said)}</p>",
        *(f'<p class="muted">{escape(note)}</p>' for note in notes),
        f'<p class="muted">{escape(legend)}</p>',
    ]
    verdicts: dict[tuple[int, int], list[LineVerdict]] = defaultdict(list)
    for line in judgement.lines:
        verdicts[line.cell, line.line].append(line)
    for cell in judgement.script.cells:
        content += _cell(cell, verdicts)
    body = "\n".join(content)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


def _cell(cell: Cell, verdicts: dict[tuple[int, int], list[LineVerdict]]) -> list[str]:
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
