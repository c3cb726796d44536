"""Tests of the checks that come before Qt; fakes stand in for machines that lack something."""

import importlib.util
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

from cnnviz.app.runtime import system_libraries

LINUX = "linux"
REMEDIES = ("`cnnviz snapshot", "`cnnviz train")


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Sonames that the dynamic linker is made not to find; add to it to take one away."""
    absent: set[str] = set()

    def load(name: str) -> object:
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    monkeypatch.setattr(system_libraries.ctypes, "CDLL", load)
    return absent


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty PATH for fake programs, with `env` for those that go through it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    env = shutil.which("env")
    assert env is not None
    (folder / "env").symlink_to(env)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put_program(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@contextmanager
def silent_tcp_display() -> Iterator[str]:
    """A display whose server takes connections and never answers."""
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
        [program, "-displayfd", str(write), "-nolisten", "tcp"],
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


class TestMissingLibraries:
    def test_none_where_all_load(self, without: set[str]) -> None:
        assert without == set()
        assert system_libraries.missing_libraries(xcb=True, platform=LINUX) == ()

    @pytest.mark.parametrize(
        "library", system_libraries.GUI_LIBRARIES + system_libraries.XCB_LIBRARIES
    )
    def test_each_is_looked_for(self, without: set[str], library: system_libraries.Library) -> None:
        without.add(library.soname)
        assert system_libraries.missing_libraries(xcb=True, platform=LINUX) == (library,)

    def test_x11_only_where_asked(self, without: set[str]) -> None:
        without.add("libxcb-cursor.so.0")
        assert system_libraries.missing_libraries(xcb=False, platform=LINUX) == ()

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_only_linux_needs_them(self, without: set[str], platform: str) -> None:
        without.update(library.soname for library in system_libraries.GUI_LIBRARIES)
        assert system_libraries.missing_libraries(xcb=True, platform=platform) == ()

    def test_the_real_linker_is_requested(self) -> None:
        assert not system_libraries._loads("libcnnviz-does-not-exist.so.0")
        if sys.platform.startswith("linux"):
            assert system_libraries._loads("libc.so.6")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF libraries")
@pytest.mark.parametrize(
    ("file", "listed"),
    [
        ("libQt6Gui.so.6", system_libraries.GUI_LIBRARIES),
        ("libQt6XcbQpa.so.6", system_libraries.GUI_LIBRARIES + system_libraries.XCB_LIBRARIES),
    ],
)
def test_the_lists_cover_what_the_installed_qt_links(
    file: str, listed: tuple[system_libraries.Library, ...]
) -> None:
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
    assert linked <= {library.soname for library in listed}


class TestLibraryProblem:
    def test_nothing_missing(self) -> None:
        assert system_libraries.library_problem(()) is None

    @pytest.mark.parametrize(("user", "prefix"), [(0, ""), (1000, "sudo ")])
    def test_debian_gets_the_exact_command(
        self, programs: Path, monkeypatch: pytest.MonkeyPatch, user: int, prefix: str
    ) -> None:
        put_program(programs, "apt-get", "exit 0")
        monkeypatch.setattr(os, "geteuid", lambda: user)
        problem = system_libraries.library_problem(system_libraries.GUI_LIBRARIES[:2])
        assert problem is not None
        assert f"`{prefix}apt-get update && {prefix}apt-get install -y libegl1 libgl1`" in problem
        assert is_one_sentence(problem)

    def test_others_get_the_sonames(self, programs: Path) -> None:
        assert shutil.which("apt-get", path=str(programs)) is None
        problem = system_libraries.library_problem(system_libraries.GUI_LIBRARIES[:2])
        assert problem is not None
        assert "libEGL.so.1, libGL.so.1" in problem
        assert "apt-get" not in problem
        assert is_one_sentence(problem)


class TestDisplayProblem:
    def test_no_display(self) -> None:
        problem = system_libraries.display_problem({}, LINUX)
        assert problem is not None
        assert "there is no display" in problem
        assert all(remedy in problem for remedy in REMEDIES)
        assert is_one_sentence(problem)

    def test_empty_variables_are_unset_ones(self) -> None:
        environ = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
        assert system_libraries.display_problem(environ, LINUX) == system_libraries.display_problem(
            {}, LINUX
        )

    @pytest.mark.parametrize("platform", ["darwin", "win32"])
    def test_only_linux_can_be_without(self, platform: str) -> None:
        assert system_libraries.display_problem({}, platform) is None

    @pytest.mark.parametrize(
        "qt_platform",
        ["offscreen", "offscreen:size=10x10", "minimal", "vnc", "linuxfb", "xcb;offscreen"],
    )
    def test_platforms_without_a_display(self, qt_platform: str) -> None:
        assert system_libraries.display_problem({"QT_QPA_PLATFORM": qt_platform}, LINUX) is None

    @pytest.mark.parametrize(
        "qt_platform", ["xcb", "xcb:option", "wayland", "wayland-egl", "wayland;xcb"]
    )
    def test_platforms_with_one(self, qt_platform: str) -> None:
        assert system_libraries.display_problem({"QT_QPA_PLATFORM": qt_platform}, LINUX) is not None

    @pytest.mark.parametrize("display", [":987", "nonsense", "127.0.0.1:987"])
    def test_display_that_is_not_there(self, display: str) -> None:
        problem = system_libraries.display_problem({"DISPLAY": display}, LINUX)
        assert problem is not None
        assert f"DISPLAY={display}" in problem
        assert all(remedy in problem for remedy in REMEDIES)
        assert is_one_sentence(problem)

    def test_display_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(system_libraries, "CONNECTION_TIME_LIMIT", 0.2)
        start = time.monotonic()
        with silent_tcp_display() as display:
            assert system_libraries.display_problem({"DISPLAY": display}, LINUX) is not None
        assert time.monotonic() - start < 5

    def test_real_x_server(self, x_display: str) -> None:
        assert system_libraries.display_problem({"DISPLAY": x_display}, LINUX) is None
        broken_wayland = {"DISPLAY": x_display, "WAYLAND_DISPLAY": "not-there"}
        assert system_libraries.display_problem(broken_wayland, LINUX) is None
        only_wayland = {"DISPLAY": x_display, "QT_QPA_PLATFORM": "wayland"}
        assert system_libraries.display_problem(only_wayland, LINUX) is not None

    @pytest.mark.parametrize("absolute", [False, True])
    def test_wayland_socket(self, tmp_path: Path, absolute: bool) -> None:
        path = tmp_path / "wayland-7"
        environ = {
            "WAYLAND_DISPLAY": str(path) if absolute else path.name,
            "XDG_RUNTIME_DIR": "/nowhere" if absolute else str(tmp_path),
        }
        problem = system_libraries.display_problem(environ, LINUX)
        assert problem is not None
        assert "WAYLAND_DISPLAY=" in problem
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            assert system_libraries.display_problem(environ, LINUX) is None


class TestWindowProblem:
    def test_display_comes_before_libraries(self, without: set[str]) -> None:
        without.add("libEGL.so.1")
        problem = system_libraries.window_problem({}, LINUX)
        assert problem == system_libraries.display_problem({}, LINUX)

    def test_offscreen_needs_no_x11_libraries(self, without: set[str]) -> None:
        offscreen = {"QT_QPA_PLATFORM": "offscreen"}
        without.add("libxcb-cursor.so.0")
        assert system_libraries.window_problem(offscreen, LINUX) is None
        without.add("libEGL.so.1")
        problem = system_libraries.window_problem(offscreen, LINUX)
        assert problem is not None
        assert "libxcb" not in problem

    def test_x11_needs_them(self, without: set[str]) -> None:
        # Without libxcb no display can be tried, and it is what has to be said.
        without.add("libxcb.so.1")
        problem = system_libraries.window_problem({"DISPLAY": ":987"}, LINUX)
        assert problem is not None
        assert "libxcb" in problem
        assert problem == system_libraries.library_problem(system_libraries.XCB_LIBRARIES[:1])


class TestInstall:
    """`python -m cnnviz.app.runtime.system_libraries --install` with fake apt-get and sudo."""

    @pytest.fixture(autouse=True)
    def no_display(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "DEBIAN_FRONTEND"):
            monkeypatch.delenv(variable, raising=False)

    @pytest.fixture
    def log(self, programs: Path, tmp_path: Path, without: set[str]) -> Path:
        """Where the fake apt-get writes each call; one library is missing."""
        without.add("libEGL.so.1")
        log = tmp_path / "log"
        put_program(programs, "apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {log}')
        return log

    def test_root_installs(
        self,
        log: Path,
        without: set[str],
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        install = system_libraries._install

        def install_and_appear(packages: list[str]) -> None:
            install(packages)
            without.clear()

        monkeypatch.setattr(system_libraries, "_install", install_and_appear)
        assert system_libraries.main(["--install"]) == 0
        assert log.read_text().splitlines() == [
            "noninteractive -qq update",
            "noninteractive -qq install -y --no-install-recommends libegl1",
        ]
        assert capfd.readouterr().err == "Installing libegl1 with apt-get …\n"

    def test_sudo_without_a_password_installs(
        self, log: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        put_program(programs, "sudo", '[ "$1" = -n ] || exit 1; shift; exec "$@"')
        put_program(programs, "true", "exit 0")
        system_libraries.main(["--install"])
        assert len(log.read_text().splitlines()) == 2

    @pytest.mark.parametrize("sudo", ["exit 1", None])
    def test_no_right_to_install_gives_the_command(
        self,
        log: Path,
        programs: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        sudo: str | None,
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        if sudo is not None:
            put_program(programs, "sudo", sudo)
        assert system_libraries.main(["--install"]) == 1
        assert not log.exists()
        said = capfd.readouterr().err
        assert "sudo apt-get install -y libegl1" in said
        assert len(said.splitlines()) == 1

    def test_failed_installation_gives_the_command(
        self,
        log: Path,
        programs: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        put_program(programs, "apt-get", "echo 'no network' >&2; exit 100")
        assert system_libraries.main(["--install"]) == 1
        said = capfd.readouterr().err
        assert "no network" in said
        assert "`apt-get update && apt-get install -y libegl1`" in said
        assert not log.exists()

    def test_check_alone_installs_nothing(
        self, log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert system_libraries.main([]) == 1
        assert not log.exists()
        assert "libegl1" in capfd.readouterr().err

    @pytest.mark.parametrize(("qt_platform", "status"), [("offscreen", 0), ("xcb", 1)])
    def test_x11_libraries_only_where_x11_is_used(
        self,
        without: set[str],
        monkeypatch: pytest.MonkeyPatch,
        qt_platform: str,
        status: int,
    ) -> None:
        without.add("libxcb-cursor.so.0")
        monkeypatch.setenv("QT_QPA_PLATFORM", qt_platform)
        assert system_libraries.main([]) == status


class TestVenv:
    @pytest.fixture
    def no_ensurepip(self, monkeypatch: pytest.MonkeyPatch) -> None:
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(
            system_libraries.importlib.util,
            "find_spec",
            lambda name: None if name == "ensurepip" else find_spec(name),
        )

    @pytest.mark.usefixtures("no_ensurepip")
    def test_debian_installs_the_interpreters_own(
        self, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = tmp_path / "log"
        put_program(programs, "apt-get", f'echo "$*" >> {log}')
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert system_libraries.main(["--install", "--venv"]) == 1  # the fake installs nothing
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        assert log.read_text().splitlines()[1].endswith(f" {package}")

    @pytest.mark.usefixtures("no_ensurepip", "programs")
    def test_others_are_told_of_another_python(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert system_libraries.main(["--venv"]) == 1
        said = capfd.readouterr().err
        assert "make PYTHON=" in said
        assert len(said.splitlines()) == 1

    def test_nothing_to_do(self, capfd: pytest.CaptureFixture[str]) -> None:
        if importlib.util.find_spec("ensurepip") is None:
            pytest.skip("this Python has no ensurepip")
        assert system_libraries.main(["--venv"]) == 0
        assert capfd.readouterr().err == ""


class TestProcess:
    """The module in a process of its own."""

    def test_imports_no_qt(self) -> None:
        code = (
            "import sys, cnnviz.app.runtime.system_libraries; "
            "print([m for m in sys.modules if m.startswith(('PySide6', 'shiboken', 'pyqtgraph'))])"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert result.stdout == "[]\n"

    def test_a_display_that_is_not_there(self) -> None:
        code = (
            "import os, sys; from cnnviz.app.runtime.system_libraries import display_problem; "
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

    def test_runs_with_the_bare_interpreter(self) -> None:
        """As the Makefile runs it: from the checkout, with no package installed."""
        checkout = str(Path(system_libraries.__file__).parents[3])
        code = (
            f"import runpy, sys; sys.path.insert(0, {checkout!r}); sys.argv[1:] = ['--venv']; "
            "runpy.run_module('cnnviz.app.runtime.system_libraries', run_name='__main__')"
        )
        result = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.stderr == ""
        assert result.returncode == 0
