"""The breakpoints of a person, saved between starts."""

import json
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSettings

from cnnviz.app.runtime.settings_file import is_writable
from cnnviz.training.breakpoints.breakpoint import Breakpoint

_KEY: Final = "breakpoints"
_MOST: Final = 100
"""Breakpoints that are restored, at most."""


def write_breakpoints(store: QSettings, breakpoints: Sequence[Breakpoint]) -> None:
    """Save breakpoints, without their hits."""
    if is_writable(store):
        store.setValue(_KEY, breakpoints_to_json(breakpoints))


def breakpoints_to_json(breakpoints: Sequence[Breakpoint]) -> str:
    """Return breakpoints, without their hits, as JSON."""
    entries = [{"condition": b.text, "enabled": b.enabled, "hit": b.hit} for b in breakpoints]
    return json.dumps(entries, ensure_ascii=False)


def read_breakpoints(store: QSettings) -> tuple[tuple[Breakpoint, ...], str]:
    """Return the saved breakpoints, and a sentence if some cannot be read, or "".

    A condition that no longer parses is restored, too; it stops no run.
    """
    value = store.value(_KEY)
    if value is None:
        return (), ""
    valid, lost = breakpoints_from_json(value)
    if valid is None:
        return (), f"the breakpoints saved in {store.fileName()} cannot be read: add them again."
    if lost:
        what = "1 breakpoint" if lost == 1 else f"{lost:,} breakpoints"
        return valid, f"{what} saved in {store.fileName()} cannot be read: add what is missing."
    return valid, ""


def breakpoints_from_json(value: object) -> tuple[tuple[Breakpoint, ...] | None, int]:
    """Return the breakpoints in JSON, None if there is none, and how many cannot be read."""
    try:
        entries = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        return None, 0
    read = [_read(number, entry) for number, entry in enumerate(entries[:_MOST], 1)]
    valid = tuple(b for b in read if b is not None)
    return valid, len(entries) - len(valid)


def _read(number: int, entry: object) -> Breakpoint | None:
    from cnnviz.app.breakpoints.model import MOST_HITS  # noqa: PLC0415  (slow)
    from cnnviz.training.breakpoints.parser import LONGEST  # noqa: PLC0415  (slow)

    if not isinstance(entry, dict):
        return None
    text, enabled, hit = (entry.get(key) for key in ("condition", "enabled", "hit"))
    if not (isinstance(text, str) and isinstance(enabled, bool) and type(hit) is int):
        return None
    if len(text) > LONGEST or not 1 <= hit <= MOST_HITS:
        return None
    return Breakpoint(number, " ".join(text.split()), enabled, hit)
