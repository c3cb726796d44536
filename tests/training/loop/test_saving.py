"""Saving a long run: it reports its progress, the run goes on, and it can be cancelled."""

import math
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.training.files import run_file
from cnnviz.training.loop import run_files
from cnnviz.training.loop.session import Session
from cnnviz.training.run import kept_parameters, kernel_cache, state_log
from cnnviz.training.run.chunk_file import CHUNK
from cnnviz.training.run.replay import Replay
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import TIMEOUT, Driver

LONG = 12


class SlowReplay:
    """Stops the saving thread after a number of states, until it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int = LONG // 2) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        original = Replay.parameters

        def parameters(replay: Replay, iteration: int, interrupted: Callable[[], bool]) -> object:
            if iteration == after and not self.opened.is_set():
                self.reached.set()
                assert self.opened.wait(TIMEOUT)
            return original(replay, iteration, interrupted)

        monkeypatch.setattr(Replay, "parameters", parameters)

    def wait(self) -> None:
        assert self.reached.wait(TIMEOUT)


@pytest.fixture(autouse=True)
def immediate_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_files, "_NOTICEABLE", 0.0)


@pytest.fixture
def long(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A loop at an iteration before which most must be computed again."""
    monkeypatch.setattr(kept_parameters, "RECENT", 2)
    for _ in range(LONG):
        driver.loop.step()
    driver.after(driver.loop.sent)
    return driver


def test_saving_reports_its_progress(
    long: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowReplay(monkeypatch)
    saving = long.loop.files.save(tmp_path / "run.npz")
    slow.wait()
    assert long.mailbox.saving == pytest.approx((LONG // 2) / (LONG + 1))
    assert long.loop.files.is_saving
    slow.opened.set()
    long.saved(saving)
    assert long.mailbox.saving is None
    assert f"Saved {LONG} iterations to run.npz" in long.message().text


def test_it_is_complete_only_once_all_is_written(
    long: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    monkeypatch.setattr(
        type(long.mailbox),
        "saving",
        property(lambda _: None, lambda _, share: shares.append(share) if share else None),
        raising=False,
    )
    long.saved(long.loop.files.save(tmp_path / "run.npz"))
    assert shares == sorted(shares)
    assert len(shares) > LONG // 2
    assert shares[-1] == 1.0


def test_the_run_goes_on_meanwhile(
    long: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: Callable[[int], bytes]
) -> None:
    slow = SlowReplay(monkeypatch)
    saving = long.loop.files.save(tmp_path / "run.npz")
    slow.wait()
    long.run()
    long.until(lambda frame: frame.iteration > LONG + 20)
    long.loop.pause()
    long.loop.go_to(3)
    long.loop.change(learning_rate=1.0)
    long.after(long.loop.step())  # in another branch
    long.after(long.loop.delete_branch(1))
    long.loop.files.open(tmp_path / "run.npz")
    assert "run.npz is still being saved" in long.message().text
    assert long.loop.files.is_saving
    slow.opened.set()
    assert long.saved(saving).branch.unsaved
    with np.load(tmp_path / "run.npz", allow_pickle=False) as run:
        assert len(run["loss"]) == LONG
        for t in range(LONG + 1):
            assert run["wo"][t].tobytes() == expected(t)


def test_stopping_waits_for_it(
    long: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowReplay(monkeypatch)
    long.loop.files.save(tmp_path / "run.npz")
    slow.wait()
    long.loop.stop()
    assert long.loop.files.is_saving
    slow.opened.set()
    long.end()
    with np.load(tmp_path / "run.npz", allow_pickle=False) as run:
        assert len(run["loss"]) == LONG


def test_states_in_the_log_are_not_computed_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[..., Driver],
    make_trainer: Callable[..., Trainer],
    expected: Callable[[int], bytes],
) -> None:
    weights = [expected(t) for t in range(LONG + 1)]
    monkeypatch.setattr(kept_parameters, "RECENT", 2)
    driver = start(make_trainer(subset=4, pause_on_warning=False), tmp_path / "sessions")
    for _ in range(LONG):
        driver.loop.step()
    driver.after(driver.loop.sent)
    monkeypatch.setattr(kernel_cache, "FastIteration", None)  # no other kernel can be made
    driver.saved(driver.loop.files.save(tmp_path / "run.npz"))
    assert "Saved" in driver.message().text
    with np.load(tmp_path / "run.npz", allow_pickle=False) as run:
        assert [wo.tobytes() for wo in run["wo"]] == weights


def test_states_that_have_left_the_log_are_announced_and_computed_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[..., Driver],
    make_trainer: Callable[..., Trainer],
) -> None:
    monkeypatch.setattr(kept_parameters, "RECENT", 2)
    monkeypatch.setattr(kept_parameters, "SPACING", 50)
    monkeypatch.setattr(state_log, "MOST_RATE", 1e12)
    monkeypatch.setattr(run_files, "_MANY", 70)
    monkeypatch.setattr(Session, "idle_left", math.inf)  # nothing is filled in
    monkeypatch.setattr(state_log, "MOST_BYTES", 2 * CHUNK)
    driver = start(make_trainer(subset=2, pause_on_warning=False), tmp_path / "sessions")
    trainer = make_trainer(subset=2, pause_on_warning=False)
    expected = [trainer.parameters.wo.tobytes()]
    for _ in range(250):
        driver.loop.step()
        trainer.step()
        expected.append(trainer.parameters.wo.tobytes())
    driver.after(driver.loop.sent)
    slow = SlowReplay(monkeypatch, after=20)
    cancelled = driver.loop.files.save(tmp_path / "cancelled.npz")
    slow.wait()
    assert driver.message().text.startswith("70 of the 251 states are not on the disk, ")
    driver.loop.files.cancel()
    slow.opened.set()
    driver.saved(cancelled)
    assert "cancelled.npz was not saved" in driver.message().text
    driver.saved(driver.loop.files.save(tmp_path / "run.npz"))
    with np.load(tmp_path / "run.npz", allow_pickle=False) as run:
        assert [wo.tobytes() for wo in run["wo"]] == expected


def test_it_can_be_cancelled(
    long: Driver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_one_sentence: Callable[[object], str],
    expected: Callable[[int], bytes],
) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"an older run")
    slow = SlowReplay(monkeypatch)
    long.loop.files.save(path)
    waiting = long.loop.files.save(tmp_path / "other.npz")
    slow.wait()
    long.loop.files.cancel()
    slow.opened.set()
    frame = long.saved(waiting)
    for name in ("run.npz", "other.npz"):
        assert f"{name} was not saved" in is_one_sentence(long.message().text)
    assert path.read_bytes() == b"an older run"
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert long.mailbox.saving is None
    assert frame.branch.unsaved
    frame = long.after(long.loop.step())
    assert frame.parameters.wo.tobytes() == expected(LONG + 1)
    frame = long.saved(long.loop.files.save(path))  # only earlier commands are cancelled
    assert not frame.branch.unsaved


def test_cancelling_a_write_leaves_no_file(
    long: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = run_file.write_run

    def cancel_in_the_middle(path: Path, run: object, report: Callable[[float], None]) -> None:
        def cancelling(share: float) -> None:
            if share > 0.5:
                long.loop.files.cancel()
            report(share)

        write(path, run, cancelling)  # type: ignore[arg-type]

    monkeypatch.setattr(run_file, "write_run", cancel_in_the_middle)
    long.saved(long.loop.files.save(tmp_path / "run.npz"))
    assert "was not saved" in long.message().text
    assert list(tmp_path.iterdir()) == []


def test_another_branch_is_saved_without_going_to_it(
    long: Driver, tmp_path: Path, expected: Callable[[int], bytes]
) -> None:
    long.loop.go_to(5)
    long.loop.change(learning_rate=1.0)
    frame = long.after(long.loop.step())
    assert [branch.unsaved for branch in frame.branches] == [True, True]
    after = long.saved(long.loop.files.save(tmp_path / "run.npz", 1))
    assert (after.branch.number, after.iteration) == (frame.branch.number, 6)
    assert [branch.unsaved for branch in after.branches] == [False, True]
    assert f"Saved {LONG} iterations of “notebook, η 15, n 4” to run.npz." == long.message().text
    with np.load(tmp_path / "run.npz") as run:
        for t in range(LONG + 1):
            assert run["wo"][t].tobytes() == expected(t)
    again = long.after(long.loop.step())
    assert again.iteration == 7
    assert again.predictions.loss < frame.predictions.loss


def test_a_saved_run_is_unsaved_after_a_change(long: Driver, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    def unsaved(command: int) -> bool:
        return long.saved(command).branch.unsaved

    save = long.loop.files.save
    assert not unsaved(save(path))
    assert not unsaved(long.loop.go_to(3))
    assert unsaved(long.loop.bookmark(1, 3, "here"))
    assert not unsaved(save(path))
    assert unsaved(long.loop.rename_branch(1, "mine"))
    assert not unsaved(save(path))
    long.loop.go_to(LONG)
    assert unsaved(long.loop.step())
    assert not unsaved(save(path))
    assert not unsaved(long.loop.files.open(path))
    assert not unsaved(long.loop.reset())  # no file exists yet
    assert unsaved(long.loop.step())
