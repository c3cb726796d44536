"""What becomes of the program and its session if something ends it: real processes, displays."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread

from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.delta import SessionSummary
from cnnviz.training.sessions.folder import sessions_in
from cnnviz.training.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and displays of Linux")

TIME_LIMIT = 60
RUN = """
import sys
from cnnviz.cli import open_window

def opened(window):
    def look(frame):
        window.loop.step()
        if frame.iteration == 5:
            print("ready", flush=True)
    if "train" in sys.argv:
        window.frame_shown.connect(look)
    else:
        print("ready", flush=True)

sys.exit(open_window(["--data", "bundled", "--subset", "20"], opened))
"""
Process = subprocess.Popen[str]


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The environment of a user with an empty home folder."""
    home = {"HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "WAYLAND", "DISPLAY"))
    }
    return {**environment, **home, "XDG_RUNTIME_DIR": str(tmp_path)}


@pytest.fixture
def x_server() -> Iterator[tuple[Process, str]]:
    """A separate X server, and its display's name."""
    if (program := shutil.which("Xvfb")) is None:
        pytest.skip("there is no Xvfb")
    with subprocess.Popen(
        [program, "-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server, f":{server.stdout.readline().strip()}"
        server.kill()


def start(variables: dict[str, str], *words: str) -> Process:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
    )


def wait_until_ready(process: Process) -> None:
    """Wait until the window has opened, and has trained if it should."""
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        pytest.fail(process.communicate()[1])


def kept(home: Path) -> SessionSummary:
    """Return the summary of the one session that is kept."""
    (entry,) = sessions_in(home / ".local" / "share" / "cnnviz" / "sessions")
    assert entry.summary is not None
    return entry.summary


def test_the_session_is_kept_if_the_display_goes_away(
    x_server: tuple[Process, str], variables: dict[str, str], tmp_path: Path
) -> None:
    server, display = x_server
    process = start({**variables, "QT_QPA_PLATFORM": "xcb", "DISPLAY": display}, "train")
    wait_until_ready(process)
    server.kill()
    _, errors = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 1
    assert "cnnviz: the display went away: your work is kept, and the next start" in errors
    assert kept(tmp_path).iterations >= 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_session_is_kept_if_a_signal_ends_the_program(
    variables: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    process = start(variables, "train")
    wait_until_ready(process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 0
    assert [line for line in errors.splitlines() if "This plugin does not" not in line] == []
    assert kept(tmp_path).iterations >= 5


@pytest.mark.parametrize("module", ["PySide6.QtGui", "cnnviz.app.window.main_window"])
@pytest.mark.parametrize("command", ["snapshot", "window"])
def test_ctrl_c_while_qt_starts_ends_at_once(
    variables: dict[str, str], tmp_path: Path, command: str, module: str
) -> None:
    code = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from cnnviz.cli import main
sys.exit(main(sys.argv[1:]))
"""
    out = tmp_path / "picture.png"
    words = ["snapshot", "--out", str(out)] if command == "snapshot" else []
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--data", "bundled"],
        env={**variables, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT,
    )
    assert (done.returncode, done.stderr) == (130, "")
    assert not out.exists()


def test_ctrl_c_during_a_snapshot_leaves_no_file(variables: dict[str, str], tmp_path: Path) -> None:
    code = """
import os, signal, sys
from cnnviz.app.window.main_window import MainWindow
MainWindow.complete = lambda *_: os.kill(os.getpid(), signal.SIGINT)
from cnnviz.cli import main
sys.exit(main(sys.argv[1:]))
"""
    (folder := tmp_path / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, "snapshot", "--out", str(tmp_path / "picture.png")],
        env={**variables, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT,
    )
    assert (done.returncode, done.stderr) == (130, "")
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("qtbot")
def test_a_window_that_is_destroyed_ends_its_thread(store: QSettings) -> None:
    window = MainWindow(Trainer(bundled_digits(), Settings(subset=5)), LIGHT, store)
    thread = window.findChild(QThread, "training")
    assert thread is not None
    window.loop.start()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(thread)  # and Qt has not aborted the process


def test_an_error_while_the_window_is_made_ends_in_python(variables: dict[str, str]) -> None:
    parts = ("_make_bars", "_connect", "_restore")
    code = """
import os, sys
from cnnviz.app.window.main_window import MainWindow
from cnnviz.cli import main
def fail(*_):
    raise RuntimeError("broken")
for part in sys.argv[1:]:
    if os.fork() == 0:  # a program that has been imported, which takes the longest
        setattr(MainWindow, part, fail)
        sys.exit(main(["--data", "bundled"]))
    _, status = os.wait()
    print(part, os.waitstatus_to_exitcode(status), flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *parts],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIME_LIMIT,
    )
    assert done.stdout.splitlines() == [f"{part} 1" for part in parts]
    assert done.stderr.count("RuntimeError: broken") == len(parts)
