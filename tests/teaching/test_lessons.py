"""The lessons that come with cnnviz, gone through to their ends."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.resources import resource_path
from cnnviz.data.source import load
from cnnviz.numerics.network import Batch, Tensors, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.teaching.checker import check_file, check_lesson, wrong_answers
from cnnviz.teaching.computed import text_of, truth_of
from cnnviz.teaching.judge import judge
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import Lesson
from cnnviz.teaching.library import lesson_files, lessons_of
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
            assert wrong.feedback
            assert "{{" not in wrong.feedback + wrong.why
            assert wrong.why == right.why


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
        "from-map-to-answer/output": exact["o"][0, 5],
        "why-standardise/sum": 0,
        "one-iteration-forwards/correlation": start["A"][3, 0, 11, 11],
        "one-iteration-forwards/saturated": 100
        * np.mean((start["A"] < 0.01) | (start["A"] > 0.99)),
        "what-throws-the-filters/how-far": thrown["f"].max(),
        "saturation/share": 100 * np.mean((thrown["A"] < 0.01) | (thrown["A"] > 0.99)),
        "five-faults/standardisation": reference(NOTEBOOK, 15, 0)["delta"].sum(),
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


def test_held_out_images_are_those_after_the_subset(laboratory: Laboratory) -> None:
    (lesson,) = (lesson for lesson in LESSONS if lesson.name == "held-out-images")
    truth = truth_of(lesson.steps[0], laboratory).value
    data = load("bundled").first(1200)
    others = Batch.from_images(data.images[200:], data.labels[200:])
    trained = reference(EXACT, 100, 100)
    tensors = iterate(
        others, replace(initial_parameters(0), f=trained["f"], wo=trained["wo"]), EXACT, 100
    )
    assert truth == pytest.approx(100 * np.mean((tensors["o"] > 0.5) == (tensors["y"] > 0.5)))


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
    from cnnviz.teaching.lesson import QUESTION_KINDS, Situation
    from cnnviz.teaching.quantities import Quantities
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
