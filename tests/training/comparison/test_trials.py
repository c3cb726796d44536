import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.comparison import trials as module
from cnnviz.training.comparison.trials import CandidateTrial, candidates, try_candidates
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

SETTINGS = Settings(subset=12, learning_rate=20.0)


def losses(settings: Settings, before: Settings | None = None, done: int = 0) -> list[float]:
    """Train as the window does: `done` iterations with other settings first."""
    trainer = Trainer(bundled_digits(), before or settings)
    for _ in range(done):
        trainer.step()
    trainer.change(rule=settings.rule, learning_rate=settings.learning_rate)
    for _ in range(module.ITERATIONS):
        trainer.step()
    trainer.close()
    return list(trainer.curve.loss[done:])


def test_candidates_are_lower_rates_each_correction_and_the_exact_gradient() -> None:
    found = {(c.title, c.restarts): c.settings for c in candidates(SETTINGS)}
    assert len(found) == 16
    assert found["η = 2", False].learning_rate == 2
    assert found["update order corrected", True].rule == Rule.correcting(["update-order"])
    exact = found["the exact gradient at η = 100", True]
    assert (exact.rule, exact.learning_rate, exact.subset) == (EXACT, 100, 12)
    assert not any("corrected" in c.title for c in candidates(Settings(rule=EXACT)))


def test_trials_are_what_a_trainer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ITERATIONS", 20)
    trainer = Trainer(bundled_digits(), SETTINGS)
    trainer.step()
    trainer.step()
    shares: list[float] = []
    trials = try_candidates(trainer.current_state.data, SETTINGS, trainer.parameters, shares.append)
    trainer.close()
    assert trials.unchanged.loss == pytest.approx(losses(SETTINGS, SETTINGS, 2), rel=1e-12)
    for trial in trials.changed:
        candidate = trial.candidate
        before = (None, 0) if candidate.restarts else (SETTINGS, 2)
        expected = losses(candidate.settings, *before)
        assert trial.loss == pytest.approx(expected[: len(trial.loss)], rel=1e-9)
    ends = [trial.last_loss for trial in trials.changed]
    assert ends == sorted(ends)
    bound = 0.95 * trials.unchanged.last_loss
    assert [t.last_loss for t in trials.helpful] == [end for end in ends if end < bound]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_a_trial_that_ends_early_helps_nobody() -> None:
    short = CandidateTrial(candidates(Settings(rule=NOTEBOOK))[0], np.zeros(3), np.zeros(3))
    assert short.last_loss == float("inf")
