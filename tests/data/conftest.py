"""Files to read, files to refuse, and mirrors that behave well and badly."""

import gzip
import hashlib
import os
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from cnnviz.data import mnist
from cnnviz.data.dataset import Dataset


def _pair(count: int) -> Dataset:
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (count, 28, 28), np.uint8)
    return Dataset("made", images, rng.integers(0, 10, count, np.uint8))


def _encode_idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture(scope="session")
def make_pair() -> Callable[[int], Dataset]:
    """Random images and labels, the same each time."""
    return _pair


@pytest.fixture(scope="session")
def encode_idx() -> Callable[[np.ndarray], bytes]:
    """An IDX file's bytes, written without the reader's help."""
    return _encode_idx


@pytest.fixture(scope="session")
def says_clearly() -> Callable[[BaseException], str]:
    """Check that a message is one sentence and includes a remedy; return it."""

    def check(error: BaseException) -> str:
        text = str(error)
        assert text.endswith(".")
        assert "\n" not in text
        assert ". " not in text
        assert ", so " in text or ": " in text
        assert text.split(": ", 1)[-1].strip(" .")
        return text

    return check


class Peak:
    """The most memory held at a time, in bytes."""

    bytes = 0


@pytest.fixture(scope="session")
def peak_memory() -> Callable[[], AbstractContextManager[Peak]]:
    """Measure the peak memory that a block allocates in addition to that in use before."""

    @contextmanager
    def measure() -> Iterator[Peak]:
        peak = Peak()
        tracemalloc.start()
        try:
            yield peak
        finally:
            peak.bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

    return measure


@pytest.fixture
def unprivileged() -> Callable[[], AbstractContextManager[None]]:
    """Do without the rights of root, to whom no file is forbidden, for a block."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions of files are those of POSIX systems")

    @contextmanager
    def without_privileges() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return without_privileges


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Substitutes for MNIST's files, with `make_pair(500)`, that `mnist` accepts."""
    pair = _pair(500)
    files, known = {}, []
    for original, array in zip(mnist.FILES, (pair.labels, pair.images), strict=True):
        content = _encode_idx(array)
        packed = files[original.name] = gzip.compress(content)
        checksum = hashlib.sha256(content).hexdigest()
        known.append(mnist.MnistFile(original.name, len(packed), len(content), checksum))
    monkeypatch.setattr(mnist, "FILES", tuple(known))
    return files


@dataclass
class Mirror:
    """A local server; `manner` determines its answer to requests for names that contain `only`."""

    files: dict[str, bytes]
    manner: str
    only: str = ""
    asked: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.rsplit("/", 1)[-1]
        self.asked.append(name)
        content = self.files[name]
        half = content[: len(content) // 2]
        match self.manner if self.only in name else "is good":
            case "is good":
                self._send(request, len(content), content)
            case "is good but does not tell sizes":
                self._send(request, None, content)
            case "cuts off":
                self._send(request, len(content), half)
            case "cuts off without telling sizes":
                self._send(request, None, half)
            case "sends wrong bytes":
                self._send(request, len(content), np.random.default_rng(3).bytes(len(content)))
            case "sends another gzip file":
                self._send(request, None, gzip.compress(b"another"))
            case "sends a gzip bomb":
                self._send(request, None, gzip.compress(bytes(10_000_000)))
            case "never ends":
                self._send(request, None, b"")
                while not self.released.is_set():
                    request.wfile.write(bytes(1 << 16))
            case "hangs in the middle":
                self._send(request, len(content), half)
                self.released.wait()
            case "hangs at once":
                self.released.wait()
            case "drips":
                self._send(request, len(content), b"")
                while not self.released.wait(0.02):
                    request.wfile.write(b"x")
            case "has no such file":
                request.send_error(404)
            case "fails":
                request.send_error(500)

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, size: int | None, content: bytes) -> None:
        request.send_response(200)
        if size is not None:
            request.send_header("Content-Length", str(size))
        request.end_headers()
        request.wfile.write(content)
        request.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error here."""


@pytest.fixture
def open_mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Mirror]]:
    """Open local mirrors; at the end, nothing of them or of a download may be left."""
    monkeypatch.setenv("NO_PROXY", "*")
    servers: list[tuple[_Server, Mirror, threading.Thread]] = []

    def open_one(files: dict[str, bytes], manner: str, only: str = "") -> Mirror:
        mirror = Mirror(files, manner, only)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = _Server(("127.0.0.1", 0), Handler)
        mirror.url = f"http://127.0.0.1:{server.server_port}/mnist/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        servers.append((server, mirror, thread))
        return mirror

    yield open_one
    for server, mirror, thread in servers:
        mirror.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
    left = [t for t in threading.enumerate() if t.name == "cnnviz-download"]
    for thread in left:
        thread.join(5)
    assert not any(thread.is_alive() for thread in left)
