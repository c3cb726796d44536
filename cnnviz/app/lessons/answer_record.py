"""Answers as they are kept."""

from datetime import UTC, datetime

from cnnviz.teaching.answers import AnswerRecord
from cnnviz.teaching.expressions import written
from cnnviz.teaching.judge import Answer, AnswerJudgement
from cnnviz.teaching.lesson import Lesson, Question


def now() -> str:
    """Return the time in UTC, as ISO 8601 writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def answer_record(
    lesson: Lesson,
    question: Question,
    answer: Answer,
    confidence: str,
    judged: AnswerJudgement,
    sitting: str,
) -> AnswerRecord:
    """Return the record of an answer that is given now; `sitting` is as in `AnswerRecord`."""
    of = lesson.name, question.key, question.kind, answer_text(question, answer), confidence
    return AnswerRecord(now(), sitting, *of, judged.right, judged.truth)


def answer_text(question: Question, answer: Answer) -> str:
    """Write an answer as it is kept."""
    if question.kind == "rank" and isinstance(answer, tuple):
        return " > ".join(question.options[at].text for at in answer)
    return written(answer)
