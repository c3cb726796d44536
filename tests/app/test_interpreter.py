"""The interpreter is set up for a window, and left as it was."""

import gc
import sys
from collections.abc import Iterator

import pytest

from cnnviz.app import interpreter


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave nothing frozen, and the threads' turns as long as they were."""
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()


def test_a_start_is_not_interrupted_by_the_search_for_garbage() -> None:
    with interpreter.starting():
        assert not gc.isenabled()
        interpreter.started()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.isenabled()


def test_a_start_that_fails_leaves_the_search_on() -> None:
    with pytest.raises(ZeroDivisionError), interpreter.starting():
        _ = 1 / 0
    assert gc.isenabled()


def test_threads_take_turns_often() -> None:
    interpreter.share_python()
    assert sys.getswitchinterval() == pytest.approx(interpreter.SWITCH_INTERVAL)
