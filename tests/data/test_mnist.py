"""The cache of MNIST and the download into it, against mirrors that do all that mirrors do."""

import errno
import gzip
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Never

import numpy as np
import platformdirs
import pytest
import requests

from cnnviz.data import download, mnist
from cnnviz.data.dataset import Dataset
from cnnviz.data.download import Progress
from cnnviz.data.errors import (
    ChecksumError,
    DownloadCancelledError,
    DownloadError,
    MalformedFileError,
    NotDownloadedError,
    OfflineError,
    StorageError,
)
from cnnviz.data.mnist import download_mnist, is_cached, load_mnist

Check = Callable[[BaseException], str]

NAMES = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
SECONDS = 0.4  # without a byte, before the next mirror is tried

REFUSALS = {
    "cuts off": "broke off",
    "cuts off without telling sizes": "sent something else",
    "sends wrong bytes": "sent something else",
    "sends another gzip file": "sent something else",
    "sends a gzip bomb": "sent something else",
    "never ends": "sent something else",
    "hangs in the middle": "stopped answering for 0.4 seconds",
    "hangs at once": "stopped answering for 0.4 seconds",
    "drips": "stopped answering for 0.4 seconds",
    "has no such file": "answered 404",
    "fails": "answered 500",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache: an empty one for each test."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name, **_: tmp_path / name)
    return tmp_path / "cnnviz" / "mnist"


def fetch(
    progress: Progress = lambda _here, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    mirrors: list[str],
    timeout: float = download.TIMEOUT,
) -> Path:
    """Download MNIST from other mirrors, which may be silent for some seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "MIRRORS", mirrors)
        patch.setattr(download, "TIMEOUT", timeout)
        return download_mnist(progress, cancelled)


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("manner", ["is good", "is good but does not tell sizes"])
def test_a_download_is_loaded(
    folder: Path,
    small_mnist: dict[str, bytes],
    open_mirror: Callable[..., Any],
    make_pair: Callable[[int], Dataset],
    manner: str,
) -> None:
    mirror = open_mirror(small_mnist, manner)
    assert not is_cached()
    assert fetch(mirrors=[mirror.url]) == folder
    assert _left(folder) == NAMES
    assert is_cached()
    loaded = load_mnist()
    assert loaded.name == "MNIST"
    np.testing.assert_array_equal(loaded.images, make_pair(500).images)
    np.testing.assert_array_equal(loaded.labels, make_pair(500).labels)


@pytest.mark.parametrize("manner", REFUSALS)
def test_the_second_mirror_is_used(
    folder: Path, small_mnist: dict[str, bytes], open_mirror: Callable[..., Any], manner: str
) -> None:
    bad, good = (open_mirror(small_mnist, m) for m in (manner, "is good"))
    fetch(mirrors=[bad.url, good.url], timeout=SECONDS)
    assert len(bad.asked) == 1  # once is enough: the good mirror is tried first for the next file
    assert sorted(good.asked) == NAMES
    assert _left(folder) == NAMES
    assert len(load_mnist()) == 500


@pytest.mark.parametrize("manner", REFUSALS)
def test_failure_of_every_mirror_is_reported(
    folder: Path,
    small_mnist: dict[str, bytes],
    open_mirror: Callable[..., Any],
    says_clearly: Check,
    manner: str,
) -> None:
    mirrors = [open_mirror(small_mnist, manner) for _ in range(2)]
    begin = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        fetch(mirrors=[m.url for m in mirrors], timeout=SECONDS)
    assert time.monotonic() - begin < 10
    text = says_clearly(caught.value)
    assert text.count(REFUSALS[manner]) == 2
    assert (type(caught.value) is ChecksumError) == (REFUSALS[manner] == "sent something else")
    assert [len(m.asked) for m in mirrors] == [1, 1]
    assert _left(folder) == []
    assert not is_cached()


@pytest.mark.usefixtures("small_mnist")
def test_without_a_network(
    folder: Path, monkeypatch: pytest.MonkeyPatch, says_clearly: Check
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    mirrors = ["http://127.0.0.1:9/", "http://no-such-host.invalid/mnist/"]
    with pytest.raises(OfflineError) as caught:
        fetch(mirrors=mirrors)
    assert "check the internet connection" in says_clearly(caught.value)
    assert _left(folder) == []


@pytest.mark.usefixtures("small_mnist")
def test_missing_certificates_are_not_reported_as_a_missing_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says_clearly: Check
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DownloadError) as caught:
        fetch(mirrors=["https://127.0.0.1:9/"])
    text = says_clearly(caught.value)
    assert (
        "the certificates of REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE: correct or unset that variable"
        in text
    )
    assert not isinstance(caught.value, OfflineError)


@pytest.mark.usefixtures("small_mnist")
def test_an_untrusted_certificate_is_not_reported_as_a_missing_network(
    monkeypatch: pytest.MonkeyPatch, says_clearly: Check
) -> None:
    def refuse(*_: object, **__: object) -> Never:
        raise requests.exceptions.SSLError("certificate verify failed: self-signed certificate")

    monkeypatch.setattr(requests, "get", refuse)
    with pytest.raises(DownloadError) as caught:
        fetch(mirrors=["https://one.example/", "https://two.example/"])
    text = says_clearly(caught.value)
    assert text.count("has a certificate that this machine does not trust") == 2
    assert "check the clock" in text
    assert not isinstance(caught.value, OfflineError)


def test_progress_grows_to_the_total(
    small_mnist: dict[str, bytes], open_mirror: Callable[..., Any]
) -> None:
    mirror = open_mirror(small_mnist, "is good")
    seen = []
    threads = set()

    def progress(here: int, total: int) -> None:
        seen.append((here, total))
        threads.add(threading.current_thread())

    fetch(progress, mirrors=[mirror.url])
    whole = sum(map(len, small_mnist.values()))
    assert {total for _, total in seen} == {whole}
    assert [here for here, _ in seen] == sorted(here for here, _ in seen)
    assert seen[-1] == (whole, whole)
    assert threads == {threading.current_thread()}


@pytest.mark.parametrize("manner", ["hangs in the middle", "hangs at once", "drips"])
def test_cancel_is_prompt_although_the_mirror_hangs(
    folder: Path, small_mnist: dict[str, bytes], open_mirror: Callable[..., Any], manner: str
) -> None:
    mirror = open_mirror(small_mnist, manner)
    asked = []

    def cancelled() -> bool:
        asked.append(time.monotonic())
        return bool(mirror.asked) and len(asked) > 3

    with pytest.raises(DownloadCancelledError) as caught:
        fetch(cancelled=cancelled, mirrors=[mirror.url] * 2)
    assert time.monotonic() - asked[-1] < 1
    assert "cancelled" in str(caught.value)
    assert len(mirror.asked) == 1
    assert _left(folder) == []


def test_cancelling_between_the_files_leaves_no_file(
    folder: Path, small_mnist: dict[str, bytes], open_mirror: Callable[..., Any]
) -> None:
    mirror = open_mirror(small_mnist, "is good")
    with pytest.raises(DownloadCancelledError):
        fetch(cancelled=lambda: len(mirror.asked) >= 2, mirrors=[mirror.url])
    assert _left(folder) == []


@pytest.mark.parametrize("wish", [DownloadCancelledError, KeyboardInterrupt])
def test_cancelling_in_the_middle_leaves_no_file(
    folder: Path,
    small_mnist: dict[str, bytes],
    open_mirror: Callable[..., Any],
    wish: type[BaseException],
) -> None:
    mirror = open_mirror(small_mnist, "hangs in the middle", only="images")
    middle = threading.Event()

    def progress(here: int, total: int) -> None:
        if here > 0.4 * total:
            middle.set()
            if wish is KeyboardInterrupt:
                raise wish

    with pytest.raises(wish):
        fetch(progress, middle.is_set, mirrors=[mirror.url])
    assert middle.is_set()
    assert _left(folder) == []


@pytest.mark.parametrize("manner", ["hangs in the middle", "cuts off"])
def test_a_mirror_that_fails_late_is_replaced(
    small_mnist: dict[str, bytes], open_mirror: Callable[..., Any], manner: str
) -> None:
    seen = []
    bad = open_mirror(small_mnist, manner, only="images")
    good = open_mirror(small_mnist, "is good")
    fetch(
        lambda here, _: seen.append(here),
        mirrors=[bad.url, good.url],
        timeout=SECONDS,
    )
    assert good.asked == NAMES[:1]
    assert seen[-1] == sum(map(len, small_mnist.values()))
    assert len(load_mnist()) == 500


def test_cached_files_are_not_downloaded_again(
    small_mnist: dict[str, bytes], open_mirror: Callable[..., Any]
) -> None:
    mirror = open_mirror(small_mnist, "is good")
    fetch(mirrors=[mirror.url])
    del mirror.asked[:]
    fetch(mirrors=[mirror.url])
    assert mirror.asked == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"damaged", gzip.compress(b"another", mtime=0)],
    ids=["empty", "no gzip", "another file"],
)
def test_damaged_files_are_downloaded_again(
    folder: Path, small_mnist: dict[str, bytes], open_mirror: Callable[..., Any], damage: bytes
) -> None:
    mirror = open_mirror(small_mnist, "is good")
    fetch(mirrors=[mirror.url])
    (folder / NAMES[0]).write_bytes(damage)
    with pytest.raises(MalformedFileError):
        load_mnist()
    del mirror.asked[:]
    fetch(mirrors=[mirror.url])
    assert mirror.asked == NAMES[:1]
    assert len(load_mnist()) == 500


def test_a_pipe_in_the_cache_is_named_and_does_not_block(
    folder: Path, small_mnist: dict[str, bytes], open_mirror: Callable[..., Any]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    os.mkfifo(folder / NAMES[0])
    with pytest.raises(StorageError, match="is not a file"):
        fetch(mirrors=[open_mirror(small_mnist, "is good").url])


def test_other_compression_of_the_same_content_is_right(
    small_mnist: dict[str, bytes], open_mirror: Callable[..., Any]
) -> None:
    """Mirrors may have compressed the files again; only their content is checked."""
    files = {n: gzip.compress(gzip.decompress(c), 1) for n, c in small_mnist.items()}
    mirror = open_mirror(files, "is good")
    fetch(mirrors=[mirror.url])
    assert len(load_mnist()) == 500


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "does not fit on the disk"),
        (errno.EROFS, "may not be written"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_a_failing_disk_keeps_the_cached_files(
    folder: Path,
    small_mnist: dict[str, bytes],
    open_mirror: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    says_clearly: Check,
    number: int,
    message: str,
) -> None:
    mirror = open_mirror(small_mnist, "is good")
    folder.mkdir(parents=True)
    (folder / NAMES[1]).write_bytes(b"older")

    def refuse(_: object) -> Never:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError) as caught:
        fetch(mirrors=[mirror.url])
    assert message in says_clearly(caught.value)
    assert _left(folder) == NAMES[1:]
    assert (folder / NAMES[1]).read_bytes() == b"older"


def test_no_permission_to_write_is_refused(
    small_mnist: dict[str, bytes],
    open_mirror: Callable[..., Any],
    open_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
    says_clearly: Check,
) -> None:
    assert requests.get  # imported, with its imports, while every file is readable
    open_folder.chmod(0o555)
    monkeypatch.setattr(mnist, "cache_folder", lambda: open_folder / "mnist")
    mirror = open_mirror(small_mnist, "is good")
    with unprivileged(), pytest.raises(StorageError) as caught:
        fetch(mirrors=[mirror.url])
    assert "may not be written" in says_clearly(caught.value)


def test_not_downloaded_yet(folder: Path, says_clearly: Check) -> None:
    with pytest.raises(NotDownloadedError) as caught:
        load_mnist()
    assert str(folder) in says_clearly(caught.value)


def test_half_a_cache_is_none(folder: Path, small_mnist: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    (folder / NAMES[0]).write_bytes(small_mnist[NAMES[0]])
    assert not is_cached()


def test_the_cache_is_in_the_systems_cache_folder(folder: Path) -> None:
    assert mnist.cache_folder() == folder
    assert not is_cached()


def test_a_bomb_is_not_fully_decoded() -> None:
    bomb = gzip.compress(bytes(10**7)) * 300  # 3 GB, which would need seconds
    begin = time.monotonic()
    assert not mnist.LABELS.is_right(bomb)
    assert time.monotonic() - begin < 1


def test_the_checksums_are_those_of_mnist(mnist_folder: Path) -> None:
    for file in mnist.FILES:
        content = (mnist_folder / file.name).read_bytes()
        assert file.is_right(content)
        assert not file.is_right(content[:-9])
