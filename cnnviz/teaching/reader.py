"""Reads lesson files: Markdown with a head of YAML, and steps with fenced blocks of YAML."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from operator import attrgetter
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from cnnviz.spelling import nearest
from cnnviz.teaching import blocks
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.fields import Fields
from cnnviz.teaching.laboratory import LARGEST_SUBSET
from cnnviz.teaching.lesson import (
    FilePosition,
    Lesson,
    LessonKind,
    LessonStep,
    Situation,
    Source,
    StepSelection,
)

LARGEST_FILE: Final = 1_000_000
"""Bytes of a lesson: a longer one is not a text that somebody wrote."""
_HEAD: Final = ("title", "summary", "minutes", "kind")
_BLOCKS: Final = ("setup", "show", "wait", "ask")


def read_lesson(path: Path) -> Lesson:
    """Read a lesson file.

    Raises LessonError if it is none; the error says the line and the column.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would block
            raise LessonError(1, 1, "it is not a file: name a lesson in Markdown.", path)
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        message = f"the file cannot be read ({error.strerror or error}): check the name."
        raise LessonError(1, 1, message, path) from None
    if len(raw) > LARGEST_FILE:
        raise LessonError(1, 1, "the file is larger than 1 MB: split the lesson.", path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LessonError(line, 1, "the file is not UTF-8: save it as UTF-8.", path) from None
    try:
        return parse_lesson(text, path)
    except LessonError as error:
        raise error.in_file(path) from None


def parse_lesson(text: str, path: Path) -> Lesson:
    """Read a lesson's text; `path` only names it.

    Raises LessonError if it is none: the first thing that is wrong, and the others of the head and
    the steps.
    """
    lines = text.splitlines()
    tokens = MarkdownIt("commonmark").use(front_matter_plugin).parse(text)
    if not tokens or tokens[0].type != "front_matter":
        message = "a lesson begins with a head: ---, `title: …`, `summary: …`, `minutes: 8`, ---."
        raise LessonError(1, 1, message)
    found: list[LessonError] = []
    head, steps = None, tuple[LessonStep, ...]()
    with _noting(found):
        head = _head(Fields.parse(tokens[0].content, "the head", 1))
    with _noting(found):
        steps = tuple(_steps(tokens[1:], lines, found))
    if not steps and not found:
        raise LessonError(len(lines) or 1, 1, "the lesson has no step: begin one with `## Title`.")
    if head is None or found:
        first, *others = sorted(found, key=attrgetter("line", "column"))
        raise LessonError(first.line, first.column, first.message, None, tuple(others))
    name = path.stem.lstrip("0123456789-") or path.stem
    return Lesson(name, path, *head, steps)


@contextmanager
def _noting(found: list[LessonError]) -> Iterator[None]:
    """Note what is wrong, so that the rest is read nevertheless."""
    try:
        yield
    except LessonError as error:
        found.append(error)


def _head(head: Fields) -> tuple[str, str, int, LessonKind]:
    """Return title, summary, minutes and kind."""
    head.only(_HEAD)
    kind = head.one_of("kind", ("lesson", "inventory"), "lesson")
    minutes = head.number("minutes", blocks.minutes, 10, "1 to 60")
    is_inventory = kind == "inventory"
    words = head.text("title"), head.text("summary")
    return *words, minutes, "inventory" if is_inventory else "lesson"


def _steps(tokens: list[Token], lines: list[str], found: list[LessonError]) -> Iterator[LessonStep]:
    """Yield the steps that can be read, and note what is wrong in the others."""
    situation, keys = Situation(), set[str]()
    for draft in _drafts(tokens, found):
        with _noting(found):
            step = _step(draft, lines, situation, f"q{len(keys) + 1}", found)
            situation = step.situation
            if step.question:
                if step.question.key in keys:
                    at = step.question.position
                    message = f"the key {step.question.key} names two questions: change one."
                    raise LessonError(at.line, at.column, message)
                keys.add(step.question.key)
            yield step


@dataclass(slots=True)
class _Draft:
    """A step as it is gathered: its heading, its text by line numbers, its blocks."""

    title: str
    heading_line: int
    fences: list[Token] = field(default_factory=list)
    end_line: int = 0


def _drafts(tokens: list[Token], found: list[LessonError]) -> Iterator[_Draft]:
    """Yield the steps of a lesson; each begins with a heading of the second level.

    Misspelt names of blocks are noted. A fence in a list or a quotation is not a block.
    """
    draft: _Draft | None = None
    for token, following in zip_longest(tokens, tokens[1:]):
        if token.map is None:
            continue
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0:
            if draft is not None:
                yield draft
            title = following.content if following else ""
            draft = _Draft(title, token.map[0], end_line=token.map[1])
            continue
        if draft is None:
            message = "this comes before the first step: begin one with `## Title`."
            raise LessonError(token.map[0] + 1, 1, message)
        draft.end_line = max(draft.end_line, token.map[1])
        if token.type != "fence" or token.level > 0:
            continue
        name = token.info.strip()
        if name in _BLOCKS:
            draft.fences.append(token)
        elif near := nearest(name, _BLOCKS):
            message = f"no block is called {name}: perhaps you mean {near}."
            found.append(LessonError(token.map[0] + 1, 1, message))
    if draft is not None:
        yield draft


def _step(
    draft: _Draft, lines: list[str], situation: Situation, key: str, found: list[LessonError]
) -> LessonStep:
    """Read a step, and note what is wrong in its blocks; such a block counts as left out."""
    fields: dict[str, Fields] = {}
    hidden: set[int] = set()
    for fence in draft.fences:
        assert fence.map is not None  # noqa: S101  # fences have lines
        name = fence.info.strip()
        if name in fields:
            message = f"this step has two blocks of `{name}`: join them, or begin another step."
            raise LessonError(fence.map[0] + 1, 1, message)
        with _noting(found):
            fields[name] = Fields.parse(fence.content, f"`{name}`", fence.map[0] + 1)
        hidden.update(range(*fence.map))
    start = draft.heading_line + 1
    shown = [
        "" if line in hidden else lines[line]
        for line in range(start, min(draft.end_line, len(lines)))
    ]
    view, wait, question = StepSelection(), None, None
    problems = len(found)
    with _noting(found):
        if "setup" in fields:
            situation = blocks.situation(fields["setup"], situation)
    if len(found) > problems:  # the images of the state that is meant are not known
        situation = replace(situation, subset=LARGEST_SUBSET)
    with _noting(found):
        view = blocks.view(fields["show"], situation) if "show" in fields else StepSelection()
    with _noting(found):
        wait = blocks.wait(fields["wait"]) if "wait" in fields else None
    with _noting(found):
        question = blocks.question(fields["ask"], key) if "ask" in fields else None
    text = "\n".join(shown)
    if not text.strip() and all(fence.info.strip() != "ask" for fence in draft.fences):
        raise LessonError(start, 1, f"the step “{draft.title}” says nothing: write a sentence.")
    return LessonStep(
        title=draft.title,
        text=Source(text, FilePosition(start + 1, 1)),
        situation=situation,
        sets_up="setup" in fields,
        view=view,
        wait=wait,
        question=question,
    )
