"""Whether a window can be opened, on real and on missing displays."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cnnviz.app.runtime import display as module
from cnnviz.app.runtime.display import display_problem, window_problem
from cnnviz.app.runtime.system_libraries import library_problem

LINUX = "linux"
REMEDIES = ("`cnnviz snapshot", "`cnnviz train")


@contextmanager
def silent_tcp_display() -> Iterator[str]:
    """A display whose server accepts connections and never answers."""
    for number in range(2000, 2100):
        with socket.socket() as server:
            try:
                server.bind(("127.0.0.1", 6000 + number))
            except OSError:
                continue
            server.listen()
            yield f"127.0.0.1:{number}"
            return
    pytest.fail("no free port between 8000 and 8099")


@pytest.fixture
def x_display() -> Iterator[str]:
    """A real, empty X server."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-noreset", "-displayfd", str(write), "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and ". " not in text


class TestDisplayProblem:
    def test_no_display(self) -> None:
        problem = display_problem({}, LINUX)
        assert problem is not None
        assert "there is no display" in problem
        assert all(remedy in problem for remedy in REMEDIES)
        assert is_one_sentence(problem)

    def test_empty_variables_are_unset_ones(self) -> None:
        environ = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
        assert display_problem(environ, LINUX) == display_problem({}, LINUX)

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_only_linux_can_be_without(self, platform: str) -> None:
        assert display_problem({}, platform) is None

    @pytest.mark.parametrize(
        "qt_platform",
        ["offscreen", "offscreen:size=10x10", "minimal", "vnc", "xcb;offscreen"],
    )
    def test_platforms_without_a_display(self, qt_platform: str) -> None:
        assert display_problem({"QT_QPA_PLATFORM": qt_platform}, LINUX) is None

    @pytest.mark.parametrize(
        "qt_platform", ["xcb", "xcb:option", "wayland", "wayland-egl", "wayland;xcb"]
    )
    def test_platforms_with_one(self, qt_platform: str) -> None:
        assert display_problem({"QT_QPA_PLATFORM": qt_platform}, LINUX) is not None

    @pytest.mark.parametrize(
        "chosen", ["nonsense", "nonsense:option", "xcb;nonsense", "linuxfb:fb=/nonexistent"]
    )
    def test_platform_that_qt_cannot_start_on(self, chosen: str) -> None:
        problem = display_problem({"DISPLAY": ":987", "QT_QPA_PLATFORM": chosen}, LINUX)
        assert problem is not None
        assert f"Qt cannot start on QT_QPA_PLATFORM={chosen}" in problem
        assert ":987" not in problem
        assert all(remedy in problem for remedy in REMEDIES)
        assert is_one_sentence(problem)

    @pytest.mark.parametrize("display", [":987", "nonsense", "127.0.0.1:987"])
    def test_missing_display(self, display: str) -> None:
        problem = display_problem({"DISPLAY": display}, LINUX)
        assert problem is not None
        assert f"DISPLAY={display}" in problem
        assert all(remedy in problem for remedy in REMEDIES)
        assert is_one_sentence(problem)

    def test_display_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "CONNECTION_TIME_LIMIT", 0.2)
        start = time.monotonic()
        with silent_tcp_display() as display:
            assert display_problem({"DISPLAY": display}, LINUX) is not None
        assert time.monotonic() - start < 5

    def test_real_x_server(self, x_display: str) -> None:
        assert display_problem({"DISPLAY": x_display}, LINUX) is None
        broken_wayland = {"DISPLAY": x_display, "WAYLAND_DISPLAY": "not-there"}
        assert display_problem(broken_wayland, LINUX) is None
        for chosen in ("wayland", "nonsense"):
            problem = display_problem({"DISPLAY": x_display, "QT_QPA_PLATFORM": chosen}, LINUX)
            assert problem is not None
            assert f"QT_QPA_PLATFORM={chosen}: unset that variable" in problem
            assert is_one_sentence(problem)

    @pytest.mark.parametrize("absolute", [False, True])
    def test_wayland_socket(self, tmp_path: Path, absolute: bool) -> None:
        path = tmp_path / "wayland-7"
        environ = {
            "WAYLAND_DISPLAY": str(path) if absolute else path.name,
            "XDG_RUNTIME_DIR": "/nowhere" if absolute else str(tmp_path),
        }
        problem = display_problem(environ, LINUX)
        assert problem is not None
        assert "WAYLAND_DISPLAY=" in problem
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            assert display_problem(environ, LINUX) is None


class TestWindowProblem:
    def test_display_comes_before_libraries(self, absent_libraries: set[str]) -> None:
        absent_libraries.add("libEGL.so.1")
        problem = window_problem({}, LINUX)
        assert problem == display_problem({}, LINUX)

    def test_offscreen_needs_no_x11_libraries(self, absent_libraries: set[str]) -> None:
        offscreen = {"QT_QPA_PLATFORM": "offscreen"}
        absent_libraries.add("libxcb-cursor.so.0")
        assert window_problem(offscreen, LINUX) is None
        absent_libraries.add("libEGL.so.1")
        problem = window_problem(offscreen, LINUX)
        assert problem is not None
        assert "libxcb" not in problem

    def test_x11_needs_them(self, absent_libraries: set[str]) -> None:
        # Without libxcb no display can be tried, so libxcb must be reported.
        absent_libraries.add("libxcb.so.1")
        problem = window_problem({"DISPLAY": ":987"}, LINUX)
        assert problem is not None
        assert "libxcb" in problem
        assert problem == library_problem({"libxcb.so.1": "libxcb1"})


def test_a_process_on_a_missing_display() -> None:
    code = (
        "import os, sys; from cnnviz.app.runtime.display import display_problem; "
        "sys.exit(display_problem(os.environ, 'linux'))"
    )
    environ = {k: v for k, v in os.environ.items() if not k.startswith("QT_")}
    environ.pop("WAYLAND_DISPLAY", None)
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=environ | {"DISPLAY": ":987"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "DISPLAY=:987" in result.stderr
    assert len(result.stderr.splitlines()) == 1
