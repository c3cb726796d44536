"""Garbage is collected between Qt's events, on the GUI thread only."""

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QTimerEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.runtime import garbage_collection
from cnnviz.app.runtime.garbage_collection import GarbageCollector


class Cycle:
    """Refers to itself: only a look for garbage frees it."""

    def __init__(self) -> None:
        self.me = self


def make_garbage() -> list[int]:
    """Return a list that gets the thread on which a cycle is freed."""
    freed: list[int] = []
    weakref.finalize(Cycle(), lambda: freed.append(threading.get_ident()))
    return freed


def test_garbage_is_collected_on_the_gui_thread(qapp: QApplication, qtbot: QtBot) -> None:
    assert len(qapp.findChildren(GarbageCollector)) == 1
    freed = make_garbage()
    objects: list[list[int]] = []
    much = 20 * gc.get_threshold()[0]
    other = threading.Thread(target=lambda: objects.extend([i] for i in range(much)))
    other.start()
    other.join()
    assert not freed  # Python would have collected at this point
    objects.extend([i] for i in range(much))
    assert not freed  # nor in the middle of this
    qtbot.waitUntil(lambda: bool(freed), timeout=20 * garbage_collection.INTERVAL)
    assert freed == [threading.get_ident()]


@pytest.mark.parametrize(
    ("over", "generations"),
    [
        ((0, 1, 1), []),
        ((1, 0, 0), [0]),
        ((1, 1, 0), [1]),
        ((1, 1, 1), [2]),
        ((1, 0, 1), [2]),
    ],
)
def test_it_collects_when_python_would(
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    over: tuple[int, int, int],
    generations: list[int],
) -> None:
    collected: list[int] = []
    counts = tuple(most + more for most, more in zip(gc.get_threshold(), over, strict=True))
    monkeypatch.setattr(garbage_collection.gc, "get_count", lambda: counts)
    monkeypatch.setattr(garbage_collection.gc, "collect", collected.append)
    collector = qapp.findChild(GarbageCollector)
    assert collector is not None
    collector.timerEvent(QTimerEvent(0))
    assert collected == generations
