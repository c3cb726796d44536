"""Measures the window in processes of their own: without a display, and on X11."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.bench.drawing import TimedDrawing, measure_drawing
from cnnviz.bench.headless import headless_memory
from cnnviz.bench.live import Live, measure_live, window_memory
from cnnviz.bench.process import OFFSCREEN, Variables, in_process
from cnnviz.bench.report import About, page, table
from cnnviz.training.settings import Precision

SCREEN: Final = "1600x1000x24"
_PROGRAM: Final = """
import sys
from cnnviz.cli import open_window
def opened(window):
    from cnnviz.bench.first_paint import FirstPaint
    FirstPaint(window)
open_window(sys.argv[1:], opened)
"""
"""The program as a person starts it, except that it prints when it has been drawn, and ends."""
_STARTS: Final = 12
"""Starts of the program, at most; each takes a second."""
_MEMORY: Final = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """The figures of the window on one platform, "offscreen" or "xcb".

    `first_paint` are seconds from the start of the process to the first picture with data and
    predictions, without the first start. `memory` are the most megabytes at 60,000 images,
    "headless" and "window".
    """

    platform: str
    first_paint: tuple[float, ...]
    live: tuple[Live, ...]
    drawings: tuple[TimedDrawing, ...]
    memory: dict[str, float]


def measure_window(
    source: str, sizes: Sequence[int], dtype: Precision, rounds: int, seconds: float
) -> list[Window]:
    """Measure the window on each platform of this machine.

    The images of `source`, as `cnnviz.data.source.load` takes it, are repeated if a size is larger.
    A round is some seconds with the window, between two times without. With few rounds,
    fewer drawings are timed.
    """
    windows = []
    for name, platform in platforms():
        with platform as variables:
            paints = [first_paint(source, variables) for _ in range(min(rounds, _STARTS) + 1)]
            live = [
                in_process(variables, measure_live, source, n, dtype, rounds, seconds)
                for n in sizes
            ]
            drawings = in_process(variables, measure_drawing, source, max(sizes), rounds)
            memory = {
                kind: in_process(variables, measure, source, _MEMORY, dtype)
                for kind, measure in (("headless", headless_memory), ("window", window_memory))
                if max(sizes) >= _MEMORY
            }
        found = Window(name, tuple(paints[1:]), tuple(live), tuple(drawings), memory)
        windows.append(found)
    return windows


def report(windows: Sequence[Window], about: About) -> str:
    """Return the figures of the window on each platform."""
    return page(about, *(part for window in windows for part in _parts(window)))


def _parts(window: Window) -> list[str]:
    paint = window.first_paint
    pace = [
        (
            f"{live.n:,}",
            f"{statistics.mean(live.headless):.1f}",
            f"{statistics.mean(live.live):.1f}",
            f"{live.share:.0%} ({min(live.shares):.0%}–{max(live.shares):.0%})",
            f"{live.drawn:.1f}",
            f"{live.gap * 1e3:.1f}",
            f"{live.answer * 1e3:.1f}",
        )
        for live in window.live
    ]
    drawings = [
        (
            drawing.what,
            f"{statistics.median(drawing.seconds) * 1e3:.1f}",
            f"{np.percentile(drawing.seconds, 95) * 1e3:.1f}",
        )
        for drawing in window.drawings
    ]
    return [
        (
            f"The window on {window.platform}, 1440 × 900, exact gradient, as fast as it goes. "
            f"First complete picture, s: median {statistics.median(paint):.2f}, "
            f"least {min(paint):.2f}, most {max(paint):.2f}.\n"
        ),
        table(
            (
                *("images", "iterations/s without window", "with it", "share (of each round)"),
                *("drawn, times/s", "gap p95, ms", "answer to a click p95, ms"),
            ),
            pace,
        ),
        table(("until it is drawn", "median, ms", "p95, ms"), drawings),
        *(
            f"Memory at most, 60,000 images, {kind}: {megabytes:.0f} MB\n"
            for kind, megabytes in window.memory.items()
        ),
    ]


def first_paint(source: str, variables: Variables) -> float:
    """Return the seconds that the program takes from its start to its first complete picture."""
    # Without the modules that Python compiles and keeps, each start would be a first one.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        start = time.time()
        program = subprocess.run(
            [sys.executable, "-c", _PROGRAM, "--data", source],
            env={**inherited, **variables, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    return float(program.stdout.splitlines()[-1]) - start


def platforms() -> Iterator[tuple[str, AbstractContextManager[Variables]]]:
    """Yield Qt's platforms that the window can be measured on, and what prepares each."""
    yield "offscreen", nullcontext(OFFSCREEN)
    if os.environ.get("DISPLAY"):
        yield "xcb", nullcontext({"QT_QPA_PLATFORM": "xcb"})
    elif shutil.which("Xvfb"):
        yield "xcb", _virtual_display()


@contextmanager
def _virtual_display() -> Iterator[Variables]:
    """Start an X server that draws nowhere, and does not reset when nobody is connected."""
    reading, writing = os.pipe()
    words = ["-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(["Xvfb", *words], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait()
