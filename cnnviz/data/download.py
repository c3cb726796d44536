"""Downloads a file whose content is known, from the first mirror that has it."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from cnnviz.data.errors import ChecksumError, DownloadCancelledError, DownloadError, OfflineError

Progress = Callable[[int, int], None]
"""Called with the bytes received and the bytes in all, about twenty times a second, in the thread
that asked for the download. It must return soon. The bytes received become fewer when another
mirror starts again."""
TIMEOUT: Final = 10.0
"""Seconds without a byte after which a mirror counts as failed."""
_POLL: Final = 0.05
"""Seconds between two looks at the transfer."""
_CHUNK: Final = 8192
_UNREACHABLE: Final = "could not be reached"
_NO_PROXY: Final = "could not be reached through the proxy of this machine"
_UNTRUSTED: Final = "has a certificate that this machine does not trust"
_NO_CERTIFICATES: Final = (
    "cannot be verified without the certificates of REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE"
)
_WRONG: Final = "sent something else"
_REMEDIES: Final = {
    _UNREACHABLE: "check the internet connection and try again",
    _NO_PROXY: "correct or unset HTTPS_PROXY and ALL_PROXY and try again",
    _UNTRUSTED: "check the clock and the certificates, or name a folder that has its files",
    _NO_CERTIFICATES: "correct or unset that variable and try again",
}
_OTHER_REMEDY: Final = "try again later, or name a folder that has its files"


def download(
    name: str,
    urls: Sequence[str],
    is_right: Callable[[bytes], bool],
    max_bytes: int,
    received: Callable[[int], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[bytes, str]:
    """Download a file into memory, trying one mirror after the other.

    The transfer runs in a thread of its own, so that a mirror that hangs, even while its address is
    looked up, delays neither a cancel nor the next mirror. An abandoned thread ends by itself
    within the time-out.

    Parameters
    ----------
    name : str
        The name of the download, for messages.
    urls : sequence of str
        The addresses of the file, in the order to try.
    is_right : callable
        Whether these bytes are the file; called here, not in the thread.
    max_bytes : int
        More than this is never taken into memory.
    received : callable
        Called about twenty times a second with the bytes of this mirror so far.
    cancelled : callable
        Asked as often whether the person has cancelled.

    Returns
    -------
    bytes
        The file.
    str
        The mirror that it came from.

    Raises
    ------
    DownloadCancelledError
        If `cancelled` returned True.
    OfflineError
        If no mirror could be reached.
    ChecksumError
        If every mirror sent something else.
    DownloadError
        If the mirrors failed in other ways.
    """
    failures: list[tuple[str, str]] = []
    for url in urls:
        transfer = _Transfer(url, max_bytes)
        failure = transfer.follow(received, cancelled)
        if failure is None:
            if is_right(content := bytes(transfer.content)):
                return content, url
            failure = _WRONG
        failures.append((urlsplit(url).netloc, failure))
    raise _all_failed(name, failures)


def _all_failed(name: str, failures: list[tuple[str, str]]) -> DownloadError:
    """Make one sentence of what went wrong at each mirror."""
    reasons = {reason for _, reason in failures}
    explained = " and ".join(f"{host} {reason}" for host, reason in failures)
    if reasons == {_UNREACHABLE}:
        explained = f"{' and '.join(host for host, _ in failures)} {_UNREACHABLE}"
    kind = {_UNREACHABLE: OfflineError, _WRONG: ChecksumError}
    reason = reasons.pop() if len(reasons) == 1 else ""
    remedy = _REMEDIES.get(reason, _OTHER_REMEDY)
    return kind.get(reason, DownloadError)(
        f"{name} could not be downloaded because {explained}: {remedy}."
    )


class _TooLongError(Exception):
    """The mirror sends more than the file can have."""


class _Transfer:
    """One request to one mirror."""

    def __init__(self, url: str, max_bytes: int) -> None:
        self._url, self._max_bytes, self._timeout = url, max_bytes, TIMEOUT
        self._abandoned = False
        self._error: Exception | None = None
        self.content = bytearray()

    def follow(self, received: Callable[[int], None], cancelled: Callable[[], bool]) -> str | None:
        """Run the transfer to its end, or until it is cancelled or stalls.

        Returns the failure of the mirror, such as "answered 404"; None if there was none.
        """
        thread = threading.Thread(target=self._run, name="cnnviz-download", daemon=True)
        thread.start()
        try:
            count, moved = 0, time.monotonic()
            while True:
                thread.join(_POLL)
                if cancelled():  # asked once at least, however quick the mirror is
                    raise DownloadCancelledError("The download was cancelled.")
                if not thread.is_alive():
                    break
                now = time.monotonic()
                if len(self.content) > count:
                    count, moved = len(self.content), now
                    received(count)
                elif now - moved > self._timeout:
                    return f"stopped answering for {self._timeout:g} seconds"
        finally:
            self._abandoned = True
            thread.join(_POLL)  # it has ended by now, unless the mirror hangs
        return None if self._error is None else self._explain(self._error)

    def _run(self) -> None:
        import requests  # noqa: PLC0415  (slow, and seldom needed)

        try:
            # The extra second leaves it to `follow` to notice that the mirror hangs; the file is
            # wanted as it is, not decompressed.
            with requests.get(
                self._url,
                stream=True,
                timeout=self._timeout + 1,
                headers={"Accept-Encoding": "identity"},
            ) as response:
                response.raise_for_status()
                for chunk in response.iter_content(_CHUNK):
                    if self._abandoned:
                        return
                    if len(self.content) + len(chunk) > self._max_bytes:
                        raise _TooLongError
                    self.content += chunk
        except Exception as error:  # whatever it is, `follow` reports it
            self._error = error

    def _explain(self, error: Exception) -> str:
        import requests  # noqa: PLC0415

        match error:
            case _TooLongError():
                return _WRONG
            case requests.HTTPError(response=requests.Response() as response):
                return f"answered {response.status_code}"
            case requests.exceptions.SSLError():
                return _UNTRUSTED
            case requests.exceptions.ProxyError():
                return _NO_PROXY
            case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
                return _NO_PROXY  # ours are right
            case requests.ConnectionError() if not self.content:
                return _UNREACHABLE
            case requests.RequestException():
                return "broke off"
            case OSError():  # requests did not find the file that the variable names
                return _NO_CERTIFICATES
            case _:
                return "broke off"
