"""States whose parameters are not kept, computed again from the last one that is."""

from collections.abc import Callable

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.history import History
from cnnviz.training.run.kernel_cache import KernelCache


class InterruptedReplayError(Exception):
    """A recomputation was asked to end early."""


class Replay:
    """Recomputes the states of one history; neighbours of the last one asked for are at hand.

    Parameters
    ----------
    history : History
    dataset : Dataset
        What it was trained on.
    arithmetic : Arithmetic
        Afterwards it holds another state's forward pass.
    """

    def __init__(self, history: History, dataset: Dataset, arithmetic: KernelCache) -> None:
        self._history, self._dataset, self._kernel_cache = history, dataset, arithmetic
        self._states: dict[int, Parameters] = {}

    def parameters(self, iteration: int, interrupted: Callable[[], bool]) -> Parameters:
        """Return a state's parameters, bitwise as they were.

        Parameters
        ----------
        iteration : int
        interrupted : callable
            Asked between iterations; True ends it early.

        Raises
        ------
        HistoryError
            Where there is no such state.
        InterruptedReplayError
            Where it was interrupted; what it came to is kept for the next time.
        """
        start = self._history.keyframe_before(iteration)
        keyframe = self._history.parameters(start)
        if keyframe is None:
            message = f"the keyframe of iteration {start} is missing from the history"
            raise AssertionError(message)
        if start == iteration:
            return keyframe
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
