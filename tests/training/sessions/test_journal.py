"""Keeping a run: in time, in one program at a time, and whatever the disk is like."""

import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from cnnviz.training.errors import SessionDiskFullError, SessionError, SessionInUseError
from cnnviz.training.files.run_file import read_run, write_run
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions import folder, journal, writer
from cnnviz.training.sessions.capture import Capture
from cnnviz.training.sessions.delta import Delta
from cnnviz.training.sessions.folder import oldest_to_delete, sessions_in
from cnnviz.training.sessions.resume import resume
from cnnviz.training.sessions.session_file import SessionFile, delete_session
from cnnviz.training.sessions.session_paths import states_of
from cnnviz.training.sessions.writer import Writer
from cnnviz.training.settings import Settings
from tests.training.driver import TIMEOUT, Driver
from tests.training.recorded import run_of
from tests.training.scratch import scratch_file
from tests.training.sessions.kept_run import assert_same, begun


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "INTERVAL", 0.05)
    monkeypatch.setattr(journal, "_BRIEF", 0.01)
    monkeypatch.setattr(journal, "_RETRY", 0.05)


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Callable[[Trainer], Driver]]:
    """Return a function that trains in a thread, and keeps a session."""
    drivers: list[Driver] = []

    def start(trainer: Trainer) -> Driver:
        driver = Driver(trainer, tmp_path / "sessions")
        drivers.append(driver)
        driver.thread.start()
        return driver

    yield start
    for driver in drivers:
        driver.end()


class Written:
    """Counts the deltas that are written, or discarded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._changed = threading.Condition()
        self._count = 0
        for name in ("_write", "_discard"):
            monkeypatch.setattr(Writer, name, self._counting(getattr(Writer, name)))

    def _counting(self, original: Callable[..., None]) -> Callable[..., None]:
        def do(its: Writer, *deltas: Delta) -> None:
            original(its, *deltas)
            with self._changed:
                self._count += 1
                self._changed.notify_all()

        return do

    def wait(self) -> None:
        """Wait until something has been written, or discarded, since the last time."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._count > 0, TIMEOUT)
            self._count = 0


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    return Written(monkeypatch)


def resumed(path: Path) -> Trainer:
    file = SessionFile(path)
    try:
        return resume(file).trainer
    finally:
        file.close()


Drive = Callable[[Trainer], Driver]


def test_a_session_is_kept_while_it_happens_and_at_the_end(drive: Drive, tmp_path: Path) -> None:
    driver = drive(begun(pause_on_warning=False))
    driver.run()
    driver.until(lambda frame: frame.iteration > 50)
    driver.loop.bookmark(1, 7, "seven")
    driver.after(driver.loop.pause())
    driver.loop.note("workspace", "debug")
    driver.end()
    (entry,) = sessions_in(tmp_path / "sessions")
    assert entry.summary is not None
    assert entry.summary.iterations == driver.trainer.last
    assert entry.summary.loss == driver.trainer.curve.loss[-1]
    assert entry.summary.rules == ("notebook",)
    assert entry.size == entry.path.stat().st_size
    assert_same(driver.trainer, resumed(entry.path))


def test_what_has_happened_is_written_though_nothing_happens_any_more(
    drive: Drive, tmp_path: Path, written: Written
) -> None:
    driver = drive(begun())
    driver.after(driver.loop.step())
    written.wait()
    # Another process sees it: this one would give up its lock by reading.
    assert b"sha256" in contents(tmp_path / "sessions")


def contents(folder: Path) -> bytes:
    """Return what a program would find if this one ended now."""
    code = "import pathlib, sys; [sys.stdout.buffer.write(p.read_bytes()) for p in paths]"
    paths = [*map(str, folder.glob("*.session*"))]
    run = f"import pathlib; paths = map(pathlib.Path, {paths!r}); {code}"
    return subprocess.run([sys.executable, "-c", run], capture_output=True, check=True).stdout


def test_nothing_is_kept_of_a_window_that_was_only_looked_at(drive: Drive, tmp_path: Path) -> None:
    driver = drive(begun())
    driver.loop.note("workspace", "debug")
    driver.after(driver.loop.change(learning_rate=2.0))
    driver.end()
    assert sessions_in(tmp_path / "sessions") == ()


def test_a_session_is_the_persons_own_run_during_a_lesson(drive: Drive, tmp_path: Path) -> None:
    driver = drive(begun())
    driver.loop.step()
    own = driver.after(driver.loop.step())
    driver.loop.begin_detour()
    lesson = Settings(subset=4, learning_rate=3)
    driver.loop.begin("Lesson: A", "bundled", lesson, 1, lasting=False)
    driver.loop.note("doing", "lesson “A”, step 2 of 3")
    driver.after(driver.loop.step())
    driver.end()  # as if the program had been killed
    (entry,) = sessions_in(tmp_path / "sessions")
    assert entry.summary is not None
    assert (entry.summary.name, entry.summary.branches) == (own.branch.name, 1)
    assert entry.summary.iterations == 2
    assert entry.summary.doing == "lesson “A”, step 2 of 3"
    trainer = resumed(entry.path)
    assert [branch.number for branch in trainer.branches.all] == [own.branch.number]
    assert (trainer.iteration, trainer.settings.kept) == (2, own.settings.kept)
    assert trainer.parameters.wo.tobytes() == own.parameters.wo.tobytes()


def test_a_lesson_is_worth_a_session(drive: Drive, tmp_path: Path) -> None:
    driver = drive(begun())
    driver.loop.begin_detour()
    driver.loop.begin("Lesson: A", "bundled", Settings(subset=4), 1, lasting=False)
    driver.loop.note("doing", "lesson “A”, step 1 of 3")
    driver.after(driver.loop.step())
    driver.end()
    (entry,) = sessions_in(tmp_path / "sessions")
    assert resumed(entry.path).iteration == 0


def test_a_lesson_that_was_left_leaves_no_session(
    drive: Drive, tmp_path: Path, written: Written
) -> None:
    driver = drive(begun())
    driver.loop.begin_detour()
    driver.loop.begin("Lesson: A", "bundled", Settings(subset=4), 1, lasting=False)
    driver.loop.note("doing", "lesson “A”, step 1 of 3")
    driver.loop.note("workspace", "teach")
    driver.after(driver.loop.step())
    written.wait()
    folder = tmp_path / "sessions"
    assert [*folder.iterdir()]
    driver.loop.note("doing", "")
    driver.after(driver.loop.end_detour())
    while [*folder.iterdir()]:  # read by nobody, or it might be deleted under the reader
        written.wait()
    driver.after(driver.loop.step())
    driver.end()
    (entry,) = sessions_in(tmp_path / "sessions")
    assert entry.summary is not None
    assert (entry.summary.iterations, entry.summary.doing) == (1, "")
    file = SessionFile(entry.path)
    assert file.notes().items() >= {"doing": "", "workspace": "teach"}.items()
    file.close()


def test_another_session_is_continued_and_the_one_before_stays(
    drive: Drive, tmp_path: Path
) -> None:
    first = drive(begun())
    first.after(first.loop.step())
    first.loop.note("workspace", "debug")
    first.end()
    (entry,) = sessions_in(tmp_path / "sessions")
    driver = drive(begun(seed=5))
    driver.loop.step()
    driver.loop.step()
    frame = driver.after(driver.loop.resume(entry.path))
    assert (frame.iteration, frame.settings.seed) == (1, 0)
    assert driver.mailbox.take_notes() == {"workspace": "debug"}
    driver.after(driver.loop.step())
    driver.after(driver.loop.resume(entry.path))
    assert driver.message().text == f"{entry.path.stem} is the session that goes on now."
    driver.end()
    before, after = sorted(sessions_in(tmp_path / "sessions"), key=lambda e: e.path != entry.path)
    assert before.path == entry.path
    assert resumed(before.path).last == 2
    assert (resumed(after.path).settings.seed, resumed(after.path).last) == (5, 2)


def test_a_session_is_open_in_one_program_at_a_time(
    drive: Drive, tmp_path: Path, written: Written
) -> None:
    driver = drive(begun())
    driver.after(driver.loop.step())
    written.wait()
    (path,) = (tmp_path / "sessions").glob("*.session")
    assert sessions_in(tmp_path / "sessions")[0].in_use
    code = f"""
from pathlib import Path
from cnnviz.training.errors import SessionInUseError
from cnnviz.training.sessions.session_file import SessionFile, delete_session
for use in (SessionFile, delete_session):
    try:
        use(Path({str(path)!r}))
    except SessionInUseError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=TIMEOUT
    )
    sentence = f"the session {path.stem} is open in another window.\n"
    assert done.stdout == 2 * sentence
    with pytest.raises(SessionInUseError):
        SessionFile(path)
    driver.end()
    assert resumed(path).last == 1
    delete_session(path)
    assert [*(tmp_path / "sessions").iterdir()] == []


def test_a_damaged_session_can_be_deleted_and_the_others_are_listed(
    drive: Drive, tmp_path: Path
) -> None:
    driver = drive(begun())
    driver.after(driver.loop.step())
    driver.end()
    broken = tmp_path / "sessions" / "broken.session"
    broken.write_bytes(b"words " * 999)
    entries = sessions_in(tmp_path / "sessions")
    assert sorted(entry.summary is None for entry in entries) == [False, True]
    (problem,) = (entry.problem for entry in entries if entry.problem)
    assert "is damaged" in problem
    delete_session(broken)
    assert len(sessions_in(tmp_path / "sessions")) == 1


@pytest.mark.parametrize("ending", ["", "-journal"])
def test_a_pipe_in_place_of_a_file_of_a_session_does_not_block(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "one.session"
    SessionFile(path, create=True).close()
    pipe = path.with_name(path.name + ending)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    (entry,) = sessions_in(tmp_path)
    assert entry.problem == f"{pipe} is not a file: move it away."


def test_a_folder_that_cannot_be_used_is_named_and_the_run_goes_on(
    drive: Drive, tmp_path: Path
) -> None:
    (tmp_path / "sessions").write_text("a file")
    driver = drive(begun())
    driver.after(driver.loop.step())
    message = driver.message()
    assert message.lasting
    assert message.text.startswith("What you do now is not kept when cnnviz ends, because ")
    assert str(tmp_path / "sessions") in message.text
    assert not driver.loop.keeps
    assert driver.after(driver.loop.step()).iteration == 2
    (tmp_path / "sessions").unlink()
    assert driver.message().text == "What you do is kept again."
    assert driver.loop.keeps
    driver.end()
    (entry,) = sessions_in(tmp_path / "sessions")
    assert_same(driver.trainer, resumed(entry.path))


@pytest.mark.skipif(os.name != "posix", reason="only there a run stays in its file")
def test_a_run_whose_file_is_changed_is_not_kept_until_it_can_be_read(
    drive: Drive, tmp_path: Path
) -> None:
    trainer, path = begun(), tmp_path / "run.npz"
    for _ in range(20):
        trainer.step()
    write_run(path, run_of(trainer))
    opened = resume_run(read_run(path), trainer.dataset)
    before = path.stat()
    os.utime(path, (1, 1))
    driver = drive(opened)
    assert driver.after(driver.loop.step()).iteration == 21
    message = driver.message()
    assert message.text.startswith(
        f"What you do now is not kept when cnnviz ends, because {path} has been changed"
    )
    assert driver.after(driver.loop.step()).iteration == 22
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert driver.message().text == "What you do is kept again."
    driver.end()
    (entry,) = sessions_in(tmp_path / "sessions")
    assert_same(driver.trainer, resumed(entry.path))


def test_a_session_that_another_program_lists_just_now_is_not_in_use(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = drive(begun())
    driver.after(driver.loop.step())
    driver.end()
    (path,) = (tmp_path / "sessions").glob("*.session")
    listing = SessionFile(path)
    end = threading.Thread(target=listing.close)

    def opened(path: Path, *, timeout: float) -> SessionFile:
        end.start()
        return SessionFile(path, timeout=100 * timeout)

    monkeypatch.setattr(folder, "SessionFile", opened)
    (entry,) = sessions_in(path.parent)
    end.join()
    assert (entry.problem, entry.in_use) == ("", False)


def test_a_full_disk_is_reported_and_what_was_there_before_stays(
    drive: Drive, tmp_path: Path, written: Written
) -> None:
    driver = drive(begun())
    driver.after(driver.loop.step())
    written.wait()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        driver.after(driver.loop.step())
        message = driver.message()
        assert message.text.startswith("What you do now is not kept when cnnviz ends, because ")
        assert driver.after(driver.loop.step()).iteration == 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert driver.message().text == "What you do is kept again."
    driver.end()
    entries = sessions_in(tmp_path / "sessions")
    assert_same(driver.trainer, resumed(entries[0].path))


def test_a_full_disk_takes_the_states_of_sessions_first(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drive(begun())
    first.after(first.loop.step())
    first.end()
    (path,) = (tmp_path / "sessions").glob("*.session")
    assert states_of(path).exists()
    driver = drive(begun(seed=1))
    driver.after(driver.loop.step())

    def full(*_: object) -> None:
        raise SessionDiskFullError("its disk is full: make room.")

    with monkeypatch.context() as patch:
        patch.setattr(SessionFile, "write", full)
        driver.loop.step()
        assert "because its disk is full" in driver.message().text
        assert not states_of(path).exists()
    assert driver.message().text == "What you do is kept again."
    driver.end()
    assert sorted(resumed(entry.path).last for entry in sessions_in(path.parent)) == [1, 2]


def test_a_session_in_a_read_only_folder_is_listed_and_continued_but_not_changed(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drive(begun())
    first.after(first.loop.step())
    first.end()
    (path,) = (tmp_path / "sessions").glob("*.session")
    before = {part: part.read_bytes() for part in path.parent.iterdir()}
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        (entry,) = sessions_in(path.parent)
        assert (entry.problem, entry.summary and entry.summary.iterations) == ("", 1)
        driver = drive(begun(seed=1))
        assert "cannot be written: make it writable" in driver.message().text
        assert driver.after(driver.loop.resume(path)).iteration == 1
        assert driver.after(driver.loop.step()).iteration == 2
        driver.end()
        assert driver.mailbox.take_message() is None  # nor is it said that it is kept again
    assert {part: part.read_bytes() for part in path.parent.iterdir()} == before
    assert list(copies.iterdir()) == []
    assert resumed(path).last == 1


def test_a_session_in_a_folder_that_cannot_be_entered_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_one_sentence: Callable[[object], str]
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(Path, "is_file", denied)
    with pytest.raises(SessionError) as raised:
        SessionFile(tmp_path / "one.session")
    sentence = is_one_sentence(str(raised.value))
    assert "neither written nor copied to be read (Permission denied)" in sentence


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_full_disk_takes_no_states_from_another_disk(
    elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Path("/dev/shm")  # noqa: S108  (the file has no name there)
    if elsewhere and (not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev):
        pytest.skip("there is no other disk")
    trainer, log = begun(), StateLog(scratch_file(memory if elsewhere else tmp_path))
    number = log.append(trainer.parameters)
    log.finish()
    delta = Capture().delta(trainer, {})
    assert delta is not None

    def full(*_: object) -> None:
        raise SessionDiskFullError("its disk is full: make room.")

    monkeypatch.setattr(SessionFile, "write", full)
    written = Writer(tmp_path, None, log)
    found = SimpleQueue[bool]()
    written.write(delta)
    written._do(lambda: found.put(log.read(number) is not None))
    assert found.get(timeout=TIMEOUT) == elsewhere
    written.close()


def test_sessions_take_no_more_space_than_they_may(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_BYTES", 10_000)
    monkeypatch.setattr(folder, "MANY_BYTES", 9_000)
    (tmp_path / "sessions").mkdir()
    old = tmp_path / "sessions" / "old.session"
    old.write_bytes(bytes(10_001))
    driver = drive(begun())
    driver.after(driver.loop.step())
    assert "delete some in File → Sessions…" in driver.message().text
    entries = sessions_in(tmp_path / "sessions")
    assert [entry.path for entry in oldest_to_delete(entries)] == [old]
    delete_session(old)
    assert driver.message().text == "What you do is kept again."
    driver.end()
    assert len(sessions_in(tmp_path / "sessions")) == 1
