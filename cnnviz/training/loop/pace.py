"""The speed of a run: when the next iteration is due."""

import time

from cnnviz.training.errors import SettingsError


class Pace:
    """Spreads iterations evenly over time."""

    def __init__(self) -> None:
        self._interval = 0.0
        self._due = 0.0

    @property
    def unlimited(self) -> bool:
        """Whether iterations run as fast as possible."""
        return self._interval == 0

    @property
    def time_left(self) -> float:
        """Seconds until the next iteration; 0 or less if it is due."""
        return self._due - time.perf_counter()

    def set(self, iterations_per_second: float | None) -> None:
        """Change the speed, from the next iteration on; None is as fast as possible.

        Raises SettingsError if the speed is not above 0.
        """
        if iterations_per_second is not None and not iterations_per_second > 0:
            raise SettingsError(
                f"a speed of {iterations_per_second} is not above 0 iterations a second."
            )
        self._interval = 1 / iterations_per_second if iterations_per_second else 0.0
        self._due = min(self._due, time.perf_counter() + self._interval)

    def begin(self) -> None:
        """Make an iteration due at once."""
        self._due = time.perf_counter()

    def next(self) -> None:
        """Schedule the iteration after the one that begins now."""
        self._due = max(time.perf_counter(), self._due + self._interval)
