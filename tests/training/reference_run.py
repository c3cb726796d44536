"""One branch of a run as a list of states, by arithmetic that knows nothing of before."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.edits import Edit, edited
from cnnviz.training.settings import Settings

DIGITS = bundled_digits()
_LOSSES: dict[tuple[object, ...], float] = {}
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "learning_rate": st.sampled_from([0.01, 15.0, 1e3]),
        "subset": st.sampled_from([2, 3, 5]),
        "rule": st.sampled_from([NOTEBOOK, EXACT]),
        "dtype": st.sampled_from(["float64", "float32"]),
        "pause_on_warning": st.booleans(),
    },
)


@lru_cache
def batch_of(settings: Settings) -> Batch:
    images = np.array(DIGITS.images[:8])
    for pixel in settings.pixels:
        images[pixel.position] = pixel.grey
    n = settings.subset
    return Batch.from_images(images[:n], DIGITS.labels[:n], settings.dtype)


def iterated(state: Parameters, settings: Settings) -> Parameters:
    """Return the state after one iteration."""
    iteration = FastIteration(batch_of(settings))
    iteration.forward(state.astype(settings.dtype))
    return iteration.update(settings.rule, settings.learning_rate)


def loss_of(state: Parameters, settings: Settings) -> float:
    """Return the loss of a state; it is computed once for the same weights and settings."""
    weights = state.f.dtype, hash(state.f.tobytes()), hash(state.wo.tobytes())
    key = *weights, settings
    if key not in _LOSSES:
        iteration = FastIteration(batch_of(settings))
        _LOSSES[key] = iteration.forward(state.astype(settings.dtype)).loss
    return _LOSSES[key]


def drawn(settings: Settings, pixel: Pixel) -> Settings:
    """Return the settings with a pixel drawn over an image, unless it is in the image anyway."""
    pixels = [other for other in settings.pixels if other.position != pixel.position]
    if pixel.grey != DIGITS.images[pixel.position]:
        pixels.append(pixel)
    return replace(settings, pixels=tuple(sorted(pixels)))


class RefusedError(Exception):
    """The training loop refuses this, too."""


class ReferenceRun:
    """The current branch, and the effect of each command on it.

    `states` has the parameters of every iteration, `used` the settings between two states.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings, self.image = settings, 0
        self.reset()

    @property
    def parameters(self) -> Parameters:
        return self.states[self.iteration].astype(self.settings.dtype)

    def reset(self, seed: int | None = None) -> None:
        if seed is not None:
            self.settings = replace(self.settings, seed=seed)
        self.first, self.iteration = self.settings.kept, 0
        self.states, self.used = [initial_parameters(self.settings.seed)], []

    def step(self) -> None:
        here = self.iteration
        if here < len(self.used) and self.used[here] == self.settings.kept:
            self.go_to(here + 1)
            return
        self.used[here:] = [self.settings.kept]
        self.states[here + 1 :] = [iterated(self.states[here], self.settings)]
        self.iteration += 1

    def back(self) -> None:
        if self.iteration > 0:
            self.go_to(self.iteration - 1)

    def go_to(self, iteration: int) -> None:
        if iteration > len(self.used):
            raise RefusedError
        then = [*self.used, *self.used[-1:]][iteration] if self.used else self.first
        self.iteration = iteration
        self.settings = replace(then, pause_on_warning=self.settings.pause_on_warning)

    def edit(self, edit: Edit) -> None:
        if edit.iteration != self.iteration:
            raise RefusedError
        self.states[self.iteration :] = [edited(self.states[self.iteration], edit)]
        del self.used[self.iteration :]

    def change(self, **change: object) -> None:
        changed = replace(self.settings, **change)  # type: ignore[arg-type]
        if changed.subset > len(DIGITS):
            raise RefusedError
        self.settings = changed

    def correct(self, switch: str, *, on: bool) -> None:
        rule = self.settings.rule
        names = {name for name in rule.corrected if name != switch} | ({switch} if on else set())
        self.settings = replace(self.settings, rule=type(rule).correcting(names))

    def draw(self, pixel: Pixel) -> None:
        self.settings = drawn(self.settings, pixel)

    def erase(self, image: int) -> None:
        pixels = tuple(pixel for pixel in self.settings.pixels if pixel.image != image)
        self.settings = replace(self.settings, pixels=pixels)

    def select(self, image: int) -> None:
        self.image = image
