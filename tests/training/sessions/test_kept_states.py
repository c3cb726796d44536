"""The states of a session's log: as they were after a restart, or not at all."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from cnnviz.numerics.network import Parameters
from cnnviz.training.run import kept_parameters, state_log
from cnnviz.training.run.chunk_file import CHUNK, ChunkFile
from cnnviz.training.run.history import History
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.folder import sessions_in
from cnnviz.training.sessions.journal import Journal
from cnnviz.training.sessions.kept_states import log_of, make_room
from cnnviz.training.sessions.resume import resume
from cnnviz.training.sessions.session_file import SessionFile, delete_session
from cnnviz.training.sessions.session_paths import states_of
from tests.training.sessions.kept_run import begun

STATES = 200
START = 1 << 16
"""Bytes before the first chunk."""
SECOND, THIRD = 1 + 72, 1 + 2 * 72
"""The first states of chunks; state 0 is there before the log."""


Expected = list[Parameters]
"""By iteration."""


@pytest.fixture(autouse=True)
def few_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few states in memory, and let the log write as fast as the tests add states."""
    monkeypatch.setattr(kept_parameters, "RECENT", 2)
    monkeypatch.setattr(state_log, "MOST_RATE", 1e12)


def steps(trainer: Trainer, count: int) -> Expected:
    """Do some iterations, and return the states."""
    found = []
    for _ in range(count):
        trainer.step()
        found.append(trainer.parameters)
    return found


def trained(folder: Path, count: int = STATES - 1, seed: int = 0) -> tuple[Expected, Path]:
    """Train in a new session, which is closed, and return the states and the session."""
    trainer, log = begun(seed=seed), StateLog()
    before = {entry.path for entry in sessions_in(folder)}
    kept = Journal(folder, print, log)
    trainer.branches.use_log(log)
    expected = [trainer.parameters, *steps(trainer, count)]
    kept.touch()
    kept.close(trainer)
    trainer.close()
    (path,) = {entry.path for entry in sessions_in(folder)} - before
    return expected, path


@contextmanager
def continued(path: Path) -> Iterator[Trainer]:
    """Continue a session in another program, and yield its run."""
    kept, other = Journal(path.parent, print, StateLog()), begun(seed=7)
    trainer, _ = kept.resume(path, other)
    other.close()
    trainer.branches.use_log(kept.log)
    yield trainer
    kept.touch()
    kept.close(trainer)
    trainer.close()


@contextmanager
def histories(path: Path) -> Iterator[list[History]]:
    """Yield the histories of a session's branches."""
    with (
        closing(SessionFile(path)) as file,
        closing(log_of(file)) as log,
        closing(resume(file, log=log).trainer) as trainer,
    ):
        yield [branch.history for branch in trainer.branches.all]


def assert_logged(history: History, expected: Expected, iterations: Iterable[int]) -> None:
    """Check that these states are in the log, no others, and that they are what was computed."""
    found = [history.from_log(iteration) for iteration in range(history.last + 1)]
    assert [i for i, state in enumerate(found) if state is not None] == [*iterations]
    for state, right in zip(found, expected, strict=True):
        if state is not None:
            assert np.array_equal(state.f, right.f)
            assert np.array_equal(state.wo, right.wo)


def test_every_state_is_there_after_a_restart_and_the_next_ones_join_them(tmp_path: Path) -> None:
    expected, path = trained(tmp_path)
    with histories(path) as (history,):
        assert_logged(history, expected, [*range(1, STATES)])
    with continued(path) as resumed:
        expected += steps(resumed, 30)
    with histories(path) as (history,):
        assert_logged(history, expected, [*range(1, STATES + 30)])
    (entry,) = sessions_in(tmp_path)
    assert entry.states == states_of(path).stat().st_size > 2 * CHUNK > 2 * entry.size


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))


def swap(path: Path, *_: Path) -> None:
    """Exchange the content of two chunks."""
    content = bytearray(path.read_bytes())
    first, second = (slice(at, at + CHUNK) for at in (START, START + CHUNK))
    content[first], content[second] = content[second], content[first]
    path.write_bytes(content)


@pytest.fixture(scope="module")
def two_sessions(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Expected, Path]]:
    folder = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state_log, "MOST_RATE", 1e12)
        return [trained(folder, seed=seed) for seed in (0, 1)]


@pytest.mark.parametrize(
    ("harm", "left"),
    [
        (lambda path, _: flip(path, START + 5), range(SECOND, STATES)),
        (lambda path, _: flip(path, 2), range(SECOND, STATES)),  # the key of the first chunk
        (lambda path, _: flip(path, 32 + 17), [*range(1, SECOND), *range(THIRD, STATES)]),
        (lambda path, _: os.truncate(path, START + CHUNK + 99), range(1, SECOND)),
        (lambda path, _: os.truncate(path, 99), ()),
        (lambda path, _: path.write_bytes(b"words " * 400_000), ()),
        (lambda path, _: path.unlink(), ()),
        (swap, range(THIRD, STATES)),
        (lambda path, other: shutil.copy(other, path), ()),
    ],
    ids=["state", "key", "digest", "torn", "entries", "text", "missing", "swapped", "another"],
)
def test_a_state_that_is_damaged_or_of_another_session_is_never_used(
    tmp_path: Path,
    two_sessions: list[tuple[Expected, Path]],
    harm: Callable[[Path, Path], object],
    left: Iterable[int],
) -> None:
    (expected, original), (_, other) = two_sessions
    path = tmp_path / original.name
    for file in (original, states_of(original)):
        shutil.copy(file, tmp_path)
    harm(states_of(path), states_of(other))
    with histories(path) as (history,):
        assert_logged(history, expected, left)


def test_states_that_were_replaced_are_not_mistaken_for_those_of_now(tmp_path: Path) -> None:
    before, path = trained(tmp_path, 100)
    older = path.read_bytes()
    with continued(path) as resumed:
        resumed.discard_after(60)
        resumed.change(learning_rate=1.0)
        after = [*before[:61], *steps(resumed, 90)]
    with histories(path) as (history,):
        assert_logged(history, after, [*range(1, 151)])
    path.write_bytes(older)  # as from a backup, beside newer states
    with histories(path) as (history,):
        assert_logged(history, before, [*range(1, 101)])


def test_numbers_are_not_given_out_again_if_the_states_are_lost(tmp_path: Path) -> None:
    _, path = trained(tmp_path, 100)
    states_of(path).unlink()
    with continued(path) as resumed:
        resumed.reset(1)  # another branch, whose states are the first in the new file
        expected = [resumed.parameters, *steps(resumed, 100)]
    with histories(path) as (first, second):
        assert not any(map(first.from_log, range(101)))
        assert_logged(second, expected, [*range(101)])


def test_the_states_go_with_their_session(tmp_path: Path) -> None:
    _, path = trained(tmp_path, 100)
    delete_session(path)
    assert [*tmp_path.iterdir()] == []


def test_the_states_of_the_oldest_session_go_first_but_for_those_in_use(tmp_path: Path) -> None:
    paths = []
    for second in range(4):
        _, path = trained(tmp_path, 80)
        os.utime(states_of(path), (second, second))
        paths.append(path)
    orphan = tmp_path / "gone.session-states"
    orphan.write_bytes(b"")
    with closing(SessionFile(paths[0])):
        make_room(tmp_path, paths[3], 4 * CHUNK)
        assert [states_of(path).exists() for path in paths] == [True, False, True, True]
        assert not orphan.exists()
        make_room(tmp_path, paths[3], 0)
        assert [states_of(path).exists() for path in paths] == [True, False, False, True]
    assert all(path.exists() for path in paths)


def test_a_log_that_gets_no_file_keeps_little_and_ends(tmp_path: Path) -> None:
    log = StateLog()
    trainer = begun()
    trainer.branches.use_log(log)
    for _ in range(100):
        trainer.step()
    assert log.size == CHUNK
    log.close()
    assert ChunkFile(tmp_path / "missing").entries() == {}
    trainer.close()
