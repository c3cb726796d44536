"""Downloading one file, and the clean-up after a cancelled transfer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from cnnviz.data.download import download
from cnnviz.data.errors import DownloadCancelledError, DownloadError


def test_a_download_returns_the_bytes_and_their_source(open_mirror: Callable[..., Any]) -> None:
    bad, good = (open_mirror({"file": b"right"}, m) for m in ("has no such file", "is good"))
    urls = [mirror.url + "file" for mirror in (bad, good)]
    assert download("a file", urls, b"right".__eq__, 5) == (b"right", urls[1])


def test_a_cancelled_transfer_ends_at_its_next_bytes(open_mirror: Callable[..., Any]) -> None:
    mirror = open_mirror({"file": b""}, "never ends")
    seen: list[int] = []
    with pytest.raises(DownloadCancelledError):
        download("a file", [mirror.url + "file"], bool, 1 << 40, seen.append, lambda: len(seen) > 1)
    assert seen == sorted(seen)
    for thread in threading.enumerate():
        if thread.name == "cnnviz-download":
            thread.join(5)
            assert not thread.is_alive()


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "nonsense://proxy", "http://[proxy"])
def test_a_proxy_that_does_not_work_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(DownloadError, match=r"proxy .*: correct or unset HTTPS_PROXY"):
        download("a file", ["https://mirror.example/file"], bool, 5)
