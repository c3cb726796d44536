"""Tests of the captions."""

from dataclasses import replace

import pytest

from cnnviz.app.network.caption_text import captions, description
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

NAN = float("nan")


@pytest.fixture(scope="module")
def frame() -> Frame:
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    made = frame_of(trainer, 3)
    trainer.close()
    return made


@pytest.mark.parametrize(
    ("target", "o", "prediction", "verdict"),
    [
        (1, 0.6, "predicts > 4", "✓ correct"),
        (1, 0.5, "predicts ≤ 4", "✗ wrong"),
        (0, 0.4, "predicts ≤ 4", "✓ correct"),
        (0, 0.51, "predicts > 4", "✗ wrong"),
    ],
)
def test_a_prediction_is_compared_with_its_target(
    frame: Frame, target: int, o: float, prediction: str, verdict: str
) -> None:
    said = captions(replace(frame.image, target=target, o=o))
    assert (said.prediction, said.verdict) == (prediction, verdict)


def test_numbers_are_those_of_the_frame(frame: Frame) -> None:
    view = replace(frame.image, label=7, target=1, z=-657.31, zs=-1.234, o=0.2256, error=0.29984)
    said = captions(view)
    assert said.image == ("digit 7", "target > 4", "y = 1")
    assert (said.z, said.zs, said.o, said.error) == (
        "z = −657",
        "ẑ = −1.23",
        "o = 0.226",
        "E = 0.2998",
    )
    assert said.point == (-1.234, 0.2256)


def test_undefined_values_are_written_as_undefined(frame: Frame) -> None:
    said = captions(replace(frame.image, z=12.0, zs=NAN, o=NAN, error=NAN))
    assert said.z == "z = 12.0"
    assert (said.zs, said.o, said.error) == ("ẑ undefined", "o undefined", "E undefined")
    assert (said.prediction, said.verdict, said.point) == ("no prediction", "", None)


def test_the_description_contains_all_captions(frame: Frame) -> None:
    said = captions(frame.image)
    text = description(frame)
    for part in (*said.image, said.z, said.zs, said.o, said.error, said.prediction):
        assert part in text
    assert text.startswith("Iteration 0, image 3:")
    assert text.endswith(("is correct.", "is wrong."))
