"""The lessons that come with cnnviz, gone through to their ends."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.resources import resource_path
from cnnviz.data.source import load
from cnnviz.numerics.network import Tensors
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.teaching.checker import check_file, check_lesson, wrong_answers
from cnnviz.teaching.computed import text_of, truth_of
from cnnviz.teaching.judge import GENERAL, judge
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import Lesson, Situation
from cnnviz.teaching.library import lesson_files, lessons_of
from cnnviz.teaching.quantities import Quantities
from cnnviz.teaching.reader import parse_lesson
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

LESSONS, ERRORS = lessons_of(resource_path("lessons"))
PAGE = resource_path("lessons", "README.md")


def test_there_are_ten_lessons_and_an_inventory_of_twelve_questions() -> None:
    assert not ERRORS
    assert sum(lesson.kind == "lesson" for lesson in LESSONS) >= 10
    (inventory,) = (lesson for lesson in LESSONS if lesson.kind == "inventory")
    assert len(inventory.questions) == 12
    assert all(question.kind == "choice" for question in inventory.questions)
    assert PAGE not in lesson_files(PAGE.parent)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_lesson_runs_to_its_end(lesson: Lesson, laboratory: Laboratory) -> None:
    assert list(check_lesson(lesson, laboratory)) == []
    for step in lesson.steps:
        text = text_of(step, laboratory)
        assert "{{" not in text
        if step.question is None:
            continue
        truth = truth_of(step, laboratory)
        right = judge(step, truth, truth.value, laboratory)
        assert right.right
        assert not right.feedback
        for answer in wrong_answers(step.question, truth):
            wrong = judge(step, truth, answer, laboratory)
            assert not wrong.right
            assert wrong.feedback not in ("", GENERAL)
            assert "{{" not in wrong.feedback + wrong.why
            assert wrong.why == right.why


@cache
def reference(rule: Rule, rate: float, iterations: int) -> Tensors:
    """Train on the first 200 bundled digits as the window does, and return all tensors."""
    trainer = Trainer(load("bundled"), Settings(learning_rate=rate, rule=rule))
    for _ in range(iterations):
        trainer.step()
    tensors = iterate(trainer.batch, trainer.parameters, rule, rate)
    trainer.close()
    return tensors


def test_truths_agree_with_a_trainer(laboratory: Laboratory) -> None:
    """Each value is computed here from tensors alone, without the lessons' quantities."""
    exact, start = reference(EXACT, 100, 60), reference(EXACT, 100, 0)
    thrown = reference(NOTEBOOK, 15, 1)
    strongest = np.unravel_index(exact["C"][5, 1].argmax(), (24, 24))
    expected = {
        "what-a-filter-sees/map-rows": 24,
        "what-a-filter-sees/negative": "negative" if exact["f"].min() < 0 else "positive",
        "what-a-filter-sees/strongest": (0, strongest[1] + 3, strongest[0] + 3),
        "from-map-to-answer/output": 1 / (1 + np.exp(-exact["zs"][0, 5] - 2)),
        "from-map-to-answer/floor": 0.5 * (1 / (1 + np.e)) ** 2,
        "why-standardise/sum": 0,
        "one-iteration-forwards/correlation": start["A"][3, 0, 11, 11],
        "one-iteration-forwards/saturated": 100 * np.mean(start["A"] * (1 - start["A"]) < 1e-6),
        "what-throws-the-filters/how-far": thrown["f"].max(),
        "saturation/share": 100 * np.mean(thrown["A"] * (1 - thrown["A"]) < 1e-6),
        "filter-gradient/places": 576,
    }
    found = {}
    for lesson in LESSONS:
        for step in lesson.steps:
            if step.question:
                key = f"{lesson.name}/{step.question.key}"
                if key in expected:
                    found[key] = truth_of(step, laboratory).value
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, str | tuple):
            assert found[key] == value, key
        else:
            assert found[key] == pytest.approx(value, rel=1e-6, abs=1e-10), key


def test_held_out_images_are_those_of_the_window(laboratory: Laboratory) -> None:
    (lesson,) = (lesson for lesson in LESSONS if lesson.name == "held-out-images")
    truth = truth_of(lesson.steps[0], laboratory).value
    trainer = Trainer(load("bundled"), Settings(learning_rate=100, rule=EXACT))
    for _ in range(100):
        trainer.step()
    trainer.held_out.switch(on=True)
    trainer.evaluate_held_out()
    view = trainer.held_out.view
    trainer.close()
    assert view is not None
    assert truth == pytest.approx(100 * view.predictions.accuracy)
    assert f"{len(view.dataset)} other images" in text_of(lesson.steps[0], laboratory)


def test_next_iteration_can_follow_another_rule(laboratory: Laboratory) -> None:
    notebook = Situation(iterations=1)
    entry = Quantities(laboratory, notebook).functions()["largest"]
    state = laboratory.trained(notebook)
    exact = iterate(state.batch, state.parameters, EXACT, state.learning_rate)
    assert entry("dF", by="exact") == pytest.approx(np.abs(exact["dF"]).max())
    assert entry("dF") == pytest.approx(np.abs(laboratory.tensor(notebook, "dF")).max())


def test_example_of_the_page_is_right(laboratory: Laboratory, tmp_path: Path) -> None:
    example = re.search(r"~~~markdown\n(.*?)~~~", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    file = tmp_path / "example.md"
    file.write_text(example[1], encoding="utf-8")
    assert check_file(file, laboratory) == ()
    lesson = parse_lesson(example[1], file)
    assert lesson.steps[0].wait
    assert lesson.steps[1].question


def test_page_names_every_function_and_key(laboratory: Laboratory) -> None:
    from cnnviz.teaching import blocks
    from cnnviz.teaching.lesson import QUESTION_KINDS
    from cnnviz.teaching.waiting import EXAMPLE

    page = PAGE.read_text(encoding="utf-8")
    names = [
        *Quantities(laboratory, Situation()).functions(),
        *blocks.PANELS,
        *blocks.VIEWS,
        *QUESTION_KINDS,
        *EXAMPLE.__slots__,
    ]
    assert [name for name in names if not re.search(rf"\b{name}\b", page)] == []
