"""How the images pulled in a step, computed of a frame and in words."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.app.pull.image_pulls import image_pulls, image_words, sentences
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.landscape.pull import Pull, pull
from cnnviz.numerics.landscape.slopes import Slopes
from cnnviz.numerics.landscape.vectors import as_vector
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(bundled_digits(), Settings(subset=20, learning_rate=50.0, rule=EXACT))


def test_it_is_of_the_step_that_led_to_the_state(trainer: Trainer) -> None:
    trainer.step()
    before = trainer.parameters
    errors = trainer.forward.E[0] if trainer.forward else None
    trainer.step()
    trainer.change(rule=EXACT.correcting([]), learning_rate=1.0)  # of the next step, not of this
    frame = frame_of(trainer, 0)
    found = image_pulls(frame, BatchKernel())
    assert (found.iteration, found.is_past, found.rule) == (1, True, "exact")
    expected = pull(
        Slopes.at(trainer.batch, before), as_vector(frame.parameters) - as_vector(before)
    )
    assert found.pull.along == pytest.approx(expected.along)
    assert found.shares == pytest.approx((frame.predictions.error - errors) / 20)
    assert found.shares.sum() == pytest.approx(found.after - found.before)
    assert found.before == pytest.approx(trainer.curve.loss[1])
    assert found.digits.tolist() == trainer.dataset.labels[:20].tolist()


def test_at_the_start_it_is_of_the_next_step(trainer: Trainer) -> None:
    found = image_pulls(frame_of(trainer, 0), BatchKernel())
    trainer.step()
    assert (found.iteration, found.is_past) == (0, False)
    assert found.after == pytest.approx(trainer.curve.loss[1])
    assert "The step of iteration 0 next (exact): the loss goes from" in sentences(found)


def test_the_words_name_the_images_that_pull_against_the_step(trainer: Trainer) -> None:
    found = image_pulls(frame_of(trainer, 0), BatchKernel())
    along = np.full(20, 1.0)
    along[[3, 8]] = -1, -2  # digits 3 and 8
    found = replace(found, pull=Pull(along, np.ones(20), 700.0))
    assert (
        "2 of 20 images, 10.0 %, pull against it; the strongest: 8 (an 8), 3 (a 3)."
        in sentences(found)
    )
    assert "Gradient noise scale 700: " in sentences(found)
    none = replace(found, pull=Pull(np.ones(20), np.ones(20), 700.0))
    assert "No image pulls against it." in sentences(none)
    assert image_words(found, 8).startswith("image 8 (an 8), predicted ")
    assert "along the step −2.00, across it 1.00, change of the loss " in image_words(found, 8)
