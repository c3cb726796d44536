"""Captions of the Network panel: a frame's selected image in words and numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cnnviz.app.network.frame_images import Scale
from cnnviz.app.widgets.colour_range import jump_words
from cnnviz.numerics.number_format import compact, fixed, tick
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import ImageView

_OUTSIDE: Final = "not trained on"
SHORTER: Final = {_OUTSIDE: "unseen"}
"""The short form of a line below the image that does not fit."""


@dataclass(frozen=True, slots=True)
class Captions:
    """Texts beside the matrices."""

    image: tuple[str, str, str]
    """Three lines below the image."""
    z: str
    zs: str
    o: str
    error: str
    prediction: str
    correct: bool | None
    """Whether the prediction is correct; None without a prediction."""
    point: tuple[float, float] | None
    """The point (ẑ, o) of the sigmoid, if it is defined."""

    @property
    def verdict(self) -> str:
        """A sign and a word on the prediction."""
        if self.correct is None:
            return ""
        return "✓ correct" if self.correct else "✗ wrong"


def captions(view: ImageView) -> Captions:
    """Describe what the network computes for one image."""
    image = f"digit {view.label}", f"target {_side(view.target)}", f"y = {view.target}"
    if view.outside is not None:
        image = image if view.label >= 0 else ("which digit?", "no target", "")
        image = *image[:2], _OUTSIDE
    z = f"z = {compact(view.z)}"
    if math.isnan(view.o):
        undefined = "ẑ undefined", "o undefined", "E undefined"
        return Captions(image, z, *undefined, "no prediction", None, None)
    answer = int(view.o > 0.5)
    known = view.target >= 0
    return Captions(
        image,
        z,
        f"ẑ = {fixed(view.zs, 2)}",
        f"o = {fixed(view.o, 3)}",
        f"E = {fixed(view.error, 4)}" if known else "E undefined",
        f"predicts {_side(answer)}",
        answer == view.target if known else None,
        (view.zs, view.o),
    )


def description(frame: Frame, scales: Sequence[Scale] = ()) -> str:
    """Describe the whole panel for a screen reader, and colour bars whose range is unusual."""
    view, texts = frame.image, captions(frame.image)
    judged = "" if texts.correct is None else " The prediction is " + texts.verdict[2:] + "."
    ranges = "".join(_range_text(scale) for scale in scales)
    name = f"image {view.index}" if view.outside is None else view.outside.name
    return (
        f"Iteration {frame.iteration}, {name}: {', '.join(texts.image)}. "
        f"{texts.z}, {texts.zs}, {texts.o}, {texts.error}; {texts.prediction}.{judged}{ranges}"
    )


def _range_text(scale: Scale) -> str:
    if scale.held:
        ends = f"{tick(scale.low)} to {tick(scale.high)}"
        return f" The colours of {scale.quantity} are held: {ends}."
    jump = jump_words(scale.note)
    return f" The range of {scale.quantity} is {jump}." if jump else ""


def _side(target: int) -> str:
    return "> 4" if target else "≤ 4"
