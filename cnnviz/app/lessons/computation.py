"""Background computations of a lesson, as values for its views."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.look.formulae import drawing
from cnnviz.teaching.answers import AnswerRecord, read_answers
from cnnviz.teaching.cells import picture_of
from cnnviz.teaching.computed import Truth, filled, functions_of, text_of, truth_of
from cnnviz.teaching.errors import AnswerError, LessonError
from cnnviz.teaching.judge import Answer, AnswerJudgement, judge
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import Lesson, LessonStep, Source
from cnnviz.teaching.library import bundled_folder, lessons_of, own_folder
from cnnviz.teaching.markup import formulae


@dataclass(frozen=True, slots=True)
class Shelf:
    """The lessons there are, and the answers that have been given."""

    lessons: tuple[Lesson, ...]
    errors: tuple[LessonError, ...]
    records: tuple[AnswerRecord, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StepContent:
    """The contents of a step."""

    text: str
    question: str
    """text, question: markdown with the figures filled in."""
    picture: NDArray[np.floating[Any]] | None
    """The upright picture of a question for a place."""


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """A judged answer."""

    truth: Truth
    judgement: AnswerJudgement


def shelf(answers: Path) -> Shelf:
    """Read all lessons and the kept answers."""
    found = [lessons_of(folder) for folder in (bundled_folder(), own_folder())]
    lessons = tuple(one for some, _ in found for one in some)
    errors = tuple(error for _, some in found for error in some)
    try:
        records = read_answers(answers)
    except AnswerError:
        records = ()
    return Shelf(lessons, errors, records)


def content(step: LessonStep, laboratory: Laboratory, colour: str) -> StepContent:
    """Compute a step's text and question, and set its formulae in a colour.

    Raises LessonError if an expression cannot be computed.
    """
    text, question = text_of(step, laboratory), step.question
    asked, picture = "", None
    if question is not None:
        asked = filled(Source(question.text, question.position), functions_of(step, laboratory))
        if question.picture is not None:
            values = laboratory.tensor(step.situation, question.picture.tensor)
            picture = picture_of(question.picture, values)
    for latex in (*formulae(text), *formulae(asked)):
        drawing(latex, colour)  # kept for the window's thread
    return StepContent(text, asked, picture)


def result(step: LessonStep, answer: Answer, laboratory: Laboratory, colour: str) -> JudgedAnswer:
    """Compute the truth of a step's question, and judge an answer.

    Raises LessonError or AnswerError if the truth cannot be computed, or the answer does not fit.
    """
    truth = truth_of(step, laboratory)
    judgement = judge(step, truth, answer, laboratory)
    for latex in (*formulae(judgement.feedback), *formulae(judgement.why)):
        drawing(latex, colour)
    return JudgedAnswer(truth, judgement)
