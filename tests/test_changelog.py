"""The change log names each change once."""

from itertools import groupby
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
_BEGINNING = 45
"""Characters by which entries are told apart: two versions of one begin alike."""


def test_no_entry_of_a_section_stands_twice() -> None:
    lines = CHANGELOG.read_text(encoding="utf-8").splitlines()
    sections = groupby(lines, key=lambda line: line.startswith("#"))
    entries = [
        [line[:_BEGINNING] for line in section if line.startswith("- ")]
        for is_heading, section in sections
        if not is_heading
    ]
    assert max(map(len, entries)) > 20
    assert [one for section in entries for one in section if section.count(one) > 1] == []
