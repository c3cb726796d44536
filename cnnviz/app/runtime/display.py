"""Finds out, before Qt starts, whether it can open a window: Qt ends the process if it cannot."""

import ctypes
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cnnviz.app.runtime.system_libraries import library_problem, missing_libraries

CONNECTION_TIME_LIMIT = 3.0
"""Seconds after which a display that does not answer counts as unreachable."""
_WITHOUT_DISPLAY: Final = ("offscreen", "minimal", "vnc")
"""Platform plugins that start anywhere."""
_START_QT: Final = (
    "from PySide6.QtGui import QGuiApplication; raise SystemExit(not QGuiApplication([]).screens())"
)
"""Ends with 0 if there is a screen, without which Qt starts but cannot create a window."""


def window_problem(environ: Mapping[str, str], platform: str) -> str | None:
    """Return a sentence about a window's needs that the machine lacks; None if there are none."""
    # Without a display, libraries would not help; X11's are needed only if X11 is used.
    return display_problem(environ, platform) or library_problem(
        missing_libraries(xcb=reachable_platform(environ) == "xcb", platform=platform)
    )


def display_problem(environ: Mapping[str, str], platform: str) -> str | None:
    """Return one sentence that says why no window can be opened; None if one can be.

    `environ` is like `os.environ`, `platform` like `sys.platform`; only Linux can be without a
    display.
    """
    if not platform.startswith("linux") or reachable_platform(environ) is not None:
        return None
    chosen = environ.get("QT_QPA_PLATFORM")
    if chosen and reachable_platform({**environ, "QT_QPA_PLATFORM": ""}) is not None:
        return (
            f"No window can be opened because Qt cannot start on QT_QPA_PLATFORM={chosen}: unset "
            "that variable, without which it can."
        )
    named = [name for name in ("WAYLAND_DISPLAY", "DISPLAY") if environ.get(name)]
    if chosen and not all(spec.startswith(("xcb", "wayland")) for spec in _qt_platforms(environ)):
        reason = f"Qt cannot start on QT_QPA_PLATFORM={chosen}"
    elif named:
        displays = ", ".join(f"{name}={environ[name]}" for name in named)
        reason = f"the display cannot be connected to ({displays})"
    else:
        reason = "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return (
        f"No window can be opened because {reason}: `cnnviz snapshot --out WINDOW.png` draws the "
        "window into a picture and `cnnviz train --out RUN.npz` trains without one."
    )


def reachable_platform(environ: Mapping[str, str]) -> str | None:
    """Return the platform plugin that Qt will start on; None if it can start on none.

    Displays are connected to, since Qt ends the process on one that is named but not there. The
    order is Qt's own: the platforms of ``QT_QPA_PLATFORM`` in turn, else Wayland, then X11.
    """
    for spec in _qt_platforms(environ):
        if _reachable(spec, environ):
            return spec.partition(":")[0]
    return None


def _qt_platforms(environ: Mapping[str, str]) -> list[str]:
    if chosen := environ.get("QT_QPA_PLATFORM"):
        return chosen.split(";")
    return ["wayland", "xcb"] if environ.get("WAYLAND_DISPLAY") else ["xcb"]


def _reachable(spec: str, environ: Mapping[str, str]) -> bool:
    name = spec.partition(":")[0]
    if name == "xcb":
        return _x_server_answers(environ.get("DISPLAY", ""))
    if name.startswith("wayland"):
        return _wayland_answers(environ)
    return name in _WITHOUT_DISPLAY or _qt_starts(spec, environ)


def _x_server_answers(display: str) -> bool:
    """Connect to an X server as Qt does, with libxcb: its name, address and authority rules."""
    if not display:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # unknown; `missing_libraries` names libxcb
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
    """Connect to the compositor's socket, which is in XDG_RUNTIME_DIR unless it is absolute."""
    import socket  # noqa: PLC0415  (slow)

    name = environ.get("WAYLAND_DISPLAY") or "wayland-0"
    path = Path(environ.get("XDG_RUNTIME_DIR", "/"), name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CONNECTION_TIME_LIMIT)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _qt_starts(spec: str, environ: Mapping[str, str]) -> bool:
    """Start Qt on a platform in a process of its own."""
    import subprocess  # noqa: PLC0415  (slow)

    variables = {**environ, "QT_QPA_PLATFORM": spec}
    command = [sys.executable, "-c", _START_QT]
    done = subprocess.run(command, env=variables, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0
