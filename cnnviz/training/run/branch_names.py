"""Names of branches, made from their settings and edits."""

from typing import Final

from cnnviz.numerics.number_format import plain
from cnnviz.numerics.rule import Rule
from cnnviz.training.errors import BranchError
from cnnviz.training.run.edits import Edit, change_words, edit_words
from cnnviz.training.settings import Settings

LONGEST_NAME: Final = 80
"""Characters of a branch's or a bookmark's name."""
_LONGEST_RULE: Final = 40
"""Characters in which own operations are named one by one."""
_DEFAULTS: Final = Settings()


def settings_name(first: Settings, latest: Settings | None = None) -> str:
    """Name a branch after its settings: "exact, η 100" or "notebook, η 15 → 1".

    Own code in the exact rule is named alone: "own dense gradient, η 15". Rule and learning rate
    are always named, the others if they are not the defaults.

    `first` are those of its first iteration, and `latest` those of its newest, if it has changed
    them.
    """
    settings = first, latest or first
    rates = _path(*(plain(s.learning_rate, 6) for s in settings))
    parts = [_path(*(_rule_name(s.rule) for s in settings)), f"η {rates}"]
    if any(s.subset != _DEFAULTS.subset for s in settings):
        parts.append("n " + _path(*(f"{s.subset:,}" for s in settings)))
    if first.seed != _DEFAULTS.seed:
        parts.append(f"seed {first.seed}")
    if any(s.dtype != _DEFAULTS.dtype for s in settings):
        parts.append(_path(*(s.dtype for s in settings)))
    if settings[1].pixels:
        parts.append("pixels changed")
    return ", ".join(parts)


def distinct(name: str, taken: set[str]) -> str:
    """Return a name that is not taken: itself, or with a number after it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a name of at most `longest` characters, with an ellipsis for what is cut off."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - 1].rstrip()}…"


def edits_name(edits: tuple[Edit, ...]) -> str:
    """Name a branch after the edits that began it."""
    iteration = f" at iteration {edits[0].iteration:,}" if edits else ""
    return shortened(f"{edit_words(edits)}{iteration}")


def fork_name(before: Settings, after: Settings, iteration: int, taken: set[str]) -> str:
    """Name a branch that begins because settings have changed at an iteration.

    A fault or own code from the start on makes a run of its own, named after its settings.
    """
    if iteration == 0 and after.rule.extra:
        return distinct(settings_name(after), taken)
    return f"{change_words(before, after)} at iteration {iteration:,}"


def checked_name(text: str, of: str) -> str:
    """Return a name of a branch or bookmark, with single spaces.

    Raises BranchError if it is empty or too long.
    """
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BranchError(f"the name of {of} has 1 to {LONGEST_NAME} characters, not {len(name)}.")
    return name


def _path(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _rule_name(rule: Rule) -> str:
    own = rule.title.removeprefix("exact with ")
    if not own.startswith("own "):
        return rule.title
    return own if len(own) <= _LONGEST_RULE else f"{len(rule.extra)} own operations"
