import csv
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.resources import resource_path
from cnnviz.teaching.answers import HEADER, AnswerRecord, append_answer, as_csv, read_answers
from cnnviz.teaching.errors import AnswerError
from cnnviz.teaching.reader import read_lesson
from cnnviz.teaching.score import gain, score_text, scores

ONE = AnswerRecord(
    "2026-01-02T03:04:05+00:00", "s1", "lesson", "q1", "number", "4", "certain", False, "5"
)


def test_answers_are_kept_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "answers.csv"
    records = [ONE, replace(ONE, question="q2", answer='a "b",\nc'), replace(ONE, right=True)]
    for record in records:
        append_answer(path, record)
    assert read_answers(path) == tuple(records)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(HEADER)
    assert len(rows) == 4
    assert path.read_bytes().decode() == as_csv(records)


def test_a_pipe_is_named_and_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    os.mkfifo(path)
    with pytest.raises(AnswerError, match="is not a file: move it away"):
        read_answers(path)
    with pytest.raises(AnswerError, match="is not a file: move it away"):
        append_answer(path, ONE)


def test_an_answer_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    append_answer(path, ONE)
    whole = path.read_bytes()
    for end in range(len(as_csv(())), len(whole)):
        path.write_bytes(whole[:end])
        append_answer(path, replace(ONE, question="after"))
        assert replace(ONE, question="after") in read_answers(path)


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    assert read_answers(tmp_path / "none.csv") == ()
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(AnswerError, match="cannot be kept"):
        append_answer(blocked / "answers.csv", ONE)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")))
def test_any_text_comes_back(text: str) -> None:
    record = replace(ONE, answer=text)
    rows = list(csv.reader(io.StringIO(as_csv([record]), newline="")))
    assert AnswerRecord.from_row(rows[1]) == record


def test_scores_before_and_after() -> None:
    inventory = read_lesson(resource_path("lessons", "00-inventory.md"))
    keys = [question.key for question in inventory.questions]

    def sitting(name: str, right: int) -> list[AnswerRecord]:
        return [
            replace(ONE, lesson="inventory", sitting=name, question=key, right=at < right)
            for at, key in enumerate(keys)
        ]

    again = replace(ONE, lesson="inventory", sitting="1", question=keys[-1], right=True)
    incomplete = sitting("3", 12)[:5]
    before, after = scores(inventory, [*sitting("2", 9), *sitting("1", 3), again, *incomplete])
    assert (before.right, before.questions, after.right) == (3, 12, 9)
    assert before.certain_and_wrong == tuple(keys[3:])
    assert gain(before, after) == pytest.approx(6 / 9)
    assert gain(replace(before, right=12), after) is None
    first = "First time: 3 of 12 right."
    assert score_text([before]) == f"{first} 9 wrong answers given with certainty."
    last = replace(after, certain_and_wrong=())
    words = f"{first} Last time: 9. Gain: 67 % of what was left to learn."
    assert score_text([before, last]).replace("\N{NO-BREAK SPACE}", " ") == words
