"""The interpreter is set up for a window."""

import gc
import sys
from collections.abc import Iterator

import pytest

from cnnviz.app.runtime import thread_priority


@pytest.fixture(autouse=True)
def restored_runtime() -> Iterator[None]:
    """Restore garbage collection and the switch interval, and unfreeze all objects."""
    interval, enabled = sys.getswitchinterval(), gc.isenabled()
    yield
    sys.setswitchinterval(round(interval, 6))  # Python rounds microseconds down
    gc.unfreeze()
    if enabled:
        gc.enable()


def test_a_start_is_not_interrupted_by_the_search_for_garbage() -> None:
    gc.enable()
    thread_priority.start()
    assert not gc.isenabled()
    thread_priority.started()
    assert gc.get_freeze_count() > 0
    assert not gc.isenabled()  # the window looks itself


def test_threads_switch_often() -> None:
    thread_priority.share_python()
    assert sys.getswitchinterval() == pytest.approx(thread_priority.SWITCH_INTERVAL)
