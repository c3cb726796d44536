"""Which system libraries are missing; fakes simulate machines that lack some."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from cnnviz.app.runtime import system_libraries
from cnnviz.app.runtime.system_libraries import (
    GUI_LIBRARIES,
    XCB_LIBRARIES,
    library_problem,
    missing_libraries,
)

LINUX = "linux"


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and ". " not in text


class TestMissingLibraries:
    def test_none_if_all_load(self, absent_libraries: set[str]) -> None:
        assert absent_libraries == set()
        assert missing_libraries(xcb=True, platform=LINUX) == {}

    @pytest.mark.parametrize(("soname", "package"), (GUI_LIBRARIES | XCB_LIBRARIES).items())
    def test_each_missing_library_is_found(
        self, absent_libraries: set[str], soname: str, package: str
    ) -> None:
        absent_libraries.add(soname)
        assert missing_libraries(xcb=True, platform=LINUX) == {soname: package}

    def test_x11_libraries_only_on_request(self, absent_libraries: set[str]) -> None:
        absent_libraries.add("libxcb-cursor.so.0")
        assert missing_libraries(xcb=False, platform=LINUX) == {}

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_only_linux_needs_them(self, absent_libraries: set[str], platform: str) -> None:
        absent_libraries.update(GUI_LIBRARIES)
        assert missing_libraries(xcb=True, platform=platform) == {}

    def test_the_real_linker_decides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made_up = {"libcnnviz-does-not-exist.so.0": "none", "libc.so.6": "libc6"}
        monkeypatch.setattr(system_libraries, "GUI_LIBRARIES", made_up)
        missing = missing_libraries(xcb=False, platform=LINUX)
        assert "libcnnviz-does-not-exist.so.0" in missing
        if sys.platform.startswith("linux"):
            assert "libc.so.6" not in missing


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF libraries")
@pytest.mark.parametrize(
    ("file", "listed"),
    [
        ("libQt6Gui.so.6", set(GUI_LIBRARIES)),
        ("libQt6XcbQpa.so.6", {*GUI_LIBRARIES, *XCB_LIBRARIES}),
    ],
)
def test_the_lists_cover_the_libraries_of_the_installed_qt(file: str, listed: set[str]) -> None:
    readelf = shutil.which("readelf")
    if readelf is None:
        pytest.skip("readelf is not installed")
    spec = importlib.util.find_spec("PySide6")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0], "Qt", "lib", file)
    output = subprocess.run([readelf, "-d", path], capture_output=True, text=True, check=True)
    linked = {
        line.split("[")[1].rstrip("]") for line in output.stdout.splitlines() if "[lib" in line
    }
    # What these pull in themselves, or every Linux has.
    linked -= {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libz.so.1"}
    linked -= {"libstdc++.so.6", "libgcc_s.so.1", "libgthread-2.0.so.0"}
    linked -= {"libxcb-util.so.1", "libxcb-render.so.0", "libxcb-shm.so.0", "libxcb-sync.so.1"}
    linked = {name for name in linked if not name.startswith("libQt6")}
    assert linked
    assert linked <= listed


class TestLibraryProblem:
    missing: ClassVar = {"libEGL.so.1": "libegl1", "libGL.so.1": "libgl1"}

    def test_nothing_missing(self) -> None:
        assert library_problem({}) is None

    @pytest.mark.parametrize(("user", "prefix"), [(0, ""), (1000, "sudo ")])
    def test_debian_gets_the_exact_command(
        self,
        put_program: Callable[[str, str], None],
        monkeypatch: pytest.MonkeyPatch,
        user: int,
        prefix: str,
    ) -> None:
        put_program("apt-get", "exit 0")
        monkeypatch.setattr(os, "geteuid", lambda: user)
        problem = library_problem(self.missing)
        assert problem is not None
        assert f"`{prefix}apt-get update && {prefix}apt-get install -y libegl1 libgl1`" in problem
        assert is_one_sentence(problem)

    @pytest.mark.usefixtures("put_program")
    def test_others_get_the_sonames(self) -> None:
        assert shutil.which("apt-get") is None
        problem = library_problem(self.missing)
        assert problem is not None
        assert "libEGL.so.1, libGL.so.1" in problem
        assert "apt-get" not in problem
        assert is_one_sentence(problem)


def test_no_qt_is_imported() -> None:
    code = (
        "import sys, cnnviz.app.runtime.display; "
        "print([m for m in sys.modules if m.startswith(('PySide6', 'shiboken', 'pyqtgraph'))])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
