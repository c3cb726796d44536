"""Judges an answer: whether it is right, the truth, and one sentence for the mistake made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cnnviz.numerics.number_format import compact
from cnnviz.teaching.computed import Truth, filled, functions_of, located
from cnnviz.teaching.errors import AnswerError, ExpressionError
from cnnviz.teaching.expressions import Function, Value, evaluate, written
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import SIGNS, LessonStep, Question

Answer = float | str | tuple[int, ...]
"""A number, a sign, the text of an option, a place (filter, row, column), or options by rank."""
GENERAL: Final = "That is not what happens: look at the truth and try to say why."
"""The sentence for a wrong answer for which the lesson has none."""


@dataclass(frozen=True, slots=True)
class AnswerJudgement:
    """The feedback that is shown after an answer."""

    right: bool
    """Whether the answer agrees with the truth."""
    truth: str
    """The right answer in words."""
    feedback: str
    """One sentence for this wrong answer; empty if it is right."""
    why: str
    """The explanation, in Markdown, with every figure filled in."""


def judge(
    step: LessonStep, truth: Truth, answer: Answer, laboratory: Laboratory
) -> AnswerJudgement:
    """Judge the answer to the question of a step.

    Raises AnswerError if the answer does not fit the question, and LessonError if an expression of
    the feedback or the explanation cannot be computed.
    """
    question = step.question
    assert question is not None  # noqa: S101  # asked for a step that has one
    right = _is_right(question, truth, answer)
    functions, names = functions_of(step, laboratory), names_of(question, answer, truth)
    return AnswerJudgement(
        right,
        truth_text(question, truth),
        "" if right else _feedback(question, answer, names, functions),
        filled(question.why, functions, names),
    )


def names_of(question: Question, answer: Answer, truth: Truth) -> Mapping[str, Value]:
    """Return the names, besides the functions, that the expressions of feedback may use."""
    names: dict[str, Value] = {"answer": answer, "truth": truth.value}
    if question.kind == "place" and isinstance(answer, tuple):
        names |= {"answer_row": answer[1], "answer_column": answer[2]}
    if question.kind == "rank" and isinstance(answer, tuple):
        names |= {"answer_first": answer[0] + 1, "answer_last": answer[-1] + 1}
    return names


def truth_text(question: Question, truth: Truth) -> str:
    """Write the right answer for a person."""
    if question.kind == "rank":
        assert isinstance(truth.value, tuple)  # noqa: S101  # as `truth_of` makes it
        ranked = (
            f"“{question.options[at].text}” ({compact(truth.values[at])})" for at in truth.value
        )
        return ", then ".join(ranked)
    return written(truth.value)


def _is_right(question: Question, truth: Truth, answer: Answer) -> bool:
    value = truth.value
    if question.kind == "number":
        if not isinstance(answer, int | float) or not isinstance(value, float):
            raise AnswerError("the answer must be a number.")
        return abs(answer - value) <= truth.within
    if question.kind == "place":
        if not isinstance(answer, tuple) or not isinstance(value, tuple):
            raise AnswerError("the answer must be a place in the picture.")
        same_filter = answer[0] == value[0]
        return same_filter and all(
            abs(at - right) <= truth.within for at, right in zip(answer[1:], value[1:], strict=True)
        )
    if question.kind == "rank":
        if not isinstance(answer, tuple) or sorted(answer) != list(range(len(question.options))):
            raise AnswerError("the answer must rank every option once.")
        return answer == value
    choices = SIGNS if question.kind == "sign" else [option.text for option in question.options]
    if answer not in choices:
        raise AnswerError(f"the answer must be one of: {', '.join(choices)}.")
    return answer == value


def _feedback(
    question: Question,
    answer: Answer,
    names: Mapping[str, Value],
    functions: Mapping[str, Function],
) -> str:
    for option in question.options:
        if question.kind == "choice" and option.text == answer and option.feedback:
            return filled(option.feedback, functions, names)
    for feedback in question.feedback:
        try:
            applies = evaluate(feedback.when.text, names, functions)
        except ExpressionError as error:
            raise located(error, feedback.when) from None
        if applies is True:
            return filled(feedback.text, functions, names)
    value = names["truth"]
    if isinstance(answer, int | float) and isinstance(value, float):
        return f"Your number is too {'large' if answer > value else 'small'}."
    return GENERAL
