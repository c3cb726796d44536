"""A lesson as values: steps with text, settings, highlights and questions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

QuestionKind = Literal["number", "sign", "choice", "place", "rank"]
LessonKind = Literal["lesson", "inventory"]

QUESTION_KINDS: Final[tuple[QuestionKind, ...]] = ("number", "sign", "choice", "place", "rank")
CONFIDENCES: Final = ("a guess", "fairly sure", "certain")
"""The confidence of a person in an answer."""
SIGNS: Final = ("negative", "zero", "positive")


@dataclass(frozen=True, slots=True)
class FilePosition:
    """A position in a lesson file, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of a lesson file: an expression, or a text with expressions in double braces."""

    text: str
    position: FilePosition


@dataclass(frozen=True, slots=True)
class CellName:
    """A cell as it is seen: the row from the top, the column from the left, all from 1.

    `image` counts from 0, as images do everywhere. Indices that a tensor does not have are None.
    """

    tensor: str
    image: int | None = None
    filter: int | None = None
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """A state of the network that a lesson sets up or computes with."""

    data: str = "bundled"
    """What `cnnviz.data.source.load` takes."""
    subset: int = 200
    seed: int = 0
    learning_rate: float = 15.0
    rule: str = "notebook"
    """Either "notebook" or "exact"."""
    fixes: tuple[str, ...] = ()
    """The corrections of the notebook's rule."""
    fault: str = ""
    """A fault of the gallery in the exact rule, or ""."""
    iterations: int = 0
    """Iterations done from the seed's first weights."""


@dataclass(frozen=True, slots=True)
class StepSelection:
    """The selection and the highlights of a step. None leaves things as they are."""

    image: int | None = None
    """The selected image."""
    operation: str | None = None
    """The debugger steps through the next iteration up to this operation."""
    cell: CellName | None = None
    """The selected cell."""
    view: str | None = None
    """The debugger's view of the operation."""
    panels: tuple[str, ...] = ()
    """The panels that are highlighted."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An action of the person that the lesson waits for."""

    until: Source
    """True once it is done; of the names in `cnnviz.teaching.waiting`."""
    hint: str
    """Says how to do it."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One sentence for a wrong answer, shown if `when` is true of the answer and the truth."""

    when: Source
    text: Source


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose from or to rank."""

    text: str
    value: Source
    """Of a choice, whether it is right; of a rank, the number that it is ranked by."""
    feedback: Source | None = None
    """The feedback if it is chosen and wrong."""


@dataclass(frozen=True, slots=True)
class Question:
    """A prediction that is asked for before the truth is shown."""

    key: str
    """Names it in the answers that are kept."""
    kind: QuestionKind
    text: str
    """The question, in Markdown."""
    truth: Source | None
    """The right answer, if it is a number, a sign or a place."""
    within: Source | None
    """How far a number may be off, or how many rows or columns a place."""
    options: tuple[Option, ...]
    """The options of a choice or a rank, in the order in which they are shown."""
    picture: CellName | None
    """Of a place: the picture in which it is chosen."""
    feedback: tuple[Feedback, ...]
    """The first that fits a wrong answer is shown."""
    why: Source
    """The explanation, in Markdown, shown after every answer."""
    position: FilePosition


@dataclass(frozen=True, slots=True)
class LessonStep:
    """One step of a lesson."""

    title: str
    text: Source
    """Markdown with formulae between dollar signs."""
    situation: Situation
    """The state that its expressions are computed in."""
    sets_up: bool
    """Whether the step brings the window into that state."""
    view: StepSelection
    wait: Wait | None
    question: Question | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson file."""

    name: str
    """The file's name without its ending and the digits before it, which put lessons in order: what
    answers are kept under."""
    path: Path
    title: str
    summary: str
    minutes: int
    """Minutes that it takes."""
    kind: LessonKind
    steps: tuple[LessonStep, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions, in their order."""
        return tuple(step.question for step in self.steps if step.question)
