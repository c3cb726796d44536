"""Checks a lesson as it would be run: every name, expression, truth and explanation."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from cnnviz.data.errors import DataError
from cnnviz.teaching.cells import index_of
from cnnviz.teaching.computed import Truth, filled, functions_of, text_of, truth_of
from cnnviz.teaching.errors import ExpressionError, LessonError, TeachingError
from cnnviz.teaching.judge import Answer, judge, names_of
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import SIGNS, CellName, FilePosition, Lesson, LessonStep, Question
from cnnviz.teaching.reader import read_lesson
from cnnviz.teaching.waiting import EXAMPLE, is_done


def check_file(path: Path, laboratory: Laboratory) -> tuple[LessonError, ...]:
    """Return the errors in a lesson file, in its order; none if it can be run."""
    try:
        lesson = read_lesson(path)
    except LessonError as error:
        return (error, *error.others)
    return tuple(check_lesson(lesson, laboratory))


def check_lesson(lesson: Lesson, laboratory: Laboratory) -> Iterator[LessonError]:
    """Yield the errors in a lesson that has been read."""
    for step in lesson.steps:
        for error in _check_step(step, laboratory):
            yield LessonError(error.line, error.column, error.message, lesson.path)


def wrong_answers(question: Question, truth: Truth) -> tuple[Answer, ...]:
    """Return wrong answers, one for each way in which a person may err."""
    value = truth.value
    if question.kind == "choice":
        return tuple(option.text for option in question.options if option.text != value)
    if question.kind == "sign":
        return tuple(sign for sign in SIGNS if sign != value)
    if isinstance(value, tuple):
        if question.kind == "rank":
            return tuple(order for order in permutations(sorted(value)) if order != value)
        far = int(truth.within) + 1
        filter_, row, column = value
        return ((filter_, row + far, column), (filter_, row, column + far))
    assert isinstance(value, float)  # noqa: S101  # as `truth_of` makes it
    distance = 2 * truth.within + abs(value) * 0.01 + 1e-9
    return (value + distance, value - distance)


def _check_step(step: LessonStep, laboratory: Laboratory) -> Iterator[LessonError]:
    """Yield the first error in each part of a step; without its state, nothing else is computed."""
    reasons = set[str]()  # of what has no line of its own: each is given once
    for check in (_check_setup, text_of, _check_view, _check_wait, _check_question):
        try:
            check(step, laboratory)
        except LessonError as error:
            yield error
        except (TeachingError, DataError) as error:
            at, reason = step.text.position, str(error)
            if reason not in reasons:
                yield LessonError(at.line, at.column, reason)
            reasons.add(reason)
        else:
            continue
        if check is _check_setup:
            return


def _check_setup(step: LessonStep, laboratory: Laboratory) -> None:
    if step.sets_up:
        laboratory.tensor(step.situation, "f_next")


def _check_view(step: LessonStep, laboratory: Laboratory) -> None:
    if step.view.cell:
        _check_cell(step.view.cell, step, laboratory)


def _check_wait(step: LessonStep, laboratory: Laboratory) -> None:  # noqa: ARG001  (as the others)
    if step.wait:
        is_done(step.wait, EXAMPLE, EXAMPLE)


def _check_question(step: LessonStep, laboratory: Laboratory) -> None:
    question = step.question
    if question is None:
        return
    if question.picture:
        _check_picture(question.picture, question.position, step, laboratory)
    truth = truth_of(step, laboratory)
    if question.kind == "rank" and truth.value == tuple(range(len(question.options))):
        at = question.position
        raise LessonError(at.line, at.column, "the options are in the right order already.")
    if not judge(step, truth, truth.value, laboratory).right:
        at = question.position
        raise LessonError(at.line, at.column, "its own truth is judged as wrong.")
    for answer in wrong_answers(question, truth):
        if judge(step, truth, answer, laboratory).right:
            at = question.position
            message = "`within` is so large that every answer is right: make it smaller."
            raise LessonError(at.line, at.column, message)
    functions, names = functions_of(step, laboratory), names_of(question, truth.value, truth)
    for option in question.options:
        if option.feedback:
            filled(option.feedback, functions, names)
    for feedback in question.feedback:
        filled(feedback.text, functions, names)


def _check_cell(cell: CellName, step: LessonStep, laboratory: Laboratory) -> None:
    shape = laboratory.tensor(step.situation, cell.tensor).shape
    try:
        index_of(cell, shape)
    except ExpressionError as error:
        at = step.text.position
        raise LessonError(at.line, at.column, str(error)) from None


def _check_picture(
    picture: CellName, position: FilePosition, step: LessonStep, laboratory: Laboratory
) -> None:
    corner = CellName(picture.tensor, picture.image, picture.filter or 1, 1, 1)
    try:
        index_of(corner, laboratory.tensor(step.situation, picture.tensor).shape)
    except ExpressionError as error:
        raise LessonError(position.line, position.column, str(error)) from None
