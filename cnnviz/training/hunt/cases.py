"""A number is a case: which fault is hidden, if any, and on which images, everywhere the same."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.case import GALLERY, AnyFault, Case
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.training.hunt.errors import HuntError

EDITION: Final = 1
"""Edition of the list below. With a longer list, numbers would be other cases."""
HIDDEN: Final = (
    *("sign-of-error", "no-slope-at-output", "slope-of-logit", "no-standardisation"),
    *("mean-without-deviation", "wrong-axis", "factor-2", "sum-for-mean", "mean-for-sum"),
    *("last-image-only", "gradient-kept", "dense-climbs", "dense-never-updated"),
    *("accumulator-aliased", "updated-weights", "no-slope-at-maps", "slope-twice"),
    *("slope-with-plus", "slope-of-preactivation", "mean-error", "filter-last"),
    *("map-transposed", "cut-to-shape", "filter-rotated", "filter-turned", "filters-swapped"),
    *("window-off-by-one", "first-image-only", "assigned-not-added", "summed-over-filters"),
    *("one-filter-updated", "labels-shuffled", "images-repeated", "pixels-not-divided"),
    *("filters-equal", "start-saturates"),
)
NUMBERS: Final = (0, 999_999)
IMAGES: Final = 150
LEARNING_RATE: Final = 20.0
ITERATIONS: Final = 2
"""Done before the operations and the gradient are checked: some faults keep something."""
_NONE_IN: Final = 8

_NAMED: Final = {fault.name: fault for fault in GALLERY}


@dataclass(frozen=True, slots=True, eq=False)
class HuntCase:
    """One case, as it begins and as its instruments see it."""

    fault: AnyFault | None
    """The hidden fault; None if everything is right."""
    start: Case
    """The case before the first iteration."""
    now: Case
    """The case after `ITERATIONS` iterations, or as many as have a result."""


def hidden_fault(number: int) -> AnyFault | None:
    """Return the hidden fault of a case; None, about once in eight, if everything is right.

    Raises
    ------
    HuntError
        If the number is out of range.
    """
    digest = _digest(number)
    if digest[0] % _NONE_IN == 0:
        return None
    return _NAMED[HIDDEN[int.from_bytes(digest[1:5]) % len(HIDDEN)]]


@lru_cache(maxsize=2)
def hunt_case(number: int) -> HuntCase:
    """Return the case of a number.

    Raises
    ------
    HuntError
        If the number is out of range.
    """
    fault, digest = hidden_fault(number), _digest(number)
    digits = bundled_digits()
    first = int.from_bytes(digest[5:9]) % (len(digits) - IMAGES + 1)
    images = slice(first, first + IMAGES)
    batch = Batch.from_images(digits.images[images], digits.labels[images])
    parameters = initial_parameters(int.from_bytes(digest[9:13]))
    start = now = Case.with_fault(batch, parameters, fault, LEARNING_RATE)
    for _ in range(ITERATIONS):
        try:
            after = now.after(now.iteration())
            after.iteration()
        except NumericsError:
            break
        now = after
    return HuntCase(fault, start, now)


def _digest(number: int) -> bytes:
    low, high = NUMBERS
    if not low <= number <= high:
        raise HuntError(f"number {number} is not between {low} and {high}.")
    return hashlib.sha256(f"cnnviz hunt {EDITION} {number}".encode()).digest()
