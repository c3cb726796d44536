"""Tests that few frames are drawn, and the last one always."""

from collections.abc import Callable

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets import throttle as module
from cnnviz.app.widgets.throttle import Throttle


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Replace the clock; call the fixture to advance it by some seconds."""
    time = [100.0]
    monkeypatch.setattr(module, "perf_counter", lambda: time[0])

    def advance(seconds: float) -> None:
        time[0] += seconds

    return advance


@pytest.mark.usefixtures("qtbot")
def test_the_first_frame_is_due_at_once() -> None:
    throttle = Throttle(50)
    spy = QSignalSpy(throttle.due)
    assert throttle.follow(running=True)
    assert spy.count() == 1


def test_frames_in_quick_succession_become_one_later(
    qtbot: QtBot, clock: Callable[[float], None]
) -> None:
    throttle = Throttle(50)
    spy = QSignalSpy(throttle.due)
    for _ in range(20):
        throttle.follow(running=True)
        clock(0.001)
    assert spy.count() == 1
    qtbot.waitUntil(lambda: spy.count() == 2)
    clock(0.051)
    throttle.follow(running=True)
    assert spy.count() == 3


def test_now_replaces_a_pending_update(qtbot: QtBot, clock: Callable[[float], None]) -> None:
    throttle = Throttle(30)
    spy = QSignalSpy(throttle.due)
    throttle.follow(running=True)
    throttle.follow(running=True)
    throttle.now()
    assert spy.count() == 2
    clock(1)
    with qtbot.waitSignal(throttle.due):
        throttle.follow(running=True)
    assert spy.count() == 3


def test_after_the_interval_the_next_frame_is_due(
    qtbot: QtBot, clock: Callable[[float], None]
) -> None:
    throttle = Throttle(50)
    spy = QSignalSpy(throttle.due)
    assert throttle.follow(running=True)
    clock(0.049)
    assert not throttle.follow(running=True)
    assert spy.count() == 1
    clock(0.002)
    assert throttle.follow(running=True)
    assert spy.count() == 2
    assert not throttle.follow(running=True)
    qtbot.waitUntil(lambda: spy.count() == 3)  # no other frame came
    assert throttle.follow(running=False)
    assert spy.count() == 4


def test_a_skipped_frame_is_drawn_with_the_next_or_without_one(
    qtbot: QtBot, clock: Callable[[float], None]
) -> None:
    throttle = Throttle(50)
    spy = QSignalSpy(throttle.due)
    throttle.put_off()
    assert spy.count() == 0
    assert throttle.follow(running=True)
    assert spy.count() == 1
    throttle.put_off()
    clock(1)
    qtbot.waitUntil(lambda: spy.count() == 2)


@pytest.mark.usefixtures("qtbot")
def test_after_long_work_the_interval_is_longer(clock: Callable[[float], None]) -> None:
    throttle = Throttle(50)
    spy = QSignalSpy(throttle.due)
    throttle.follow(running=True)
    throttle.rest(400)
    clock(0.399)
    throttle.follow(running=True)
    assert spy.count() == 1
    clock(0.002)
    throttle.follow(running=True)
    assert spy.count() == 2
    throttle.rest(10)  # no shorter than usual
    clock(0.049)
    throttle.follow(running=True)
    assert spy.count() == 2
    throttle.now()
