import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.numerics.rule import EXACT
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.driver import Driver, Gate


class TestCommands:
    def test_shows_the_first_state_without_a_command(self, driver: Driver) -> None:
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

    def test_run_replays_the_past(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
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

    def test_a_change_while_running_does_not_pause(self, driver: Driver) -> None:
        frame = driver.run()
        changed = replace(frame.settings, learning_rate=0.5, rule=EXACT, subset=6)
        number = driver.loop.change(learning_rate=0.5, rule=EXACT, subset=6)
        frame = driver.until(lambda f: f.done >= number and len(f.curve.marks) > 0)
        assert frame.running
        assert frame.settings == changed
        assert len(frame.predictions.output) == 6
        (mark,) = frame.curve.marks
        assert mark.settings == changed.kept
        reached = frame.iteration
        assert driver.until(lambda f: f.iteration > reached).running

    def test_another_seed_pauses_and_resets(self, driver: Driver) -> None:
        frame = driver.run()
        frame = driver.after(driver.loop.reset(5))
        assert (frame.iteration, frame.last, frame.running) == (0, 0, False)

    def test_begin_leaves_the_run_where_it_is(
        self, driver: Driver, expected: Callable[[int], bytes]
    ) -> None:
        for _ in range(3):
            driver.loop.step()
        before = driver.after(driver.loop.go_to(2))
        settings = Settings(subset=20, learning_rate=100, rule=EXACT, seed=7)
        frame = driver.after(driver.loop.begin("lesson", "bundled", settings, 4))
        assert (frame.iteration, frame.branch.name) == (4, "lesson")
        assert frame.settings == replace(settings, pause_on_warning=False)  # as it was chosen
        assert len(frame.curve.loss) == 5
        assert not frame.branch.unsaved
        assert driver.after(driver.loop.step()).branch.unsaved
        driver.loop.switch(before.branch.number)
        again = driver.after(driver.loop.go_to(2))
        assert (again.last, again.settings) == (3, before.settings)
        assert again.parameters.wo.tobytes() == expected(2)

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


POINT, PIXEL, EDIT = Point("G", (0, 0)), Pixel(0, 1, 2, 3), Edit(0, "wo", (0, 0), 1.0)
FILE = Path("file.npy")


@pytest.mark.parametrize(
    "send",
    [
        lambda loop: loop.change(learning_rate=0.1),
        lambda loop: loop.correct("scale", on=True),
        lambda loop: loop.draw(PIXEL),
        lambda loop: loop.erase(0),
        lambda loop: loop.pace(None),
        lambda loop: loop.rename_branch(1, "mine"),
        lambda loop: loop.delete_branch(2),
        lambda loop: loop.bookmark(1, 0, "here"),
        lambda loop: loop.set_breakpoints(()),
        lambda loop: loop.debug(True),
        lambda loop: loop.explain(POINT),
        lambda loop: loop.select(3),
        lambda loop: loop.files.save(FILE),
        lambda loop: loop.files.take(str),
    ],
)
def test_commands_that_do_not_move_the_run_end_no_search(
    make_trainer: Callable[..., Trainer], send: Callable[[TrainingLoop], int]
) -> None:
    loop = TrainingLoop(make_trainer(), Mailbox())
    send(loop)
    assert not loop.queue.ends_search()


@pytest.mark.parametrize(
    "send",
    [
        lambda loop: loop.start(),
        lambda loop: loop.pause(),
        lambda loop: loop.step(),
        lambda loop: loop.back(),
        lambda loop: loop.reset(),
        lambda loop: loop.begin("new", "bundled", Settings(), 0),
        lambda loop: loop.go_to(1),
        lambda loop: loop.switch(1),
        lambda loop: loop.edit(EDIT),
        lambda loop: loop.load("bundled"),
        lambda loop: loop.files.open(FILE),
        lambda loop: loop.back_to_cause(1),
        lambda loop: loop.debug_step(),
        lambda loop: loop.debug_back(),
        lambda loop: loop.run_to_operation("delta"),
        lambda loop: loop.finish_iteration(),
        lambda loop: loop.restart_iteration(),
    ],
)
def test_commands_that_move_the_run_end_a_search(
    make_trainer: Callable[..., Trainer], send: Callable[[TrainingLoop], int]
) -> None:
    loop = TrainingLoop(make_trainer(), Mailbox())
    send(loop)
    assert loop.queue.ends_search()


class TestQuickSteps:
    def test_each_is_one_iteration(self, driver: Driver, expected: Callable[[int], bytes]) -> None:
        for _ in range(149):
            driver.loop.step()
        frame = driver.after(driver.loop.step())
        assert frame.iteration == frame.last == 150
        assert frame.parameters.wo.tobytes() == expected(150)

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

    def test_every_iteration_is_shown_if_frames_are_fetched(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A frame is published while other steps still wait, so that slow ones can be watched."""
        gate = Gate(driver.trainer, "step", monkeypatch)
        first = driver.loop.step()
        gate.wait()
        for _ in range(3):
            last = driver.loop.step()
        calls: list[int] = []
        put = driver.mailbox.put

        def recorded(frame: Frame) -> None:
            calls.append(frame.done)
            put(frame)

        monkeypatch.setattr(driver.mailbox, "put", recorded)
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
