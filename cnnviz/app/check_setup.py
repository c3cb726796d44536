"""`cnnviz --check-setup`: whether this machine meets the needs of the window, line by line."""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from cnnviz.app.runtime.display import display_problem, reachable_platform
from cnnviz.app.runtime.system_libraries import library_problem, missing_libraries
from cnnviz.data.mnist import cache_folder, is_cached
from cnnviz.inputs import draw_on_no_display
from cnnviz.teaching.library import answers_file
from cnnviz.terminal import write
from cnnviz.training.limits import machine_memory, readable_size

_NEEDED_MEMORY: Final = 300_000_000
"""Bytes: the window with 200 images, all of its panels made, holds about 210 MB."""
_WIDTH: Final = 18


class Finding(NamedTuple):
    """One thing that the window needs."""

    name: str
    is_right: bool
    text: str
    """The finding; one sentence with a remedy if it is wrong."""


def check_setup() -> int:
    """Write one line for each thing, and return the exit status: 1 if one of them is wrong."""
    status = 0
    for finding in findings(os.environ, sys.platform):
        mark = "right" if finding.is_right else "WRONG"
        write(f"{mark}  {finding.name:<{_WIDTH}}{finding.text}\n")
        status |= not finding.is_right
    return status


def findings(environ: Mapping[str, str], platform: str) -> Iterator[Finding]:
    """Check each thing in turn; what needs Qt is left out if Qt cannot be imported."""
    yield Finding("Python", True, f"{sys.version.split()[0]} in {sys.executable}")
    yield _finding("display", display_problem(environ, platform), _display(environ, platform))
    is_xcb = reachable_platform(environ) == "xcb"
    missing = library_problem(missing_libraries(xcb=is_xcb, platform=platform))
    yield _finding("system libraries", missing, "all that Qt loads are there")
    if not missing:
        yield from _of_qt()
    yield _folder("downloads", cache_folder(), "MNIST that is downloaded is not kept")
    yield _folder("answers and runs", answers_file().parent, "answers and runs are not kept")
    yield _memory()
    yield Finding("digits", True, _digits())


def _of_qt() -> Iterator[Finding]:
    draw_on_no_display()
    try:
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415  (may be missing)

        from cnnviz.app.application import create_application, default_store  # noqa: PLC0415
        from cnnviz.app.runtime.fonts import font_problem  # noqa: PLC0415
        from cnnviz.app.runtime.settings_file import settings_problem  # noqa: PLC0415
    except ImportError as error:
        text = f"they cannot be imported ({error}): install cnnviz again."
        yield Finding("Python packages", False, text)
        return
    yield Finding("Python packages", True, _versions())
    create_application()
    yield _finding("fonts", font_problem(QApplication.font()), "there is one with letters")
    store = default_store()
    yield _finding("settings", settings_problem(store), f"{store.fileName()} can be written")


def _finding(name: str, problem: str | None, right: str) -> Finding:
    return Finding(name, not problem, problem or right)


def _display(environ: Mapping[str, str], platform: str) -> str:
    if not platform.startswith("linux"):
        return "the system's own"
    named = environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY") or "none is needed"
    return f"{named}, with Qt's platform {reachable_platform(environ)}"


def _versions() -> str:
    return ", ".join(f"{p} {version(p)}" for p in ("numpy", "PySide6-Essentials", "pyqtgraph"))


def _folder(name: str, folder: Path, consequence: str) -> Finding:
    """Look whether files can be written to a folder, or the folder be created."""
    existing = next((f for f in (folder, *folder.parents) if _exists(f)), folder)
    if os.access(existing, os.W_OK | os.X_OK) and existing.is_dir():
        return Finding(name, True, f"{folder} can be written")
    remedy = f"make {existing} writable"
    return Finding(name, False, f"{consequence}, because {folder} cannot be written: {remedy}.")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _memory() -> Finding:
    memory = machine_memory()
    if memory is None:
        return Finding("memory", True, "the system does not say how much there is")
    has = f"this machine has {readable_size(memory)} of memory"
    needs = f"the window needs about {readable_size(_NEEDED_MEMORY)} with 200 images"
    if memory >= _NEEDED_MEMORY:
        return Finding("memory", True, f"{has}, and {needs}")
    return Finding("memory", False, f"{has}, but {needs}: use a machine with more.")


def _digits() -> str:
    built_in = "the built-in digits are there"
    if is_cached():
        return f"MNIST is in {cache_folder()}, and {built_in}"
    return f"{built_in}; MNIST is not downloaded yet"
