"""The kinds of values that options of the command line take.

Each reads a text, or raises an `ArgumentTypeError` with a remedy; `Parser.error` puts the
option's name before it.
"""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cnnviz.numerics.number_parsing import parse_number, parse_whole_number
from cnnviz.spelling import unknown
from cnnviz.terminal import shortened

WORKSPACES: Final = ("watch", "debug", "check", "teach")
PANELS: Final = (
    *("network", "loss", "predictions", "controls"),
    *("branches", "breakpoints", "debugger", "check", "landscape", "pull"),
    *("lesson", "compare", "hunt", "code", "notebook", "filter", "drawing"),
)
LARGEST_SIZE: Final = 200_000
"""Images of the largest batch that the benchmark makes."""


def non_empty(text: str) -> str:
    """Return a text that is not empty."""
    if not text:
        raise ArgumentTypeError("is empty: put a value after it.")
    return text


def path(text: str) -> Path:
    """Return the path of a file or folder."""
    return Path(non_empty(text))


def whole(text: str) -> int:
    """Return a whole number."""
    found = parse_whole_number(text)
    if found is None:
        raise ArgumentTypeError(f"{shortened(text)} is not a whole number.")
    return found


def count(text: str) -> int:
    """Return a whole number from 0 up."""
    number = whole(text)
    if number < 0:
        raise ArgumentTypeError(f"{text} is less than 0: it must be 0 or more.")
    return number


def number(text: str) -> float:
    """Return a number."""
    number = parse_number(text)
    if number is None:
        raise ArgumentTypeError(
            f"{shortened(text)} is not a number: write it like 15, 0.01 or 1e-3."
        )
    return number


def above_zero(text: str) -> float:
    """Return a number above 0."""
    number = parse_number(text)
    if number is None or number <= 0:
        raise ArgumentTypeError(f"{shortened(text)} is not a number above 0.")
    return number


def one_of(*choices: str) -> Callable[[str], str]:
    """Return what accepts one of these words alone."""

    def read(text: str) -> str:
        if text not in choices:
            raise ArgumentTypeError(unknown(text, choices, shortened(text)))
        return text

    return read


def sizes(text: str) -> tuple[int, ...]:
    """Return sizes of batches, from “200,2000”."""
    sizes = tuple(map(whole, text.split(",")))
    if not all(2 <= size <= LARGEST_SIZE for size in sizes):
        raise ArgumentTypeError(
            f"{shortened(text)} holds one that is not between 2 and {LARGEST_SIZE:,}."
        )
    return sizes


def size(text: str) -> tuple[int, int]:
    """Return a width and a height in pixels, from “1600x1000”."""
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    if match is None or not all(1 <= int(n) <= 8192 for n in match.groups()):
        raise ArgumentTypeError(
            f"{shortened(text)} is not a size up to 8192x8192: write it like 1600x1000."
        )
    return int(match[1]), int(match[2])


def panels(text: str) -> tuple[str, ...]:
    """Return names of panels, from “network,loss”."""
    names = tuple(map(one_of(*PANELS), text.split(",")))
    if len(set(names)) < len(names):
        raise ArgumentTypeError(f"{shortened(text)} names a panel twice.")
    return names


def iterations(text: str) -> range:
    """Return iterations, from “0:100” or “0:100:2”; both ends belong to them."""
    match = re.fullmatch(r"([0-9]{1,9}):([0-9]{1,9})(?::([0-9]{1,9}))?", text)
    if match is None or int(match[2]) < int(match[1]) or match[3] == "0":
        raise ArgumentTypeError(
            f"{shortened(text)} names no iterations: write them like 0:100 or 0:100:2."
        )
    return range(int(match[1]), int(match[2]) + 1, int(match[3] or 1))


def cell(text: str) -> tuple[int, ...]:
    """Return the index of a cell, from “2,4,2”."""
    if re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text) is None:
        raise ArgumentTypeError(
            f"{shortened(text)} is not a cell: write its index like 2,4,2, counted from 0."
        )
    return tuple(map(int, text.split(",")))
