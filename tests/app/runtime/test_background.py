"""Long computations beside the window: their results, their order, and their end."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.blocks import ProgressCallback, blocks_of
from cnnviz.training.errors import ComparisonError
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[BackgroundTasks]:
    assert qtbot
    tasks = BackgroundTasks()
    yield tasks
    tasks.stop()
    tasks.deleteLater()


class Gate:
    """A computation that goes on when a test lets it, and reports its progress."""

    def __init__(self, result: str) -> None:
        self.result = result
        self.entered, self.opened, self.ended = (threading.Event() for _ in range(3))

    def __call__(self, on_progress: ProgressCallback) -> str:
        self.entered.set()
        try:
            assert self.opened.wait(5)
            on_progress(0.5)
        finally:
            self.ended.set()
        return self.result


def test_a_result_comes_in_the_window_s_thread_after_its_progress(
    tasks: BackgroundTasks, qtbot: QtBot
) -> None:
    calls: list[tuple[object, bool]] = []

    def note(value: object) -> None:
        calls.append((value, threading.current_thread() is threading.main_thread()))

    def compute(on_progress: ProgressCallback) -> str:
        on_progress(1.0)
        return threading.current_thread().name

    assert tasks.are_done
    tasks.start("sum", compute, note, on_progress=note)
    assert tasks.is_busy("sum")
    assert not tasks.are_done
    qtbot.waitUntil(lambda: len(calls) == 2)
    assert calls == [(1.0, True), ("sum", True)]
    assert not tasks.is_busy("sum")
    assert tasks.are_done


def test_of_one_kind_only_the_latest_has_a_result(tasks: BackgroundTasks, qtbot: QtBot) -> None:
    results: list[str] = []
    first, second, third = Gate("first"), Gate("second"), Gate("third")
    tasks.start("kind", first, results.append)
    assert first.entered.wait(5)
    tasks.start("kind", second, results.append)
    tasks.start("kind", third, results.append)
    assert not third.entered.is_set()  # one thread for each kind
    for gate in (first, third):
        gate.opened.set()
    qtbot.waitUntil(lambda: not tasks.is_busy("kind"))
    assert results == ["third"]
    assert not second.entered.is_set()


def test_kinds_do_not_wait_for_each_other(tasks: BackgroundTasks, qtbot: QtBot) -> None:
    results: list[str] = []
    slow = Gate("slow")
    tasks.start("slow", slow, results.append)
    tasks.start("quick", lambda _on_progress: "quick", results.append)
    qtbot.waitUntil(lambda: results == ["quick"])
    slow.opened.set()
    qtbot.waitUntil(lambda: results == ["quick", "slow"])


def test_a_cancelled_computation_calls_nothing_back(tasks: BackgroundTasks, qtbot: QtBot) -> None:
    calls: list[object] = []
    gate = Gate("unwanted")
    tasks.start("kind", gate, calls.append, on_progress=calls.append, on_error=calls.append)
    assert gate.entered.wait(5)
    tasks.cancel("kind")
    assert not tasks.is_busy("kind")
    gate.opened.set()
    assert gate.ended.wait(5)
    tasks.start("kind", lambda _on_progress: "wanted", calls.append)
    qtbot.waitUntil(lambda: calls == ["wanted"])


def test_a_loop_over_blocks_can_be_cancelled(tasks: BackgroundTasks) -> None:
    entered, ended = threading.Event(), threading.Event()

    def compute(_on_progress: ProgressCallback) -> None:
        try:
            while True:
                for _block in blocks_of(10):
                    entered.set()
        finally:
            ended.set()

    tasks.start("kind", compute, lambda _result: None)
    assert entered.wait(5)
    tasks.stop()
    assert ended.is_set()


def test_a_refusal_is_one_sentence(tasks: BackgroundTasks, qtbot: QtBot) -> None:
    errors: list[str] = []

    def compute(_on_progress: ProgressCallback) -> None:
        raise ComparisonError("nothing can be compared.")

    tasks.start("kind", compute, lambda _result: None, on_error=errors.append)
    qtbot.waitUntil(lambda: errors == ["Nothing can be compared."])


def test_a_fault_of_the_program_is_reported(tasks: BackgroundTasks, qtbot: QtBot) -> None:
    errors: list[str] = []
    with qtbot.captureExceptions() as faults:
        tasks.start(
            "kind",
            lambda _on_progress: np.zeros(2) + np.zeros(3),
            lambda _result: None,
            on_error=errors.append,
        )
        qtbot.waitUntil(lambda: len(errors) == 1)
    assert errors[0].startswith("An error in cnnviz: ValueError: operands could not be broadcast")
    assert [fault[0] for fault in faults] == [ValueError]


def test_a_window_that_is_destroyed_without_closing_leaves_no_thread(
    qtbot: QtBot, store: QSettings
) -> None:
    assert qtbot
    window = MainWindow(Trainer(bundled_digits(), Settings(subset=5)), LIGHT, store)
    entered, ended = threading.Event(), threading.Event()

    def compute(on_progress: ProgressCallback) -> None:
        entered.set()
        try:
            while True:
                on_progress(0.0)
        finally:
            ended.set()

    window.tasks.start("kind", compute, lambda _result: None)
    assert entered.wait(5)
    shiboken6.delete(window)
    assert ended.is_set()


def test_cancelling_ends_what_a_computation_waits_for(tasks: BackgroundTasks, qtbot: QtBot) -> None:
    gate, calls = Gate("unwanted"), list[str]()
    tasks.start("kind", gate, calls.append, on_cancel=gate.opened.set)
    assert gate.entered.wait(5)
    tasks.start("kind", lambda _on_progress: "wanted", calls.append)
    qtbot.waitUntil(lambda: calls == ["wanted"])
    assert gate.ended.is_set()
