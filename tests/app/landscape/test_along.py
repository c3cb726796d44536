"""The loss along the next step, in words."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.app.landscape.along import Along, along, sentences
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.landscape.line import Line
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def line(best: float, lowest: float) -> Line:
    """A line that starts at 0.15 and is at 0.2 after one step."""
    return Line(np.array([0.1, 1.0, 1000.0]), np.array([0.15, 0.2, 0.3]), 0.15, best, lowest)


@pytest.mark.parametrize(
    ("best", "lowest", "said"),
    [
        (0.02, 0.1, "You overshoot by a factor of 50.0: lowest is 0.100 at η = 0.300."),
        (4.0, 0.1, "The lowest, 0.100 at η = 60.0, is 4.00 times as far."),
        (1.02, 0.1, "That is the lowest along it."),
        (0.0, 0.15, "Nowhere along it is the loss lower than here."),
        (1000.0, 0.1, "It is still falling at 1,000 times that step."),
    ],
)
def test_where_the_step_ends(best: float, lowest: float, said: str) -> None:
    one = line(best, lowest)
    text = sentences(Along(3, 15.0, EXACT, one, one))
    assert (
        text
        == f"Exact, from iteration 3: one step at η = 15 takes the loss from 0.150 to 0.200. {said}"
    )


def test_two_rules_have_two_lines() -> None:
    found = Along(3, 15.0, NOTEBOOK, line(0.02, 0.1), line(4.0, 0.1))
    own, exact = sentences(found).split("\n")
    assert own.startswith("Notebook, from iteration 3: one step at η = 15")
    assert exact.startswith("Exact gradient: one step at η = 15")
    assert "undefined" in sentences(
        replace(found, current=replace(found.current, loss=np.full(3, np.nan)))
    )


def test_a_frame_has_both_lines_from_its_state() -> None:
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    trainer.step()
    frame = frame_of(trainer, 0)
    trainer.step()
    found = along(frame, BatchKernel())
    assert (found.iteration, found.rule, found.learning_rate) == (1, NOTEBOOK, 15)
    assert found.current.start == found.exact.start == pytest.approx(frame.predictions.loss)
    assert found.current.end == pytest.approx(trainer.curve.loss[2])
    assert found.exact is not found.current
    trainer.change(rule=EXACT)
    same = along(frame_of(trainer, 0), BatchKernel())
    assert same.exact is same.current


def test_the_kernel_is_kept_for_a_batch() -> None:
    trainer, kernels = Trainer(bundled_digits(), Settings(subset=20)), BatchKernel()
    first = kernels.of(frame_of(trainer, 0))
    trainer.step()
    assert kernels.of(frame_of(trainer, 0)) is first
    trainer.change(subset=21)
    assert kernels.of(frame_of(trainer, 0)).batch.n == 21
    batch = kernels.batch_of(frame_of(trainer, 0))
    assert np.array_equal(batch.planes, kernels.of(frame_of(trainer, 0)).batch.planes)
    assert kernels.batch_of(frame_of(trainer, 0)) is batch
    trainer.change(dtype="float32")
    assert kernels.of(frame_of(trainer, 0)).dtype == np.float32


def test_while_training_runs_it_is_computed_in_float32() -> None:
    trainer, kernels = Trainer(bundled_digits(), Settings(subset=20)), BatchKernel()
    running = along(frame_of(trainer, 0, running=True), kernels)
    paused = along(frame_of(trainer, 0), kernels)
    assert kernels.of(frame_of(trainer, 0, running=True)).dtype == np.float32
    assert kernels.of(frame_of(trainer, 0)).dtype == np.float64
    assert running.current.lowest == pytest.approx(paused.current.lowest, rel=1e-5)
    assert running.current.lowest != paused.current.lowest
