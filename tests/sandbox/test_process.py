"""Foreign code is stopped, limited and reported on; the child is that of own code."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest

from cnnviz.sandbox import process
from cnnviz.sandbox.errors import MalformedMessageError, ProcessEndedError, TimeLimitError
from cnnviz.sandbox.limits import Limits
from cnnviz.sandbox.messages import SandboxMessage, read_message, write_message
from cnnviz.sandbox.process import Sandbox

CHILD = "cnnviz.training.own_code.child"
SOURCE = """
import os, sys, time, threading, faulthandler

def double(x, factor): print("doubling"); return factor * x
def folder():
    open("note", "w").close()
    return [ord(c) for c in os.environ["HOME"] + "|" + os.getcwd()]
def variables(): return [ord(c) for c in "|".join(os.environ)]
def shell(): os.system("true")
def fork(): os.fork()
def spawn():
    import subprocess
    subprocess.Popen(["true"])
def large_file():
    with open("large", "wb") as file: file.write(bytes(1 << 21))
def memory(): return np.ones(1 << 33)
def read(): return len(sys.stdin.read())
def raw(): os.write(1, b"written to 1\\n"); return 0
def much():
    for _ in range(3000): print("x" * 100)
    return 1
def large_reply(): return np.zeros(1 << 21)
def sleep(): time.sleep(600)
def stubborn():
    faulthandler.cancel_dump_traceback_later()
    time.sleep(600)
def leave(): os._exit(7)
"""


@pytest.fixture
def printed() -> list[str]:
    """What the code has printed, piece by piece."""
    return []


@pytest.fixture
def sandbox(printed: list[str]) -> Iterator[Sandbox]:
    limits = Limits(seconds=20, file_size=1 << 20, memory=2 << 30, output=5000, reply=1 << 22)
    with Sandbox(CHILD, limits, printed.append) as made:
        assert made.call({"source": SOURCE}, {}).content == {}
        yield made


def call(sandbox: Sandbox, name: str, **arrays: np.ndarray) -> SandboxMessage:
    numbers = {"factor": 2.5} if name == "double" else {}
    return sandbox.call({"function": name, "numbers": numbers}, arrays)


def text(message: SandboxMessage) -> str:
    return "".join(chr(int(array)) for array in message.arrays.values())


def test_code_is_limited_and_goes_on_after_what_is_refused(
    sandbox: Sandbox, printed: list[str]
) -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3).T
    (doubled,) = call(sandbox, "double", x=x).arrays.values()
    np.testing.assert_array_equal(doubled, 2.5 * x)
    home, folder = text(call(sandbox, "folder")).split("|")
    assert home == folder
    assert os.listdir(folder)  # noqa: PTH208
    variables = set(text(call(sandbox, "variables")).split("|"))
    assert "HOME" in variables
    assert not variables & {"QT_QPA_PLATFORM", "PYTEST_CURRENT_TEST", "USER"}
    refused = {
        "shell": "PermissionError",
        "fork": "PermissionError",
        "spawn": "PermissionError",
        "large_file": "OSError",
        "memory": "MemoryError",
    }
    for name, kind in refused.items():
        error = call(sandbox, name).content["error"]
        assert error["kind"] == kind, error
        assert SOURCE.splitlines()[error["line"] - 1].strip().startswith(("def", "sub", "with"))
    assert next(iter(call(sandbox, "read").arrays.values())) == 0
    call(sandbox, "raw")
    call(sandbox, "much")
    sandbox.close()
    output = "".join(printed)
    assert output.startswith("doubling\nwritten to 1\nxxx")
    assert output.endswith("dropped)\n")
    assert len(output) < 5100
    assert not os.path.exists(folder)  # noqa: PTH110
    sandbox.close()


def test_a_reply_that_is_too_large_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(MalformedMessageError, match="too large"):
        call(sandbox, "large_reply")


def test_code_that_hangs_is_stopped_and_its_line_is_known() -> None:
    with Sandbox(CHILD, Limits(seconds=0.3)) as sandbox:
        sandbox.call({"source": SOURCE}, {})
        with pytest.raises(TimeLimitError, match=r"longer than the 0\.3 s") as caught:
            call(sandbox, "sleep")
        line = 1 + SOURCE.splitlines().index("def sleep(): time.sleep(600)")
        assert f'File "<own code>", line {line} in sleep' in caught.value.stack
        with pytest.raises(TimeLimitError):  # it is not started again
            call(sandbox, "read")


def test_code_that_turns_its_limit_off_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(CHILD, Limits(seconds=0.2)) as sandbox:
        sandbox.call({"source": SOURCE}, {})
        monkeypatch.setattr(process, "_GRACE", 0.2)
        with pytest.raises(TimeLimitError):
            call(sandbox, "stubborn")


def test_another_thread_can_stop_it(sandbox: Sandbox) -> None:
    def stop() -> None:
        sandbox.kill()

    timer = threading.Timer(0.1, stop)
    timer.start()
    with pytest.raises(ProcessEndedError, match="it was stopped"):
        call(sandbox, "sleep")
    timer.join()


def test_a_process_that_ends_is_reported(sandbox: Sandbox) -> None:
    with pytest.raises(ProcessEndedError, match="exit status 7"):
        call(sandbox, "leave")


def test_messages_come_back_as_they_were() -> None:
    arrays = {
        "a": np.arange(12.0).reshape(3, 4).T,
        "b": np.array(True),
        "c": np.empty((0, 3), np.int8),
        "d": np.array([np.nan, -np.inf], np.float32),
    }
    stream = BytesIO()
    write_message(stream, {"x": [1, "ẑ"]}, arrays)
    stream.seek(0)
    message = read_message(stream, 1000)
    assert message is not None
    assert message.content == {"x": [1, "ẑ"]}
    assert list(message.arrays) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(message.arrays[name], array)
        assert message.arrays[name].dtype == array.dtype
    assert read_message(stream, 1000) is None


@pytest.mark.parametrize(
    "arrays",
    [
        [["a", "<f8", [1 << 40]]],
        [["a", "<f8", [-1]]],
        [["a", "<f8", [2.0]]],
        [["a", "|O", [1]]],
        [["a", "<c16", [1]]],
        [["a", "<V8", [1]]],
        [["a", "f8,i4", [1]]],
        [[1, "<f8", [1]]],
        [["a", "<f8"]],
        [["a", "<f8", [100]]],
        None,
    ],
)
def test_a_message_that_is_none_takes_no_memory(arrays: object) -> None:
    packed = json.dumps({"content": {}, "arrays": arrays}).encode()
    stream = BytesIO(struct.pack("<Q", len(packed)) + packed + bytes(16))
    with pytest.raises(MalformedMessageError):
        read_message(stream, 400 if "100" not in str(arrays) else 1 << 20)


@pytest.mark.parametrize(
    "data", [b"\x01", struct.pack("<Q", 1 << 60), struct.pack("<Q", 2) + b"[]"]
)
def test_bytes_that_are_no_message(data: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(BytesIO(data), 100)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_tasks_are_counted() -> None:
    from cnnviz.sandbox.limits import _tasks_of_this_person

    assert _tasks_of_this_person() >= threading.active_count()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the marks of processes")
def test_a_process_that_has_left_the_group_is_found_by_its_mark() -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    marked = {**os.environ, process._MARK: "of this test"}
    with subprocess.Popen(sleep, env=marked, start_new_session=True) as escaped:
        process._kill_marked("of this test")
        assert escaped.wait(10) == -signal.SIGKILL
