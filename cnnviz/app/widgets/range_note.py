"""Whether a colour bar means something else than a moment ago."""

from typing import Final

from cnnviz.numerics.number_format import compact

SHOWN_FOR: Final = 4.0
"""Seconds for which a jump is shown while frames arrive; without new ones it stays."""
_JUMP: Final = 5.0
"""The least factor between two ranges that is worth a note."""


class RangeNote:
    """Compares the range of a colour bar with the one that a viewer is accustomed to."""

    def __init__(self) -> None:
        self._largest: float | None = None
        self._accustomed = 0.0
        self._changed = 0.0  # when, in seconds

    def restart(self) -> None:
        """Take the next range for the one that a viewer is accustomed to."""
        self._largest = None

    def follow(self, largest: float, now: float) -> str:
        """Take the range of a frame, and return how many times as large it is after a jump.

        The note is such as "× 500", or "÷ 20" if it is that much smaller; empty if it has not
        jumped.
        """
        if self._largest is None:
            self._largest = self._accustomed = largest
        elif now > self._changed + SHOWN_FOR:
            self._accustomed = self._largest
        if largest != self._largest:
            self._largest, self._changed = largest, now
        before = self._accustomed
        if largest >= _JUMP * before:
            return f"× {_written(largest / before)}"
        return f"÷ {_written(before / largest)}" if before >= _JUMP * largest else ""


def jump_words(note: str) -> str:
    """Explain a note that a range has jumped, such as "500 times as large as before"."""
    sign, _, factor = note.partition(" ")
    return {
        "×": f"{factor} times as large as before",
        "÷": f"{factor} times smaller than before",
    }.get(sign, "")


def _written(factor: float) -> str:
    return f"{factor:,.0f}" if factor < 10_000 else compact(factor)
