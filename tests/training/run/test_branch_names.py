"""Branches are named by what they are, until a person names them."""

from collections.abc import Callable

import pytest

from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.numerics.signatures import SIGNATURES
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.own_code.source import OwnSource, variants_not_run
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.branch_names import LONGEST_NAME, distinct, settings_name, shortened
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.recorded import run_of

Make = Callable[..., Trainer]
WITH_ONE = Rule.correcting(["standardisation"])


def own(*operations: str) -> Rule:
    templates = (SIGNATURES[operation].template for operation in operations)
    return Rule(frozenset(variants_not_run(OwnSource.parse("\n\n".join(templates)))))


@pytest.mark.parametrize(
    ("first", "latest", "name"),
    [
        (Settings(), None, "notebook, η 15"),
        (Settings(rule=EXACT, learning_rate=100.0), None, "exact, η 100"),
        (Settings(rule=WITH_ONE, seed=3), None, "notebook + standardisation, η 15, seed 3"),
        (
            Settings(),
            Settings(rule=EXACT, learning_rate=0.5, subset=1_000),
            "notebook → exact, η 15 → 0.5, n 200 → 1,000",
        ),
        (Settings(rule=own("dense_gradient")), None, "own dense gradient, η 15"),
        (Settings(), Settings(rule=own("dense_gradient")), "notebook → own dense gradient, η 15"),
        (
            Settings(rule=own("delta", "dense_gradient", "map_gradient")),
            None,
            "3 own operations, η 15",
        ),
        (Settings(dtype="float32", subset=50), None, "notebook, η 15, n 50, float32"),
        (Settings(pixels=(Pixel(0, 3, 4, 128),)), None, "notebook, η 15, pixels changed"),
    ],
)
def test_settings_make_a_name(first: Settings, latest: Settings | None, name: str) -> None:
    assert settings_name(first, latest) == name


def test_a_name_is_given_once() -> None:
    assert distinct("a", {"b"}) == "a"
    assert distinct("a", {"a", "a (2)"}) == "a (3)"


def test_the_name_follows_the_settings_until_a_person_gives_another(make_trainer: Make) -> None:
    trainer = make_trainer()

    def name() -> str:
        return frame_of(trainer, 0).branch.name

    trainer.change(rule=EXACT, learning_rate=100.0)
    assert name() == "exact, η 100, n 4"  # before the first iteration, at once
    trainer.step()
    trainer.change(learning_rate=10.0)
    assert name() == "exact, η 100, n 4"
    trainer.step()
    assert name() == "exact, η 100 → 10, n 4"
    trainer.discard_after(1)
    assert name() == "exact, η 100, n 4"
    trainer.branches.rename(1, "mine")
    trainer.change(learning_rate=1.0)
    trainer.step()
    assert name() == "mine"


def test_a_resumed_run_is_named_by_its_settings(make_trainer: Make) -> None:
    trainer = make_trainer(learning_rate=2.0)
    trainer.step()
    trainer.change(rule=EXACT)
    trainer.step()
    resumed = resume_run(run_of(trainer), trainer.dataset)
    assert frame_of(resumed, 0).branch.name == "notebook → exact, η 2, n 4"


def test_the_longest_name_fits(make_trainer: Make) -> None:
    trainer = make_trainer(seed=2**32 - 1)
    for _ in range(2):
        trainer.change(rule=Rule.correcting(["scale", "standardisation", "pairing", "layout"]))
        trainer.step()
        trainer.reset()
    names = [branch.name for branch in frame_of(trainer, 0).branches]
    assert all(len(name) <= LONGEST_NAME for name in names)
    assert len(set(names)) == len(names)


def test_a_name_that_is_cut_off_says_so() -> None:
    assert shortened("exact, η 100") == "exact, η 100"
    assert shortened("a b " * 20) == "a b " * 20
    cut = shortened("Lesson: " + "a very long title " * 6)
    assert len(cut) <= LONGEST_NAME
    assert cut.endswith("…")
    assert "Lesson: a very long title" in cut
