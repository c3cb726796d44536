"""MNIST's training images: their cache folder, and the download into it."""

import errno
import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from cnnviz.atomic_file import UnwritableFileError, write_whole
from cnnviz.data.dataset import Dataset
from cnnviz.data.download import Progress, download
from cnnviz.data.errors import NotDownloadedError, StorageError
from cnnviz.data.idx import read_idx_pair

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
"""Addresses of MNIST, in the order to try."""


@dataclass(frozen=True, slots=True)
class MnistFile:
    """One of MNIST's files, at the mirrors and in the cache.

    `size` are its bytes as the mirrors compress them. `content_size` and `content_sha256` are those
    of the decompressed bytes: whoever compressed them, the images are MNIST's.
    """

    name: str
    size: int
    content_size: int
    content_sha256: str

    @property
    def max_size(self) -> int:
        """The largest compressed size: gzip adds little to data that it cannot compress."""
        return self.content_size + self.content_size // 1000 + 1024

    def is_right(self, compressed: bytes) -> bool:
        """Decompress and compare the checksum, holding little of it at a time."""
        digest = hashlib.sha256()
        left = self.content_size
        try:
            with gzip.GzipFile(fileobj=BytesIO(compressed)) as stream:
                while part := stream.read(min(left + 1, 1 << 20)):  # one too many is enough
                    left -= len(part)
                    digest.update(part)
        except (OSError, EOFError, zlib.error):
            return False
        return digest.hexdigest() == self.content_sha256


IMAGES = MnistFile(
    name="train-images-idx3-ubyte.gz",
    size=9_912_422,
    content_size=47_040_016,
    content_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
)
LABELS = MnistFile(
    name="train-labels-idx1-ubyte.gz",
    size=28_881,
    content_size=60_008,
    content_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
)
FILES = (LABELS, IMAGES)
"""The files of the training set, which is all that is trained on; the small one first."""


def cache_folder() -> Path:
    """Return the folder for MNIST of this user, whether or not it exists."""
    from platformdirs import user_cache_path  # noqa: PLC0415  (slow)

    return user_cache_path("cnnviz", appauthor=False) / "mnist"


def is_cached() -> bool:
    """Return whether MNIST's files are in the cache, without reading them."""
    folder = cache_folder()
    try:
        return all((folder / file.name).is_file() for file in FILES)
    except OSError:
        return False


def is_mnist(dataset: Dataset) -> bool:
    """Tell by the labels whether a data set is MNIST's training set, wherever it came from."""
    count = len(dataset)
    labels, _ = FILES
    header = b"\0\0\x08\x01" + count.to_bytes(4, "big")
    if count + len(header) != labels.content_size:
        return False
    return hashlib.sha256(header + dataset.labels.tobytes()).hexdigest() == labels.content_sha256


def load_mnist() -> Dataset:
    """Load MNIST's 60,000 training images from the cache.

    Raises NotDownloadedError if they are not there, and DataError if the files cannot be read, or
    turn out to have been damaged since.
    """
    folder = cache_folder()
    if not is_cached():
        raise NotDownloadedError(
            f"MNIST has not been downloaded to {folder} yet: download it, or name a folder that "
            "has its files."
        )
    return Dataset("MNIST", *read_idx_pair(folder / IMAGES.name, folder / LABELS.name))


def download_mnist(
    progress: Progress = lambda _here, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Download those files of MNIST's training set that the cache lacks, and return its folder.

    Nothing is written before every byte has arrived and its checksum is right. The call lasts as
    long as the download, so a window makes it in a thread; `progress` and `cancelled` are called in
    the same thread, about twenty times a second.

    Raises
    ------
    DownloadCancelledError
        If `cancelled` returned True; the folder is unchanged.
    DownloadError
        If no mirror delivered; the commonest reasons are `OfflineError` and `ChecksumError`.
    StorageError
        If the disk is full or the folder may not be written to.
    """
    folder = cache_folder()
    missing = [file for file in FILES if not _is_kept(folder / file.name, file)]
    total = sum(file.size for file in missing)
    mirrors = list(MIRRORS)
    before = 0
    arrived: dict[str, bytes] = {}
    for file in missing:

        def received(count: int, before: int = before, file: MnistFile = file) -> None:
            progress(before + min(count, file.size), total)

        urls = [mirror.rstrip("/") + "/" + file.name for mirror in mirrors]
        content, url = download("MNIST", urls, file.is_right, file.max_size, received, cancelled)
        arrived[file.name] = content
        before += file.size
        progress(before, total)
        mirrors = sorted(mirrors, key=url.startswith, reverse=True)  # the good one first
    for name, content in arrived.items():
        _keep(folder / name, content)
    return folder


def _is_kept(path: Path, file: MnistFile) -> bool:
    """Return whether the cache has this file with the right content."""
    try:
        # A pipe would block.
        is_small = path.is_file() and path.stat().st_size <= file.max_size
        return is_small and file.is_right(path.read_bytes())
    except OSError:
        return False


def _keep(path: Path, content: bytes) -> None:
    """Write a file into the cache, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except (OSError, UnwritableFileError) as error:
        raise StorageError(_refusal(error, path.parent)) from error


def _refusal(error: OSError | UnwritableFileError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"MNIST does not fit on the disk of {folder}: make 10 MB of room and try again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"MNIST may not be written to {folder}: change its permissions and try again."
    return f"MNIST cannot be written to {folder} ({error.strerror or error}): try again."
