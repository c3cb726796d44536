"""A step with its text filled in with every figure, and with the right answer to its question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cnnviz.teaching.errors import ExpressionError, LessonError
from cnnviz.teaching.expressions import Function, Value, evaluate, fill, number
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import SIGNS, FilePosition, LessonStep, Question, Source
from cnnviz.teaching.quantities import Quantities

_NO_NAMES: Final[Mapping[str, Value]] = {}


@dataclass(frozen=True, slots=True)
class Truth:
    """The right answer to a question."""

    value: float | str | tuple[int, ...]
    """A number; a sign; the text of the right option; a place as filter, row and column; or the
    positions of the options from the largest to the smallest."""
    within: float = 0.0
    """How far an answer may be off."""
    values: tuple[float, ...] = ()
    """The numbers by which the options of a rank are ranked."""


def text_of(step: LessonStep, laboratory: Laboratory) -> str:
    """Return the Markdown of a step with its expressions filled in.

    Raises LessonError if one cannot be computed.
    """
    try:
        return fill(step.text.text, _NO_NAMES, functions_of(step, laboratory))
    except ExpressionError as error:
        before = step.text.text[: error.column]
        line = step.text.position.line + before.count("\n")
        column = error.column - before.rfind("\n")
        raise LessonError(line, column, str(error)) from None


def truth_of(step: LessonStep, laboratory: Laboratory) -> Truth:
    """Compute the right answer to the question of a step.

    Raises LessonError if it cannot be computed, or if not exactly one choice is right.
    """
    question = step.question
    assert question is not None  # noqa: S101  # asked for a step that has one
    functions = functions_of(step, laboratory)
    if question.kind == "choice":
        return _choice(question, functions)
    if question.kind == "rank":
        values = tuple(_number(option.value, functions) for option in question.options)
        if len(set(values)) < len(values):
            raise _error(question.position, "two of the options have the same value.")
        order = sorted(range(len(values)), key=lambda at: -values[at])
        return Truth(tuple(order), values=values)
    assert question.truth is not None  # noqa: S101  # the reader holds that
    within = _number(question.within, functions) if question.within else 0.0
    if question.kind == "place":
        cell = _value(question.truth, functions)
        if not isinstance(cell, tuple):
            raise _error(question.truth.position, "the truth is not a place: use place_of_largest.")
        return Truth(cell, within)
    value = _number(question.truth, functions)
    if question.kind == "sign":
        return Truth(SIGNS[(value > 0) - (value < 0) + 1])
    return Truth(value, within)


def functions_of(step: LessonStep, laboratory: Laboratory) -> Mapping[str, Function]:
    """Return the functions that the expressions of a step may call."""
    return Quantities(laboratory, step.situation).functions()


def filled(
    source: Source, functions: Mapping[str, Function], names: Mapping[str, Value] = _NO_NAMES
) -> str:
    """Fill in the expressions of a text of a block; an error is located at the text's start.

    Raises LessonError if one cannot be computed.
    """
    try:
        return fill(source.text, names, functions)
    except ExpressionError as error:
        raise _error(source.position, str(error)) from None


def _choice(question: Question, functions: Mapping[str, Function]) -> Truth:
    right = [option for option in question.options if _value(option.value, functions) is True]
    if len(right) != 1:
        message = f"{len(right)} of the options are right: exactly one must be."
        raise _error(question.position, message)
    return Truth(right[0].text)


def _number(source: Source, functions: Mapping[str, Function]) -> float:
    try:
        return number(source.text, functions)
    except ExpressionError as error:
        raise located(error, source) from None


def _value(source: Source, functions: Mapping[str, Function]) -> Value:
    try:
        return evaluate(source.text, _NO_NAMES, functions)
    except ExpressionError as error:
        raise located(error, source) from None


def located(error: ExpressionError, source: Source) -> LessonError:
    """Return the error of an expression with its position in the file."""
    at = source.position
    return LessonError(at.line, at.column + error.column, str(error))


def _error(position: FilePosition, message: str) -> LessonError:
    return LessonError(position.line, position.column, message)
