"""Another Python than the program's own for the process of a person's code.

It brings numpy and whatever else is installed for it. Of the program it gets the package alone, by
a folder of links, because the packages beside that are built for another version of Python.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from cnnviz.sandbox.errors import InterpreterError

OLDEST: Final = (3, 11)
_PACKAGE: Final = Path(__file__).resolve().parents[1]
_SECONDS: Final = 30.0
_PROBE: Final = "import sys; print(*sys.version_info[:2], flush=True); import numpy"


def check_interpreter(python: Path) -> None:
    """Run an interpreter to see whether it can be used.

    Raises InterpreterError if it is not Python, is too old, or has no numpy.
    """
    try:
        probe = subprocess.run(  # noqa: S603  (the person has named it)
            [python, "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        version = tuple(int(number) for number in probe.stdout.split())
    except (OSError, ValueError, subprocess.TimeoutExpired):
        version = ()
    if len(version) != 2:
        raise InterpreterError(
            f"{python} is not a Python that can be run: name its executable file."
        )
    if version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise InterpreterError(
            f"{python} is Python {version[0]}.{version[1]}: name one of {wanted} or later."
        )
    if probe.returncode:
        raise InterpreterError(f"{python} has no numpy: install numpy for it, or name another one.")


def link_package(folder: Path) -> None:
    """Put the program's package into a folder, from which another interpreter imports it."""
    parts = [_PACKAGE, _PACKAGE.parent / "resources"]  # beside the package only in a checkout
    for part in filter(Path.is_dir, parts):
        try:
            (folder / part.name).symlink_to(part, target_is_directory=True)
        except OSError:  # Windows may forbid it
            shutil.copytree(part, folder / part.name)
