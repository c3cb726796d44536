"""The options of the command line, and what is said of wrong ones.

Nothing heavy is imported here: a wrong command line does not wait for numpy.
"""

import argparse
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from cnnviz import __version__

PANELS: Final = (
    *("network", "loss", "predictions", "controls"),
    *("branches", "breakpoints", "debugger"),
)
VIEWS: Final = ("batch", "image", "cell", "why", "numbers")
"""What the debugger shows of an operation."""
DEFAULT_ITERATIONS: Final = 100
LARGEST_SIZE: Final = 200_000
"""Images of the largest batch that the benchmark makes."""
OF_SETTINGS: Final = ("subset", "learning_rate", "seed", "rule", "fix", "dtype")
"""The options that a recorded run answers itself."""

T = TypeVar("T")


class UsageError(Exception):
    """A wrong value on the command line; the message is one line."""


class Parser(argparse.ArgumentParser):
    """Ends with one line and status 2, where argparse would print its usage too."""

    def __init__(self, prog: str, description: str, epilog: str = "") -> None:
        super().__init__(prog=prog, description=description, epilog=epilog, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong.

        Raises
        ------
        UsageError
        """
        if found := re.match(r"argument (\S+): (expected|ignored)", message):
            wish = "needs a value after it" if found[2] == "expected" else "takes no value"
            message = f"{found[1]} {wish}: `{self.prog} --help` says what can be given."
        raise UsageError(message)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Understand the words of a command line.

        Raises
        ------
        UsageError
        """
        options, unknown = self.parse_known_args(words)
        if unknown:
            kind = "no option" if unknown[0].startswith("-") else "more than is asked for"
            message = f"{unknown[0]} is {kind}: `{self.prog} --help` says what can be given."
            raise UsageError(message)
        return options


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers of ``WIDTHxHEIGHT``, in pixels."""

    width: int
    height: int


def window_parser() -> Parser:
    """Return what understands the command line of `cnnviz` itself."""
    parser = Parser(
        "cnnviz",
        "Watch, debug and teach how a small convolutional network learns.",
        "Other commands: cnnviz train --help, cnnviz snapshot --help, cnnviz bench --help.",
    )
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    _add_run(parser)
    _add_settings(parser)
    return parser


def train_parser() -> Parser:
    """Return what understands the command line of `cnnviz train`."""
    parser = Parser("cnnviz train", "Train without a window and record the run.")
    parser.add_argument(
        "--out", type=_path("--out"), metavar="RUN.npz", help="the run file to write"
    )
    _add_iterations(parser, f"how many, {DEFAULT_ITERATIONS} by default")
    _add_settings(parser)
    return parser


def snapshot_parser() -> Parser:
    """Return what understands the command line of `cnnviz snapshot`."""
    parser = Parser("cnnviz snapshot", "Draw the main window into a picture, without a display.")
    parser.add_argument(
        "--out", type=_path("--out"), metavar="WINDOW.png", help="the picture to write"
    )
    _add_run(parser)
    _add_iterations(
        parser, f"how many to do first, {DEFAULT_ITERATIONS} by default; after a recorded run, none"
    )
    parser.add_argument(
        "--panel",
        type=_one_of("--panel", PANELS),
        metavar="NAME",
        help=f"one panel instead of the window: {', '.join(PANELS)}",
    )
    parser.add_argument(
        "--size",
        type=_size,
        default=Size(1440, 900),
        metavar="WIDTHxHEIGHT",
        help="in pixels, 1440x900 by default",
    )
    parser.add_argument(
        "--theme",
        type=_one_of("--theme", ("light", "dark")),
        default="light",
        metavar="light|dark",
        help="light by default",
    )
    parser.add_argument(
        "--image", type=_count("--image"), default=0, metavar="K", help="the selected image"
    )
    parser.add_argument("--presentation", action="store_true", help="type for a classroom")
    parser.add_argument(
        "--stop-at",
        type=_text("--stop-at"),
        metavar="CONDITION",
        help="stop the iterations where a breakpoint like “loss rises” does",
    )
    _add_debugger(parser)
    _add_settings(parser)
    return parser


def _add_debugger(parser: Parser) -> None:
    group = parser.add_argument_group("in the debugger")
    group.add_argument(
        "--operation",
        type=_text("--operation"),
        metavar="NAME",
        help="step through the next iteration up to this one, as in filter_gradient",
    )
    group.add_argument(
        "--cell",
        type=_cell,
        metavar="I,J,…",
        help="point at this cell of what it computes, instead of the one of largest size",
    )
    group.add_argument(
        "--view",
        type=_one_of("--view", VIEWS),
        default=VIEWS[0],
        metavar="NAME",
        help=f"what is shown of it: {', '.join(VIEWS)}; {VIEWS[0]} by default",
    )


def _cell(text: str) -> tuple[int, ...]:
    if re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text) is None:
        message = f"--cell {text} is not a cell: write its index like 2,4,2, counted from 0."
        raise UsageError(message)
    return tuple(int(at) for at in text.split(","))


def bench_parser() -> Parser:
    """Return what understands the command line of `cnnviz bench`."""
    parser = Parser(
        "cnnviz bench",
        "Measure one iteration beside the least it could take, and beside PyTorch (where it is "
        "installed) and the notebook's loops.",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--live",
        action="store_true",
        help="measure the real window instead, without a display and on X11 where there is one",
    )
    parser.add_argument(
        "--soak",
        type=_above_zero("--soak"),
        metavar="MINUTES",
        help="run the window at full speed for so long instead, and watch its memory",
    )
    parser.add_argument(
        "--seconds",
        type=_above_zero("--seconds"),
        default=0.6,
        metavar="S",
        help="of each turn of --live, 0.6 by default; more where iterations are long",
    )
    parser.add_argument(
        "--sizes",
        type=_sizes,
        metavar="N,N,…",
        help="images of a batch, 2,20,200,2000,60000 by default, 200,2000,60000 for --live and 200 "
        "for --soak; the data is repeated as needed",
    )
    parser.add_argument(
        "--rounds",
        type=_count("--rounds"),
        metavar="N",
        help="times taken, 7 by default, and 30 turns with --live",
    )
    _add_data(parser.add_argument_group("what is trained"))
    precisions = ("float32", "float64")
    parser.add_argument(
        "--dtype",
        type=_one_of("--dtype", precisions),
        default="float32",
        metavar="|".join(precisions),
        help="float32 by default",
    )
    return parser


def _above_zero(option: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            message = f"{option} {text} is not a number above 0."
            raise UsageError(message)
        return value

    return read


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(_whole("--sizes")(word) for word in text.split(","))
    if not all(2 <= size <= LARGEST_SIZE for size in sizes):
        message = f"--sizes {text} holds one that is not between 2 and {LARGEST_SIZE:,}."
        raise UsageError(message)
    return sizes


def _add_run(parser: Parser) -> None:
    parser.add_argument(
        "run",
        nargs="?",
        type=_path("RUN.npz"),
        metavar="RUN.npz",
        help="a recorded run, to be opened at its last iteration",
    )


def _add_iterations(parser: Parser, explanation: str) -> None:
    parser.add_argument(
        "--iterations",
        type=_count("--iterations"),
        default=argparse.SUPPRESS,
        metavar="N",
        help=explanation,
    )


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--data",
        type=_text("--data"),
        default=argparse.SUPPRESS,
        metavar="bundled|mnist|FILE-OR-FOLDER",
        help="MNIST where it has been downloaded, else the bundled digits, by default",
    )
    group.add_argument(
        "--download",
        action="store_true",
        help="fetch MNIST first where it is not on this machine yet, about 10 MB",
    )


def _add_settings(parser: Parser) -> None:
    group = parser.add_argument_group("what is trained")

    def add(name: str, kind: Callable[[str], object], metavar: str, explanation: str) -> None:
        group.add_argument(
            name, type=kind, default=argparse.SUPPRESS, metavar=metavar, help=explanation
        )

    _add_data(group)
    add("--subset", _whole("--subset"), "N", "the first N images, 200 by default")
    add("--learning-rate", _number("--learning-rate"), "ETA", "15 by default")
    add("--seed", _whole("--seed"), "S", "of the first weights, 0 by default")
    rules = ("notebook", "exact")
    add("--rule", _one_of("--rule", rules), "|".join(rules), "the notebook's by default")
    group.add_argument(
        "--fix",
        action="append",
        default=argparse.SUPPRESS,
        metavar="NAME",
        help="correct one thing in the notebook's rule: scale, standardisation, update-order, "
        "pairing or layout; may be given several times",
    )
    precisions = ("float64", "float32")
    add("--dtype", _one_of("--dtype", precisions), "|".join(precisions), "float64 by default")


def given(options: argparse.Namespace, name: str, default: T) -> T:
    """Return the value of an option, or this one where it was not given."""
    value: T = getattr(options, name, default)
    return value


def _text(option: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text:
            message = f"{option} is empty: put a value after it."
            raise UsageError(message)
        return text

    return read


def _path(option: str) -> Callable[[str], Path]:
    read = _text(option)
    return lambda text: Path(read(text))


def _whole(option: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            return int(text)
        except ValueError:
            message = f"{option} {text} is not a whole number."
            raise UsageError(message) from None

    return read


def _count(option: str) -> Callable[[str], int]:
    whole = _whole(option)

    def read(text: str) -> int:
        number = whole(text)
        if number < 0:
            message = f"{option} {text} is less than 0: it must be 0 or more."
            raise UsageError(message)
        return number

    return read


def _number(option: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            message = f"{option} {text} is not a number: write it like 15, 0.01 or 1e-3."
            raise UsageError(message) from None

    return read


def _one_of(option: str, choices: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            message = f"{option} {text} is none of {', '.join(choices)}."
            raise UsageError(message)
        return text

    return read


def _size(text: str) -> Size:
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    if match is None or not all(1 <= int(n) <= 8192 for n in match.groups()):
        message = f"--size {text} is not a size up to 8192x8192: write it like 1600x1000."
        raise UsageError(message)
    return Size(int(match[1]), int(match[2]))
