"""Figures of the steps of a run: while it is trained, after an edit, a fork, and from a file."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.network import Parameters
from cnnviz.training.files.restore import restore
from cnnviz.training.files.run_file import write_run
from cnnviz.training.run import states as module
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.step_metrics import METRICS, metrics_of_states, step_metrics
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.recorded import run_of


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(bundled_digits(), Settings(subset=10, learning_rate=3.0, pause_on_warning=False))


def expected(before: Parameters, after: Parameters, rate: float) -> list[float]:
    """The four figures of a step, in plain numpy."""
    steps = [np.linalg.norm(b - a) for a, b in ((before.f, after.f), (before.wo, after.wo))]
    sizes = [np.linalg.norm(before.f), np.linalg.norm(before.wo)]
    return [steps[0] / sizes[0], steps[1] / sizes[1], steps[0] / rate, steps[1] / rate]


def test_each_state_has_the_figures_of_the_step_that_led_to_it(trainer: Trainer) -> None:
    states, saturated = [trainer.parameters], [trainer.current_state.saturated]
    for rate in (3.0, 3.0, 0.5, 0.5):
        trainer.change(learning_rate=rate)
        trainer.step()
        states.append(trainer.parameters)
        saturated.append(trainer.current_state.saturated)
    curve = trainer.curve
    assert np.isnan(curve.metrics[:4, 0]).all()
    for i, rate in enumerate((3.0, 3.0, 0.5, 0.5), 1):
        assert curve.metrics[:4, i] == pytest.approx(expected(states[i - 1], states[i], rate))
    assert curve.values("saturated_share").tolist() == saturated
    assert curve.values("dense_ratio") is not None
    assert np.array_equal(curve.values("dense_ratio"), curve.metrics[1], equal_nan=True)
    assert curve.values("loss") is curve.loss
    assert curve.values("accuracy") is curve.accuracy


def test_a_fork_has_those_before_it_and_an_edit_has_none(trainer: Trainer) -> None:
    for _ in range(4):
        trainer.step()
    before = trainer.curve.metrics.copy()
    trainer.go_to(2)
    value = float(trainer.parameters.f[1, 1, 0])
    edit_state(trainer, Edit(2, "f", (1, 1, 0), value + 1))
    trainer.step()
    curve = trainer.curve
    assert np.array_equal(curve.metrics[:, :2], before[:, :2], equal_nan=True)
    assert np.isnan(curve.metrics[:4, 2]).all()
    assert np.isfinite(curve.metrics[:, 3]).all()


def test_a_run_from_a_file_has_them_but_for_the_saturated_units(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 2)
    for rate in (3.0, 3.0, 0.5, 0.5, 0.5):
        trainer.change(learning_rate=rate)
        trainer.step()
    write_run(tmp_path / "run.npz", run_of(trainer))
    restored = restore(tmp_path / "run.npz", {trainer.dataset: "bundled"})
    metrics = restored.curve.metrics
    assert metrics[:4] == pytest.approx(trainer.curve.metrics[:4], nan_ok=True)
    assert np.isnan(metrics[4, :-1]).all()
    assert metrics[4, -1] == trainer.current_state.saturated  # of the state that is shown


def test_weights_of_zero_have_no_ratio() -> None:
    zero = Parameters(np.zeros((5, 5, 3)), np.zeros((1728, 1)))
    one = Parameters(np.ones((5, 5, 3)), np.ones((1728, 1)))
    figures = step_metrics(zero, one, 2.0, 0.25)
    assert np.isnan(figures[:2]).all()
    assert figures[2:] == pytest.approx((75**0.5 / 2, 1728**0.5 / 2, 0.25))
    both = StatesInMemory(np.stack([zero.f, one.f]), np.stack([zero.wo, one.wo]))
    states = metrics_of_states(both, np.array([np.nan, 2.0]))
    assert states.shape == (len(METRICS), 2)
    assert states[:4, 1] == pytest.approx(figures[:4], nan_ok=True)
    assert np.isnan(states[:, 0]).all()


def test_weights_that_run_away_have_figures_without_a_warning() -> None:
    small = Parameters(np.ones((5, 5, 3)), np.ones((1728, 1)))
    huge = Parameters(np.full((5, 5, 3), 1e200), np.full((1728, 1), 1e300))
    assert step_metrics(small, huge, 2.0, 0.5) == (*[np.inf] * 4, 0.5)
