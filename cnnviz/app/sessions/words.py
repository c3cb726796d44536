"""The words of the list about a session."""

import calendar
import time

from cnnviz.numerics.number_format import counted, loss_text, percent
from cnnviz.training.limits import readable_size
from cnnviz.training.sessions.delta import SessionSummary
from cnnviz.training.sessions.folder import SessionEntry


def when(seconds: float, now: float) -> str:
    """Write a time of the last days as people say it: "today 14:05", "12 March 09:30"."""
    then, today, yesterday = (time.localtime(s) for s in (seconds, now, now - 24 * 3_600))
    clock = f"{then.tm_hour:02}:{then.tm_min:02}"
    for day, word in ((today, "today"), (yesterday, "yesterday")):
        if then[:3] == day[:3]:
            return f"{word} {clock}"
    year = "" if then.tm_year == today.tm_year else f" {then.tm_year}"
    return f"{then.tm_mday} {calendar.month_name[then.tm_mon]}{year} {clock}"


def figures(summary: SessionSummary) -> str:
    """Write how far a session has come."""
    return _extent(summary) + _doing(summary)


def entry_text(entry: SessionEntry, now: float) -> str:
    """Return the lines of a session in the list."""
    size, summary = size_text(entry), entry.summary
    if summary is None:
        state = "open in a window now" if entry.in_use else entry.problem
        return f"{when(entry.seconds, now)}  ·  {size}\n{state}"
    loss, accuracy = loss_text(summary.loss), percent(summary.accuracy)
    return "\n".join(
        (
            f"{summary.name}  ·  {when(entry.seconds, now)}  ·  {size}",
            f"{_extent(summary)}, loss {loss}, accuracy {accuracy}{_doing(summary)}",
            f"{summary.data}, n = {summary.images:,}  ·  {', '.join(summary.rules)}",
        )
    )


def size_text(entry: SessionEntry) -> str:
    """Write the space that a session takes, and its states."""
    size = readable_size(entry.size)
    return f"{size} and {readable_size(entry.states)} of states" if entry.states else size


def _extent(summary: SessionSummary) -> str:
    branches = "1 branch" if summary.branches == 1 else f"{summary.branches:,} branches"
    return f"{branches}, {counted(summary.iterations, 'iteration')}"


def _doing(summary: SessionSummary) -> str:
    return f"; {summary.doing}" if summary.doing else ""
