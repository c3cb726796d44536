"""Scores of an inventory: how many of its questions were answered rightly, before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cnnviz.numerics.number_format import counted, percent
from cnnviz.teaching.answers import AnswerRecord
from cnnviz.teaching.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Score:
    """One sitting of an inventory."""

    right: int
    questions: int
    """right, questions: questions answered rightly, and all of them."""
    certain_and_wrong: tuple[str, ...]
    """Keys of the questions whose wrong answer was held for certain: the misconceptions."""

    @property
    def share(self) -> float:
        """The share of right answers, 0 to 1."""
        return self.right / self.questions


def scores(inventory: Lesson, records: Iterable[AnswerRecord]) -> tuple[Score, ...]:
    """Return the scores of the sittings in which every question was answered, oldest first.

    Of two answers to one question in one sitting, the first counts.
    """
    keys = {question.key for question in inventory.questions}
    sittings: dict[str, dict[str, AnswerRecord]] = {}
    for record in records:
        if record.lesson == inventory.name and record.question in keys:
            sittings.setdefault(record.sitting, {}).setdefault(record.question, record)
    return tuple(
        Score(
            sum(record.right for record in answers.values()),
            len(keys),
            tuple(
                key
                for key, record in answers.items()
                if record.confidence == "certain" and not record.right
            ),
        )
        for _, answers in sorted(sittings.items())
        if len(answers) == len(keys)
    )


def gain(before: Score, after: Score) -> float | None:
    """Return the normalised gain: the share of what could still be learned that was learned.

    (after − before) / (1 − before), after Hake (1998); None if nothing was left to learn.
    """
    if before.right == before.questions:
        return None
    return (after.share - before.share) / (1 - before.share)


def score_text(sittings: Sequence[Score]) -> str:
    """Describe the first and the last sitting: scores, gain, and misconceptions that are left."""
    first, last = sittings[0], sittings[-1]
    sentences = [f"First time: {first.right} of {first.questions} right."]
    if last is not first:
        sentences.append(f"Last time: {last.right}.")
        if (share := gain(first, last)) is not None:
            sentences.append(f"Gain: {percent(share, 0)} of what was left to learn.")
    if wrong := len(last.certain_and_wrong):
        sentences.append(f"{counted(wrong, 'wrong answer')} given with certainty.")
    return " ".join(sentences)
