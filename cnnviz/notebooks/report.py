"""The verdicts on a script, as text for people and as JSON for programs."""

from typing import Any, Final

from cnnviz.notebooks.verdicts import LineVerdict, ScriptJudgement, Verdict
from cnnviz.numerics.number_format import percent, plain
from cnnviz.numerics.operations import TITLES

_SUMMARY: Final[dict[Verdict, str]] = {
    "right": "Right",
    "follows": "Right in itself, but computed from what departs",
    "unknown": "Not understood, so not judged",
}
_MOST_NAMED: Final = 3
"""Operations that were not understood and are named in the headline."""
ALL_RIGHT, DEPARTS, NOT_JUDGED = 0, 1, 2


def status(judgement: ScriptJudgement) -> int:
    """Return the exit status: 0 if all is right, 1 if a line departs, 2 if it cannot be judged."""
    if judgement.first is not None:
        return DEPARTS
    return ALL_RIGHT if judgement.has_forward else NOT_JUDGED


def reason(judgement: ScriptJudgement) -> str:
    """Return why the script cannot be judged, and what would help if that is known."""
    name = judgement.script.name
    if judgement.stopped:
        return f"{name} cannot be judged. {judgement.stopped}"
    if judgement.classes:
        return (
            f"{name} cannot be judged: its softmax has {judgement.classes} outputs for each image, "
            "and only networks with one sigmoid output are judged. Let it answer one question, "
            "say y = labels > 4 with one output, and the same lines can be judged."
        )
    if judgement.understood:
        return (
            f"{name} cannot be judged: a convolution was recognised, but no dense layer with one "
            "output for each image after it, and only such networks are judged."
        )
    return (
        f"{name} cannot be judged: only networks of one convolution of square images, one dense "
        "layer and one output are, and no such convolution was found in its values."
    )


def as_dict(judgement: ScriptJudgement) -> dict[str, Any]:
    """Return the judgement as `cnnviz check --run --json` writes it."""
    return {
        "lines": [_line(line) for line in judgement.lines],
        "first": _line(judgement.first) if judgement.first is not None else None,
        "understood": round(judgement.understood, 4),
        "not_understood": list(judgement.not_understood),
        "stopped": judgement.stopped or None,
        "data": list(judgement.data),
        "notes": list(judgement.notes),
    }


def as_text(judgement: ScriptJudgement) -> str:
    """Return the judgement as a person reads it."""
    return "\n".join(_paragraphs(judgement)) + "\n"


def headline(judgement: ScriptJudgement) -> str:
    """Return the outcome in one sentence, and what is wrong with the data, if anything is."""
    departing = judgement.departing
    outcome = "Nothing that was understood departs from the gradient"
    if departing:
        count = len({(line.cell, line.line) for line in departing})
        lines = "1 line departs" if count == 1 else f"{count} lines depart"
        outcome = f"{lines} from the gradient of the loss"
    understood = f"{percent(judgement.understood)} of the operations were understood"
    missing = [TITLES.get(name, name) for name in judgement.not_understood]
    if 0 < len(missing) <= _MOST_NAMED:
        understood += f", all but {', '.join(missing)}"
    understood += "."
    return " ".join([f"{outcome}; {understood}", *judgement.data])


def remarks(judgement: ScriptJudgement) -> list[str]:
    """Return the notes on the whole script, and why it did not come to its end, if it did not."""
    end = [f"It did not come to its end. {judgement.stopped}"] if judgement.stopped else []
    return [*judgement.notes, *end]


def line_name(judgement: ScriptJudgement, line: LineVerdict) -> str:
    """Name the line of a verdict."""
    return judgement.script.cell(line.cell).line_name(line.line)


def worst_text(line: LineVerdict) -> str:
    """Return the cell where a line is off most, in words; empty if there is none."""
    if line.worst is None:
        return ""
    index = f"[{', '.join(map(str, line.worst.cell))}]" if line.worst.cell else ""
    return (
        f"It is off most at {line.name}{index}: {plain(line.worst.value, 4)} instead of "
        f"{plain(line.worst.right, 4)}."
    )


def _paragraphs(judgement: ScriptJudgement) -> list[str]:
    written = [f"{judgement.script.name}: {headline(judgement)}"]
    for line in judgement.departing:
        source = judgement.script.cell(line.cell).line(line.line)
        written += ["", f"  {line_name(judgement, line)}: {source}"]
        details = (
            f"{TITLES.get(line.operation or '', '')}: {line.kind}. {line.why}",
            worst_text(line),
            f"Instead: {line.suggestion}" if line.suggestion else "",
        )
        written += [f"      {detail}" for detail in details if detail]
    written.append("")
    for verdict, summary in _SUMMARY.items():
        lines = [line for line in judgement.lines if line.verdict == verdict]
        named = dict.fromkeys(f"{line_name(judgement, line)} ({line.name})" for line in lines)
        if named:
            written.append(f"{summary}: {', '.join(named)}.")
    return written + remarks(judgement)


def _line(line: LineVerdict) -> dict[str, Any]:
    worst = line.worst
    return {
        "line": line.line,
        "cell": line.cell or None,
        "name": line.name,
        "operation": line.operation,
        "verdict": line.verdict,
        "kind": line.kind,
        "why": line.why or None,
        "suggestion": line.suggestion or None,
        "shape": list(line.shape),
        "worst": None
        if worst is None
        else {"cell": list(worst.cell), "value": worst.value, "right": worst.right},
    }
