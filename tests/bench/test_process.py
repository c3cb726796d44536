"""A measurement's own process."""

import os
import signal
import threading
from multiprocessing import active_children

import pytest

from cnnviz.bench.process import in_process
from cnnviz.terminal import SignalError, interruptible


def interrupt_parent() -> None:
    os.kill(os.getppid(), signal.SIGTERM)
    threading.Event().wait()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_signal_to_end_does_not_wait_for_the_measurement() -> None:
    with pytest.raises(SignalError), interruptible():
        in_process({}, interrupt_parent)
    for child in active_children():
        child.join(10)
        assert child.exitcode == -signal.SIGTERM
