"""The output of `cnnviz bench`: Markdown for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

About = Mapping[str, str]
"""The machine and the versions, by names."""


def as_json(kind: str, results: Sequence["DataclassInstance"], about: About) -> str:
    """Return results as JSON; times in seconds, memory in megabytes."""
    report: dict[str, Any] = {"machine": dict(about), kind: [asdict(result) for result in results]}
    return json.dumps(report, indent=2) + "\n"


def page(about: About, *parts: str) -> str:
    """Return paragraphs and tables below a paragraph on the machine."""
    machine = "; ".join(f"{name}: {value}" for name, value in about.items())
    return "\n".join((f"{machine}\n", *parts))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned, numbers to the right."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        [
            cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)
            for cell, width in zip(line, widths, strict=True)
        ]
        for line in lines
    ]
    text.insert(1, ["-" * width for width in widths])
    return "".join(f"| {' | '.join(line)} |\n" for line in text)
