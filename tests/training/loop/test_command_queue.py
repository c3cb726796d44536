"""Which waiting commands are carried out, and which work yields to them."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread

import pytest

from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop import command_queue
from cnnviz.training.loop.command_queue import Command, CommandQueue
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run import kept_parameters
from cnnviz.training.run.kernel_cache import KernelCache
from tests.training.driver import PROMPT, Driver, Gate

PLAIN, LIGHT = Command(), Command(light=True)
STEP = Command(moves=True, steps=True)


def nothing() -> None:
    """Placeholder for a command's action."""


class TestQueue:
    def test_a_command_answered_early_counts_once_all_before_it_are_done(self) -> None:
        queue = CommandQueue()
        assert [queue.put(PLAIN, nothing), queue.put(LIGHT, nothing)] == [1, 2] == [1, queue.sent]
        first = queue.take()
        second = queue.take_light()
        assert first is not None
        assert second is not None
        queue.carried_out(second)
        assert queue.done == 0
        queue.carried_out(first)
        assert queue.done == 2
        assert queue.take() is None

    def test_only_a_light_command_at_the_front_is_answered_early(self) -> None:
        queue = CommandQueue()
        queue.put(PLAIN, nothing)
        queue.put(LIGHT, nothing)
        assert queue.take_light() is None
        assert len(queue) == 2

    @pytest.mark.parametrize(
        ("between", "waited", "left"),
        [
            ([], 1.0, 1),
            ([PLAIN, STEP], 1.0, 2),
            ([], 0.1, 3),
            ([Command(lasting=True)], 1.0, 4),
            ([Command(moves=True)], 1.0, 4),
        ],
        ids=["dropped", "around others", "quick ones", "before saving", "before an edit"],
    )
    def test_steps_before_a_command_that_ends_them_are_dropped_after_a_while(
        self, monkeypatch: pytest.MonkeyPatch, between: list[Command], waited: float, left: int
    ) -> None:
        now = 100.0
        monkeypatch.setattr(command_queue.time, "perf_counter", lambda: now)
        queue = CommandQueue()
        for command in (STEP, STEP, *between, Command(ends_steps=True)):
            queue.put(command, nothing)
        now += waited
        taken = []
        while (request := queue.take()) is not None:
            taken.append(request.command)
            queue.carried_out(request)
        assert len(taken) == left
        assert taken[-1].ends_steps
        assert queue.done == queue.sent

    def test_waiting_ends_when_the_time_is_over_and_with_the_queue(self) -> None:
        queue = CommandQueue()
        assert queue.wait(lambda: 0.0)
        queue.put(Command(lasting=True), nothing)
        queue.close()
        assert queue.wait(lambda: 1e9)  # a file is yet to be saved
        queue.take()
        assert not queue.wait(lambda: 1e9)

    def test_a_lasting_command_of_another_thread_is_waited_for(self) -> None:
        queue = CommandQueue()
        queue.expect(1)
        queue.close()
        other = Thread(target=lambda: queue.put(Command(lasting=True), nothing))
        assert queue.is_saving
        other.start()
        assert queue.wait(lambda: 1e9)
        other.join()
        queue.expect(-1)
        request = queue.take()
        assert request is not None
        assert queue.is_saving
        queue.carried_out(request)
        assert not queue.is_saving
        assert not queue.wait(lambda: 1e9)

    @pytest.mark.parametrize("moves", [False, True])
    def test_only_commands_that_move_the_run_end_a_search(self, *, moves: bool) -> None:
        queue = CommandQueue()
        assert not queue.ends_search()
        queue.put(Command(moves=moves), nothing)
        assert queue.ends_search() == moves
        queue.close()
        assert queue.ends_search()

    @pytest.mark.parametrize("grace", [-1.0, 1e6])
    def test_a_long_command_yields_only_after_a_while(
        self, monkeypatch: pytest.MonkeyPatch, grace: float
    ) -> None:
        monkeypatch.setattr(command_queue, "_GRACE", grace)
        queue = CommandQueue()
        overtaken, left = queue.interruption(), queue.stops_operations()
        queue.put(Command(stops_operations=True), nothing)
        queue.put(Command(absolute=True), nothing)
        late = grace < 0
        assert not overtaken()  # the next command starts from its result
        assert left() == late
        queue.take()
        assert overtaken() == late
        queue.close()
        assert overtaken()
        assert left()


class TestOnlyTheLatestCounts:
    def queue_behind_a_step(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch, commands: list[Callable[[], int]]
    ) -> Frame:
        """Send commands during a step, and return the frame after the last."""
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

        def recorded(*arguments: object) -> object:
            calls.append(arguments)
            return original(*arguments)

        monkeypatch.setattr(driver.trainer, name, recorded, raising=False)
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

    def test_a_change_followed_by_another_command_is_not_skipped(
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

    def test_of_changes_of_the_same_settings(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = self.calls_of(driver, "apply", monkeypatch)
        base, loop = driver.trainer.settings, driver.loop
        rates = [lambda r=rate: loop.change(learning_rate=float(r)) for rate in range(1, 30)]
        others = [
            lambda: loop.reset(1),
            lambda: loop.change(subset=5),
            lambda: loop.change(subset=6),
            lambda: loop.change(rule=EXACT),
        ]
        frame = self.queue_behind_a_step(driver, monkeypatch, [*rates, *others])
        first = replace(base, learning_rate=29.0)
        second = replace(first, seed=1, subset=6)
        last = replace(second, rule=EXACT)
        assert [arguments[0] for arguments in calls] == [first, second, last]
        assert frame.settings == last
        assert frame.iteration == 0  # because the seed changed in between

    def test_the_previous_change_counts_if_the_last_is_refused(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loop = driver.loop
        commands = [lambda n=n: loop.change(subset=n) for n in (5, 6, 5_000, 9_000)]
        frame = self.queue_behind_a_step(driver, monkeypatch, commands)
        assert frame.settings.subset == 6
        assert "9000" in driver.message().text
        assert "5000" in driver.message().text


class TestYielding:
    """A long recomputation ends early if it is no longer wanted."""

    @pytest.fixture(autouse=True)
    def short_history(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_parameters, "RECENT", 2)
        monkeypatch.setattr(kept_parameters, "SPACING", 1_000)

    @pytest.fixture
    def far(self, driver: Driver) -> Driver:
        for _ in range(30):
            number = driver.loop.step()
        driver.after(number)
        return driver

    def hold(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> tuple[Gate, list[bool]]:
        """Hold the thread in the midst of its next recomputation."""
        gate = Gate(KernelCache, "kernel", monkeypatch)
        results: list[bool] = []
        go_to = driver.trainer.go_to

        def recorded(*arguments: object) -> bool:
            results.append(go_to(*arguments))  # type: ignore[arg-type]
            return results[-1]

        monkeypatch.setattr(driver.trainer, "go_to", recorded)
        return gate, results

    def test_to_another_command(self, far: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command_queue, "_GRACE", 0.0)
        gate, results = self.hold(far, monkeypatch)
        far.loop.go_to(20)
        gate.wait()
        far.loop.go_to(3)
        number = far.loop.go_to(10)
        gate.opened.set()
        assert far.after(number).iteration == 10
        assert results == [False, True]

    def test_a_command_that_has_just_begun_does_not_yield(
        self, far: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(command_queue, "_GRACE", 1e6)
        gate, results = self.hold(far, monkeypatch)
        far.loop.go_to(20)
        gate.wait()
        number = far.loop.go_to(10)
        gate.opened.set()
        assert far.after(number).iteration == 10
        assert results == [True, True]

    def test_a_command_does_not_yield_to_one_that_starts_from_its_result(
        self, far: Driver, monkeypatch: pytest.MonkeyPatch, expected: Callable[[int], bytes]
    ) -> None:
        monkeypatch.setattr(command_queue, "_GRACE", 0.0)
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
