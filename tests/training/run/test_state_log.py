"""The log of states on the disk gives back the states that were added, or nothing."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Never

import numpy as np
import pytest

from cnnviz.numerics.network import Parameters
from cnnviz.training.run import state_log as module
from cnnviz.training.run.chunk_file import CHUNK
from cnnviz.training.run.history import History
from cnnviz.training.run.state_log import NOT_LOGGED, StateLog
from cnnviz.training.settings import Settings
from tests.training.scratch import scratch_file

DOUBLES, SINGLES = CHUNK // (1_803 * 8), CHUNK // (1_803 * 4)
"""States of a chunk."""


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the log write as fast as the tests add states."""
    monkeypatch.setattr(module, "MOST_RATE", 1e12)
    monkeypatch.setattr(module, "_WAITING", 1_000)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StateLog]:
    monkeypatch.setattr(module, "MOST_BYTES", 4 * CHUNK)
    log = StateLog(scratch_file(tmp_path))
    yield log
    log.close()
    assert not list(tmp_path.iterdir())


def state(number: int, dtype: str = "float64") -> Parameters:
    """Parameters that identify their state."""
    wo = np.arange(1_728.0).reshape(-1, 1) + number
    return Parameters(np.full((5, 5, 3), float(number), dtype), wo.astype(dtype))


def settle(log: StateLog) -> None:
    """Wait until everything is written."""
    log._writer.submit(lambda: None).result()


def assert_same(found: Parameters | None, expected: Parameters) -> None:
    assert found is not None
    for array, other in ((found.f, expected.f), (found.wo, expected.wo)):
        assert array.dtype == other.dtype
        np.testing.assert_array_equal(array, other)


def test_states_are_read_as_they_were_before_and_after_they_are_written(log: StateLog) -> None:
    dtypes = ["float64"] * (DOUBLES + 3) + ["float32"] * (SINGLES + 2) + ["float64"]
    numbers = []
    for i, dtype in enumerate(dtypes):
        numbers.append(log.append(state(i, dtype)))
        assert_same(log.read(numbers[i]), state(i, dtype))
    assert len(set(numbers)) == len(numbers)
    settle(log)
    assert log.size == 4 * CHUNK
    for i, dtype in enumerate(dtypes):
        assert_same(log.read(numbers[i]), state(i, dtype))


def test_the_oldest_states_are_overwritten_when_there_is_no_more_room(log: StateLog) -> None:
    numbers = [log.append(state(i)) for i in range(6 * DOUBLES)]
    settle(log)
    assert log.size == 4 * CHUNK
    assert [log.read(n) for n in numbers[: 2 * DOUBLES]] == [None] * 2 * DOUBLES
    for i in range(2 * DOUBLES, 6 * DOUBLES):
        assert_same(log.read(numbers[i]), state(i))


def test_a_full_disk_stops_its_growth(log: StateLog, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [log.append(state(i)) for i in range(DOUBLES)]
    settle(log)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=CHUNK))
    lost = [log.append(state(i)) for i in range(DOUBLES)]
    settle(log)
    assert [log.read(n) for n in lost] == [None] * DOUBLES
    assert_same(log.read(kept[3]), state(3))
    assert log.size == CHUNK
    monkeypatch.undo()
    numbers = [log.append(state(i)) for i in range(DOUBLES)]  # in place of the first
    settle(log)
    assert log.size == CHUNK
    assert log.read(kept[3]) is None
    assert_same(log.read(numbers[5]), state(5))


def test_a_full_disk_leaves_room_for_states_in_place_of_others(
    log: StateLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [log.append(state(i)) for i in range(4 * DOUBLES)]
    settle(log)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=CHUNK))
    numbers += [log.append(state(i)) for i in range(4 * DOUBLES, 6 * DOUBLES)]
    settle(log)
    assert log.size == 4 * CHUNK
    for i in range(2 * DOUBLES, 6 * DOUBLES, DOUBLES - 1):
        assert_same(log.read(numbers[i]), state(i))


def test_a_folder_that_cannot_be_used_costs_nothing_but_the_states(tmp_path: Path) -> None:
    log = StateLog(scratch_file(tmp_path / "missing"))
    numbers = [log.append(state(i)) for i in range(DOUBLES)]
    settle(log)
    assert [log.read(n) for n in numbers] == [None] * DOUBLES
    assert log.size == 0
    log.close()


def test_a_machine_without_a_folder_for_files_costs_nothing_but_the_states(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> Never:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(tempfile, "gettempdir", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    log = StateLog()
    log.keep_in(None)
    numbers = [log.append(state(i)) for i in range(DOUBLES)]
    settle(log)
    assert [log.read(n) for n in numbers] == [None] * DOUBLES
    log.close()


def test_a_slow_disk_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAITING", 1)
    log = StateLog(scratch_file(tmp_path))
    with log._file._lock:  # as long as the disk takes
        kept = [log.append(state(i)) for i in range(DOUBLES)]
        lost = [log.append(state(i)) for i in range(DOUBLES)]
    settle(log)
    assert [log.read(n) for n in lost] == [None] * DOUBLES
    assert_same(log.read(kept[1]), state(1))
    log.close()


def test_a_very_fast_run_is_written_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_RATE", 1.0)
    log = StateLog(scratch_file(tmp_path))
    numbers = [log.append(state(i)) for i in range(3 * DOUBLES)]
    assert_same(log.read(numbers[0]), state(0))
    assert [log.read(n) for n in numbers[DOUBLES:]] == [None] * 2 * DOUBLES
    log.close()


def test_only_so_much_is_ever_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WRITTEN", 3 * CHUNK)
    monkeypatch.setattr(module, "MOST_BYTES", 2 * CHUNK)
    log = StateLog(scratch_file(tmp_path))
    numbers = [log.append(state(i)) for i in range(5 * DOUBLES)]
    settle(log)
    kept = [i for i, number in enumerate(numbers) if log.read(number) is not None]
    assert kept == list(range(DOUBLES, 3 * DOUBLES))
    log.close()


def test_states_are_read_in_blocks(log: StateLog) -> None:
    numbers = [log.append(state(i)) for i in range(DOUBLES + 5)]
    for written in (False, True):
        if written:
            settle(log)
        for first, most, count in ((0, 10, 10), (DOUBLES - 3, 10, 3), (DOUBLES, 5, 5)):
            block = log.read_block(numbers[first], most)
            assert block is not None
            assert block.shape == (count, 1_803)
            np.testing.assert_array_equal(block[:, 0], np.arange(first, first + count))


def test_nothing_is_kept_after_the_end(tmp_path: Path) -> None:
    log = StateLog(scratch_file(tmp_path))
    numbers = [log.append(state(i)) for i in range(DOUBLES)]
    log.close()
    numbers += [log.append(state(i)) for i in range(DOUBLES)]
    assert [log.read(n) for n in numbers] == [None] * 2 * DOUBLES
    assert log.size == 0


def test_after_all_is_dropped_the_next_states_are_in_another_file(tmp_path: Path) -> None:
    log = StateLog()
    log.keep_in(tmp_path / "first")
    before = [log.append(state(i)) for i in range(DOUBLES + 1)]
    settle(log)
    log._room = 0  # as on a full disk
    log.drop()
    after = [log.append(state(i)) for i in range(2 * DOUBLES)]
    log.keep_in(tmp_path / "second")
    settle(log)
    assert not set(before) & set(after)
    assert [log.read(number) for number in before] == [None] * (DOUBLES + 1)
    for i in range(DOUBLES - 1, 2 * DOUBLES - 1):
        assert_same(log.read(after[i]), state(i))
    assert (tmp_path / "second").stat().st_size > CHUNK // 2
    log.close()


class TestHistory:
    def filled(self, log: StateLog, count: int) -> History:
        history = History()
        history.use_log(log)
        self.extend(history, count)
        return history

    def extend(self, history: History, count: int) -> None:
        for i in range(history.last + 1, history.last + 1 + count):
            history.append(state(i), Settings(), 0.0, 0.0)

    @pytest.fixture(autouse=True)
    def _forgetful(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cnnviz.training.run.kept_parameters.RECENT", 3)

    def test_states_that_are_not_in_memory_are_read(self, log: StateLog) -> None:
        history = self.filled(log, 100)
        assert history.kept(50) is None
        for i in range(100):
            assert_same(history.parameters(i), state(i))

    def test_forks_and_states_after_removed_ones_too(self, log: StateLog) -> None:
        history = self.filled(log, 60)
        fork = history.fork(50)
        self.extend(fork, 40)
        history.truncate(45)
        self.extend(history, 30)
        for i in range(75):
            assert_same(history.parameters(i), state(i))
        for i in (*range(45), *range(50, 90)):
            assert_same(fork.parameters(i), state(i))

    def test_states_beside_each_other_are_read_together(self, log: StateLog) -> None:
        history = self.filled(log, 40)
        fork = history.fork(30)
        for _ in range(10):  # in turn
            self.extend(fork, 2)
            self.extend(history, 3)
        for shown in (fork, history):
            i = 0
            while i <= shown.last:
                block = shown.read_block(i, 9)
                assert block is not None
                np.testing.assert_array_equal(block[0][:, 0, 0, 0], np.arange(i, i + len(block[0])))
                np.testing.assert_array_equal(block[1][:, 0, 0], np.arange(i, i + len(block[1])))
                i += len(block[0])

    def test_a_history_that_began_without_a_log_reads_its_new_states(self, log: StateLog) -> None:
        history = History()
        self.extend(history, 20)
        history.use_log(log)
        self.extend(history, 20)
        history.use_log(log)  # which changes nothing
        assert history.parameters(13) is None
        assert_same(history.parameters(33), state(33))

    def test_a_snapshot_stays_as_it_is(self, tmp_path: Path) -> None:
        log = StateLog(scratch_file(tmp_path))
        history = self.filled(log, 40)
        fork = history.fork(30)
        self.extend(fork, 20)
        snapshot = fork.snapshot()
        version, settings = snapshot.version, snapshot.settings
        history.truncate(10)
        self.extend(fork, 1_100)
        fork.truncate(45)
        assert (snapshot.last, snapshot.version, snapshot.settings) == (49, version, settings)
        assert len(snapshot.curve().loss) == 50
        for i in range(50):
            assert_same(snapshot.parameters(i), state(i))
        log.close()


def test_nothing_is_logged_of_a_state_in_two_precisions(log: StateLog) -> None:
    mixed = Parameters(state(0).f.astype(np.float32), state(0).wo)
    assert log.append(mixed) == NOT_LOGGED
