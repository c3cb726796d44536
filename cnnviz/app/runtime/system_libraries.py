"""Finds out, before Qt is imported, which of the system libraries that it loads are missing.

Without one of them the import fails. Only the standard library is used here, so that the Makefile's
installer can use this module, too.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import Final

GUI_LIBRARIES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
}
"""What QtGui loads when it is imported, each with the Debian package that holds it."""
XCB_LIBRARIES: Final = {
    "libxcb.so.1": "libxcb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Further libraries of a window on an X11 display."""


def missing_libraries(*, xcb: bool, platform: str = sys.platform) -> dict[str, str]:
    """Return the libraries of Qt that the dynamic linker does not find, with their packages.

    `xcb` adds those of a window on an X11 display. Only Linux needs any: Qt brings its own
    elsewhere.
    """
    if not platform.startswith("linux"):
        return {}
    wanted = GUI_LIBRARIES | XCB_LIBRARIES if xcb else GUI_LIBRARIES
    return {soname: package for soname, package in wanted.items() if not _loads(soname)}


def library_problem(missing: Mapping[str, str]) -> str | None:
    """Return one sentence that says how to get the missing libraries; None if there are none."""
    if not missing:
        return None
    if shutil.which("apt-get") is None:
        return (
            f"Qt needs system libraries that this machine does not have: {', '.join(missing)}; "
            "install the packages that hold them and try again."
        )
    return (
        "Qt needs system libraries that are missing here: run "
        f"`{install_command(missing.values())}` and try again."
    )


def install_command(packages: Iterable[str]) -> str:
    """Return the command that a person types to install Debian packages."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y {' '.join(packages)}"


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
