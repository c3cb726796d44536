"""The Makefile's installer of system packages, with fake apt-get and sudo."""

import importlib.util
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scripts import SCRIPTS, load_script

PutProgram = Callable[[str, str], None]
SUDO = 'echo "sudo $*" >> "$LOG"; [ "$1" != -n ] || shift; exec "$@"'

installer = load_script("system_packages")


@pytest.fixture(autouse=True)
def nothing_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "DEBIAN_FRONTEND"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def log(put_program: PutProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """File in which the fake programs record each call; empty at first."""
    log = tmp_path / "log"
    monkeypatch.setenv("LOG", str(log))
    put_program("apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {log}')
    put_program("true", "exit 0")
    return log


@pytest.fixture
def missing(absent_libraries: set[str], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """One library that is missing until its package has been installed."""
    absent_libraries.add("libEGL.so.1")
    run = subprocess.run

    def run_and_install(words: list[str], **options: object) -> object:
        done = run(words, **options)  # type: ignore[call-overload]
        if done.returncode == 0 and "libegl1" in words:
            absent_libraries.clear()
        return done

    monkeypatch.setattr(subprocess, "run", run_and_install)
    return absent_libraries


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """An ordinary user at a terminal who has typed an answer."""
    controller, terminal = pty.openpty()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield lambda answer: os.write(controller, answer.encode()) and None
    os.close(controller)


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Path(os.devnull).open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield


@pytest.mark.usefixtures("missing", "no_terminal")
def test_root_installs_without_a_terminal(
    log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert installer.main([]) == 0
    assert log.read_text().splitlines() == [
        "noninteractive -qq update",
        "noninteractive -qq install -y --no-install-recommends libegl1",
    ]
    assert capfd.readouterr().err == "Installing libegl1 with apt-get …\n"


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("answer", ["y\n", "Y\n", " yes \n"])
def test_an_ordinary_user_is_asked_and_yes_installs_with_sudo(
    log: Path,
    put_program: PutProgram,
    person: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
    answer: str,
) -> None:
    put_program("sudo", SUDO)
    person(answer)
    assert installer.main([]) == 0
    calls = log.read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["sudo", "noninteractive"] * 2
    assert "-n" not in calls[0].split()  # sudo may ask for the password
    assert calls[-1] == "noninteractive -qq install -y --no-install-recommends libegl1"
    assert capfd.readouterr().err == (
        "cnnviz needs libegl1. Install with sudo apt-get? [y/N] Installing libegl1 with apt-get …\n"
    )


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("answer", ["n\n", "\n", "maybe\n", "\x04"])
def test_any_other_answer_installs_nothing_and_shows_the_command(
    log: Path,
    put_program: PutProgram,
    person: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
    answer: str,
) -> None:
    put_program("sudo", SUDO)
    person(answer)
    assert installer.main([]) == 1
    assert not log.exists()
    question, problem = capfd.readouterr().err.split("[y/N] ")
    assert "libegl1" in question
    assert "`sudo apt-get update && sudo apt-get install -y libegl1`" in problem


@pytest.mark.usefixtures("missing")
def test_ctrl_c_at_the_question_installs_nothing(
    log: Path,
    put_program: PutProgram,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise KeyboardInterrupt

    put_program("sudo", SUDO)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert installer.main([]) == installer.INTERRUPTED
    assert not log.exists()
    assert capfd.readouterr().err.endswith("[y/N] \n")


@pytest.mark.usefixtures("missing", "no_terminal")
def test_without_a_terminal_sudo_needs_the_yes_option(
    log: Path,
    put_program: PutProgram,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    put_program("sudo", SUDO)
    assert installer.main([]) == 1
    assert not log.exists()
    errors = capfd.readouterr().err
    assert "sudo apt-get install -y libegl1" in errors
    assert "[y/N]" not in errors
    assert len(errors.splitlines()) == 1
    assert installer.main(["--yes"]) == 0
    assert all(
        call.startswith(("sudo -n", "noninteractive")) for call in log.read_text().split("\n")[:-1]
    )
    assert log.read_text().count("noninteractive -qq") == 2


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("sudo", ["exit 1", None])
def test_without_root_the_command_is_shown(
    log: Path,
    put_program: PutProgram,
    person: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
    sudo: str | None,
) -> None:
    if sudo is not None:
        put_program("sudo", sudo)
    person("y\n")
    assert installer.main(["--yes"]) == 1
    assert not log.exists()
    errors = capfd.readouterr().err
    assert "sudo apt-get install -y libegl1" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.usefixtures("missing")
def test_a_failed_installation_shows_the_command(
    log: Path,
    put_program: PutProgram,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    put_program("apt-get", "echo 'no network' >&2; exit 100")
    assert installer.main([]) == 1
    errors = capfd.readouterr().err
    assert "no network" in errors
    assert "`apt-get update && apt-get install -y libegl1`" in errors
    assert not log.exists()


@pytest.mark.usefixtures("put_program", "missing")
def test_a_machine_without_apt_get_is_not_asked(
    person: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    person("y\n")
    assert installer.main([]) == 1
    errors = capfd.readouterr().err
    assert "libEGL.so.1; install the packages" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.usefixtures("no_terminal", "log")
@pytest.mark.parametrize(("qt_platform", "status"), [("offscreen", 0), ("xcb", 1), ("", 1)])
def test_x11_libraries_only_if_x11_is_used(
    absent_libraries: set[str], monkeypatch: pytest.MonkeyPatch, qt_platform: str, status: int
) -> None:
    absent_libraries.add("libxcb-cursor.so.0")
    monkeypatch.setenv("QT_QPA_PLATFORM", qt_platform)
    assert installer.main([]) == status


class TestVenv:
    @pytest.fixture
    def no_ensurepip(self, monkeypatch: pytest.MonkeyPatch) -> None:
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name: None if name == "ensurepip" else find_spec(name),
        )

    @pytest.mark.usefixtures("no_ensurepip")
    def test_debian_installs_the_interpreters_packages(
        self, log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert installer.main(["--venv"]) == 1  # the fake installs nothing
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        assert log.read_text().splitlines()[1].endswith(f" {package}")

    @pytest.mark.usefixtures("no_ensurepip", "put_program")
    def test_others_are_advised_to_use_another_python(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert installer.main(["--venv"]) == 1
        errors = capfd.readouterr().err
        assert "make PYTHON=" in errors
        assert len(errors.splitlines()) == 1

    def test_the_bare_interpreter_is_enough(self) -> None:
        """As the Makefile runs it, with no package installed."""
        if importlib.util.find_spec("ensurepip") is None:
            pytest.skip("this Python has no ensurepip")
        command = [sys.executable, "-I", "-S", str(SCRIPTS / "system_packages.py"), "--venv"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert done.returncode == 0
