"""Recomputation of states whose parameters are not kept, from the keyframe before them."""

from collections.abc import Callable

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.history import History
from cnnviz.training.run.kernel_cache import KernelCache


class InterruptedReplayError(Exception):
    """A recomputation was interrupted."""


class Replay:
    """Recomputes states of a history, and keeps those since the keyframe for their neighbours.

    The forward pass that the kernel holds is another state's afterwards.
    """

    def __init__(self, history: History, dataset: Dataset, kernel_cache: KernelCache) -> None:
        self._history, self._dataset, self._kernel_cache = history, dataset, kernel_cache
        self._states: dict[int, Parameters] = {}

    def parameters(self, iteration: int, interrupted: Callable[[], bool]) -> Parameters:
        """Return the parameters of a state, bitwise as they were.

        Raises HistoryError if there is no such state, and InterruptedReplayError if `interrupted`,
        called between iterations, returned True; the states so far are kept.
        """
        kept = self._history.parameters(iteration)
        if kept is not None:
            return kept
        start = self._history.keyframe_before(iteration)
        keyframe = self._history.parameters(start)
        if keyframe is None:
            raise AssertionError(f"the keyframe of iteration {start} is missing from the history")
        states = self._states
        if start not in states:
            states = self._states = {start: keyframe}  # neighbours are asked for next
        while (nearest := min(iteration, max(states))) < iteration:
            if interrupted():
                raise InterruptedReplayError
            settings = self._history.settings_after(nearest)
            kernel = self._kernel_cache.kernel(self._dataset, settings)
            kernel.forward(states[nearest].astype(settings.numpy_dtype))
            states[nearest + 1] = kernel.update(settings.rule, settings.learning_rate)
        return states[iteration]
