"""How many predictions are correct, in words."""

from dataclasses import dataclass
from math import isnan
from typing import Final

from cnnviz.app.predictions.model import counts
from cnnviz.numerics.number_format import percent
from cnnviz.training.run.predictions import Predictions

_MANY: Final = 10_000
"""Number of images from which on the word beside the counts does not fit."""


@dataclass(frozen=True, slots=True)
class PredictionSummary:
    """Texts on all predictions."""

    text: str
    share: str
    """The same in fewer words, without the counts."""
    by_target: str
    """Two lines, one for each target."""
    nothing_wrong: str
    """Why no image is listed, if only those with a wrong prediction are to be."""


def summary(predictions: Predictions) -> PredictionSummary:
    """Count the correct predictions of all images, and of those with each target."""
    c = counts(predictions)
    images, correct = c.low + c.high, c.low_correct + c.high_correct
    if isnan(predictions.accuracy):
        return PredictionSummary(
            "undefined",
            "undefined",
            f"{images:,} images, none has an output\n",
            "No image has an output, so none is wrong.",
        )
    word = ":" if images >= _MANY else " correct,"
    return PredictionSummary(
        f"{correct:,} of {images:,}{word} {percent(correct / images)}",
        f"{percent(correct / images)} correct",
        f"digits ≤ 4: {c.low_correct:,} of {c.low:,} correct\n"
        f"digits > 4: {c.high_correct:,} of {c.high:,} correct",
        "Every prediction is correct.",
    )
