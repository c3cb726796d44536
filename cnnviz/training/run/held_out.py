"""Evaluation of the states of a run on images that are not trained on."""

import time
from dataclasses import dataclass
from math import ceil, log10
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.data.held_out import HeldOutImages, held_out_images
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.evaluation import Evaluation
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.training.errors import SettingsError
from cnnviz.training.run.current_state import CurrentState
from cnnviz.training.run.kernel_cache import threads_for
from cnnviz.training.run.predictions import Predictions, predictions
from cnnviz.training.settings import Precision

_COST: Final = 8
"""Iterations between evaluations of as many images as are trained on: a forward pass takes about
half as long as an iteration, at most 0.8 times, so evaluations take at most 10 % of the time."""
_ROUND: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutView:
    """The predictions for the held-out images in the newest state that was evaluated."""

    iteration: int
    """The iteration of that state."""
    interval: int
    """Iterations between two evaluations while training runs."""
    origin: str
    """Where the images come from, such as "test images"."""
    first: int | None
    """The index of the first of them in the data, of which they are the last; None for test
    images."""
    dataset: Dataset
    """The images, counted from 0."""
    predictions: Predictions


class HeldOut:
    """Evaluates states on held-out images if it is switched on. Used by one thread."""

    def __init__(self) -> None:
        self.on = False
        """Whether states are evaluated."""
        self.cost = 0.0
        """Seconds that the last evaluation took."""
        self.wanted: int | None = None
        """The number of images to hold out; None is the default of `held_out_images`."""
        self._key: tuple[Dataset, int, int | None, Precision] | None = None
        self._images: HeldOutImages | None = None
        self._evaluation: Evaluation | None = None
        self._evaluated: ForwardPass | Parameters | None = None
        self._view: HeldOutView | None = None

    def switch(self, on: bool, wanted: int | None = None) -> None:
        """Switch it on or off; `wanted` is that of `held_out_images`, by default as before."""
        self.on = on
        if wanted is not None:
            self.wanted = wanted

    @property
    def view(self) -> HeldOutView | None:
        """The newest predictions; None if it is off or nothing is held out."""
        return self._view if self.on else None

    @property
    def count(self) -> int:
        """The number of images that were held out last."""
        return 0 if self._images is None else len(self._images.dataset)

    def is_due(self, now: CurrentState) -> bool:
        """Whether the current state is due for evaluation while training runs."""
        if not self.on:
            return False
        self._prepare(now)
        if self._images is None:
            return False
        return now.iteration % interval(len(self._images.dataset), now.settings.subset) == 0

    def evaluate(self, now: CurrentState) -> None:
        """Evaluate the current state, unless it is off or this has been done.

        The history keeps the figures if the batch is that of the state when it was recorded.

        Raises DataError if the images cannot be read; evaluation is then off.
        """
        if not self.on:
            return
        forward, parameters, history = now.forward, now.parameters, now.branch.history
        self._prepare(now)
        state = forward or parameters
        if self._images is None or self._evaluation is None or state is self._evaluated:
            return
        passed, began = None, time.perf_counter()
        try:
            if forward is not None:
                passed = self._evaluation.forward(parameters, forward)
        except NumericsError:
            pass  # undefined, as the predictions say then
        dataset, here = self._images.dataset, now.iteration
        found = predictions(dataset, len(dataset), passed)
        then = history.settings_after(here)
        if here == history.last or then.batch_key == now.settings.batch_key:
            figures = here, found.loss, found.accuracy, len(dataset)
            history.held_out = history.held_out.with_state(*figures)
        self._evaluated = state
        self.cost = time.perf_counter() - began
        every = interval(len(dataset), now.settings.subset)
        images = self._images
        self._view = HeldOutView(here, every, images.origin, images.first, dataset, found)

    def close(self) -> None:
        """End the threads; they start again when they are needed."""
        if self._evaluation is not None:
            self._evaluation.close()
        self._key = self._images = self._evaluation = self._evaluated = self._view = None

    def _prepare(self, now: CurrentState) -> None:
        """Load the images, and lay them out, unless that has been done."""
        branch, settings = now.branch, now.settings
        used = max((mark.settings.subset for mark in branch.history.settings), default=0)
        trained = max(used, settings.subset)
        key = branch.dataset, trained, self.wanted, settings.dtype
        if key == self._key:
            return
        self.close()
        self.on = False  # if the images cannot be read
        self._images = held_out_images(branch.dataset, branch.source, trained, self.wanted)
        self.on, self._key = True, key
        if self._images is not None:
            dataset = self._images.dataset
            images = Batch.from_images(dataset.images, dataset.labels, settings.numpy_dtype)
            self._evaluation = Evaluation(images, threads_for(images.n, settings.dtype))


def refuse_too_many(wanted: int, available: int, name: str, *, are_test_images: bool) -> None:
    """Refuse to hold out more images than there are in the data with this name.

    Raises SettingsError if fewer are there.
    """
    if available < wanted:
        which = "test images" if are_test_images else "images beside the subset"
        raise SettingsError(
            f"{wanted:,} images cannot be held out: {name} has {available:,} {which}."
        )


def interval(held_out: int, trained: int) -> int:
    """Return after how many iterations to evaluate again, a round number such as 1, 2, 5, 10 or 20.

    With this interval, an evaluation of `held_out` images, spread over the iterations of `trained`
    images, adds at most a tenth to each.
    """
    least = max(1, ceil(_COST * held_out / trained))
    power: int = 10 ** int(log10(least))
    return next(r * power for r in _ROUND if r * power >= least)
