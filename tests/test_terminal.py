"""The bar on the terminal, and signals to end."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cnnviz.terminal import SignalError, interruptible, progress_bar


def test_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    threads = threading.active_count()
    with progress_bar(desc="MNIST", unit="B", unit_scale=True) as show:
        show(2_000_000, 10_000_000)
        show(500_000, 10_000_000)  # another mirror starts again
        show(10_000_000, 10_000_000)
        assert threading.active_count() == threads
    last = capsys.readouterr().err.rsplit("\r", 1)[-1]
    assert "MNIST: 100%" in last
    assert "10.0M/10.0M" in last


def test_no_bar_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)  # nor is its library imported
    with progress_bar(desc="MNIST") as show:
        show(5, 10)
    assert capsys.readouterr().err == ""


def test_the_first_signal_interrupts_and_those_after_it_do_not() -> None:
    with pytest.raises(SignalError) as raised, interruptible() as received:
        os.kill(os.getpid(), signal.SIGTERM)
    assert raised.value.number == signal.SIGTERM
    assert received == [signal.SIGTERM]
    with interruptible() as received:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGINT)
    assert received == [signal.SIGHUP]


def test_a_signal_that_was_ignored_before_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as below nohup
    try:
        with interruptible() as received:
            os.kill(os.getpid(), signal.SIGHUP)
        assert received == []
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_stream_that_cannot_be_flushed_leaves_the_exit_status() -> None:
    script = (
        "import sys\n"
        "from cnnviz.terminal import complain, flush_streams\n"
        "sys.stdout.write('lost')\n"
        "complain('lost')\n"
        "flush_streams()\n"
        "sys.exit(3)\n"
    )
    with Path("/dev/full").open("w") as full:
        buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        ended = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=full, env=buffered, check=False
        )
    assert ended.returncode == 3
