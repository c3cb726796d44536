"""Errors, the end of the loop, and commands answered meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.rule import Rule
from cnnviz.training.files.run_file import read_run
from cnnviz.training.loop import session
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import PROMPT, TIMEOUT, Driver, Gate


class TestErrors:
    def test_a_warning_pauses(
        self, start: Callable[..., Driver], make_trainer: Callable[..., Trainer]
    ) -> None:
        driver = start(make_trainer(subset=20, learning_rate=1e5))
        driver.loop.start()
        frame = driver.until(lambda f: f.iteration == 1 and not f.running)
        assert frame.notice is not None
        assert (frame.notice.kind, frame.notice.iteration) == ("divergence", 1)
        driver.loop.start()
        frame = driver.until(lambda f: f.iteration == 2 and not f.running)
        assert frame.notice is not None
        assert frame.notice.kind == "saturation"
        driver.loop.start()
        driver.until(lambda f: f.iteration > 10)

    def test_a_warning_does_not_pause_if_pausing_is_turned_off(
        self, start: Callable[..., Driver], make_trainer: Callable[..., Trainer]
    ) -> None:
        driver = start(make_trainer(subset=20, learning_rate=1e5, pause_on_warning=False))
        driver.loop.start()
        assert driver.until(lambda f: f.iteration > 10).running

    def test_an_undefined_state_always_pauses(
        self,
        start: Callable[..., Driver],
        make_trainer: Callable[..., Trainer],
        identical_images: Dataset,
    ) -> None:
        driver = start(make_trainer(identical_images, pause_on_warning=False))
        number = driver.loop.start()
        frame = driver.until(lambda f: f.done >= number and not f.running)
        assert frame.iteration == 0
        assert frame.notice is not None
        assert (frame.notice.kind, frame.notice.final) == ("zero deviation", True)
        frame = driver.after(driver.loop.step())
        assert frame.iteration == 0

    @pytest.mark.parametrize("running", [False, True])
    @pytest.mark.parametrize(
        ("error", "words", "detailed"),
        [
            (ZeroDivisionError("oh no"), "ZeroDivisionError: oh no", True),
            (MemoryError(), "not enough memory", False),
        ],
    )
    def test_an_error_is_reported_and_the_thread_goes_on(
        self,
        driver: Driver,
        monkeypatch: pytest.MonkeyPatch,
        is_one_sentence: Callable[[object], str],
        *,
        running: bool,
        error: Exception,
        words: str,
        detailed: bool,
    ) -> None:
        def fail() -> bool:
            raise error

        driver.after(driver.loop.step())
        with monkeypatch.context() as patch:
            patch.setattr(driver.trainer, "step", fail, raising=False)
            number = driver.loop.start() if running else driver.loop.step()
            message = driver.message()
            frame = driver.until(lambda f: f.done >= number and not f.running)
        assert words in message.text
        assert ("test_scheduler.py" in message.detail) == detailed
        if not detailed:
            is_one_sentence(message.text)
        assert frame.iteration == 1
        assert driver.thread.is_alive()
        assert driver.after(driver.loop.step()).iteration == 2
        driver.run()
        driver.until(lambda f: f.iteration > 5)

    def test_a_frame_that_cannot_be_made_is_reported(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> Frame:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(session, "frame_of", fail)
            driver.loop.step()
            assert "not enough memory" in driver.message().text
        assert driver.after(driver.loop.step()).iteration == 2

    def test_refused_settings_are_reported_and_leave_the_old_ones(
        self, driver: Driver, is_one_sentence: Callable[[object], str]
    ) -> None:
        before = driver.trainer.settings
        frame = driver.after(driver.loop.change(subset=5_000))
        assert "1797 images" in is_one_sentence(driver.message().text)
        assert frame.settings == before

    def test_a_subset_too_big_for_the_memory_leaves_the_old_one(
        self,
        driver: Driver,
        monkeypatch: pytest.MonkeyPatch,
        expected: Callable[[int], bytes],
    ) -> None:
        driver.after(driver.loop.step())
        before = driver.trainer.settings
        with monkeypatch.context() as patch:
            patch.setattr(Batch, "from_images", refuse_large_batches)
            frame = driver.after(driver.loop.change(subset=1_000))
            assert "smaller subset" in driver.message().text
        assert (frame.iteration, frame.settings) == (1, before)
        frame = driver.after(driver.loop.step())
        assert frame.settings == before
        assert frame.parameters.wo.tobytes() == expected(2)

    def test_a_missing_state_is_reported(
        self, driver: Driver, is_one_sentence: Callable[[object], str]
    ) -> None:
        assert driver.after(driver.loop.go_to(7)).iteration == 0
        assert "iteration 7" in is_one_sentence(driver.message().text)


make_batch = Batch.from_images


def refuse_large_batches(images: np.ndarray, *arguments: object) -> Batch:
    if len(images) > 100:
        raise MemoryError
    return make_batch(images, *arguments)  # type: ignore[arg-type]


def test_blas_starts_no_threads(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    original = driver.trainer.step

    def counted() -> bool:
        counts.extend(blas_threads())
        return original()

    monkeypatch.setattr(driver.trainer, "step", counted)
    driver.after(driver.loop.step())
    assert set(counts) == {1}


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


class TestStop:
    def test_while_running_at_full_speed(self, driver: Driver) -> None:
        driver.run()
        driver.until(lambda f: f.iteration > 10)
        driver.end(PROMPT)

    def test_stop_while_waiting_for_the_next_iteration(self, driver: Driver) -> None:
        driver.loop.pace(0.001)
        driver.loop.start()
        driver.until(lambda f: f.iteration == 1)
        driver.end(PROMPT)

    def test_while_paused(self, driver: Driver) -> None:
        driver.end(PROMPT)

    def test_before_it_began(self, make_trainer: Callable[..., Trainer]) -> None:
        driver = Driver(make_trainer())
        driver.loop.stop()
        driver.thread.start()
        driver.thread.join(PROMPT)
        assert not driver.thread.is_alive()

    def test_stop_drops_waiting_steps(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate = Gate(driver.trainer, "step", monkeypatch)
        for _ in range(1_000):
            driver.loop.step()
        gate.wait()
        driver.loop.stop()
        gate.opened.set()
        driver.end(PROMPT)
        assert gate.calls <= 1

    def test_stop_carries_out_waiting_saves(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        gate = Gate(driver.trainer, "step", monkeypatch)
        driver.loop.step()
        gate.wait()
        driver.loop.step()
        driver.loop.files.save(tmp_path / "run.npz")
        driver.loop.step()
        driver.loop.stop()
        gate.opened.set()
        driver.end()
        assert read_run(tmp_path / "run.npz").iterations == 2

    def test_ends_the_threads_of_the_arithmetic(
        self, start: Callable[..., Driver], make_trainer: Callable[..., Trainer]
    ) -> None:
        before = threading.active_count()
        driver = start(make_trainer(subset=450))
        driver.after(driver.loop.step())
        driver.end()
        assert threading.active_count() <= before

    def test_commands_after_stop_do_nothing(self, driver: Driver) -> None:
        driver.end()
        puts = driver.mailbox.puts
        driver.loop.step()
        assert driver.mailbox.puts == puts


# During a long iteration:


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """An event that every iteration waits for, half done with its update."""
    released, original = threading.Event(), FastIteration.update

    def update(kernel: FastIteration, rule: Rule, learning_rate: float) -> Parameters:
        end = time.monotonic() + TIMEOUT
        while not released.is_set() and time.monotonic() < end:
            assert kernel._on_progress is not None
            kernel._on_progress(0.5)
        return original(kernel, rule, learning_rate)

    monkeypatch.setattr(FastIteration, "update", update)
    monkeypatch.setattr(session, "LONG", 0.0)
    yield released
    released.set()


def test_another_image_is_shown_during_an_iteration(driver: Driver, held: threading.Event) -> None:
    step, selection = driver.loop.step(), driver.loop.select(2)
    frame = driver.until(lambda frame: frame.image.index == 2)
    assert (frame.iteration, frame.done < step) == (0, True)  # the step is not done yet
    assert frame.image.o == pytest.approx(frame.predictions.output[2], rel=1e-9)
    held.set()
    frame = driver.after(selection)
    assert (frame.iteration, frame.image.index) == (1, 2)
    assert driver.mailbox.progress is None


def test_pause_is_answered_during_an_iteration(driver: Driver, held: threading.Event) -> None:
    driver.run()
    frame = driver.after(driver.loop.pause())
    assert (frame.iteration, frame.running) == (0, False)
    held.set()
    frame = driver.until(lambda frame: frame.iteration == 1)
    assert not frame.running


def test_progress_of_an_iteration_is_reported(driver: Driver, held: threading.Event) -> None:
    driver.loop.step()
    driver.loop.select(1)
    driver.until(lambda frame: frame.image.index == 1)
    end = time.monotonic() + TIMEOUT
    while driver.mailbox.progress is None:
        assert time.monotonic() < end
    assert driver.mailbox.progress == 0.25  # half of the update, which is half of the iteration
    held.set()
    driver.until(lambda frame: frame.iteration == 1)


def test_commands_that_change_the_run_wait_for_the_end_of_an_iteration(
    driver: Driver, held: threading.Event
) -> None:
    driver.run()
    changed = driver.loop.change(learning_rate=1.0)
    paused = driver.loop.pause()
    held.set()
    frame = driver.after(paused)
    assert paused > changed
    assert frame.iteration >= 1
    assert (frame.running, frame.settings.learning_rate) == (False, 1.0)


def test_a_refusal_is_withdrawn_when_a_command_succeeds(driver: Driver, tmp_path: Path) -> None:
    driver.after(driver.loop.go_to(7))
    driver.after(driver.loop.select(2))  # which is no answer to it
    refusal = driver.mailbox.take_message()
    assert refusal is not None
    assert refusal.refused
    assert "iteration 7" in refusal.text
    assert driver.mailbox.take_message() is None
    driver.after(driver.loop.files.open(tmp_path / "none.npz"))
    assert "none.npz" in driver.message().text
    driver.after(driver.loop.step())
    assert driver.mailbox.take_message() == Message("")
    driver.after(driver.loop.step())
    assert driver.mailbox.take_message() is None
