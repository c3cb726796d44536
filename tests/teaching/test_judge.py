from pathlib import Path

import pytest

from cnnviz.teaching.computed import truth_of
from cnnviz.teaching.errors import AnswerError
from cnnviz.teaching.judge import GENERAL, Answer, AnswerJudgement, judge
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import SIGNS, LessonStep
from cnnviz.teaching.reader import parse_lesson

HEAD = "---\ntitle: T\nsummary: S.\n---\n\n## One\n\n```setup\nsubset: 8\n```\n\n```ask\n{}\n```\n"


def step(*lines: str) -> LessonStep:
    return parse_lesson(HEAD.format("\n".join(lines)), Path("x.md")).steps[0]


def judged(laboratory: Laboratory, answer: Answer, *lines: str) -> AnswerJudgement:
    asked = step("question: Q", "why: It is {{ truth }}.", *lines)
    return judge(asked, truth_of(asked, laboratory), answer, laboratory)


NUMBER = (
    "kind: number",
    "truth: 2 + 2",
    "within: 0.5",
    "feedback:",
    '  - {when: answer > truth, text: "Less than {{ answer }}."}',
)


@pytest.mark.parametrize(("answer", "right"), [(4, True), (4.5, True), (3.5, True), (4.51, False)])
def test_number_is_right_within_its_tolerance(
    laboratory: Laboratory, answer: Answer, right: bool
) -> None:
    assert judged(laboratory, answer, *NUMBER).right == right


def test_feedback_is_chosen_by_the_answer(laboratory: Laboratory) -> None:
    assert judged(laboratory, 7, *NUMBER).feedback == "Less than 7."
    assert judged(laboratory, 1, *NUMBER).feedback == "Your number is too small."
    assert judged(laboratory, 1, *NUMBER).why == "It is 4."
    assert judged(laboratory, 1, *NUMBER).truth == "4"


@pytest.mark.parametrize(("value", "sign"), [("-3", 0), ("1 - 1", 1), ("0.1", 2)])
def test_sign(laboratory: Laboratory, value: str, sign: int) -> None:
    for at, name in enumerate(SIGNS):
        assert judged(laboratory, name, "kind: sign", f"truth: {value}").right == (at == sign)


RANK = (
    "kind: rank",
    "options:",
    "  - {text: a, value: 1}",
    "  - {text: b, value: 3}",
    "  - {text: c, value: 2}",
    "feedback:",
    "  - {when: answer_first == 1, text: Not a first.}",
    "  - {when: answer_last == 2, text: Not b last.}",
)


def test_rank_is_from_the_largest(laboratory: Laboratory) -> None:
    assert judged(laboratory, (1, 2, 0), *RANK).right
    wrong = judged(laboratory, (0, 2, 1), *RANK)
    assert not wrong.right
    assert wrong.truth == "“b” (3.00), then “c” (2.00), then “a” (1.00)"
    assert wrong.feedback == "Not a first."
    assert judged(laboratory, (2, 0, 1), *RANK).feedback == "Not b last."
    assert judged(laboratory, (1, 0, 2), *RANK).feedback == GENERAL


PLACE = (
    "kind: place",
    "picture: {tensor: f, filter: 1}",
    'truth: place_of_largest("f", filter=1)',
    "within: 1",
    "feedback:",
    "  - {when: answer_row == 5, text: Bottom row.}",
)


def test_place_is_right_within_cells(laboratory: Laboratory) -> None:
    asked = step("question: Q", "why: W.", *PLACE)
    truth = truth_of(asked, laboratory)
    f = laboratory.tensor(asked.situation, "f")[:, :, 0]
    assert isinstance(truth.value, tuple)
    filter_, row, column = truth.value
    assert f[column - 1, row - 1] == f.max()
    for off, right in ((0, True), (1, True), (2, False)):
        answer = (filter_, row, column + off)
        assert judge(asked, truth, answer, laboratory).right == right
    assert not judge(asked, truth, (2, row, column), laboratory).right


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ("4", NUMBER),
        (3, ("kind: sign", "truth: 1")),
        ("up", ("kind: sign", "truth: 1")),
        ((0, 1), RANK),
        ((0, 0, 1), RANK),
        (4.0, PLACE),
    ],
)
def test_answers_of_another_kind_are_refused(
    laboratory: Laboratory, answer: Answer, lines: tuple[str, ...]
) -> None:
    with pytest.raises(AnswerError):
        judged(laboratory, answer, *lines)
