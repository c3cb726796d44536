import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.teaching.checker import check_file
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import Lesson, Situation
from cnnviz.teaching.reader import LARGEST_FILE, parse_lesson, read_lesson

HEAD = "---\ntitle: T\nsummary: S.\n---\n\n"
STEP = "## One\n\nWords.\n"


def parsed(text: str) -> Lesson:
    return parse_lesson(text, Path("x.md"))


def block(kind: str, *lines: str) -> str:
    return "\n".join(["", f"```{kind}", *lines, "```", ""])


ASK = ("kind: number", "question: How many?", "truth: 1", "within: 0", "why: So.")


def test_whole_lesson() -> None:
    lesson = parsed(
        HEAD
        + STEP
        + block("setup", "rule: exact", "learning_rate: 1e2", "iterations: 3", "subset: 20")
        + "\n## Two\n\nMore.\n"
        + block("setup", "fixes: [scale, layout]")
        + block("ask", "key: k", *ASK)
    )
    assert (lesson.title, lesson.summary, lesson.minutes) == ("T", "S.", 10)
    one, two = lesson.steps
    assert one.situation == Situation("bundled", 20, 0, 100.0, "exact", (), "", 3)
    assert two.situation == Situation(
        "bundled", 20, 0, 100.0, "notebook", ("scale", "layout"), "", 3
    )
    assert one.sets_up
    assert two.sets_up
    assert "setup" not in one.text.text
    assert [question.key for question in lesson.questions] == ["k"]


def test_situation_stays_from_step_to_step() -> None:
    lesson = parsed(HEAD + STEP + block("setup", "fault: factor-2") + "## Two\n\nMore.\n")
    assert lesson.steps[1].situation.fault == "factor-2"
    assert not lesson.steps[1].sets_up


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("no head", 1, 1, "begins with a head"),
        ("---\ntitle T\n---\n\n" + STEP, 2, 1, "key: value"),
        ("---\ntitle: T\nsummary: S.\ncolour: red\n---\n\n" + STEP, 4, 1, "no colour"),
        (HEAD + "Words.\n\n" + STEP, 6, 1, "before the first step"),
        (HEAD, 5, 1, "no step"),
        (HEAD + "## One\n", 6, 1, "says nothing"),
        (HEAD + STEP + block("setup", "rule: excat"), 11, 7, "none of notebook, exact"),
        (HEAD + STEP + block("setup", "a: b: c"), 11, 5, "quotes"),
        (HEAD + STEP + block("setup", "subset: 1"), 11, 9, "2 to 2,000"),
        (HEAD + STEP + block("setup", "fixes: [scale, size]"), 11, 16, "correction is called size"),
        (HEAD + STEP + block("setup", "fault: factor-3"), 11, 8, "perhaps you mean factor-2"),
        (HEAD + STEP + block("setup", "seed: 0", "seed: 1"), 12, 1, "twice"),
        (HEAD + STEP + block("show", "panels: [network, lost]"), 11, 19, "no panel is called lost"),
        (HEAD + STEP + block("show", "operation: pooling"), 11, 12, "operation pooling is none of"),
        (HEAD + STEP + block("show", "panel: [network]"), 11, 1, "perhaps you mean panels"),
        (HEAD + STEP + block("shw", "panels: [network]"), 10, 1, "perhaps you mean show"),
        (HEAD + STEP + block("show", "image: 200"), 11, 8, "0 to 199"),
        (HEAD + STEP + block("show", "cell:", "  tensor: Q"), 12, 11, "tensor Q is none of"),
        (HEAD + STEP + block("wait", "until: iteration > 1"), 11, 1, "a text for hint"),
        (HEAD + STEP + block("ask", *ASK[:-1]), 11, 1, "a text for why"),
        (HEAD + STEP + block("ask", "kind: guess"), 11, 7, "none of number, sign"),
        (HEAD + STEP + block("ask", *ASK, "options: []"), 16, 10, "number has no options"),
        (HEAD + STEP + block("ask", "kind: sign", "question: Q", "why: W"), 11, 1, "needs truth"),
        (HEAD + STEP + block("ask", *ASK) + block("ask", *ASK), 18, 1, "two blocks"),
        (HEAD + STEP + block("setup", "a: &x [1]", "b: *x"), 12, 4, "aliases"),
    ],
)  # fmt: skip
def test_wrong_line_and_column_are_named(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(LessonError) as caught:
        parsed(text)
    error = caught.value
    assert words in error.message
    assert (error.line, error.column) == (line, column)


def test_keys_are_unique() -> None:
    step = block("ask", "key: k", *ASK)
    with pytest.raises(LessonError, match="two questions"):
        parsed(HEAD + STEP + step + "## Two\n\nWords.\n" + step)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\xff\xfe", "UTF-8"), (b"x" * (LARGEST_FILE + 1), "1 MB"), (None, "cannot be read")],
)
def test_files_that_are_none(tmp_path: Path, data: bytes | None, words: str) -> None:
    file = tmp_path / "a.md"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(LessonError, match=words) as caught:
        read_lesson(file)
    assert str(caught.value).startswith(f"{file}:1:1: ")


def test_a_pipe_is_no_lesson_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    with pytest.raises(LessonError, match="is not a file: name a lesson"):
        read_lesson(tmp_path / "a.md")


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        ("Loss {{ lost() }}.", 8, 9, "no function is called lost"),
        ("Two\nlines {{ loss(eta=3) }}.", 9, 10, "no keyword is called eta"),
        ("{{ 10 ** 10 ** 10 }}", 8, 4, "has no value|cannot be computed"),
        ("{{ ().__class__ }}", 8, 4, "cannot be computed"),
        ('{{ entry("f", filter=4, row=1, column=1) }}', 8, 4, "f has no filter 4"),
        ('{{ entry("f", filter=1, row=1) }}', 8, 4, "say which column"),
        ('{{ entry("C", filter=1, row=1, column=1) }}', 8, 4, "say which image"),
        ('{{ place_of_largest("z") }}', 8, 4, "pictures"),
        ("{{ loss() | pounds }}", 8, 4, "no format is called pounds"),
        ("{{ loss(subset=5000) }}", 8, 4, "at most 2,000 images"),
    ],
)
def test_expressions_that_cannot_be_computed(
    tmp_path: Path, laboratory: Laboratory, source: str, line: int, column: int, words: str
) -> None:
    file = tmp_path / "a.md"
    head = HEAD + "## One\n\n" + source + "\n" + block("setup", "subset: 8")
    file.write_text(head, encoding="utf-8")
    (error,) = check_file(file, laboratory)
    assert any(word in error.message for word in words.split("|")), error.message
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (("options:", "  - {text: a, right: 1 < 2}", "  - {text: b, right: 2 > 1}"), "exactly one"),
        (("options:", "  - {text: a, right: 1 > 2}", "  - {text: b, right: 2 < 1}"), "exactly one"),
        (("options:", "  - {text: a, right: 1 < 2}"), "two options"),
    ],
)
def test_choices_have_one_right_option(
    tmp_path: Path, laboratory: Laboratory, ask: tuple[str, ...], words: str
) -> None:
    file = tmp_path / "a.md"
    lines = ("kind: choice", "question: Which?", "why: So.", *ask)
    file.write_text(HEAD + STEP + block("ask", *lines), encoding="utf-8")
    (error,) = check_file(file, laboratory)
    assert words in error.message


def test_options_are_not_in_the_right_order_already(tmp_path: Path, laboratory: Laboratory) -> None:
    file = tmp_path / "a.md"
    options = ("options:", "  - {text: a, value: 2}", "  - {text: b, value: 1}")
    lines = ("kind: rank", "question: Which first?", "why: So.", *options)
    file.write_text(HEAD + STEP + block("ask", *lines), encoding="utf-8")
    (error,) = check_file(file, laboratory)
    assert "right order already" in error.message


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="-#`: \n{}[]*&!|>$abcsetupwk\t'\"", max_size=200))
def test_any_text_is_a_lesson_or_an_error_with_a_line(text: str) -> None:
    for whole in (text, HEAD + text, HEAD + STEP + block("setup", text)):
        found: LessonError | None = None
        try:
            assert parsed(whole).steps
        except LessonError as error:
            found = error
        assert found is None or (1 <= found.line <= whole.count("\n") + 2 and found.column >= 1)


def test_every_step_that_is_wrong_is_named(tmp_path: Path) -> None:
    file = tmp_path / "three.md"
    wrong = STEP + block("show", "operation: pooling") + STEP + block("show", "view: none")
    file.write_text(HEAD.replace("title: T", "title: T\nminutes: ten") + wrong, encoding="utf-8")

    with pytest.raises(LessonError) as raised:
        read_lesson(file)

    found = [raised.value, *raised.value.others]
    assert [error.line for error in found] == sorted(error.line for error in found)
    assert [error.path for error in found] == [file] * 3
    assert "minutes must be 1 to 60, not ten" in str(found[0])
    assert "operation pooling" in str(found[1])
    assert "view none" in str(found[2])


def test_every_block_of_a_step_that_is_wrong_is_named() -> None:
    shown = block("setup", "subset: 1") + block("show", "panels: [prediction]")
    with pytest.raises(LessonError) as raised:
        parsed(HEAD + STEP + shown + block("ask", "kind: signs", *ASK[1:]))

    found = [str(error) for error in (raised.value, *raised.value.others)]
    assert len(found) == 3
    for words, text in zip(
        ("not 1", "no panel is called prediction", "kind signs"), found, strict=True
    ):
        assert words in text


def test_an_image_may_be_there_in_the_state_that_is_meant() -> None:
    with pytest.raises(LessonError) as raised:
        parsed(HEAD + STEP + block("setup", "subset: 1") + block("show", "image: 900"))
    assert raised.value.others == ()


def test_a_state_that_cannot_be_computed_is_named_once(
    tmp_path: Path, laboratory: Laboratory
) -> None:
    file = tmp_path / "large.md"
    file.write_text(HEAD + STEP + block("setup", "subset: 2000") + "\n{{ loss() }}\n")
    (error,) = check_file(file, laboratory)
    assert "1797 images" in str(error)


def test_a_misspelt_block_hides_nothing_else_that_is_wrong() -> None:
    source = HEAD + STEP + block("shw", "image: 1") + STEP + block("show", "view: none")
    with pytest.raises(LessonError) as raised:
        parsed(source)
    (other,) = raised.value.others
    assert "perhaps you mean show" in str(raised.value)
    assert "view none" in str(other)


def test_a_block_in_a_quotation_is_code_and_no_question() -> None:
    quoted = "".join(f"> {line}\n" for line in block("ask", "kind: signs").splitlines())
    (step,) = parsed(HEAD + STEP + quoted).steps
    assert step.question is None
    assert "> kind: signs" in step.text.text


def test_a_reason_without_a_line_is_given_once_for_a_step(
    tmp_path: Path, laboratory: Laboratory
) -> None:
    file = tmp_path / "data.md"
    shown = block("show", "cell:", "  tensor: dF", "  filter: 1", "  row: 1", "  column: 1")
    setup = block("setup", "data: nowhere")
    file.write_text(HEAD + STEP + setup + "\n## Two\n\n{{ loss() }}\n" + shown)
    found = [error.line for error in check_file(file, laboratory)]
    assert len(found) == len(set(found)) == 2


def test_every_part_of_a_step_that_cannot_be_computed_is_named(
    tmp_path: Path, laboratory: Laboratory
) -> None:
    file = tmp_path / "parts.md"
    wrong = "## One\n\n{{ los() }}\n" + block("wait", "until: iterations > 2", "hint: →")
    file.write_text(HEAD + wrong + block("ask", *ASK[:2], "truth: wrongs()", *ASK[3:]))

    found = [str(error) for error in check_file(file, laboratory)]
    assert len(found) == 3
    for words, text in zip(("los", "iterations", "wrongs"), found, strict=True):
        assert words in text
