"""The range of a colour bar: it follows the values, or is held."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from PySide6.QtWidgets import QMenu

from cnnviz.app.widgets.range_note import RangeNote

HELD: Final = "held"
"""The note beside a colour bar whose range is held."""


class ColourRange:
    """A range that follows the values, with a note if it jumps, or one that is held."""

    def __init__(self) -> None:
        self.held: tuple[float, float] | None = None
        """The ends that stay while the values change."""
        self._note = RangeNote()

    def restart(self) -> None:
        """Follow other values from now on: their range is not a jump."""
        self._note.restart()

    def note(self, high: float, now: float | None = None) -> str:
        """Return the note beside the bar: that it is held, a jump such as "× 500", or nothing.

        `high` is the high end of the range that follows the values.
        """
        jump = self._note.follow(high, perf_counter() if now is None else now)
        return jump if self.held is None else HELD


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
