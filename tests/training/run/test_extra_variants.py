"""Training under a rule with a fault or own code in it, and how run files keep that."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.network import Tensors, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.numerics.signatures import SIGNATURES
from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.debugger.operation_positions import END
from cnnviz.training.errors import SettingsError
from cnnviz.training.files.restore import restore
from cnnviz.training.files.run_file import write_run
from cnnviz.training.own_code.process import running
from cnnviz.training.own_code.source import OwnSource, variants_not_run
from cnnviz.training.run import kept_parameters
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.recorded_run import RunConfig
from cnnviz.training.run.rule_json import rule_from_json, rule_to_json
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.driver import step_to
from tests.training.recorded import run_of

MakeTrainer = Callable[..., Trainer]

ROTATED = FAULT_NAMED["filter-rotated"]
DOUBLED = OwnSource.parse(
    """
import numpy.random  # imports and helpers belong to it
def twice(x): return x + x
def dense_gradient(a, delta): return twice(a @ delta.T / delta.size)
""",
    "mine.py",
)


def test_a_fault_is_trained_by_the_readable_path(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(subset=12, rule=ROTATED.rule, learning_rate=20.0)
    parameters = initial_parameters(0)
    for _ in range(4):
        assert trainer.step()
        parameters = updated(iterate(trainer.batch, parameters, ROTATED.rule, 20.0))
    np.testing.assert_array_equal(trainer.parameters.f, parameters.f)
    np.testing.assert_array_equal(trainer.parameters.wo, parameters.wo)
    trainer.change(rule=EXACT)
    assert trainer.step()
    exact = updated(iterate(trainer.batch, parameters, EXACT, 20.0))
    np.testing.assert_allclose(trainer.parameters.f, exact.f, rtol=1e-9)
    assert [str(mark.settings.rule.title) for mark in trainer.curve.marks] == ["exact"]


def test_states_under_a_fault_are_kept_as_they_were(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_parameters, "RECENT", 2)
    monkeypatch.setattr(kept_parameters, "SPACING", 4)
    monkeypatch.setattr(kept_parameters, "MOST_KEYFRAMES", 3)
    trainer = make_trainer(subset=6, rule=ROTATED.rule)
    states = [trainer.parameters]
    for _ in range(9):
        assert trainer.step()
        states.append(trainer.parameters)
    for iteration in (3, 7, 1):
        assert trainer.go_to(iteration)
        np.testing.assert_array_equal(trainer.parameters.wo, states[iteration].wo)


@pytest.mark.parametrize("learning_rate", [0.5, 7.0])
def test_a_fault_that_keeps_a_gradient_has_it_from_the_step_before(
    make_trainer: MakeTrainer, learning_rate: float
) -> None:
    rule = FAULT_NAMED["gradient-kept"].rule
    trainer = make_trainer(subset=6, rule=rule, learning_rate=learning_rate)
    last: Tensors = {}
    states = [trainer.parameters]
    for _ in range(4):
        last = iterate(trainer.batch, trainer.parameters, rule, learning_rate, last)
        assert trainer.step()
        np.testing.assert_allclose(trainer.parameters.wo, last["wo_next"], rtol=1e-9, atol=1e-13)
        states.append(trainer.parameters)
    # From a state in the past, and in the debugger, the same numbers come.
    assert trainer.go_to(2)
    debugger = Debugger(trainer)
    step_to(debugger, END)
    np.testing.assert_array_equal(debugger.tensors["wo_next"], states[3].wo)
    edit_state(trainer, Edit(trainer.iteration, "wo", (0, 0), 0.5))
    trainer.change(rule=rule)
    here = trainer.parameters
    assert trainer.step()  # what was edited was not reached by a gradient
    alone = updated(iterate(trainer.batch, here, EXACT, learning_rate))
    np.testing.assert_allclose(trainer.parameters.wo, alone.wo, rtol=1e-12)


def test_a_fault_is_not_trained_on_what_does_not_fit_in_memory() -> None:
    with pytest.raises(SettingsError, match="at most 10,000 images"):
        Settings(subset=10_001, rule=ROTATED.rule)
    assert Settings(subset=10_000, rule=ROTATED.rule).subset == 10_000
    assert Settings(subset=60_000, rule=EXACT).subset == 60_000


def test_own_code_is_trained_and_its_end_is_reported(make_trainer: MakeTrainer) -> None:
    with running(DOUBLED) as code:
        trainer = make_trainer(subset=5, rule=code.rule, learning_rate=2.0)
        assert trainer.step()
        doubled = FAULT_NAMED["factor-2"].rule
        expected = updated(iterate(trainer.batch, initial_parameters(0), doubled, 2.0))
        np.testing.assert_allclose(trainer.parameters.wo, expected.wo, rtol=1e-12)
        code.kill()
        assert not trainer.step()
        assert trainer.notice is not None
        assert trainer.notice.summary == (
            "Own code at iteration 1, dense gradient: it was stopped."
        )
    trainer.change(rule=EXACT)
    assert trainer.step()


@pytest.mark.parametrize("base", [EXACT, NOTEBOOK, Rule.correcting(["pairing", "layout"])])
def test_a_rule_comes_back_from_json(base: Rule) -> None:
    for extra in (
        (),
        (ROTATED.variant,),
        (FAULT_NAMED["sign-of-error"].variant, *variants_not_run(DOUBLED)),
    ):
        rule = base.replacing(extra)
        written = json.loads(json.dumps(rule_to_json(rule)))
        read = rule_from_json(written)
        assert read == rule
        assert read.title == rule.title
        assert rule_to_json(read) == written
        assert set(written) <= {"rule", "faults", "own_code"}


@pytest.mark.parametrize(
    ("values", "phrase"),
    [
        ({"faults": ["none"]}, "its fault 'none' is none"),
        ({"faults": [["factor-2"]]}, "is none of this cnnviz"),
        ({"faults": "factor-2"}, "no faults"),
        ({"faults": ["factor-2", "sum-for-mean"]}, "two computations for one operation"),
        ({"own_code": [{"operation": "delta", "name": "x", "text": "def f(): 1"}]}, "no operation"),
        (
            {"own_code": [{"operation": "delta", "name": "x", "text": "def error(y, o): 1"}]},
            "does not define 'delta'",
        ),
        ({"own_code": [3]}, "no operation"),
    ],
)
def test_json_of_no_rule(values: dict[str, object], phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        rule_from_json({"rule": [], **values})


def test_run_files_keep_faults_and_own_code_and_run_nothing(
    make_trainer: MakeTrainer, tmp_path: Path
) -> None:
    with running(DOUBLED) as code:
        trainer = make_trainer(subset=5, learning_rate=2.0, rule=ROTATED.rule)
        trainer.step()
        trainer.change(rule=code.rule)
        for _ in range(2):
            assert trainer.step()
        last = trainer.parameters
        path = tmp_path / "run.npz"
        write_run(path, run_of(trainer))
        again = restore(path, {trainer.dataset: "bundled"})
        np.testing.assert_array_equal(again.parameters.wo, last.wo)
        assert again.settings.rule == code.rule
        assert not again.step()
        assert again.notice is not None
        assert "this code does not run: run it if you trust it" in again.notice.summary
        again.change(rule=code.rule)
        assert again.step()
        assert again.go_to(1)
        assert again.settings.rule == code.rule
    config = json.loads(str(np.load(path)["config"]))
    assert config["version"] == 3
    assert config["settings"]["faults"] == ["filter-rotated"]
    assert config["marks"][0]["settings"]["own_code"][0]["text"] == DOUBLED.text
    assert RunConfig.from_json(json.dumps(config), 3).settings[0].settings.rule == ROTATED.rule


def test_the_templates_train_as_the_exact_rule_does(make_trainer: MakeTrainer) -> None:
    text = "\n".join(SIGNATURES[name].template for name in ("map_gradient", "filter_update"))
    with running(OwnSource.parse(text)) as code:
        trainer, exact = make_trainer(subset=5, rule=code.rule), make_trainer(subset=5, rule=EXACT)
        assert trainer.step()
        assert exact.step()
        np.testing.assert_allclose(trainer.parameters.f, exact.parameters.f, rtol=1e-12)
