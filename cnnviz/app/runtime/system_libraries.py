"""What the machine must have before Qt may be imported: its system libraries and a display.

Qt aborts the process, or fails to import, where one of them is missing; these checks say the same
in one sentence. Only the standard library is used here, so the Makefile runs this module with the
bare interpreter, before anything is installed::

    python -m cnnviz.app.runtime.system_libraries --install
"""

import argparse
import ctypes
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CONNECTION_TIME_LIMIT = 3.0
"""Seconds after which a display that does not answer counts as unreachable."""


class Library(NamedTuple):
    """A shared library that Qt loads.

    Attributes
    ----------
    soname : str
        The name that the dynamic linker looks for.
    package : str
        The Debian and Ubuntu package that holds it.
    """

    soname: str
    package: str


GUI_LIBRARIES = (
    Library("libEGL.so.1", "libegl1"),
    Library("libGL.so.1", "libgl1"),
    Library("libX11.so.6", "libx11-6"),
    Library("libxkbcommon.so.0", "libxkbcommon0"),
    Library("libdbus-1.so.3", "libdbus-1-3"),
    Library("libfontconfig.so.1", "libfontconfig1"),
    Library("libfreetype.so.6", "libfreetype6"),
    Library("libglib-2.0.so.0", "libglib2.0-0"),
)
"""What importing QtGui loads."""

XCB_LIBRARIES = (
    Library("libxcb.so.1", "libxcb1"),
    Library("libX11-xcb.so.1", "libx11-xcb1"),
    Library("libxcb-cursor.so.0", "libxcb-cursor0"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4"),
    Library("libxcb-image.so.0", "libxcb-image0"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Library("libxcb-randr.so.0", "libxcb-randr0"),
    Library("libxcb-render-util.so.0", "libxcb-render-util0"),
    Library("libxcb-shape.so.0", "libxcb-shape0"),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    Library("libxcb-xkb.so.1", "libxcb-xkb1"),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)
"""What a window on an X11 display loads besides."""


def missing_libraries(*, xcb: bool, platform: str = sys.platform) -> tuple[Library, ...]:
    """Return the libraries of Qt that the dynamic linker does not find.

    Parameters
    ----------
    xcb : bool
        Whether a window on an X11 display is wanted, not only QtGui.
    platform : str
        As `sys.platform`; Qt brings all it needs everywhere but on Linux.

    Returns
    -------
    tuple of Library
        Empty when there is nothing to do.
    """
    if not platform.startswith("linux"):
        return ()
    wanted = GUI_LIBRARIES + (XCB_LIBRARIES if xcb else ())
    return tuple(library for library in wanted if not _loads(library.soname))


def library_problem(missing: Sequence[Library]) -> str | None:
    """Return one sentence that says how to get the missing libraries, or None without any."""
    if not missing:
        return None
    if shutil.which("apt-get") is None:
        sonames = ", ".join(library.soname for library in missing)
        return (
            f"Qt needs system libraries that this machine does not have: {sonames}; install "
            "the packages that hold them and try again."
        )
    command = _apt_command([library.package for library in missing])
    return f"Qt needs system libraries that are missing here: run `{command}` and try again."


def display_problem(environ: Mapping[str, str], platform: str) -> str | None:
    """Return one sentence that says why no window can be opened, or None where one can be.

    Displays are really connected to: Qt aborts on one that is named but not there. The check
    follows Qt's own choice: the platforms of ``QT_QPA_PLATFORM`` in turn, else Wayland, then X11.

    Parameters
    ----------
    environ : mapping of str to str
        As `os.environ`.
    platform : str
        As `sys.platform`; only Linux can be without a display.
    """
    if not platform.startswith("linux"):
        return None
    if _first_reachable(environ) is not None:
        return None
    named = [
        f"{variable}={environ[variable]}"
        for variable in ("WAYLAND_DISPLAY", "DISPLAY")
        if environ.get(variable)
    ]
    if named:
        reason = f"the display cannot be connected to ({', '.join(named)})"
    else:
        reason = "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return (
        f"No window can be opened because {reason}: `cnnviz snapshot --out WINDOW.png` draws the "
        "window into a picture and `cnnviz train --out RUN.npz` trains without one."
    )


def window_problem(environ: Mapping[str, str], platform: str) -> str | None:
    """Return one sentence that says what the machine lacks for a window, or None.

    Parameters are those of `display_problem`.
    """
    # With no display at all, libraries would not help; X11's are needed where X11 is used.
    return display_problem(environ, platform) or library_problem(
        missing_libraries(xcb=_first_reachable(environ) == "xcb", platform=platform)
    )


def _qt_platforms(environ: Mapping[str, str]) -> list[str]:
    """Return the platform plugins that Qt tries, in order."""
    chosen = environ.get("QT_QPA_PLATFORM")
    if chosen:
        return [name.partition(":")[0] for name in chosen.split(";")]
    return ["wayland", "xcb"] if environ.get("WAYLAND_DISPLAY") else ["xcb"]


def _first_reachable(environ: Mapping[str, str]) -> str | None:
    return next((name for name in _qt_platforms(environ) if _reachable(name, environ)), None)


def _reachable(name: str, environ: Mapping[str, str]) -> bool:
    """Tell whether the platform plugin `name` finds what it draws on."""
    if name == "xcb":
        return _x_server_answers(environ.get("DISPLAY", ""))
    if name.startswith("wayland"):
        return _wayland_answers(environ)
    return True  # offscreen, minimal, vnc and their like need no display


def _x_server_answers(display: str) -> bool:
    """Connect to an X server as Qt does, with libxcb: its name, address and authority rules."""
    if not display:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # cannot be told; `missing_libraries` names libxcb
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    answered = threading.Event()

    def connect() -> None:
        connection = xcb.xcb_connect(os.fsencode(display), None)
        if xcb.xcb_connection_has_error(connection) == 0:
            answered.set()
        xcb.xcb_disconnect(connection)

    # libxcb has no time limit of its own.
    thread = threading.Thread(target=connect, name="display check", daemon=True)
    thread.start()
    thread.join(CONNECTION_TIME_LIMIT)
    return answered.is_set()


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    """Connect to the compositor's socket, which lies in XDG_RUNTIME_DIR unless it is absolute."""
    name = environ.get("WAYLAND_DISPLAY") or "wayland-0"
    path = Path(environ.get("XDG_RUNTIME_DIR", "/"), name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CONNECTION_TIME_LIMIT)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _missing_for_a_window() -> tuple[Library, ...]:
    """Return what a window needs here; where no display is found, one on X11 may come yet."""
    return missing_libraries(xcb=_first_reachable(os.environ) in {"xcb", None})


def _apt_command(packages: Sequence[str]) -> str:
    """Return the command that a person types to install `packages`."""
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get update && {prefix}apt-get install -y {' '.join(packages)}"


def _administrator() -> list[str] | None:
    """Return the prefix that runs a command as root without asking, or None without one."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    answer = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)  # noqa: S603
    return [sudo, "-n"] if answer.returncode == 0 else None


def _install(packages: Sequence[str]) -> None:
    """Install Debian packages where that needs no password; what it prints is seen."""
    apt_get, administrator = shutil.which("apt-get"), _administrator()
    if apt_get is None or administrator is None:
        return
    sys.stderr.write(f"Installing {' '.join(packages)} with apt-get …\n")
    apt = [*administrator, "env", "DEBIAN_FRONTEND=noninteractive", apt_get, "-qq"]
    # A failed update need not matter: the lists that are there may do.
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *command], stdin=subprocess.DEVNULL, check=False)  # noqa: S603


def _venv_packages() -> list[str]:
    """Return the Debian package that this interpreter needs to make a virtual environment."""
    if importlib.util.find_spec("ensurepip") is not None:
        return []
    return [f"python{sys.version_info.major}.{sys.version_info.minor}-venv"]


def _venv_problem() -> str | None:
    """Return one sentence that says how this interpreter can make a virtual environment."""
    packages = _venv_packages()
    if not packages:
        return None
    if shutil.which("apt-get") is None:
        return (
            f"{sys.executable} cannot make virtual environments because it has no ensurepip: name "
            "another Python with `make PYTHON=/path/to/python3`."
        )
    command = _apt_command(packages)
    return f"Python's venv module is missing here: run `{command}` and try again."


def main(arguments: Sequence[str] | None = None) -> int:
    """Check this machine, install what is missing where asked to, and return the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; `sys.argv`'s by default.

    Returns
    -------
    int
        0 where nothing is missing, else 1, after one sentence on standard error.
    """
    parser = argparse.ArgumentParser(
        prog="python -m cnnviz.app.runtime.system_libraries",
        description="Check for the system libraries that Qt needs.",
    )
    parser.add_argument(
        "--install", action="store_true", help="install with apt-get where no password is needed"
    )
    parser.add_argument(
        "--venv", action="store_true", help="check for Python's venv module instead"
    )
    options = parser.parse_args(arguments)

    if options.install:
        packages = (
            _venv_packages()
            if options.venv
            else [library.package for library in _missing_for_a_window()]
        )
        if packages:
            _install(packages)
            importlib.invalidate_caches()
    problem = _venv_problem() if options.venv else library_problem(_missing_for_a_window())
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
