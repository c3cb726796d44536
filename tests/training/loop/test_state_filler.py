"""The states of a continued run are computed again while it is paused, so that it is saved soon."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cnnviz.training.loop import state_filler
from cnnviz.training.loop.command_queue import CommandQueue
from cnnviz.training.loop.keeper import Keeper
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.scheduler import Scheduler
from cnnviz.training.loop.session import Session
from cnnviz.training.run import state_log
from cnnviz.training.run.chunk_file import CHUNK
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from tests.training.scratch import scratch_file

STATES = 40


@pytest.fixture
def trainer(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trainer]:
    """Two branches, of which few states are in memory and none in a log."""
    monkeypatch.setattr("cnnviz.training.run.kept_parameters.RECENT", 2)
    trainer = make_trainer(subset=4, pause_on_warning=False)
    for _ in range(STATES - 1):
        trainer.step()
    trainer.go_to(20)
    trainer.change(learning_rate=1.0)
    for _ in range(STATES - 21):
        trainer.step()
    yield trainer
    trainer.close()


def continued(trainer: Trainer, log: StateLog) -> tuple[Session, Scheduler]:
    mailbox, queue = Mailbox(), CommandQueue()
    session = Session(trainer, mailbox, queue, log)
    session.use(trainer)
    return session, Scheduler(session, queue, mailbox, Keeper(None, mailbox))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[StateLog]:
    log = StateLog(scratch_file(tmp_path))
    yield log
    log.close()


def test_a_paused_thread_logs_every_state_as_it_was(trainer: Trainer, log: StateLog) -> None:
    first, second = (branch.history for branch in trainer.branches.all)
    assert first.read_block(5, 1) is None
    session, scheduler = continued(trainer, log)
    while session.idle_left <= 0:
        assert scheduler.run_once()
    for history, branch in ((first, 1), (second, 2)):
        trainer.switch(branch)
        for iteration in range(STATES):
            block = history.read_block(iteration, 1)
            assert block is not None
            trainer.go_to(iteration)
            np.testing.assert_array_equal(block[1][0], trainer.parameters.wo)
            np.testing.assert_array_equal(block[0][0], trainer.parameters.f)
    whole = first.read_block(0, STATES)
    assert whole is not None
    assert len(whole[0]) == STATES


def test_states_of_a_deleted_branch_are_logged_once_for_its_children(
    trainer: Trainer, log: StateLog
) -> None:
    shared = trainer.branches.current.history.parent
    assert shared is not None
    trainer.branches.delete(1)
    trainer.branches.forget_deleted()
    session, scheduler = continued(trainer, log)
    while session.idle_left <= 0:
        assert scheduler.run_once()
    assert all(shared.is_logged(iteration) for iteration in range(21))
    whole = trainer.branches.current.history.read_block(0, 21)
    assert whole is not None
    trainer.go_to(5)
    np.testing.assert_array_equal(whole[1][5], trainer.parameters.wo)


def test_a_branch_with_many_images_leaves_the_others_to_be_logged(
    trainer: Trainer, log: StateLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_filler, "MOST_IMAGES", 5)
    trainer.go_to(10)
    trainer.change(subset=6)
    for _ in range(10):
        trainer.step()
    few, also_few, many = (branch.history for branch in trainer.branches.all)
    session, scheduler = continued(trainer, log)
    while session.idle_left <= 0:
        assert scheduler.run_once()
    assert all(few.is_logged(iteration) for iteration in range(STATES))
    assert all(also_few.is_logged(iteration) for iteration in range(21, STATES))
    assert not any(many.is_logged(iteration) for iteration in range(many.start, many.last))


def test_it_waits_for_training_and_saving_and_stops_at_the_end(
    trainer: Trainer, log: StateLog
) -> None:
    mailbox, queue = Mailbox(), CommandQueue()
    session = Session(trainer, mailbox, queue, log)
    session.use(trainer)
    assert session.idle_left == 0
    session.start()
    assert session.idle_left == float("inf")
    session.pause()
    queue.expect(1)  # a file is being saved
    assert session.idle_left == float("inf")
    queue.expect(-1)
    assert session.idle_left == 0
    session.close()
    assert session.idle_left == float("inf")


@pytest.mark.parametrize("limit", ["images", "room"])
def test_it_leaves_out_what_would_take_too_much(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(state_log, "MOST_BYTES", 0 if limit == "room" else CHUNK)
    log = StateLog(scratch_file(tmp_path))
    if limit == "images":
        monkeypatch.setattr(state_filler, "MOST_IMAGES", 3)
    session, scheduler = continued(trainer, log)
    while session.idle_left <= 0:
        assert scheduler.run_once()
    assert trainer.branches.all[0].history.read_block(5, 1) is None
    log.close()
