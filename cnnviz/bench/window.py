"""Measures the window in processes of their own: without a display, and on X11."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from cnnviz.bench.drawing import Drawing
from cnnviz.bench.live import Live
from cnnviz.bench.soak import Moment
from cnnviz.training.settings import Precision

_PROGRAM: Final = """
import sys
from cnnviz.cli import open_window
def opened(window):
    from cnnviz.bench.first_paint import tell_time
    tell_time(window)
open_window(sys.argv[1:], opened)
"""
"""The program as a person starts it, but that it says when it has been drawn, and ends."""
SCREEN: Final = "1600x1000x24"
_STARTS: Final = 12
"""Starts of the program, at most; each takes a second."""
_MEMORY: Final = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured on one platform.

    Attributes
    ----------
    platform : str
        "offscreen" or "xcb".
    first_paint : tuple of float
        Seconds from the start of the process to the first picture with data and predictions; the
        first start is not among them.
    live : tuple of Live
    drawings : tuple of Drawing
    memory : dict of str to float
        Megabytes at most, at 60,000 images: "headless" and "window".
    """

    platform: str
    first_paint: tuple[float, ...]
    live: tuple[Live, ...]
    drawings: tuple[Drawing, ...]
    memory: dict[str, float]


def measure_window(
    source: str, sizes: Sequence[int], dtype: Precision, rounds: int, seconds: float
) -> Iterator[Window]:
    """Measure the window on each platform that there is.

    Parameters
    ----------
    source : str
        What `cnnviz.data.source.load` takes; repeated where a size is larger.
    sizes : sequence of int
    dtype : {"float64", "float32"}
    rounds : int
        Turns with the window, each between two without.
    seconds : float
        Of each turn.
    """
    for platform, environment in _platforms():
        with environment as variables:
            live = [
                _child(["live", source, str(n), dtype, str(rounds), str(seconds)], variables)
                for n in sizes
            ]
            largest = str(max(sizes))
            drawings = _child(["drawing", source, largest, dtype], variables)
            memory = {
                kind: _child([f"memory-{kind}", source, str(_MEMORY), dtype], variables)
                for kind in ("headless", "window")
                if max(sizes) >= _MEMORY
            }
            yield Window(
                platform,
                tuple(_first_paint(source, variables) for _ in range(min(rounds, _STARTS) + 1))[1:],
                tuple(Live(**_tuples(found)) for found in live),
                tuple(Drawing(**_tuples(found)) for found in drawings),
                memory,
            )


def measure_soak(source: str, n: int, dtype: Precision, minutes: float) -> list[Moment]:
    """Run the window at full speed without a display, and return what it held.

    Parameters
    ----------
    source : str
    n : int
    dtype : {"float64", "float32"}
    minutes : float
    """
    words = ["soak", source, str(n), dtype, str(minutes)]
    return [Moment(**found) for found in _child(words, {"QT_QPA_PLATFORM": "offscreen"})]


def _first_paint(source: str, variables: Mapping[str, str]) -> float:
    start = time.time()
    end = _measured(["-c", _PROGRAM, "--data", source], variables)
    return float(end) - start


def _child(words: Sequence[str], variables: Mapping[str, str]) -> Any:  # noqa: ANN401 (JSON)
    return _measured(["-m", "cnnviz.bench.child", *words], variables)


def _measured(words: Sequence[str], variables: Mapping[str, str]) -> Any:  # noqa: ANN401 (JSON)
    """Run Python in a process of its own, with nobody's settings, and return what it prints.

    It may keep the modules that it compiles, as Python does unless told otherwise: without, each
    start would be a first one.
    """
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.run(
            [sys.executable, *words],
            env={**inherited, **variables, "XDG_CONFIG_HOME": folder},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    return json.loads(child.stdout.splitlines()[-1])


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in found.items()}


def _platforms() -> Iterator[tuple[str, Any]]:
    yield "offscreen", _display({"QT_QPA_PLATFORM": "offscreen"})
    if os.environ.get("DISPLAY"):
        yield "xcb", _display({"QT_QPA_PLATFORM": "xcb"})
    elif shutil.which("Xvfb"):
        yield "xcb", _virtual_display()


@contextmanager
def _display(variables: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    yield variables


@contextmanager
def _virtual_display() -> Iterator[Mapping[str, str]]:
    """Start an X server that draws nowhere, and does not start anew when nobody is connected."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait()
