"""The parameters of states that are in memory, or in the file of a run.

Parameters are kept for the latest `RECENT` states and for evenly spaced keyframes before. So a
history of 100,000 iterations holds at most 1,024 + 12,501 sets of parameters, 196 MB in float64,
and one of any length at most 1,024 + 12,800, 200 MB.
An edited state is always kept: no iteration leads to it. A run from a file keeps the parameters of
the file, too: another machine would not compute the very same ones. One from a session keeps those
of the session.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from cnnviz.numerics.network import Floats, Parameters
from cnnviz.training.run.states import States

RECENT: Final = 1_024
"""Latest states whose parameters are all kept."""
SPACING: Final = 8
"""Distance of keyframes, in iterations, in a run of up to ``SPACING · MOST_KEYFRAMES``."""
MOST_KEYFRAMES: Final = 12_800
"""Keyframes kept, at 14.4 kB in float64; beyond that, every second one is dropped."""


class KeptParameters:
    """Parameters by the iteration of their state, fewer of them the older they are.

    No iteration of the fast kernel leads to the states in `by_hand`. `states` are the first ones,
    from a file.
    """

    def __init__(
        self, by_hand: Mapping[int, Parameters] | None = None, states: States | None = None
    ) -> None:
        self._recent: OrderedDict[int, Parameters] = OrderedDict()
        self._keyframes: dict[int, Parameters] = {}
        self._spacing = SPACING
        self._by_hand = dict(sorted((by_hand or {}).items()))
        self._states, self._of_file = states, 0 if states is None else len(states)

    @property
    def _stores(self) -> tuple[dict[int, Parameters], ...]:
        return self._recent, self._keyframes, self._by_hand

    def copy(self) -> "KeptParameters":
        """Return the same parameters, with none that are added later."""
        copied = KeptParameters(self._by_hand, self._states)
        copied._of_file = self._of_file
        copied._recent, copied._keyframes = self._recent.copy(), self._keyframes.copy()
        copied._spacing = self._spacing
        return copied

    def add(self, iteration: int, parameters: Parameters, *, by_hand: bool) -> None:
        """Add the newest state; `by_hand` if no iteration of the fast kernel leads to it."""
        if by_hand:
            self._by_hand[iteration] = parameters
        self._recent[iteration] = parameters
        if iteration % self._spacing == 0:
            self._keyframes[iteration] = parameters
            if len(self._keyframes) > MOST_KEYFRAMES:
                self._spacing *= 2
                self._keyframes = {
                    i: kept for i, kept in self._keyframes.items() if i % self._spacing == 0
                }
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def spread_keyframes(self, spacing: int) -> None:
        """Keep keyframes at this distance, from now on, in favour of memory."""
        self._spacing = spacing

    def thin_out(self, start: int, most: int) -> None:
        """Drop keyframes from a state on, evenly, until at most `most` are left."""
        spacing = self._spacing
        while sum(i >= start and i % spacing == 0 for i in self._keyframes) > most:
            spacing *= 2
        self._keyframes = {
            i: kept for i, kept in self._keyframes.items() if i < start or i % spacing == 0
        }

    def size_from(self, start: int) -> int:
        """Return the bytes of the parameters from a state on that are in memory."""
        kept = {id(p): p for store in self._stores for i, p in store.items() if i >= start}
        return sum(p.f.nbytes + p.wo.nbytes for p in kept.values())

    def truncate(self, iteration: int) -> None:
        """Remove every state after `iteration`."""
        self._of_file = min(self._of_file, iteration + 1)
        for store in self._stores:
            for newer in [i for i in store if i > iteration]:
                del store[newer]

    def drop_recent(self, last: int) -> None:
        """Drop the recent states, except the last."""
        newest = self._recent.get(last)
        self._recent.clear()
        if newest is not None:
            self._recent[last] = newest

    def get(self, iteration: int) -> Parameters | None:
        """Return the parameters of a state if they are kept: first from memory, then from the file.

        Raises RunFileError if the file can no longer be read.
        """
        for store in self._stores:
            if (parameters := store.get(iteration)) is not None:
                return parameters
        if self._states is not None and self.is_from_file(iteration):
            return self._states.parameters(iteration)
        return None

    def has(self, iteration: int) -> bool:
        """Return whether the parameters of a state are kept, without reading them."""
        return self.is_from_file(iteration) or any(iteration in store for store in self._stores)

    def iterations(self) -> set[int]:
        """Return the states whose parameters are kept."""
        return {*range(self._of_file), *self._recent, *self._keyframes, *self._by_hand}

    def nearest(self, iteration: int) -> int:
        """Return the latest state up to one that is not kept itself; −1 if there is none."""
        by_hand = list(self._by_hand)  # in their order
        later = bisect_right(by_hand, iteration)
        spacing = self._spacing
        while (spaced := iteration // spacing * spacing) > 0 and spaced not in self._keyframes:
            spacing *= 2  # some have been dropped
        return max(
            self._of_file - 1,
            by_hand[later - 1] if later else -1,
            spaced if spaced in self._keyframes else -1,
        )

    def by_hand_from(self, start: int) -> dict[int, Parameters]:
        """Return the states from one on to which no iteration of the fast kernel leads."""
        return {i: kept for i, kept in self._by_hand.items() if i >= start}

    def is_from_file(self, iteration: int) -> bool:
        """Return whether a state's parameters are those of a file."""
        return iteration < self._of_file

    def read_block(self, iteration: int, most: int) -> tuple[Floats, Floats] | None:
        """Return the parameters of a state and up to `most` in all after it, if a file has them."""
        if self._states is None or iteration >= self._of_file:
            return None
        return self._states.block(iteration, min(most, self._of_file - iteration))
