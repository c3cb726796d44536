import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.training import history
from cnnviz.training import loop as module
from cnnviz.training.edits import Edit
from cnnviz.training.frame import Frame
from cnnviz.training.loop import TrainingLoop
from cnnviz.training.mailbox import Mailbox, Message
from cnnviz.training.pixels import Pixel
from cnnviz.training.recorder import record
from cnnviz.training.run_file import read_run, write_run
from cnnviz.training.settings import Settings
from cnnviz.training.trainer import Trainer

TIMEOUT = 20.0
PROMPT = 2.0
"""Seconds in which an end must come; an idle thread would wait for an hour."""


class WatchedMailbox(Mailbox):
    """A mailbox that can be waited on."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()
        self.puts = 0
        self.latest = -1

    def put(self, frame: Frame) -> None:
        with self.changed:
            super().put(frame)
            self.puts += 1
            self.latest = frame.iteration
            self.changed.notify_all()

    def tell(self, message: Message) -> None:
        with self.changed:
            super().tell(message)
            self.changed.notify_all()


class Driver:
    """A loop in a thread of its own, and the window's side of it."""

    def __init__(self, trainer: Trainer) -> None:
        self.mailbox = WatchedMailbox()
        self.trainer = trainer
        self.loop = TrainingLoop(trainer, self.mailbox)
        self.thread = threading.Thread(target=self.loop.run)
        self.frame: Frame | None = None
        self.messages: list[Message] = []

    def until(self, holds: Callable[[Frame], bool]) -> Frame:
        """Take frames until one holds, and return it."""
        end = time.monotonic() + TIMEOUT
        while True:
            with self.mailbox.changed:
                while (frame := self.mailbox.take()) is None:
                    assert self.mailbox.changed.wait(end - time.monotonic()), self.frame
            self.frame = frame
            if holds(frame):
                return frame
            assert time.monotonic() < end, frame

    def after(self, command: int) -> Frame:
        """Return the first frame that is taken after a command was carried out."""
        return self.until(lambda frame: frame.done >= command)

    def message(self) -> Message:
        """Wait for the next message."""
        with self.mailbox.changed:
            assert self.mailbox.changed.wait_for(lambda: self.mailbox._messages, TIMEOUT)
            message = self.mailbox.take_message()
        assert message is not None
        return message

    def run(self) -> Frame:
        """Start, and wait until it runs."""
        started = self.loop.start()
        return self.until(lambda frame: frame.done >= started and frame.running)

    def end(self, timeout: float = TIMEOUT) -> None:
        """Stop, and check that the thread ends."""
        self.loop.stop()
        self.thread.join(timeout)
        assert not self.thread.is_alive()


@pytest.fixture
def start() -> Iterator[Callable[..., Driver]]:
    """Return a function that starts a loop on a trainer."""
    made: list[Driver] = []

    def make(trainer: Trainer) -> Driver:
        driver = Driver(trainer)
        made.append(driver)
        driver.thread.start()
        driver.until(lambda _: True)
        return driver

    yield make
    for driver in made:
        driver.end()


@pytest.fixture
def driver(start: Callable[..., Driver], make_trainer: Callable[..., Trainer]) -> Driver:
    """A loop at iteration 0 of four digits; pauses for nothing."""
    return start(make_trainer(subset=4, pause_on_warning=False))


@pytest.fixture
def expected(make_trainer: Callable[..., Trainer]) -> Callable[[int], bytes]:
    """Return a function that tells the dense weights after so many iterations."""
    trainer = make_trainer(subset=4)

    def weights(iteration: int) -> bytes:
        while trainer.last < iteration:
            trainer.step()
        trainer.go_to(iteration)
        return trainer.parameters.wo.tobytes()

    return weights


class Gate:
    """Holds the training thread inside a trainer's method until it is opened."""

    def __init__(self, trainer: Trainer, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.calls = 0
        original = getattr(trainer, name)

        def held(*arguments: object) -> object:
            self.calls += 1
            self.reached.set()
            assert self.opened.wait(TIMEOUT)
            return original(*arguments)

        monkeypatch.setattr(trainer, name, held, raising=False)

    def wait(self) -> None:
        assert self.reached.wait(TIMEOUT)


class TestCommands:
    def test_shows_the_first_state_unasked(self, driver: Driver) -> None:
        frame = driver.frame
        assert frame is not None
        assert (frame.iteration, frame.last, frame.running, frame.done) == (0, 0, False, 0)

    def test_are_numbered(self, driver: Driver) -> None:
        assert [driver.loop.step(), driver.loop.back(), driver.loop.pause()] == [1, 2, 3]
        assert driver.after(3).done == 3

    def test_step_and_back(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
        for i in (1, 2, 3):
            frame = driver.after(driver.loop.step())
            assert (frame.iteration, frame.last, frame.running) == (i, i, False)
            assert frame.parameters.wo.tobytes() == expected(i)
        for i in (2, 1, 0, 0):
            frame = driver.after(driver.loop.back())
            assert (frame.iteration, frame.last) == (i, 3)
            assert frame.parameters.wo.tobytes() == expected(i)

    def test_run_and_pause(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
        driver.run()
        driver.until(lambda frame: frame.iteration >= 20)
        frame = driver.after(driver.loop.pause())
        assert not frame.running
        assert frame.iteration >= 20
        assert len(frame.curve.loss) == frame.iteration + 1
        assert frame.parameters.wo.tobytes() == expected(frame.iteration)
        again = driver.after(driver.loop.select(1))  # nothing has moved since
        assert again.iteration == frame.iteration

    def test_run_goes_on_along_the_past(
        self, driver: Driver, expected: Callable[[int], bytes]
    ) -> None:
        for _ in range(6):
            driver.loop.step()
        driver.after(driver.loop.go_to(1))
        driver.run()
        frame = driver.until(lambda frame: frame.iteration > 8)
        assert frame.parameters.wo.tobytes() == expected(frame.iteration)
        assert frame.curve.marks == ()

    def test_back_while_running_pauses(self, driver: Driver) -> None:
        driver.run()
        driver.until(lambda frame: frame.iteration >= 5)
        frame = driver.after(driver.loop.back())
        assert not frame.running
        assert frame.iteration == frame.last - 1

    def test_reset_while_running(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
        driver.run()
        driver.until(lambda frame: frame.iteration >= 5)
        frame = driver.after(driver.loop.reset())
        assert (frame.iteration, frame.last, frame.running) == (0, 0, False)
        assert frame.parameters.wo.tobytes() == expected(0)

    def test_go_to(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
        for _ in range(9):
            driver.loop.step()
        for i in (3, 9, 0):
            frame = driver.after(driver.loop.go_to(i))
            assert (frame.iteration, frame.last, frame.running) == (i, 9, False)
            assert frame.parameters.wo.tobytes() == expected(i)

    def test_select_shows_another_image(self, driver: Driver) -> None:
        assert driver.after(driver.loop.select(2)).image.index == 2
        assert driver.after(driver.loop.step()).image.index == 2

    def test_change_while_running_goes_on(self, driver: Driver) -> None:
        frame = driver.run()
        changed = replace(frame.settings, learning_rate=0.5, rule=EXACT, subset=6)
        number = driver.loop.change(changed)
        frame = driver.until(lambda f: f.done >= number and len(f.curve.marks) > 0)
        assert frame.running
        assert frame.settings == changed
        assert len(frame.predictions.output) == 6
        (mark,) = frame.curve.marks
        assert mark.settings == changed.kept
        reached = frame.iteration
        assert driver.until(lambda f: f.iteration > reached).running

    def test_another_seed_pauses_and_starts_again(self, driver: Driver) -> None:
        frame = driver.run()
        frame = driver.after(driver.loop.change(replace(frame.settings, seed=5)))
        assert (frame.iteration, frame.last, frame.running) == (0, 0, False)

    def test_from_many_threads_are_all_carried_out(self, driver: Driver) -> None:
        numbers: list[int] = []
        threads = [
            threading.Thread(target=lambda: numbers.extend(driver.loop.step() for _ in range(25)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == list(range(1, 101))
        assert driver.after(100).iteration == 100


class TestQuickSteps:
    def test_each_is_one_iteration(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
        for _ in range(299):
            driver.loop.step()
        frame = driver.after(driver.loop.step())
        assert frame.iteration == frame.last == 300
        assert frame.parameters.wo.tobytes() == expected(300)

    def test_also_while_running(
        self,
        driver: Driver,
        expected: Callable[[int], bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        driver.run()
        gate = Gate(driver.trainer, "step", monkeypatch)
        gate.wait()
        under_way = driver.trainer.iteration + 1
        for _ in range(20):
            number = driver.loop.step()
        gate.opened.set()
        frame = driver.after(number)
        assert frame.iteration == frame.last == under_way + 20
        assert not frame.running
        assert frame.parameters.wo.tobytes() == expected(under_way + 20)
        assert driver.after(driver.loop.select(0)).iteration == under_way + 20

    def test_each_is_shown_to_who_looks(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A frame comes while other steps still wait, so that slow ones can be watched."""
        gate = Gate(driver.trainer, "step", monkeypatch)
        first = driver.loop.step()
        gate.wait()
        for _ in range(3):
            last = driver.loop.step()
        calls: list[int] = []
        put = driver.mailbox.put

        def noted(frame: Frame) -> None:
            calls.append(frame.done)
            put(frame)

        monkeypatch.setattr(driver.mailbox, "put", noted)
        gate.opened.set()
        driver.after(last)
        assert calls[0] == first
        assert calls[-1] == last

    def test_any_mixture_of_commands_iterates_exactly(
        self, driver: Driver, expected: Callable[[int], bytes]
    ) -> None:
        loop = driver.loop
        loop.step()
        loop.start()
        loop.pace(5_000.0)
        loop.select(1)
        driver.until(lambda frame: frame.iteration >= 7)
        loop.pause()
        loop.pause()
        at = driver.after(loop.select(0)).iteration
        loop.step()
        loop.back()
        loop.back()
        loop.step()
        loop.step()
        loop.go_to(3)
        loop.back()
        loop.go_to(at)
        loop.step()
        loop.step()
        loop.start()
        loop.step()
        frame = driver.after(loop.pause())
        assert frame.parameters.wo.tobytes() == expected(frame.iteration)
        assert frame.curve.marks == ()
        assert len(frame.curve.loss) == frame.last + 1


class TestPace:
    def test_is_kept(self, driver: Driver) -> None:
        driver.loop.pace(100.0)
        began = time.perf_counter()
        driver.loop.start()
        driver.until(lambda f: f.iteration >= 20)
        assert time.perf_counter() - began >= 0.19

    def test_commands_do_not_wait_for_the_next_iteration(self, driver: Driver) -> None:
        driver.loop.pace(0.001)
        driver.loop.start()
        frame = driver.until(lambda f: f.iteration == 1)
        assert frame.running
        assert driver.after(driver.loop.select(2)).image.index == 2
        assert driver.after(driver.loop.step()).iteration == 2
        assert not driver.after(driver.loop.pause()).running

    def test_the_last_before_a_wait_is_shown_though_the_frame_before_was_not_taken(
        self, driver: Driver
    ) -> None:
        driver.loop.pace(0.001)
        driver.loop.start()
        with driver.mailbox.changed:
            assert driver.mailbox.changed.wait_for(lambda: driver.mailbox.latest == 1, TIMEOUT)

    def test_becoming_faster_acts_at_once(self, driver: Driver) -> None:
        driver.loop.pace(0.001)
        driver.loop.start()
        driver.until(lambda f: f.iteration == 1)
        driver.loop.pace(None)
        driver.until(lambda f: f.iteration >= 50)

    def test_changing_it_again_and_again_does_not_hold_training_up(self, driver: Driver) -> None:
        """As dragging a slider does: no iteration is put off by the next change."""
        driver.loop.pace(20.0)
        frame = driver.run()
        end = time.monotonic() + TIMEOUT
        while frame.iteration < 5:
            assert time.monotonic() < end
            frame = driver.after(driver.loop.pace(20.0))

    def test_starting_again_while_running_is_no_iteration_more(self, driver: Driver) -> None:
        driver.loop.pace(0.001)
        driver.loop.start()
        driver.until(lambda f: f.iteration == 1)
        for _ in range(20):
            frame = driver.after(driver.loop.start())
            assert (frame.iteration, frame.running) == (1, True)

    def test_an_hours_wait_between_two_is_possible(self, driver: Driver) -> None:
        driver.loop.pace(1e-300)
        driver.loop.start()
        driver.until(lambda f: f.iteration == 1)
        assert driver.after(driver.loop.pause()).iteration == 1

    @pytest.mark.parametrize("pace", [0.0, -1.0, float("nan")])
    def test_what_is_no_speed_is_refused(self, driver: Driver, pace: float) -> None:
        with pytest.raises(ValueError, match="above 0"):
            driver.loop.pace(pace)


class TestOnlyTheLatestCounts:
    def queue_behind_a_step(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch, commands: list[Callable[[], int]]
    ) -> Frame:
        """Give commands while a step is under way, and return the frame after the last."""
        gate = Gate(driver.trainer, "step", monkeypatch)
        driver.loop.step()
        gate.wait()
        for command in commands:
            number = command()
        gate.opened.set()
        return driver.after(number)

    def calls_of(
        self, driver: Driver, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> list[tuple[object, ...]]:
        calls: list[tuple[object, ...]] = []
        original = getattr(driver.trainer, name)

        def noted(*arguments: object) -> object:
            calls.append(arguments)
            return original(*arguments)

        monkeypatch.setattr(driver.trainer, name, noted, raising=False)
        return calls

    def test_of_states_to_go_to(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(20):
            driver.loop.step()
        driver.after(20)
        calls = self.calls_of(driver, "go_to", monkeypatch)
        go_to = driver.loop.go_to
        frame = self.queue_behind_a_step(
            driver, monkeypatch, [lambda i=i: go_to(i) for i in range(20)]
        )
        assert (frame.iteration, frame.last) == (19, 21)
        assert [arguments[0] for arguments in calls] == [19]

    def test_but_each_that_something_else_follows(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(20):
            driver.loop.step()
        driver.after(20)
        calls = self.calls_of(driver, "go_to", monkeypatch)
        loop = driver.loop
        frame = self.queue_behind_a_step(
            driver,
            monkeypatch,
            [lambda: loop.go_to(2), lambda: loop.go_to(5), loop.step, lambda: loop.go_to(9)],
        )
        assert frame.iteration == 9
        assert [arguments[0] for arguments in calls] == [5, 6, 9]  # a step goes to 6

    def test_of_settings(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = self.calls_of(driver, "change", monkeypatch)
        base = driver.trainer.settings
        wished = [replace(base, learning_rate=float(rate)) for rate in range(1, 30)]
        wished += [replace(base, seed=1), replace(base, seed=1, subset=5), replace(base, subset=6)]
        change = driver.loop.change
        frame = self.queue_behind_a_step(
            driver, monkeypatch, [lambda s=s: change(s) for s in wished]
        )
        assert [arguments[0] for arguments in calls] == [wished[28], wished[30], wished[31]]
        assert frame.settings == wished[31]
        assert frame.iteration == 0  # for there was another seed on the way


class TestGivingWay:
    """A long recomputation ends early where it is no longer wanted."""

    @pytest.fixture(autouse=True)
    def forgetful(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, "RECENT", 2)
        monkeypatch.setattr(history, "SPACING", 1_000)

    @pytest.fixture
    def far(self, driver: Driver) -> Driver:
        for _ in range(30):
            number = driver.loop.step()
        driver.after(number)
        return driver

    def hold(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> tuple[Gate, list[bool]]:
        """Hold the thread in the midst of its next recomputation."""
        gate = Gate(driver.trainer._now._arithmetic, "kernel", monkeypatch)
        results: list[bool] = []
        go_to = driver.trainer.go_to

        def noted(*arguments: object) -> bool:
            results.append(go_to(*arguments))  # type: ignore[arg-type]
            return results[-1]

        monkeypatch.setattr(driver.trainer, "go_to", noted)
        return gate, results

    def test_to_another_wish(self, far: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_PATIENCE", 0.0)
        gate, results = self.hold(far, monkeypatch)
        far.loop.go_to(20)
        gate.wait()
        far.loop.go_to(3)
        number = far.loop.go_to(10)
        gate.opened.set()
        assert far.after(number).iteration == 10
        assert results == [False, True]

    def test_but_not_when_it_has_just_begun(
        self, far: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_PATIENCE", 1e6)
        gate, results = self.hold(far, monkeypatch)
        far.loop.go_to(20)
        gate.wait()
        number = far.loop.go_to(10)
        gate.opened.set()
        assert far.after(number).iteration == 10
        assert results == [True, True]

    def test_and_not_to_what_starts_from_there(
        self, far: Driver, monkeypatch: pytest.MonkeyPatch, expected: Callable[[int], bytes]
    ) -> None:
        monkeypatch.setattr(module, "_PATIENCE", 0.0)
        gate, results = self.hold(far, monkeypatch)
        far.loop.go_to(20)
        gate.wait()
        number = far.loop.back()
        gate.opened.set()
        frame = far.after(number)
        assert frame.iteration == 19
        assert frame.parameters.wo.tobytes() == expected(19)
        assert results[0]

    @pytest.mark.parametrize("command", ["go_to", "back"])
    def test_to_the_end(self, far: Driver, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
        far.after(far.loop.go_to(29))
        gate, results = self.hold(far, monkeypatch)
        far.loop.go_to(20) if command == "go_to" else far.loop.back()
        gate.wait()
        far.loop.stop()
        gate.opened.set()
        far.end(PROMPT)
        assert results == [False]


class TestTrouble:
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

    def test_unless_the_person_does_not_wish_it(
        self, start: Callable[..., Driver], make_trainer: Callable[..., Trainer]
    ) -> None:
        driver = start(make_trainer(subset=20, learning_rate=1e5, pause_on_warning=False))
        driver.loop.start()
        assert driver.until(lambda f: f.iteration > 10).running

    def test_an_undefined_state_pauses_whatever_the_wish(
        self,
        start: Callable[..., Driver],
        make_trainer: Callable[..., Trainer],
        alike: Dataset,
    ) -> None:
        driver = start(make_trainer(alike, pause_on_warning=False))
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
    def test_an_error_is_told_and_the_thread_lives_on(
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
        assert ("test_loop.py" in message.detail) == detailed
        if not detailed:
            is_one_sentence(message.text)
        assert frame.iteration == 1
        assert driver.thread.is_alive()
        assert driver.after(driver.loop.step()).iteration == 2
        driver.run()
        driver.until(lambda f: f.iteration > 5)

    def test_a_frame_that_cannot_be_made_is_told(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> Frame:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(driver.trainer, "frame", fail, raising=False)
            driver.loop.step()
            assert "not enough memory" in driver.message().text
        assert driver.after(driver.loop.step()).iteration == 2

    def test_settings_that_cannot_be_are_told_and_leave_the_old_ones(
        self, driver: Driver, is_one_sentence: Callable[[object], str]
    ) -> None:
        before = driver.trainer.settings
        frame = driver.after(driver.loop.change(replace(before, subset=5_000)))
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
            frame = driver.after(driver.loop.change(replace(before, subset=1_000)))
            assert "smaller subset" in driver.message().text
        assert (frame.iteration, frame.settings) == (1, before)
        frame = driver.after(driver.loop.step())
        assert frame.settings == before
        assert frame.parameters.wo.tobytes() == expected(2)

    def test_a_state_that_is_not_there_is_told(
        self, driver: Driver, is_one_sentence: Callable[[object], str]
    ) -> None:
        assert driver.after(driver.loop.go_to(7)).iteration == 0
        assert "iteration 7" in is_one_sentence(driver.message().text)


make_batch = Batch.from_images


def refuse_large_batches(images: np.ndarray, *arguments: object) -> Batch:
    if len(images) > 100:
        raise MemoryError
    return make_batch(images, *arguments)  # type: ignore[arg-type]


def test_blas_starts_no_threads_of_its_own(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
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


class TestEnding:
    def test_while_running_at_full_speed(self, driver: Driver) -> None:
        driver.run()
        driver.until(lambda f: f.iteration > 10)
        driver.end(PROMPT)

    def test_while_waiting_for_the_next_iteration(self, driver: Driver) -> None:
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

    def test_leaves_out_steps_that_wait(
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

    def test_but_saves_what_a_person_saved(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        gate = Gate(driver.trainer, "step", monkeypatch)
        driver.loop.step()
        gate.wait()
        driver.loop.step()
        driver.loop.save_run(tmp_path / "run.npz")
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

    def test_commands_afterwards_do_nothing(self, driver: Driver) -> None:
        driver.end()
        puts = driver.mailbox.puts
        driver.loop.step()
        assert driver.mailbox.puts == puts


class TestFrames:
    def test_are_made_no_faster_than_they_are_taken(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        passed = threading.Event()
        calls: list[int] = []
        original = driver.trainer.step

        def counted() -> bool:
            calls.append(driver.mailbox.puts)
            if len(calls) == 200:
                passed.set()
            return original()

        monkeypatch.setattr(driver.trainer, "step", counted)
        driver.loop.start()
        assert passed.wait(TIMEOUT)  # and meanwhile nobody takes any
        assert calls[199] - calls[0] <= 1

    def test_every_loss_is_in_the_one_that_is_taken(self, driver: Driver) -> None:
        driver.run()
        frame = driver.until(lambda f: f.iteration >= 200)
        assert len(frame.curve.loss) == frame.last + 1
        assert np.isfinite(frame.curve.loss).all()

    def test_do_not_keep_the_loop_alive(self, make_trainer: Callable[..., Trainer]) -> None:
        driver = Driver(make_trainer())
        driver.thread.start()
        frame = driver.until(lambda _: True)
        driver.end()
        loop = weakref.ref(driver.loop)
        del driver
        gc.collect()
        assert loop() is None
        assert frame.iteration == 0


class TestDataAndRuns:
    def test_load_pauses_and_starts_again(
        self, driver: Driver, tmp_path: Path, digits: Dataset
    ) -> None:
        path = tmp_path / "mine.npz"
        np.savez(path, x_train=digits.images[40:50], y_train=digits.labels[40:50])
        driver.run()
        frame = driver.after(driver.loop.load(str(path)))
        assert (frame.iteration, frame.last, frame.running) == (0, 0, False)
        assert frame.dataset.name == "mine.npz"
        np.testing.assert_array_equal(frame.image.image, digits.images[40])
        assert driver.trainer.source == str(path)

    def test_what_cannot_be_read_leaves_everything_as_it_was(
        self,
        driver: Driver,
        tmp_path: Path,
        digits: Dataset,
        is_one_sentence: Callable[[object], str],
        expected: Callable[[int], bytes],
    ) -> None:
        driver.after(driver.loop.step())
        (tmp_path / "bad.npz").write_bytes(b"bad")
        np.savez(tmp_path / "one.npz", x_train=digits.images[:1], y_train=digits.labels[:1])
        for name in ("missing", "bad.npz", "one.npz"):
            frame = driver.after(driver.loop.load(str(tmp_path / name)))
            is_one_sentence(driver.message().text)
            assert frame.iteration == 1
            assert frame.dataset is digits
        frame = driver.after(driver.loop.step())
        assert frame.parameters.wo.tobytes() == expected(2)

    @pytest.mark.parametrize(
        ("steps", "said"), [(0, "0 iterations"), (1, "1 iteration"), (5, "5 iterations")]
    )
    def test_save_tells_that_it_is_there(
        self, driver: Driver, tmp_path: Path, steps: int, said: str
    ) -> None:
        for _ in range(steps):
            driver.loop.step()
        driver.loop.save_run(tmp_path / "run.npz")
        assert driver.message() == Message(f"Saved {said} to run.npz.")
        assert read_run(tmp_path / "run.npz").iterations == steps

    def test_save_pauses(self, driver: Driver, tmp_path: Path) -> None:
        driver.run()
        driver.until(lambda f: f.iteration > 5)
        frame = driver.after(driver.loop.save_run(tmp_path / "run.npz"))
        assert not frame.running
        assert read_run(tmp_path / "run.npz").iterations == frame.last

    def test_where_it_cannot_be_saved_that_is_told(
        self, driver: Driver, tmp_path: Path, is_one_sentence: Callable[[object], str]
    ) -> None:
        driver.loop.save_run(tmp_path / "missing" / "run.npz")
        assert "a folder that exists" in is_one_sentence(driver.message().text)
        assert driver.after(driver.loop.step()).iteration == 1

    def test_open_shows_the_last_iteration_and_goes_on(
        self,
        driver: Driver,
        tmp_path: Path,
        digits: Dataset,
        make_trainer: Callable[..., Trainer],
    ) -> None:
        write_run(tmp_path / "run.npz", record(digits, Settings(subset=9, seed=7), 12).run)
        driver.run()
        frame = driver.after(driver.loop.open_run(tmp_path / "run.npz"))
        assert (frame.iteration, frame.last, frame.running) == (12, 12, False)
        assert (frame.settings.subset, frame.settings.seed) == (9, 7)
        assert not frame.settings.pause_on_warning  # as the person had it
        assert frame.dataset is digits
        plain = make_trainer(subset=9, seed=7)
        for _ in range(13):
            plain.step()
        frame = driver.after(driver.loop.step())
        np.testing.assert_allclose(frame.parameters.wo, plain.parameters.wo, rtol=1e-9)
        assert driver.after(driver.loop.go_to(3)).iteration == 3

    def test_what_cannot_be_opened_leaves_everything_as_it_was(
        self,
        driver: Driver,
        tmp_path: Path,
        is_one_sentence: Callable[[object], str],
        expected: Callable[[int], bytes],
    ) -> None:
        driver.after(driver.loop.step())
        (tmp_path / "bad.npz").write_bytes(b"bad")
        for name in ("missing.npz", "bad.npz"):
            frame = driver.after(driver.loop.open_run(tmp_path / name))
            is_one_sentence(driver.message().text)
            assert frame.iteration == 1
        frame = driver.after(driver.loop.step())
        assert frame.parameters.wo.tobytes() == expected(2)

    def test_what_is_saved_and_opened_is_the_same(self, driver: Driver, tmp_path: Path) -> None:
        for _ in range(6):
            driver.loop.step()
        before = driver.after(driver.loop.save_run(tmp_path / "run.npz"))
        driver.loop.reset()
        after = driver.after(driver.loop.open_run(tmp_path / "run.npz"))
        assert (after.iteration, after.last) == (6, 6)
        assert after.parameters.wo.tobytes() == before.parameters.wo.tobytes()
        np.testing.assert_array_equal(after.curve.loss, before.curve.loss)

    def test_opening_a_run_keeps_the_lines_that_were_there(
        self, driver: Driver, tmp_path: Path
    ) -> None:
        for _ in range(3):
            driver.loop.step()
        driver.loop.save_run(tmp_path / "three.npz")
        driver.loop.step()
        frame = driver.after(driver.loop.open_run(tmp_path / "three.npz"))
        listed = [(branch.name, branch.last) for branch in frame.branches]
        assert listed == [("three", 3), ("run 1", 4)]

    def test_what_a_file_leaves_out_is_said(
        self, driver: Driver, tmp_path: Path, is_one_sentence: Callable[[object], str]
    ) -> None:
        driver.loop.step()
        driver.loop.edit(Edit(1, "wo", (3, 0), 0.5))
        driver.loop.save_run(tmp_path / "run.npz")
        text = is_one_sentence(driver.message().text)
        assert text == (
            "Saved 1 iteration of “wo[3] = 0.5 at iteration 1” to run.npz, and no other branch: "
            "switch to one to save it."
        )
        with np.load(tmp_path / "run.npz") as run:
            assert run["wo"][1, 3, 0] == 0.5


class TestBranching:
    def test_edits_pause_and_begin_a_branch(self, driver: Driver) -> None:
        driver.run()
        frame = driver.until(lambda f: f.iteration > 3)
        frame = driver.after(driver.loop.pause())
        edit = Edit(frame.iteration, "f", (1, 2, 0), 0.25)
        driver.loop.start()
        driver.loop.pause()
        driver.loop.go_to(frame.iteration)
        after = driver.after(driver.loop.edit(edit))
        assert not after.running
        assert after.parameters.f[1, 2, 0] == 0.25
        assert [b.number for b in after.branches] == [1, 2]
        back = driver.after(driver.loop.switch(1))
        assert (back.branch.number, back.iteration) == (1, frame.iteration)
        driver.loop.rename_branch(2, "mine")
        driver.loop.bookmark(1, 2, "here")
        frame = driver.after(driver.loop.select(0))
        assert [b.name for b in frame.branches] == ["run 1", "mine"]
        assert [b.name for b in frame.branch.bookmarks] == ["here"]
        frame = driver.after(driver.loop.delete_branch(2))
        assert [b.number for b in frame.branches] == [1]

    def test_what_cannot_be_done_is_told(
        self, driver: Driver, is_one_sentence: Callable[[object], str]
    ) -> None:
        loop = driver.loop
        for act in (
            lambda: loop.switch(7),
            lambda: loop.delete_branch(1),
            lambda: loop.rename_branch(1, ""),
            lambda: loop.bookmark(1, 9, "far"),
            lambda: loop.edit(Edit(5, "wo", (0, 0), 1.0)),
            lambda: loop.draw(Pixel(10**6, 0, 0, 0)),
        ):
            frame = driver.after(act())
            is_one_sentence(driver.message().text)
            assert (frame.iteration, len(frame.branches)) == (0, 1)

    def test_drawing_does_not_pause(self, driver: Driver) -> None:
        driver.run()
        grey = 255 - int(driver.frame.dataset.images[2, 3, 4])
        frame = driver.after(driver.loop.draw(Pixel(2, 3, 4, grey)))
        assert frame.running
        assert frame.dataset.images[2, 3, 4] == grey
        frame = driver.after(driver.loop.erase(2))
        assert frame.settings.pixels == ()


# While an iteration takes its time


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """An event that every iteration waits for, half done with its update."""
    released, original = threading.Event(), FastIteration.update

    def update(kernel: FastIteration, rule: Rule, learning_rate: float) -> Parameters:
        end = time.monotonic() + TIMEOUT
        while not released.is_set() and time.monotonic() < end:
            assert kernel._heard is not None
            kernel._heard(0.5)
        return original(kernel, rule, learning_rate)

    monkeypatch.setattr(FastIteration, "update", update)
    monkeypatch.setattr(module, "_LONG", 0.0)
    yield released
    released.set()


def test_another_image_is_shown_while_an_iteration_is_under_way(
    driver: Driver, held: threading.Event
) -> None:
    driver.loop.step()
    frame = driver.after(driver.loop.select(2))
    assert (frame.iteration, frame.image.index) == (0, 2)
    assert frame.image.o == pytest.approx(frame.predictions.output[2], rel=1e-9)
    held.set()
    frame = driver.until(lambda frame: frame.iteration == 1)
    assert frame.image.index == 2
    assert driver.mailbox.progress is None


def test_pause_is_answered_while_an_iteration_is_under_way(
    driver: Driver, held: threading.Event
) -> None:
    driver.run()
    frame = driver.after(driver.loop.pause())
    assert (frame.iteration, frame.running) == (0, False)
    held.set()
    frame = driver.until(lambda frame: frame.iteration == 1)
    assert not frame.running


def test_progress_of_an_iteration_is_told(driver: Driver, held: threading.Event) -> None:
    driver.loop.step()
    driver.after(driver.loop.select(1))
    end = time.monotonic() + TIMEOUT
    while driver.mailbox.progress is None:
        assert time.monotonic() < end
    assert driver.mailbox.progress == 0.25  # half of the update, which is half of the iteration
    held.set()
    driver.until(lambda frame: frame.iteration == 1)


def test_what_changes_the_run_waits_for_the_end_of_an_iteration(
    driver: Driver, held: threading.Event
) -> None:
    settings = driver.run().settings
    changed = driver.loop.change(replace(settings, learning_rate=1.0))
    paused = driver.loop.pause()
    held.set()
    frame = driver.after(paused)
    assert paused > changed
    assert frame.iteration >= 1
    assert (frame.running, frame.settings.learning_rate) == (False, 1.0)
