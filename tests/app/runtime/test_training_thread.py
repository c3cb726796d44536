"""The training thread and the pump that brings its frames to the window."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from cnnviz.app.runtime import training_thread
from cnnviz.app.runtime.training_thread import FRAME_INTERVAL, FramePump, TrainingThread
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def pump(qtbot: QtBot, mailbox: Mailbox) -> Iterator[FramePump]:
    assert qtbot
    pump = FramePump(mailbox)
    yield pump
    pump.stop()
    pump.deleteLater()


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Callable[[], tuple[TrainingLoop, Mailbox, TrainingThread]]]:
    assert qtbot
    threads: list[TrainingThread] = []

    def make() -> tuple[TrainingLoop, Mailbox, TrainingThread]:
        mailbox = Mailbox()
        loop = TrainingLoop(Trainer(bundled_digits(), Settings(subset=5)), mailbox)
        thread = TrainingThread(loop)
        threads.append(thread)
        thread.start()
        return loop, mailbox, thread

    yield make
    for thread in threads:
        thread.stop()
        thread.deleteLater()


def taken(pump: FramePump) -> list[Frame]:
    frames: list[Frame] = []
    pump.frame_taken.connect(frames.append)
    return frames


def test_only_the_newest_frame_is_passed_on(
    pump: FramePump, mailbox: Mailbox, frame: Frame
) -> None:
    frames = taken(pump)
    for done in range(5):
        mailbox.put(replace(frame, done=done))
    pump.pump()
    pump.pump()
    assert [f.done for f in frames] == [4]


@pytest.mark.parametrize("running", [True, False])
def test_where_a_frame_is_late_it_looks_sooner_for_a_while(
    pump: FramePump, mailbox: Mailbox, frame: Frame, *, running: bool
) -> None:
    """Where iterations are about as long as the interval, a frame would else be shown an interval
    too late; where they are far longer, or none are done, nothing is to be had by looking.
    """
    mailbox.put(replace(frame, running=running))
    timer = pump.findChild(QTimer)
    assert timer is not None
    intervals = []
    for _ in range(7):
        pump.pump()
        intervals.append(timer.interval())
    soon = [8] * 4 if running else [FRAME_INTERVAL] * 4
    assert intervals == [FRAME_INTERVAL, *soon, FRAME_INTERVAL, FRAME_INTERVAL]


def test_every_message_is_passed_on_in_order_and_after_the_frame(
    pump: FramePump, mailbox: Mailbox, frame: Frame
) -> None:
    on_progress: list[str] = []
    pump.frame_taken.connect(lambda _frame: on_progress.append("frame"))
    pump.message_taken.connect(lambda message: on_progress.append(message.text))
    for text in ("one", "two", "three"):
        mailbox.put_message(Message(text))
    mailbox.put(frame)
    pump.pump()
    assert on_progress == ["frame", "one", "two", "three"]


def test_progress_is_passed_on_until_a_frame_comes(
    pump: FramePump, mailbox: Mailbox, frame: Frame
) -> None:
    on_progress: list[float] = []
    pump.progressed.connect(on_progress.append)
    pump.pump()
    mailbox.progress = 0.5
    pump.pump()
    mailbox.put(frame)
    pump.pump()
    assert on_progress == [0.5]


def test_the_pump_looks_by_itself_until_it_is_stopped(
    pump: FramePump, mailbox: Mailbox, frame: Frame, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(pump.frame_taken):
        mailbox.put(frame)
    pump.stop()
    spy = QSignalSpy(pump.frame_taken)
    mailbox.put(frame)
    assert not spy.wait(200)


def test_frames_arrive_in_the_windows_thread(
    pump: FramePump, mailbox: Mailbox, qtbot: QtBot
) -> None:
    loop = TrainingLoop(Trainer(bundled_digits(), Settings(subset=5)), mailbox)
    thread = TrainingThread(loop)
    seen: set[tuple[int, bool]] = set()
    pump.frame_taken.connect(
        lambda f: seen.add((threading.get_ident(), f.predictions.output.flags.writeable))
    )
    thread.start()
    loop.start()
    qtbot.waitUntil(lambda: len(seen) > 0)
    thread.stop()
    assert seen == {(threading.get_ident(), False)}


def test_stop_ends_a_thread_that_trains(
    start: Callable[[], tuple[TrainingLoop, Mailbox, TrainingThread]], qtbot: QtBot
) -> None:
    loop, mailbox, thread = start()
    loop.start()
    frames: list[Frame] = []

    def running() -> bool:
        frames.extend(f for f in (mailbox.take(),) if f is not None)
        return bool(frames) and frames[-1].iteration > 3

    qtbot.waitUntil(running)
    thread.stop()
    assert thread.isFinished()
    thread.stop()  # once more does no harm


def test_stop_ends_a_thread_that_waits(
    start: Callable[[], tuple[TrainingLoop, Mailbox, TrainingThread]], qtbot: QtBot
) -> None:
    _, mailbox, thread = start()
    qtbot.waitUntil(lambda: mailbox.take() is not None)
    thread.stop()
    assert thread.isFinished()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness per thread")
def test_training_and_its_helpers_stand_behind_the_window() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    class Body:
        def run(self) -> None:
            seen.append(niceness())
            helper = threading.Thread(target=lambda: seen.append(niceness()))
            helper.start()
            helper.join()

        def stop(self) -> None:
            pass

    seen: list[int] = []
    thread = TrainingThread(Body())  # type: ignore[arg-type]
    thread.start()
    thread.stop()
    behind = min(niceness() + 5, 19)
    assert seen == [behind, behind]
    thread.deleteLater()


def test_a_person_who_draws_is_followed_sooner_but_not_more_often_than_the_screen(
    qtbot: QtBot,
    pump: FramePump,
    mailbox: Mailbox,
    frame: Frame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr(training_thread, "perf_counter", lambda: now)
    frames, timer = taken(pump), pump.findChild(QTimer)
    assert timer is not None
    pump.hurry()
    assert timer.interval() == 4
    mailbox.put(frame)
    qtbot.waitUntil(lambda: len(frames) == 1)
    assert timer.interval() == FRAME_INTERVAL
    now += 0.006
    pump.hurry()
    assert timer.interval() == 10
    left = timer.remainingTime()
    pump.hurry()  # again and again: that does not put the poll off
    assert timer.remainingTime() <= left
