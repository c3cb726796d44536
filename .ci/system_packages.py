"""Installs the Debian packages that are missing for the window, or for making `.venv`.

Root installs at once. Anybody else is asked first; then sudo installs, and asks for a password if
it needs one. If there is no terminal to ask at, or the answer is no, the command to type is printed
instead.

The Makefile runs this with the bare interpreter, before anything is installed.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cnnviz.app.runtime.display import reachable_platform
from cnnviz.app.runtime.system_libraries import install_command, library_problem, missing_libraries

INTERRUPTED = 130


def missing_for_window() -> dict[str, str]:
    """Return the libraries that a window lacks here; if there is no display, one on X11."""
    return missing_libraries(xcb=reachable_platform(os.environ) in {"xcb", None})


def missing_for_venv() -> list[str]:
    """Return the Debian package that this interpreter needs to make a virtual environment."""
    if importlib.util.find_spec("ensurepip") is not None:
        return []
    return [f"python{sys.version_info.major}.{sys.version_info.minor}-venv"]


def venv_problem() -> str | None:
    """Return one sentence that says how this interpreter can make a virtual environment."""
    packages = missing_for_venv()
    if not packages:
        return None
    if shutil.which("apt-get") is None:
        return (
            f"{sys.executable} cannot make virtual environments because it has no ensurepip: name "
            "another Python with `make PYTHON=/path/to/python3`."
        )
    return f"Python's venv module is missing here: run `{install_command(packages)}` and try again."


def administrator(packages: Sequence[str], *, yes: bool) -> list[str] | None:
    """Return the words that run a command as root; None if that is impossible or not wanted."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    if yes:
        answer = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)  # noqa: S603
        return [sudo, "-n"] if answer.returncode == 0 else None
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(f"cnnviz needs {' '.join(packages)}. Install with sudo apt-get? [y/N] ")
    sys.stderr.flush()
    return [sudo] if sys.stdin.readline().strip().lower() in {"y", "yes"} else None


def install(packages: Sequence[str], *, yes: bool) -> None:
    """Install Debian packages if the machine has apt-get and root or the person allows it."""
    apt_get = shutil.which("apt-get")
    if apt_get is None or (prefix := administrator(packages, yes=yes)) is None:
        return
    sys.stderr.write(f"Installing {' '.join(packages)} with apt-get …\n")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt_get, "-qq"]
    # A failed update need not matter: the lists that are there may do.
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *command], stdin=subprocess.DEVNULL, check=False)  # noqa: S603


def main(arguments: Sequence[str] | None = None) -> int:
    """Install what is missing, and return 0 if nothing is missing any longer, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--venv", action="store_true", help="Python's venv module only")
    parser.add_argument("--yes", action="store_true", help="use sudo without asking first")
    options = parser.parse_args(arguments)
    packages = missing_for_venv() if options.venv else list(missing_for_window().values())
    if packages:
        try:
            install(packages, yes=options.yes)
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            return INTERRUPTED
        importlib.invalidate_caches()
    problem = venv_problem() if options.venv else library_problem(missing_for_window())
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
