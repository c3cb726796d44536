"""How each image pulled on the weights in one step: computed, and in words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.numerics.landscape.line import step_of
from cnnviz.numerics.landscape.pull import Pull, pull, shares_of_change
from cnnviz.numerics.landscape.slopes import Slopes
from cnnviz.numerics.landscape.vectors import as_parameters, as_vector
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import compact, loss_texts, percent
from cnnviz.training.limits import check_slopes
from cnnviz.training.loop.frame import Frame

_NAMED = 4
"""Images that are named."""
_DIGITS = ("a 0", "a 1", "a 2", "a 3", "a 4", "a 5", "a 6", "a 7", "an 8", "a 9")


@dataclass(frozen=True, slots=True, eq=False)
class ImagePulls:
    """Every image's pull in the last step, or in the next one if the last one is not kept."""

    iteration: int
    """The iteration that does the step."""
    is_past: bool
    """Whether the step has been done."""
    rule: str
    """The title of the rule in use."""
    pull: Pull
    """The pulls at the state before the step."""
    shares: Floats
    """Shape (n,). Each image's part of the change of the mean loss by the step."""
    before: float
    after: float
    """before, after: the loss."""
    correct: NDArray[np.bool_]
    """Shape (n,). Whether the prediction before the step was right."""
    digits: NDArray[np.uint8]
    """Shape (n,)."""


def image_pulls(frame: Frame, kernels: BatchKernel) -> ImagePulls:
    """Compute how the images pulled in the step that led to a frame's state.

    Raises
    ------
    NumericsError
        If a state has no meaningful result.
    SettingsError
        If there are too many images for the memory.
    DataError
        If an image cannot be read.
    """
    settings = frame.settings
    check_slopes(settings)
    kernel = kernels.of(frame)
    is_past = frame.previous is not None
    start = (frame.previous or frame.parameters).astype(kernel.dtype)
    rule = settings.rule
    if is_past:
        rule = frame.curve.settings_after(frame.iteration - 1).rule
        end = frame.parameters.astype(kernel.dtype)
    else:
        next_step = step_of(kernel, start, rule, settings.learning_rate)
        end = as_parameters(as_vector(start) + next_step).astype(kernel.dtype)
    step = as_vector(end) - as_vector(start)
    slopes = Slopes.at(kernel.batch, start, kernel.dtype)
    before, after = kernel.forward(start), kernel.forward(end)
    digits = frame.dataset.labels[: settings.subset]
    return ImagePulls(
        frame.iteration - is_past,
        is_past,
        rule.title,
        pull(slopes, step),
        shares_of_change(before.E[0], after.E[0]),
        before.loss,
        after.loss,
        (before.o[0] > 0.5) == (digits > 4),
        digits,
    )


def sentences(found: ImagePulls) -> str:
    """Return how the images pulled in a step, and which of them against it."""
    n, against = len(found.digits), found.pull.against
    verb = ("rose" if found.after > found.before else "fell") if found.is_past else "goes"
    when = "" if found.is_past else " next"
    before, after = loss_texts(found.before, found.after)
    step = (
        f"The step of iteration {found.iteration:,}{when} ({found.rule}): the loss {verb} from "
        f"{before} to {after}."
    )
    if not len(against):
        pulls = "No image pulls against it."
    else:
        named = ", ".join(image_name(found, int(k)) for k in against[:_NAMED])
        pulls = (
            f"{len(against):,} of {n:,} images, {percent(len(against) / n)}, pull against it; the "
            f"strongest: {named}."
        )
    noise = (
        f"Gradient noise scale {compact(found.pull.noise_scale)}: in a batch of that many images, "
        "noise would be as large as the gradient."
    )
    return f"{step} {pulls}\n{noise}"


def image_name(found: ImagePulls, index: int) -> str:
    """Return the name of an image: "115, an 8"."""
    return f"{index} ({_DIGITS[found.digits[index]]})"


def image_words(found: ImagePulls, index: int) -> str:
    """Return everything that is known of one image's pull."""
    is_right = "right" if found.correct[index] else "wrong"
    return (
        f"image {image_name(found, index)}, predicted {is_right}: "
        f"along the step {compact(found.pull.along[index])}, across it "
        f"{compact(found.pull.across[index])}, change of the loss "
        f"{compact(found.shares[index])}"
    )
