"""An enabled breakpoint, in which states its condition holds, and the stop that it causes."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.breakpoints.conditions import (
    Condition,
    Event,
    NotFinite,
    leaves,
    needs_saturation,
    operations_of,
)
from cnnviz.training.breakpoints.describe import describe, flipped_image
from cnnviz.training.breakpoints.evaluate import happened, held
from cnnviz.training.breakpoints.window import Bools, StateWindow, window_of


@dataclass(frozen=True, slots=True, eq=False)
class ActiveBreakpoint:
    """An enabled breakpoint whose condition parses."""

    number: int
    text: str
    hit: int
    condition: Condition
    operations: frozenset[str]
    """The operations that the condition names."""
    has_events: bool
    """Whether an event is a part of the condition, but not all of it."""

    @classmethod
    def of(cls, breakpoint_: Breakpoint, condition: Condition) -> Self:
        """Return the breakpoint with its parsed condition."""
        is_event = isinstance(condition, Event)
        has_events = not is_event and any(isinstance(leaf, Event) for leaf in leaves(condition))
        number, text, hit = breakpoint_.number, breakpoint_.text.strip(), breakpoint_.hit
        return cls(number, text, hit, condition, operations_of(condition), has_events)

    @property
    def needs_saturation(self) -> bool:
        """Whether its condition needs the share of saturated units."""
        return needs_saturation(self.condition)

    @property
    def waits_for_failure(self) -> bool:
        """Whether its condition names a state that allows no iteration."""
        return any(isinstance(leaf, NotFinite) for leaf in leaves(self.condition))

    def held(self, window: StateWindow, operation: str | None = None) -> Bools:
        """Return in which states of a window the condition holds; see `evaluate.held`."""
        return held(self.condition, window, operation)

    def held_and_happened(self, window: StateWindow) -> tuple[Bools, Bools]:
        """Return in which states the condition holds, and in which an event in it has happened."""
        now = self.held(window)
        if isinstance(self.condition, Event):
            return now, now
        return now, happened(self.condition, window) if self.has_events else np.zeros_like(now)

    def stop(self, window: StateWindow, row: int, operation: str | None) -> Stop:
        """Return the stop in a state of a window, before an operation if one is given."""
        here = window_of(window.states[max(0, row - 1) : row + 1])
        return Stop(
            self.number,
            self.text,
            window.states[row].iteration,
            operation,
            describe(self.condition, here, operation),
            flipped_image(self.condition, here),
        )
