"""Downloading a file of which it is known what it must be, from the first mirror that has it."""

import threading
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cnnviz.data.errors import (
    ChecksumError,
    DownloadCancelledError,
    DownloadError,
    OfflineError,
)

if TYPE_CHECKING:
    import requests

TIMEOUT = 10.0
"""Seconds without a byte after which a mirror is given up."""

_POLL = 0.05  # seconds between looks at the transfer
_CHUNK = 8192  # bytes
_UNREACHABLE = "could not be reached"
_WRONG = "sent something else"


def download(
    name: str,
    urls: Sequence[str],
    is_right: Callable[[bytes], bool],
    max_bytes: int,
    received: Callable[[int], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    timeout: float = TIMEOUT,
) -> tuple[bytes, str]:
    """Download a file into memory, trying one mirror after the other.

    The transfer runs in a thread of its own, so that a mirror that hangs, even in looking up its
    address, delays neither a cancel nor the next mirror. An abandoned thread writes nowhere and
    ends by itself within the time-out.

    Parameters
    ----------
    name : str
        What the person is waiting for, for messages.
    urls : sequence of str
        Where the file is, in the order to try.
    is_right : callable
        Whether these bytes are the file; called here, not in the thread.
    max_bytes : int
        More than this is never taken into memory.
    received : callable
        Told about twenty times a second how many bytes are here; starts again for each mirror.
    cancelled : callable
        Asked as often whether the person wants no more.
    timeout : float
        Seconds without a byte after which the next mirror is tried.

    Returns
    -------
    content : bytes
        The file.
    url : str
        Where it came from.

    Raises
    ------
    DownloadCancelledError
        If `cancelled` said so.
    OfflineError
        If no mirror could be reached.
    ChecksumError
        If every mirror sent something else.
    DownloadError
        If the mirrors failed in other ways.
    """
    failures: list[tuple[str, str]] = []
    for url in urls:
        transfer = _Transfer(url, max_bytes, timeout)
        failure = transfer.follow(received, cancelled)
        if failure is None:
            content = transfer.content()
            if is_right(content):
                return content, url
            failure = _WRONG
        failures.append((urlsplit(url).netloc, failure))
    raise _all_failed(name, failures)


def _all_failed(name: str, failures: list[tuple[str, str]]) -> DownloadError:
    """Make one sentence of what went wrong at each mirror."""
    reasons = {reason for _, reason in failures}
    if reasons == {_UNREACHABLE}:
        hosts = " and ".join(host for host, _ in failures)
        return OfflineError(
            f"{name} could not be downloaded because {hosts} {_UNREACHABLE}: "
            "check the internet connection and try again."
        )
    told = " and ".join(f"{host} {reason}" for host, reason in failures)
    kind = ChecksumError if reasons == {_WRONG} else DownloadError
    return kind(
        f"{name} could not be downloaded because {told}: try again later, or name a folder that "
        "has its files."
    )


class _AbandonedError(Exception):
    """Nobody waits for this transfer any more."""


class _TooLongError(Exception):
    """The mirror sends more than the file can have."""


class _Body(BytesIO):
    """Where a transfer writes: counts, and refuses when there is too much or nobody waits."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes
        self.received = 0
        self.abandoned = False

    def write(self, chunk: bytes, /) -> int:  # type: ignore[override]
        if self.abandoned:
            raise _AbandonedError
        if self.received + len(chunk) > self._max_bytes:
            raise _TooLongError
        self.received += len(chunk)
        return super().write(chunk)


class _Transfer:
    """One request to one mirror."""

    def __init__(self, url: str, max_bytes: int, timeout: float) -> None:
        from pooch import HTTPDownloader  # noqa: PLC0415  (slow, and seldom needed)

        # The extra second leaves it to `follow` to notice that the mirror hangs.
        self._fetch = HTTPDownloader(
            chunk_size=_CHUNK,
            timeout=timeout + 1,
            headers={"Accept-Encoding": "identity"},  # the file's own bytes, not decompressed
            hooks={"response": self._remember},
        )
        self._url = url
        self._timeout = timeout
        self._body = _Body(max_bytes)
        self._response: requests.Response | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="cnnviz-download", daemon=True)

    def content(self) -> bytes:
        """Return what was sent."""
        return self._body.getvalue()

    def follow(self, received: Callable[[int], None], cancelled: Callable[[], bool]) -> str | None:
        """Run the transfer to its end, or until it is cancelled or stands still.

        Returns
        -------
        str or None
            What the mirror did wrong, such as "answered 404"; None where it did nothing wrong.
        """
        self._thread.start()
        try:
            count, moved = 0, time.monotonic()
            while self._thread.is_alive():
                self._thread.join(_POLL)
                if cancelled():
                    raise DownloadCancelledError("The download was cancelled.")
                now = time.monotonic()
                if self._body.received > count:
                    count, moved = self._body.received, now
                    received(count)
                elif now - moved > self._timeout:
                    return f"stopped answering for {self._timeout:g} seconds"
        finally:
            self._body.abandoned = True
            self._thread.join(_POLL)  # it is gone by now, unless the mirror hangs
        return None if self._error is None else self._explain(self._error)

    def _run(self) -> None:
        try:
            self._fetch(self._url, self._body, None)
        except Exception as error:  # whatever it is, it is told where the transfer is followed
            self._error = error
        finally:
            if self._response is not None:
                self._response.close()

    def _remember(self, response: "requests.Response", **_: object) -> None:
        self._response = response

    def _explain(self, error: Exception) -> str:
        import requests  # noqa: PLC0415

        match error:
            case _TooLongError():
                return _WRONG
            case requests.HTTPError(response=requests.Response() as response):
                return f"answered {response.status_code}"
            case requests.ConnectionError() if not self._body.received:
                return _UNREACHABLE
            case _:
                return "broke off"
