import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from cnnviz.training.loop import pace as module
from cnnviz.training.loop.pace import Pace
from tests.training.driver import TIMEOUT, Driver


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as a list of one number."""
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    return now


def test_iterations_are_due_at_even_times_and_missed_ones_are_skipped(clock: list[float]) -> None:
    pace = Pace()
    assert pace.unlimited
    pace.set(2.0)
    assert not pace.unlimited
    pace.begin()
    assert pace.time_left == 0
    pace.next()
    assert pace.time_left == 0.5
    clock[0] += 0.6
    pace.next()
    assert pace.time_left == pytest.approx(0.4)
    clock[0] += 5
    pace.next()
    assert pace.time_left == 0
    pace.next()
    pace.set(10.0)  # is felt at once
    assert pace.time_left == pytest.approx(0.1)
    pace.set(None)
    assert pace.unlimited


class TestPace:
    def test_the_speed_is_kept(self, driver: Driver) -> None:
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

    def test_the_last_iteration_before_a_wait_is_shown_even_if_the_previous_frame_was_not_fetched(
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

    def test_frequent_changes_of_speed_do_not_delay_training(self, driver: Driver) -> None:
        """As dragging a slider does: no iteration is put off by the next change."""
        driver.loop.pace(20.0)
        frame = driver.run()
        end = time.monotonic() + TIMEOUT
        while frame.iteration < 5:
            assert time.monotonic() < end
            frame = driver.after(driver.loop.pace(20.0))

    def test_restarting_while_running_adds_no_iteration(self, driver: Driver) -> None:
        driver.loop.pace(0.001)
        driver.loop.start()
        driver.until(lambda f: f.iteration == 1)
        for _ in range(20):
            frame = driver.after(driver.loop.start())
            assert (frame.iteration, frame.running) == (1, True)

    def test_iterations_can_be_an_hour_apart(self, driver: Driver) -> None:
        driver.loop.pace(1e-300)
        driver.loop.start()
        driver.until(lambda f: f.iteration == 1)
        assert driver.after(driver.loop.pause()).iteration == 1

    @pytest.mark.parametrize("pace", [0.0, -1.0, float("nan")])
    def test_an_invalid_speed_is_refused(
        self, driver: Driver, is_one_sentence: Callable[[object], str], pace: float
    ) -> None:
        driver.after(driver.loop.pace(pace))
        assert "above 0" in is_one_sentence(driver.message().text)
