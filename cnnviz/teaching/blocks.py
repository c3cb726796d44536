"""The blocks of a step: `setup`, `show`, `wait` and `ask`, from YAML to values."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, cast

from cnnviz.debugger_views import VIEWS
from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.number_parsing import parse_number, parse_whole_number
from cnnviz.numerics.operations import TITLES, operation_name
from cnnviz.numerics.rule import SWITCHES
from cnnviz.numerics.tensors import TENSORS
from cnnviz.spelling import suggestion
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.fields import Fields
from cnnviz.teaching.laboratory import LARGEST_SUBSET, MOST_ITERATIONS
from cnnviz.teaching.lesson import (
    QUESTION_KINDS,
    CellName,
    Feedback,
    Option,
    Question,
    QuestionKind,
    Situation,
    Source,
    StepSelection,
    Wait,
)
from cnnviz.training.settings import LEARNING_RATES, SEEDS, SMALLEST_SUBSET

PANELS: Final = (
    *("network", "loss", "predictions", "controls"),
    *("branches", "breakpoints", "debugger"),
    *("check", "compare", "landscape", "pull", "filter", "drawing"),
)
"""The panels that a step may point out."""
_SETUP: Final = (
    *("data", "subset", "seed", "learning_rate", "rule", "fixes", "fault", "iterations"),
)
_CELL: Final = ("tensor", "image", "filter", "row", "column")
_ASK: Final = (
    *("key", "kind", "question", "truth", "within", "options", "picture", "feedback", "why"),
)
_FAULTS: Final = tuple(fault.name for fault in FAULTS if not fault.rule.kept)
"""Faults that a run can be trained with."""


def minutes(text: str) -> int | None:
    """Return the minutes of a lesson, 1 to 60."""
    return _whole_between(text, 1, 60)


def situation(fields: Fields, before: Situation) -> Situation:
    """Return the situation that `setup` makes of the one before.

    Raises LessonError if a name is unknown or a value out of range.
    """
    fields.only(_SETUP)
    if "fault" in fields and ("rule" in fields or "fixes" in fields):
        at = fields.position_of("fault")
        message = "a fault is put into the exact rule: leave rule and fixes out."
        raise LessonError(at.line, at.column, message)
    after = replace(
        before,
        data=fields.text("data", before.data),
        subset=fields.number(
            "subset",
            lambda text: _whole_between(text, SMALLEST_SUBSET, LARGEST_SUBSET),
            before.subset,
            f"{SMALLEST_SUBSET} to {LARGEST_SUBSET:,}",
        ),
        seed=fields.number(
            "seed", lambda text: _whole_between(text, *SEEDS), before.seed, "0 to 2³² − 1"
        ),
        learning_rate=fields.number(
            "learning_rate", _learning_rate, before.learning_rate, "a learning rate"
        ),
        iterations=fields.number(
            "iterations",
            lambda text: _whole_between(text, 0, MOST_ITERATIONS),
            before.iterations,
            f"0 to {MOST_ITERATIONS:,}",
        ),
    )
    if "rule" in fields:
        rule = fields.one_of("rule", ("notebook", "exact"))
        after = replace(after, rule=rule, fixes=(), fault="")
    if "fixes" in fields:
        for word, at in fields.words("fixes"):
            if word not in SWITCHES:
                message = f"no correction is called {word}: {suggestion(word, SWITCHES)}."
                raise LessonError(at.line, at.column, message)
        after = replace(after, rule="notebook", fault="")
        after = replace(after, fixes=tuple(word for word, _ in fields.words("fixes")))
    if "fault" in fields:
        after = replace(after, rule="exact", fixes=(), fault=fields.one_of("fault", _FAULTS))
    return after


def view(fields: Fields, now: Situation) -> StepSelection:
    """Return the selection and the highlights of `show`.

    Raises LessonError if a panel, an operation, a cell or an image does not exist.
    """
    fields.only(("image", "operation", "cell", "view", "panels"))
    panels = fields.words("panels")
    for word, at in panels:
        if word not in PANELS:
            message = f"no panel is called {word}: {suggestion(word, PANELS)}."
            raise LessonError(at.line, at.column, message)
    cell = fields.mapping("cell")
    image = fields.number("image", lambda t: _whole_between(t, 0, LARGEST_SUBSET), None, "an image")
    if image is not None and image >= now.subset:
        at = fields.position_of("image")
        message = f"image {image} is not in the subset: name one of 0 to {now.subset - 1}."
        raise LessonError(at.line, at.column, message)
    return StepSelection(
        image=image,
        operation=fields.one_of("operation", TITLES, meant=operation_name)
        if "operation" in fields
        else None,
        cell=_cell(cell) if cell else None,
        view=fields.one_of("view", VIEWS) if "view" in fields else None,
        panels=tuple(word for word, _ in panels),
    )


def wait(fields: Fields) -> Wait:
    """Return the condition of `wait`.

    Raises LessonError if something is missing.
    """
    fields.only(("until", "hint"))
    return Wait(_source(fields, "until"), fields.text("hint"))


def question(fields: Fields, key: str) -> Question:
    """Return the question of `ask`; `key` names it if the block does not.

    Raises LessonError if something is missing, or does not go with its kind.
    """
    fields.only(_ASK)
    kind = cast("QuestionKind", fields.one_of("kind", QUESTION_KINDS))
    needed = {
        "number": ("truth", "within"),
        "sign": ("truth",),
        "place": ("truth", "within", "picture"),
        "choice": ("options",),
        "rank": ("options",),
    }[kind]
    for name in ("truth", "within", "picture", "options"):
        if (name in fields) != (name in needed):
            at = fields.position_of(name)
            verb = "needs" if name in needed else "has no"
            raise LessonError(at.line, at.column, f"a question of the kind {kind} {verb} {name}.")
    picture = fields.mapping("picture")
    return Question(
        key=fields.text("key", key),
        kind=kind,
        text=fields.text("question"),
        truth=_source(fields, "truth") if "truth" in needed else None,
        within=_source(fields, "within") if "within" in needed else None,
        options=tuple(_options(fields, kind)) if "options" in needed else (),
        picture=_cell(picture) if picture else None,
        feedback=tuple(_feedback(fields)),
        why=_source(fields, "why"),
        position=fields.position,
    )


def _options(fields: Fields, kind: QuestionKind) -> Iterator[Option]:
    count = 0
    name = "right" if kind == "choice" else "value"
    for option in fields.mappings("options"):
        option.only(("text", name, "feedback"))
        count += 1
        yield Option(
            option.text("text"),
            _source(option, name),
            _source(option, "feedback") if "feedback" in option else None,
        )
    if count < 2:
        at = fields.position_of("options")
        raise LessonError(at.line, at.column, "there must be two options or more.")


def _feedback(fields: Fields) -> Iterator[Feedback]:
    for entry in fields.mappings("feedback"):
        entry.only(("when", "text"))
        yield Feedback(_source(entry, "when"), _source(entry, "text"))


def _cell(fields: Fields) -> CellName:
    fields.only(_CELL)
    tensor = fields.one_of("tensor", TENSORS)

    def at(name: str, least: int) -> int | None:
        return fields.number(
            name,
            lambda text: _whole_between(text, least, LARGEST_SUBSET),
            None,
            f"counted from {least}",
        )

    return CellName(tensor, at("image", 0), at("filter", 1), at("row", 1), at("column", 1))


def _source(fields: Fields, key: str) -> Source:
    return Source(fields.text(key), fields.position_of(key))


def _whole_between(text: str, least: int, most: int) -> int | None:
    number = parse_whole_number(text)
    return number if number is not None and least <= number <= most else None


def _learning_rate(text: str) -> float | None:
    number = parse_number(text)
    low, high = LEARNING_RATES
    return number if number is not None and low <= number <= high else None
