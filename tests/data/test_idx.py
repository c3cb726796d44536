"""The reader of IDX files: what is right comes back, what is wrong is told, memory is bounded."""

import gzip
import os
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import (
    DataError,
    MalformedFileError,
    MissingDataError,
    UnreadableFileError,
    UnsuitableDataError,
)
from cnnviz.data.idx import read_idx_pair
from cnnviz.data.reading import open_regular

Check = Callable[[BaseException], str]
Measure = Callable[[], AbstractContextManager[Any]]

COUNT = 2000


@pytest.fixture(scope="module")
def good(
    make_pair: Callable[[int], Dataset], encode_idx: Callable[[np.ndarray], bytes]
) -> tuple[bytes, bytes]:
    """The bytes of a good pair of files."""
    pair = make_pair(COUNT)
    return encode_idx(pair.images), encode_idx(pair.labels)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Any]:
    """Write a pair of files and read it."""

    def write_and_read(
        images: bytes, labels: bytes, suffix: str = ""
    ) -> tuple[np.ndarray, np.ndarray]:
        paths = tmp_path / f"images{suffix}", tmp_path / f"labels{suffix}"
        for path, content in zip(paths, (images, labels), strict=True):
            path.write_bytes(content)
        return read_idx_pair(*paths)

    return write_and_read


@pytest.mark.parametrize("packed", [(), (0,), (1,), (0, 1)])
def test_what_was_written_is_read(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    make_pair: Callable[[int], Dataset],
    packed: tuple[int, ...],
) -> None:
    files = [gzip.compress(file) if i in packed else file for i, file in enumerate(good)]
    images, labels = read(*files)
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(images, make_pair(COUNT).images)
    np.testing.assert_array_equal(labels, make_pair(COUNT).labels)


def test_gzip_in_several_members_is_read(
    read: Callable[..., Any], good: tuple[bytes, bytes], make_pair: Callable[[int], Dataset]
) -> None:
    packed = gzip.compress(good[0][:5000]) + gzip.compress(good[0][5000:])
    np.testing.assert_array_equal(read(packed, good[1])[0], make_pair(COUNT).images)


def _header(count: int, rows: int = 28, columns: int = 28, magic: bytes = b"\0\0\x08\x03") -> bytes:
    return magic + struct.pack(">III", count, rows, columns)


BAD_IMAGES = {
    "empty": (b"", MalformedFileError, "is empty"),
    "one byte": (b"\0", MalformedFileError, "not an IDX file"),
    "cut off in the header": (_header(COUNT)[:9], MalformedFileError, "cut off"),
    "cut off": (_header(COUNT) + bytes(COUNT * 784 - 1), MalformedFileError, "ends before"),
    "only a header": (_header(COUNT), MalformedFileError, "ends before"),
    "longer": (_header(COUNT) + bytes(COUNT * 784 + 1), MalformedFileError, "goes on after"),
    "a text": (b"Not found, sorry" * 60, MalformedFileError, "not an IDX file"),
    "floats": (_header(COUNT, magic=b"\0\0\x0d\x03"), MalformedFileError, "not an IDX file"),
    "labels": (_header(COUNT, magic=b"\0\0\x08\x01"), MalformedFileError, "holds labels"),
    "no images": (_header(0), UnsuitableDataError, "holds no images"),
    "too many": (_header(2**32 - 1), UnsuitableDataError, "4,294,967,295"),
    "absurd rows": (_header(COUNT, rows=2**31), UnsuitableDataError, "2147483648 × 28"),
    "no rows": (_header(COUNT, rows=0), UnsuitableDataError, "0 × 28"),
    "32 × 32": (_header(1, 32, 32) + bytes(1024), UnsuitableDataError, "32 × 32"),
    "one too few": (_header(1999) + bytes(1999 * 784), UnsuitableDataError, "1,999 images"),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("case", BAD_IMAGES)
def test_bad_images_are_told(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    peak_memory: Measure,
    case: str,
    pack: Callable[..., Any],
) -> None:
    content, error, said = BAD_IMAGES[case]
    if case == "empty" and pack is gzip.compress:
        error, said = MalformedFileError, "not an IDX file"
    packed = pack(content)
    with peak_memory() as peak, pytest.raises(error) as caught:
        read(packed, good[1])
    assert said in says_clearly(caught.value)
    assert "images" in str(caught.value)
    assert peak.bytes < 2 * len(good[0])


@pytest.mark.parametrize("value", [10, 255])
def test_labels_over_nine_are_told(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    value: int,
) -> None:
    labels = good[1][:20] + bytes([value]) + good[1][21:]
    with pytest.raises(UnsuitableDataError) as caught:
        read(good[0], labels)
    assert f"image 12 the label {value}" in says_clearly(caught.value)


def test_named_gz_but_is_not(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
) -> None:
    with pytest.raises(MalformedFileError) as caught:
        read(*good, suffix=".gz")
    assert "not compressed with gzip" in says_clearly(caught.value)


@pytest.mark.parametrize("damage", ["cut off", "one bit", "checksum", "garbage after it"])
def test_damaged_gzip_is_told(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    damage: str,
) -> None:
    packed = gzip.compress(good[0])
    middle = len(packed) // 2
    bad = {
        "cut off": packed[:middle],
        "one bit": packed[:middle] + bytes([packed[middle] ^ 4]) + packed[middle + 1 :],
        "checksum": packed[:-8] + b"\1\2\3\4" + packed[-4:],
        "garbage after it": packed + b"garbage",
    }[damage]
    with pytest.raises(MalformedFileError) as caught:
        read(bad, good[1])
    says_clearly(caught.value)


@pytest.mark.parametrize(
    ("count", "said"), [(COUNT, "goes on after"), (300_000, "300,000"), (2**31, "2,147,483,648")]
)
def test_a_gzip_bomb_takes_no_memory(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    peak_memory: Measure,
    count: int,
    said: str,
) -> None:
    bomb = gzip.compress(_header(count) + bytes(100_000_000), 1)
    with peak_memory() as peak, pytest.raises(DataError) as caught:
        read(bomb, good[1])
    assert said in says_clearly(caught.value)
    assert peak.bytes < 2 * len(good[0])


def test_more_is_promised_than_gzip_can_hold(tmp_path: Path, peak_memory: Measure) -> None:
    """Labels that agree do not make 235 MB of images believable in a file of 30 bytes."""
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(gzip.compress(_header(300_000)))
    labels.write_bytes(struct.pack(">HBBI", 0, 8, 1, 300_000) + bytes(300_000))
    with peak_memory() as peak, pytest.raises(MalformedFileError, match="ends before"):
        read_idx_pair(images, labels)
    assert peak.bytes < 300_000


@pytest.mark.parametrize("pack", [bytes, lambda content: gzip.compress(content, 1)])
def test_a_whole_mnist_takes_little_more_than_its_size(
    tmp_path: Path, peak_memory: Measure, pack: Callable[..., Any]
) -> None:
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(pack(_header(60_000) + bytes(60_000 * 784)))
    labels.write_bytes(struct.pack(">HBBI", 0, 8, 1, 60_000) + bytes(60_000))
    with peak_memory() as peak:
        loaded, _ = read_idx_pair(images, labels)
    assert loaded.nbytes < peak.bytes < 1.05 * loaded.nbytes


def test_missing_file_is_told(tmp_path: Path, says_clearly: Check) -> None:
    with pytest.raises(MissingDataError) as caught:
        read_idx_pair(tmp_path / "images", tmp_path / "labels")
    assert "does not exist" in says_clearly(caught.value)


def test_folder_in_place_of_a_file_is_told(tmp_path: Path, says_clearly: Check) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_idx_pair(tmp_path, tmp_path)
    assert "not a regular file" in says_clearly(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are those of POSIX systems")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFileError), open_regular(tmp_path / "pipe"):
        pass


def test_a_file_of_gigabytes_is_refused_unread(tmp_path: Path, says_clearly: Check) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # takes no room
    with pytest.raises(UnsuitableDataError) as caught:
        read_idx_pair(path, path)
    assert "larger than 512 MB" in says_clearly(caught.value)


def test_a_failing_disk_names_the_file_that_failed(
    tmp_path: Path,
    good: tuple[bytes, bytes],
    monkeypatch: pytest.MonkeyPatch,
    says_clearly: Check,
) -> None:
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(good[0])
    labels.write_bytes(good[1])

    def fail(stream: IO[bytes], count: int) -> np.ndarray:
        if count == COUNT * 784:
            raise OSError(5, "Input/output error")
        return original(stream, count)

    original = read_idx_pair.__globals__["read_bytes"]
    monkeypatch.setitem(read_idx_pair.__globals__, "read_bytes", fail)
    with pytest.raises(UnreadableFileError) as caught:
        read_idx_pair(images, labels)
    assert says_clearly(caught.value).startswith(f"{images} cannot be read (Input/output error)")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_mutation_is_read_or_told(
    place: Path,
    make_pair: Callable[[int], Dataset],
    encode_idx: Callable[[np.ndarray], bytes],
    peak_memory: Measure,
    data: st.DataObject,
) -> None:
    """Flip, cut and extend: a valid data set or an error of ours, and never much memory."""
    pair = make_pair(40)
    files = [encode_idx(pair.images), encode_idx(pair.labels)]
    packed = data.draw(st.booleans(), "packed")
    if packed:
        files = [gzip.compress(file) for file in files]
    which = data.draw(st.integers(0, 1), "which")
    content = bytearray(files[which])
    for _ in range(data.draw(st.integers(0, 4), "flips")):
        anywhere = st.integers(0, len(content) - 1)
        at = data.draw(st.one_of(st.integers(0, 23), anywhere), "at")
        content[at] = data.draw(st.integers(0, 255), "value")
    content = content[: data.draw(st.one_of(st.just(len(content)), anywhere_in(content)), "end")]
    content += data.draw(st.binary(max_size=30), "tail")
    files[which] = bytes(content)
    paths = place / "images", place / "labels"
    for path, file in zip(paths, files, strict=True):
        path.write_bytes(file)
    with peak_memory() as peak:
        try:
            images, labels = read_idx_pair(*paths)
        except DataError:
            pass
        else:
            assert images.shape == (len(labels), 28, 28)
            assert images.dtype == labels.dtype == np.uint8
            assert len(labels) >= 1
            assert labels.max() <= 9
    assert peak.bytes < 2 * pair.images.nbytes + 400_000  # buffers of gzip, the test's own objects


def anywhere_in(content: bytes) -> st.SearchStrategy[int]:
    return st.integers(0, len(content))
