"""The range of a colour bar: it follows the values, or is held, with a note about it."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from PySide6.QtWidgets import QMenu

from cnnviz.numerics.number_format import compact

HELD: Final = "held"
"""The note beside a colour bar whose range is held."""
SHOWN_FOR: Final = 4.0
"""Seconds for which a jump is shown while frames arrive; without new ones it stays."""
_JUMP: Final = 5.0
"""The least factor between two ranges that is worth a note."""


class ColourRange:
    """A range that follows the values, with a note if it jumps, or one that is held.

    A range has jumped if it differs from the one that a viewer is accustomed to.
    """

    def __init__(self) -> None:
        self.held: tuple[float, float] | None = None
        """The ends that stay while the values change."""
        self._largest: float | None = None
        self._accustomed = 0.0
        self._changed = 0.0  # when, in seconds

    def restart(self) -> None:
        """Follow other values from now on: their range is not a jump."""
        self._largest = None

    def note(self, high: float, now: float | None = None) -> str:
        """Return the note beside the bar: that it is held, a jump, or nothing.

        `high` is the high end of the range that follows the values. A jump is noted as "× 500", or
        "÷ 20" if the range is that much smaller.
        """
        now = perf_counter() if now is None else now
        if self._largest is None:
            self._largest = self._accustomed = high
        elif now > self._changed + SHOWN_FOR:
            self._accustomed = self._largest
        if high != self._largest:
            self._largest, self._changed = high, now
        before = self._accustomed
        if self.held is not None:
            return HELD
        if high >= _JUMP * before:
            return f"× {_written(high / before)}"
        return f"÷ {_written(before / high)}" if before >= _JUMP * high else ""


def jump_words(note: str) -> str:
    """Explain a note that a range has jumped, such as "500 times as large as before"."""
    sign, _, factor = note.partition(" ")
    return {
        "×": f"{factor} times as large as before",
        "÷": f"{factor} times smaller than before",
    }.get(sign, "")


def _written(factor: float) -> str:
    return f"{factor:,.0f}" if factor < 10_000 else compact(factor)


def offer_range(
    menu: QMenu, *, held: bool, hold: Callable[[], object], follow: Callable[[], object]
) -> None:
    """Offer to hold the range of colours as it is, or to let it follow the values again."""
    if held:
        action = menu.addAction("Follow the values")
        action.setToolTip("Let the range of the colours follow the values again")
        action.triggered.connect(lambda _checked: follow())
    else:
        action = menu.addAction("Hold this range")
        action.setToolTip("Keep the range of the colours while the values change")
        action.triggered.connect(lambda _checked: hold())
