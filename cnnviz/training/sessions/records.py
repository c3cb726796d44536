"""Branches, positions and summaries of a session as JSON. A branch is written as in a run file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final, TypeVar, cast, get_args

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.operations import TITLES
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.checked_json import member
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.recorded_run import RunConfig
from cnnviz.training.run.warnings import Kind as WarningKind
from cnnviz.training.run.warnings import Notice, WarningLogContent
from cnnviz.training.sessions.delta import BranchRecord, SessionPosition, SessionSummary

_MOST_IMAGES: Final = 1_000_000
"""Images that may be held out."""
_LATEST: Final = 32_500_000_000.0
"""The last second since 1970 of which a date is made: Windows makes none after the year 3000."""
_LONGEST: Final = 200
"""Characters that are read of what a person did besides."""

T = TypeVar("T")


class BranchWriter:
    """Writes branches as JSON; the digest of their images is computed once."""

    def __init__(self) -> None:
        self._digests: dict[tuple[int, int], tuple[str, str]] = {}

    def json(self, record: BranchRecord, dataset: Dataset) -> str:
        """Return a branch as JSON.

        Raises DataError if its images cannot be had any more.
        """
        annotations = Annotations(record.name, record.bookmarks, record.edits)
        images = max(mark.settings.subset for mark in record.settings)
        key = record.history, images  # the images of a history never change
        if key not in self._digests:
            config = RunConfig.of(record.source, dataset, record.settings)
            self._digests[key] = config.source, config.sha256
        source, sha256 = self._digests[key]
        config = RunConfig(source, record.settings, sha256, annotations)
        return json.dumps(
            {
                "named": record.named,
                "follows_settings": record.follows_settings,
                "parent": record.parent,
                "origin": record.origin,
                "root": record.root,
                "history": record.history,
                "saved": record.saved,
                "warnings": _warnings_to_json(record.warnings),
                "config": config.to_json(),
            }
        )


def branch_from_json(
    number: int, text: str, lengths: Mapping[int, int]
) -> tuple[BranchRecord, RunConfig]:
    """Read the JSON of a branch, which may be damaged.

    `lengths` says how many states each history has.

    Raises ValueError if it is wrong; the phrase says what.
    """
    values = _loaded(text)
    history = member(values, "history", int)
    if history not in lengths:
        raise ValueError(f"its branch {number} has no states")
    config = RunConfig.from_json(member(values, "config", str), lengths[history] - 1)
    parent = values["parent"] if values.get("parent") is None else member(values, "parent", int)
    return (
        BranchRecord(
            number,
            config.annotations.name or f"run {number}",
            member(values, "named", bool),
            member(values, "follows_settings", bool),
            parent,
            member(values, "origin", int),
            member(values, "root", int),
            history,
            member(values, "saved", bool),
            config.source,
            config.settings,
            config.annotations.edits,
            config.annotations.bookmarks,
            _warnings_from_json(member(values, "warnings", dict)),
        ),
        config,
    )


def position_to_json(position: SessionPosition) -> str:
    """Return a position as JSON."""
    settings = RunConfig("", (SettingsMark(0, position.settings.kept),), "")
    return json.dumps(
        {
            "branch": position.branch,
            "iteration": position.iteration,
            "pause_on_warning": position.settings.pause_on_warning,
            "begun": position.begun,
            "held_out": position.held_out,
            "held_out_images": position.held_out_images,
            "settings": settings.to_json(),
        }
    )


def position_from_json(text: str) -> SessionPosition:
    """Read the JSON of a position, which may be damaged; raises as `branch_from_json` does."""
    values = _loaded(text)
    settings = RunConfig.from_json(member(values, "settings", str), 0).settings[0].settings
    pauses = member(values, "pause_on_warning", bool)
    wanted = values.get("held_out_images")
    return SessionPosition(
        member(values, "branch", int),
        member(values, "iteration", int),
        replace(settings, pause_on_warning=pauses),
        member(values, "begun", int),
        values.get("held_out") is True,  # the first sessions do not say it
        wanted if type(wanted) is int and 0 < wanted <= _MOST_IMAGES else None,
    )


def summary_to_json(summary: SessionSummary) -> str:
    """Return a summary as JSON, in which NaN and infinities are as Python writes them."""
    return json.dumps(asdict(summary))


def summary_from_json(text: str) -> SessionSummary:
    """Read the JSON of a summary, which may be damaged; raises as `branch_from_json` does."""
    values = _loaded(text)
    seconds = member(values, "seconds", float)
    if not 0 <= seconds <= _LATEST:
        raise ValueError("its time has no date")
    return SessionSummary(
        seconds,
        member(values, "name", str),
        member(values, "data", str),
        member(values, "images", int),
        member(values, "branches", int),
        member(values, "iterations", int),
        member(values, "loss", float),
        member(values, "accuracy", float),
        _all(member(values, "rules", list), str),
        _all(member(values, "curve", list), float),
        _all(member(values, "filters", list), float),
        str(values.get("doing", ""))[:_LONGEST],  # the first sessions do not say it
    )


def _all(values: list[Any], kind: type[T]) -> tuple[T, ...]:
    """Return a list whose members are of one kind."""
    if any(type(value) is not kind for value in values):
        raise ValueError(f"a list of it has other things than each a {kind.__name__}")
    return tuple(values)


def _loaded(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ValueError("it has something else in place of JSON")
    return values


def _warnings_to_json(content: WarningLogContent) -> dict[str, Any]:
    return {
        "changes": [[iteration, sorted(kinds)] for iteration, kinds in content.changes],
        "notices": [
            {
                "iteration": iteration,
                "kind": notice.kind,
                "operation": notice.operation,
                "message": notice.message,
                "first_seen_late": notice.first_seen_late,
            }
            for iteration, notice in content.notices
        ],
        "gapless_from": content.gapless_from,
    }


def _warnings_from_json(values: dict[str, Any]) -> WarningLogContent:
    changes: list[tuple[int, frozenset[WarningKind]]] = []
    for change in member(values, "changes", list):
        if not (isinstance(change, list) and len(change) == 2 and type(change[0]) is int):
            raise ValueError("its warnings are not by iteration")
        changes.append((change[0], frozenset(map(_kind, change[1]))))
    if not changes:
        raise ValueError("its warnings begin nowhere")
    notices = tuple(_notice(entry) for entry in member(values, "notices", list))
    return WarningLogContent(tuple(changes), notices, member(values, "gapless_from", int))


def _notice(entry: object) -> tuple[int, Notice]:
    iteration, operation = member(entry, "iteration", int), member(entry, "operation", str)
    if operation not in TITLES:
        raise ValueError(f"its warning is of no operation of this cnnviz, but of {operation!r:.40}")
    return iteration, Notice(
        _kind(member(entry, "kind", str)),
        iteration,
        operation,
        member(entry, "message", str),
        final=False,
        first_seen_late=member(entry, "first_seen_late", bool),
    )


def _kind(name: object) -> WarningKind:
    if name not in get_args(WarningKind):
        raise ValueError(
            f"it has a warning of the kind {name!r:.40}, which this cnnviz does not know"
        )
    return cast("WarningKind", name)
