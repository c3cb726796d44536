"""Scripts that harm: one sentence each, nothing harmed, no process left behind."""

import os
import sys
from pathlib import Path

import pytest

from cnnviz.cli import main
from cnnviz.notebooks.check import check_script
from cnnviz.notebooks.reader import Script, ScriptCell, read_script
from tests.notebooks.hands import COPY
from tests.notebooks.running import departures


def stopped(source: str, folder: Path, seconds: float = 20) -> str:
    """Return why a script was stopped."""
    script = Script("script.py", (ScriptCell(0, source),))
    judgement = check_script(script, folder, "bundled", seconds=seconds)
    assert not judgement.has_forward
    assert not _left()
    return judgement.stopped


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import sys\nsys.exit(3)", "Line 2: It ended itself by exit(3)."),
        ("import os\nos._exit(3)", "It ended itself with status 3."),
        ("import os\nos.abort()", "Its process ended before it returned anything (SIGABRT)."),
        ("def f(x):\n    return f(x) + 1\nf(0)", "Line 2: RecursionError: maximum recursion"),
        ("while True:\n    os = __import__('os')\n    os.fork()", "Line 3: PermissionError: code"),
        ("import ctypes\nctypes.CDLL(None).fork()", "Line 2: PermissionError: a script that is"),
        (
            "import numpy as np\nx = [np.empty(1 << 28) for _ in range(9)]",
            "Line 2: It asked for more memory than its limit.",
        ),
        ("import quaternion_torch", "Line 1: It needs quaternion_torch, which is not installed"),
        ("import socket\nsocket.create_connection(('::1', 9))", "Line 2: PermissionError: a"),
        ("input()", "Line 1: EOFError: EOF when reading a line"),
    ],
    ids=lambda text: text.splitlines()[-1][:30],
)
def test_a_script_that_ends_badly_is_explained_in_one_sentence(
    source: str, why: str, tmp_path: Path
) -> None:
    assert stopped(source, tmp_path).startswith(why)


def test_a_script_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    source = """
import signal, sys, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sys.stdout.close()
threading.Thread(target=lambda: time.sleep(600)).start()
while True:
    pass
"""
    assert stopped(source, tmp_path, 0.5) == "It was stopped after 0.5 seconds."


def test_a_script_is_stopped_at_once_if_that_is_wished(tmp_path: Path) -> None:
    script = Script("script.py", (ScriptCell(0, "while True:\n    pass"),))
    judgement = check_script(script, tmp_path, "bundled", cancelled=lambda: True)
    assert judgement.stopped == "It was stopped, as you wished."
    assert not _left()


def test_only_its_own_folder_can_be_changed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.touch()
    source = f"import os, shutil\nshutil.rmtree(os.getcwd())\nos.remove({str(precious)!r})"
    assert stopped(source, tmp_path).startswith("Line 3: PermissionError: a script that is checked")
    source = f"open({str(precious)!r}, 'w').write('x')"
    assert stopped(source, tmp_path).startswith("Line 1: PermissionError: a script that is checked")
    assert precious.read_bytes() == b""


def test_what_was_seen_before_an_error_is_judged(tmp_path: Path) -> None:
    source, expected = COPY.variants()["slope-as-a-sum"]
    source = source.replace("import numpy", "_value = _loop = None\nimport numpy", 1)
    source += "    if it:\n        raise ValueError('enough')\n"
    script = Script("script.py", (ScriptCell(0, source),))
    judgement = check_script(script, tmp_path, "bundled")
    assert departures(judgement) == expected
    assert judgement.stopped.endswith("ValueError: enough")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.py", "x = = 3", "Line 1 is not Python: invalid syntax."),
        ("a.py", "x = 3\nprint 'x'", "Line 2 is Python 2: Missing parentheses in call to 'print'"),
        ("a.py", "", "a.py holds no code: there is nothing to run."),
        ("a.py", "x = 1\n" * 100_000, "a.py is larger than 0.5 MB, which is too large"),
        ("a.txt", "x = 3", "a.txt is not a notebook: name a file that ends in .ipynb or .py."),
        ("a.ipynb", "{", "a.ipynb is not a notebook: its JSON is broken"),
        ("a.ipynb", "[" * 100_000, "a.ipynb is not a notebook: its JSON is broken"),
        ("a.ipynb", '{"cells": 3}', "a.ipynb is not a notebook: its JSON has no list of cells."),
        ("a.ipynb", '{"worksheets": [{}]}', "a.ipynb has an old format: open it in Jupyter"),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": 3}]}', "a.ipynb is not a notebook"),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": "%%bash\\nls"}]}', "a.ipynb holds"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused_in_one_sentence(
    name: str, content: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert main(["check", str(path), "--run"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert why in captured.err
    assert captured.err.count("\n") == 1


def test_a_huge_notebook_is_not_even_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    assert main(["check", str(path), "--run"]) == 2
    assert "huge.ipynb is larger than 64 MB" in capsys.readouterr().err


def test_what_only_ipython_understands_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("%load_ext x\nif True:\n    !ls\nfiles = !ls\nnp.dot?\nx = (5\n     % 3)\n")
    script = read_script(path)
    assert script.cells[0].source == "pass\nif True:\n    pass\npass\npass\nx = (5\n     % 3)\n"
    assert script.left_out == (
        "line 1: %load_ext x",
        "line 3: !ls",
        "line 4: files = !ls",
        "line 5: np.dot?",
    )


def _left() -> list[str]:
    """Return the processes of scripts that are left."""
    if sys.platform != "linux":
        return []
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"cnnviz.notebooks.child" in words and int(parent) in (1, os.getpid()):
            left.append(process.name)
    return left
