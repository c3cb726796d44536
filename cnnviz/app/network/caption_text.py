"""What the Network panel says in words and numbers of a frame's selected image."""

import math
from dataclasses import dataclass

from cnnviz.numerics.number_format import compact, fixed
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import ImageView


@dataclass(frozen=True, slots=True)
class Captions:
    """Texts beside the pictures.

    Attributes
    ----------
    image : tuple of str, 3 of them
        Lines under the image.
    right : bool or None
        Whether the prediction is the target; None without a prediction.
    point : tuple of float or None
        (ẑ, o), where they are defined.
    """

    image: tuple[str, str, str]
    z: str
    zs: str
    o: str
    error: str
    prediction: str
    right: bool | None
    point: tuple[float, float] | None

    @property
    def verdict(self) -> str:
        """The prediction judged, in a word and a sign."""
        if self.right is None:
            return ""
        return "✓ right" if self.right else "✗ wrong"


def captions(view: ImageView) -> Captions:
    """Say what the network makes of one image."""
    image = f"digit {view.label}", f"target {_side(view.target)}", f"y = {view.target}"
    z = f"z = {compact(view.z)}"
    if math.isnan(view.o):
        undefined = "undefined"
        return Captions(
            image,
            z,
            f"ẑ {undefined}",
            f"o {undefined}",
            f"E {undefined}",
            "no prediction",
            None,
            None,
        )
    answer = int(view.o > 0.5)
    return Captions(
        image,
        z,
        f"ẑ = {fixed(view.zs, 2)}",
        f"o = {fixed(view.o, 3)}",
        f"E = {fixed(view.error, 4)}",
        f"predicts {_side(answer)}",
        answer == view.target,
        (view.zs, view.o),
    )


def description(frame: Frame) -> str:
    """Tell the whole panel in words, for those who do not see it."""
    view, said = frame.image, captions(frame.image)
    judged = "" if said.right is None else " The prediction is " + said.verdict[2:] + "."
    return (
        f"Iteration {frame.iteration}, image {view.index}: {', '.join(said.image)}. "
        f"{said.z}, {said.zs}, {said.o}, {said.error}; {said.prediction}.{judged}"
    )


def _side(target: int) -> str:
    return "> 4" if target else "≤ 4"
