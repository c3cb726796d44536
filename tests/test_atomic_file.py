import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.atomic_file import UnwritableFileError, check_writable, replacing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX systems")


def write(path: Path, content: bytes = b"new") -> None:
    with replacing(path) as file:
        file.write(content)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(act: Callable[[], None]) -> str:
    """Return the one sentence that an act is refused with."""
    with pytest.raises(UnwritableFileError) as error:
        act()
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", ["run.v2", "a run", "прогон", "走る" * 40, "x" * 255, "no ending"])
def test_any_name_works(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    write(tmp_path / name, b"newer")
    assert (tmp_path / name).read_bytes() == b"newer"
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o200])
def test_permissions_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "run.npz"
    path.touch()
    path.chmod(mode)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_private_file_stays_private_during_writing(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.touch(0o600)
    with replacing(path) as file:
        file.write(b"private")
        file.flush()
        modes = [stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()]
    assert modes == [0o600, 0o600]


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator gives files away")
def test_the_owner_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.touch(0o640)
    os.chown(path, 12345, 54321)
    write(path)
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (12345, 54321)
    assert stat.S_IMODE(status.st_mode) == 0o640


def test_the_time_is_that_of_writing(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.touch()
    os.utime(path, (1, 1))
    write(path)
    assert path.stat().st_mtime > 1e9


def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"old")
    path.chmod(0o444)
    for act in (lambda: write(path), lambda: check_writable(path)):
        assert "run.npz is read-only: name another file, or" in refusal(act)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["run.npz"]


def test_a_read_only_target_of_a_link_is_not_replaced(tmp_path: Path) -> None:
    path, link = tmp_path / "run.npz", tmp_path / "link.npz"
    path.touch(0o400)
    link.symlink_to(path)
    assert "link.npz is read-only" in refusal(lambda: write(link))


def test_a_link_to_a_pipe_is_not_a_file() -> None:
    reading, writing = os.pipe()
    assert "is not a file: name one" in refusal(lambda: check_writable(Path(f"/dev/fd/{writing}")))
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing/run.npz", "name a file in a folder that exists"),
        ("file/run.npz", "name a file in a folder that exists"),
        ("folder", "name a file in a folder that exists"),
        ("fifo", "is not a file: name one"),
        ("x" * 256, "is too long a name for a file: choose a shorter one"),
        ("folder/" * 1000 + "run.npz", "is too long a name for a file: choose a shorter one"),
        ("a\0b", "cannot name a file: choose another"),
    ],
)
def test_a_path_where_no_file_can_be_is_refused(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    before = names_in(tmp_path)
    for act in (lambda: write(tmp_path / name), lambda: check_writable(tmp_path / name)):
        message = refusal(act)
        assert expected in message
        assert len(message) < 400
    assert names_in(tmp_path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes somebody else")
@pytest.mark.parametrize("mode", [0o000, 0o444, 0o555])
def test_a_missing_permission_is_one_sentence(open_folder: Path, mode: int) -> None:
    closed = open_folder / "closed"
    closed.mkdir()
    (closed / "run.npz").touch()
    closed.chmod(mode)
    os.seteuid(65534)
    try:
        said = refusal(lambda: write(closed / "run.npz"))
    finally:
        os.seteuid(0)
    assert "closed/run.npz cannot be written" in said


KILLED = """
import os, signal, sys
from pathlib import Path
from cnnviz.atomic_file import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("written", flush=True)
    signal.pause()
"""


def test_only_leftovers_of_a_killed_program_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"old")
    others = [".cnnviz-0123.tmp", ".cnnviz-0123456789abcdef.tmp.txt", ".run.npz.12345678.tmp"]
    for other in others:
        (tmp_path / other).touch()
    (tmp_path / ".cnnviz-0123456789abcdef.tmp").mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child.stdout as output:
        assert output.readline() == "written\n"
        expected = {"run.npz", ".cnnviz-0123456789abcdef.tmp", *others}
        (under_way,) = set(names_in(tmp_path)) - expected
        write(path, b"mine")  # the other program still writes
        assert under_way in names_in(tmp_path)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert path.read_bytes() == b"mine"
    assert under_way in names_in(tmp_path)
    write(tmp_path / "another.npz")
    assert set(names_in(tmp_path)) == {"another.npz", *expected}


@pytest.mark.skipif(sys.platform != "linux", reason="it finds open files as Linux shows them")
def test_windows_has_no_locks_so_the_age_of_leftovers_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, an open file cannot be removed, not even by the program that has opened it."""
    old, new = (tmp_path / f".cnnviz-{digit * 16}.tmp" for digit in "01")
    for path in (old, new):
        path.touch()
    os.utime(old, (0, time.time() - 7_200))
    with monkeypatch.context() as patched:
        patched.setattr(sys, "platform", "win32")
        patched.setattr(Path, "unlink", unlink_if_closed)
        write(tmp_path / "run.npz")
    assert names_in(tmp_path) == [new.name, "run.npz"]


_UNLINK = Path.unlink


def unlink_if_closed(path: Path, *, missing_ok: bool = False) -> None:
    """Remove a file as Windows does."""
    if str(path) in map(os.path.realpath, Path("/proc/self/fd").iterdir()):
        raise PermissionError(errno.EACCES, "it is open")
    _UNLINK(path, missing_ok=missing_ok)


def test_a_file_that_is_open_elsewhere_on_windows_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        error = PermissionError(errno.EACCES, "Access is denied")
        error.winerror = 5  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(Path, "replace", refuse)
    message = refusal(lambda: write(tmp_path / "run.npz"))
    assert "another program may have it open: close it there" in message
    assert names_in(tmp_path) == []


def test_a_file_system_without_locks_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    abandoned = tmp_path / ".cnnviz-0123456789abcdef.tmp"
    abandoned.touch()

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    write(tmp_path / "run.npz")
    assert (tmp_path / "run.npz").read_bytes() == b"new"
    assert abandoned.exists()  # its process is unknown
