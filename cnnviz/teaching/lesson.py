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
class Position:
    """A position in a lesson file, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of a lesson file: an expression, or a text with expressions in double braces."""

    text: str
    position: Position


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
    """A state of the network that a lesson sets up or computes with.

    Attributes
    ----------
    data : str
        What `cnnviz.data.source.load` takes.
    rule : str
        "notebook" or "exact".
    fixes : tuple of str
        The corrections of the notebook's rule.
    fault : str
        A fault of the gallery in the exact rule, or "".
    iterations : int
        Done from the seed's first weights.
    """

    data: str = "bundled"
    subset: int = 200
    seed: int = 0
    learning_rate: float = 15.0
    rule: str = "notebook"
    fixes: tuple[str, ...] = ()
    fault: str = ""
    iterations: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """The selection and the highlights of a step. None leaves things as they are.

    Attributes
    ----------
    image : int or None
        The selected image.
    operation : str or None
        The debugger steps through the next iteration up to this operation.
    cell : CellName or None
        The selected cell.
    view : str or None
        The debugger's view of the operation.
    panels : tuple of str
        The panels that are highlighted.
    """

    image: int | None = None
    operation: str | None = None
    cell: CellName | None = None
    view: str | None = None
    panels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """An action of the person that the lesson waits for.

    Attributes
    ----------
    until : Source
        True once it is done; of the names in `cnnviz.teaching.waiting`.
    hint : str
        How to do it.
    """

    until: Source
    hint: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One sentence for a wrong answer, shown if `when` is true of the answer and the truth."""

    when: Source
    text: Source


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose from or to rank.

    Attributes
    ----------
    value : Source
        Of a choice, whether it is right; of a rank, the number that it is ranked by.
    feedback : Source or None
        The feedback if it is chosen and wrong.
    """

    text: str
    value: Source
    feedback: Source | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A prediction that is asked for before the truth is shown.

    Attributes
    ----------
    key : str
        Names it in the answers that are kept.
    text : str
        The question, in Markdown.
    truth : Source or None
        Of a number, a sign or a place: the right answer.
    within : Source or None
        How far a number may be off, or how many rows or columns a place.
    options : tuple of Option
        Of a choice or a rank, in the order in which they are shown.
    picture : CellName or None
        Of a place: the picture in which it is chosen.
    feedback : tuple of Feedback
        The first that fits a wrong answer is shown.
    why : Source
        The explanation, in Markdown, shown after every answer.
    """

    key: str
    kind: QuestionKind
    text: str
    truth: Source | None
    within: Source | None
    options: tuple[Option, ...]
    picture: CellName | None
    feedback: tuple[Feedback, ...]
    why: Source
    position: Position


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lesson.

    Attributes
    ----------
    text : Source
        Markdown with formulae between dollar signs.
    situation : Situation
        The state that its expressions are computed in.
    sets_up : bool
        Whether the step brings the window into that state.
    """

    title: str
    text: Source
    situation: Situation
    sets_up: bool
    view: View
    wait: Wait | None
    question: Question | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson file.

    Attributes
    ----------
    name : str
        The file's name without its ending and the digits before it, which put lessons in order:
        what answers are kept under.
    minutes : int
        How long it takes.
    """

    name: str
    path: Path
    title: str
    summary: str
    minutes: int
    kind: LessonKind
    steps: tuple[Step, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions, in their order."""
        return tuple(step.question for step in self.steps if step.question)
