"""The reader of IDX files: right files are read, wrong ones refused, memory is bounded."""

import gzip
import os
import struct
import threading
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Never

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
from cnnviz.data.late_images import LateImages
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
def test_a_written_file_is_read_back(
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
def test_bad_images_are_refused(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    peak_memory: Measure,
    case: str,
    pack: Callable[..., Any],
) -> None:
    content, error, message = BAD_IMAGES[case]
    if case == "empty" and pack is gzip.compress:
        error, message = MalformedFileError, "not an IDX file"
    packed = pack(content)
    with peak_memory() as peak, pytest.raises(error) as caught:
        read(packed, good[1])
    assert message in says_clearly(caught.value)
    assert "images" in str(caught.value)
    assert peak.bytes < 2 * len(good[0])


@pytest.mark.parametrize("value", [10, 255])
def test_labels_over_nine_are_refused(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    value: int,
) -> None:
    labels = good[1][:20] + bytes([value]) + good[1][21:]
    with pytest.raises(UnsuitableDataError) as caught:
        read(good[0], labels)
    assert f"image 12 the label {value}" in says_clearly(caught.value)


def test_a_plain_file_whose_name_ends_in_gz_is_read(
    read: Callable[..., Any], good: tuple[bytes, bytes]
) -> None:
    images, labels = read(*good, suffix=".gz")
    np.testing.assert_array_equal(images.ravel(), np.frombuffer(good[0], np.uint8)[16:])
    np.testing.assert_array_equal(labels, np.frombuffer(good[1], np.uint8)[8:])


@pytest.mark.parametrize("damage", ["cut off", "one bit", "checksum", "garbage after it"])
def test_damaged_gzip_is_refused(
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
    ("count", "message"), [(COUNT, "goes on after"), (300_000, "300,000"), (2**31, "2,147,483,648")]
)
def test_a_gzip_bomb_needs_no_memory(
    read: Callable[..., Any],
    good: tuple[bytes, bytes],
    says_clearly: Check,
    peak_memory: Measure,
    count: int,
    message: str,
) -> None:
    bomb = gzip.compress(_header(count) + bytes(20_000_000), 1)
    with peak_memory() as peak, pytest.raises(DataError) as caught:
        read(bomb, good[1])
    assert message in says_clearly(caught.value)
    assert peak.bytes < 2 * len(good[0])


def test_a_size_beyond_the_gzip_ratio_is_refused(tmp_path: Path, peak_memory: Measure) -> None:
    """Labels that agree do not make 235 MB of images believable in a file of 30 bytes."""
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(gzip.compress(_header(300_000)))
    labels.write_bytes(struct.pack(">HBBI", 0, 8, 1, 300_000) + bytes(300_000))
    with peak_memory() as peak, pytest.raises(MalformedFileError, match="ends before"):
        read_idx_pair(images, labels)
    assert peak.bytes < 300_000


MANY = 600
"""Images of a gzipped file of which not all are decompressed at once."""


@pytest.fixture(scope="module")
def many() -> tuple[bytes, bytes]:
    """The bytes of a pair of files with mostly white images, like digits."""
    rng = np.random.default_rng(8)
    ink = rng.integers(0, 256, (MANY, 784), np.uint8) * (rng.random((MANY, 784)) < 0.1)
    labels = struct.pack(">HBBI", 0, 8, 1, MANY) + bytes(MANY)
    return _header(MANY) + ink.astype(np.uint8).tobytes(), labels


@pytest.fixture(scope="module")
def packed(many: tuple[bytes, bytes]) -> bytes:
    """The file of images, compressed."""
    return gzip.compress(many[0], 1)


@pytest.fixture
def decompressed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of entries that are read, part by part."""
    parts: list[int] = []

    def counted(stream: IO[bytes], count: int) -> np.ndarray:
        parts.append(count)
        return original(stream, count)

    original = read_idx_pair.__globals__["read_bytes"]
    monkeypatch.setitem(read_idx_pair.__globals__, "read_bytes", counted)
    return parts


def test_gzipped_images_are_decompressed_up_to_the_requested_one(
    read: Callable[..., Any], many: tuple[bytes, bytes], packed: bytes, decompressed: list[int]
) -> None:
    images, _ = read(packed, many[1])
    assert sum(decompressed) == 4 + 12 + MANY + 200 * 784  # headers, labels, the first images
    del decompressed[:]
    images.first(200)
    assert not decompressed
    images.first(321)
    assert sum(decompressed) == 121 * 784
    assert images.first(MANY).tobytes() == many[0][16:]
    assert sum(decompressed) == (MANY - 200) * 784


@given(counts=st.lists(st.integers(0, MANY), max_size=6))
def test_any_step_size_gives_the_same_images(
    mutated_folder: Path, many: tuple[bytes, bytes], packed: bytes, counts: list[int]
) -> None:
    paths = mutated_folder / "images", mutated_folder / "labels"
    for path, content in zip(paths, (packed, many[1]), strict=True):
        path.write_bytes(content)
    images, _ = read_idx_pair(*paths)
    for path in paths:
        path.unlink()  # the file is no longer needed
    assert isinstance(images, LateImages)
    for count in [*counts, MANY]:
        assert images.first(count).tobytes() == many[0][16 : 16 + count * 784]


def test_small_steps_decompress_nothing_twice(
    read: Callable[..., Any],
    many: tuple[bytes, bytes],
    packed: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original, sizes = zlib.crc32, []

    def counted(content: bytes, *start: int) -> int:
        sizes.append(len(content))
        return original(content, *start)

    monkeypatch.setattr(zlib, "crc32", counted)  # which gzip has see all that it decompresses
    images, _ = read(packed, many[1])
    for count in range(250, MANY + 1, 50):
        images.first(count)
    assert (
        len(many[0]) <= sum(sizes) < 1.5 * len(many[0])
    )  # the surroundings of the header are, once


def _pack(content: bytes) -> bytes:
    return gzip.compress(content, 1)


def _damaged(content: bytes, image: int) -> bytes:
    """Compressed data that become invalid at the start of an image."""
    packing = zlib.compressobj(wbits=31)
    at = 16 + image * 784
    good = packing.compress(content[:at]) + packing.flush(zlib.Z_FULL_FLUSH)
    bad = packing.compress(content[at:]) + packing.flush()
    return good + bytes([bad[0] | 6]) + bad[1:]  # an invalid block type


def _claiming(packed: bytes, size: int) -> bytes:
    """With another length at gzip's end."""
    return packed[:-4] + struct.pack("<I", size)


SEEN_AT_ONCE = {
    "cut off": (lambda c: _pack(c)[:-8], "is cut off or damaged"),
    "cut off in the middle": (lambda c: _pack(c)[: len(c) // 20], "ends before"),
    "cut off in the header": (lambda c: _pack(c)[:17], "is cut off or damaged"),
    "one image too few": (lambda c: _pack(c[:-784]), "ends before"),
    "one byte too many": (lambda c: _pack(c + b"1"), "goes on after"),
    "another file behind it": (lambda c: _pack(c) + _pack(c[:-1]), "goes on after"),
    "garbage behind it": (lambda c: _pack(c) + b"garbage", "is cut off or damaged"),
    "damaged at the start": (lambda c: _damaged(c, 100), "is cut off or damaged"),
    "another length at the end": (
        lambda c: _claiming(_pack(c), len(c) + 1),
        "is cut off or damaged",
    ),
}


@pytest.mark.parametrize("case", SEEN_AT_ONCE)
def test_visible_damage_to_many_images_is_refused_at_once(
    read: Callable[..., Any], many: tuple[bytes, bytes], says_clearly: Check, case: str
) -> None:
    damage, message = SEEN_AT_ONCE[case]
    with pytest.raises(MalformedFileError, match=message) as caught:
        read(damage(many[0]), many[1])
    says_clearly(caught.value)


REPORTED_LATER = {
    "damaged further on": (lambda c: _damaged(c, 500), "is cut off or damaged"),
    "checksum": (
        lambda c: _pack(c)[:-8] + b"\1\2\3\4" + _pack(c)[-4:],
        "is cut off or damaged",
    ),
    "the same file behind it": (lambda c: _pack(c) * 2, "goes on after"),
    "too short and lying": (
        lambda c: _claiming(_pack(c[:-784]), len(c)),
        "is cut off or damaged",
    ),
    "too long and lying": (lambda c: _claiming(_pack(c + b"1"), len(c)), "goes on after"),
}


@pytest.mark.parametrize("case", REPORTED_LATER)
def test_later_damage_is_reported_at_every_access(
    read: Callable[..., Any], many: tuple[bytes, bytes], says_clearly: Check, case: str
) -> None:
    damage, message = REPORTED_LATER[case]
    images, _ = read(damage(many[0]), many[1])
    for _ in range(3):
        with pytest.raises(MalformedFileError, match=f"images {message}") as caught:
            images.first(MANY)
        says_clearly(caught.value)
        assert images.first(200).tobytes() == many[0][16 : 16 + 200 * 784]
    assert images.first(220).tobytes() == many[0][16 : 16 + 220 * 784]


@pytest.mark.parametrize(
    "pack",
    [
        lambda c: _pack(c) + bytes(100),
        lambda c: _pack(c[:70_000]) + _pack(c[70_000:]),
        lambda c: _pack(c) + _pack(b""),
        lambda c: _pack(b"") + _pack(c),
    ],
    ids=["zeros behind it", "two parts", "an empty part behind it", "an empty part before it"],
)
def test_gzip_of_another_make_is_read(
    read: Callable[..., Any], many: tuple[bytes, bytes], pack: Callable[[bytes], bytes]
) -> None:
    images = Dataset("made", *read(pack(many[0]), many[1])).images
    assert images.tobytes() == many[0][16:]


def test_a_temporary_lack_of_memory_keeps_the_position(
    read: Callable[..., Any],
    many: tuple[bytes, bytes],
    packed: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images, _ = read(packed, many[1])

    def fail(*_: object) -> Never:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(zlib, "crc32", fail)  # which gzip calls once it has decompressed something
        with pytest.raises(MemoryError):
            images.first(MANY)
    assert images.first(MANY).tobytes() == many[0][16:]


@given(data=st.data())
def test_any_damage_to_many_images_is_reported_eventually(
    mutated_folder: Path, many: tuple[bytes, bytes], packed: bytes, data: st.DataObject
) -> None:
    """Whatever is changed or missing: the right images in the end, or an error of ours."""
    content = bytearray(packed)
    change = data.draw(st.sampled_from(["cut", "flip", "insert"]), "change")
    at = data.draw(st.integers(0, len(content) - 1), "at")
    if change == "cut":
        del content[at:]
    elif change == "flip":
        content[at] ^= data.draw(st.integers(1, 255), "bits")
    else:
        content[at:at] = data.draw(st.binary(min_size=1, max_size=9), "inserted")
    paths = mutated_folder / "images", mutated_folder / "labels"
    for path, file in zip(paths, (content, many[1]), strict=True):
        path.write_bytes(file)
    try:
        images, labels = read_idx_pair(*paths)
    except DataError:
        return
    assert len(labels) == MANY
    whole = Dataset("made", images, labels)
    for count in data.draw(st.lists(st.integers(1, MANY), max_size=3), "counts"):
        try:
            assert whole.first(count).images.shape == (count, 28, 28)
        except MalformedFileError:
            continue
    try:
        assert whole.images.tobytes() == many[0][16:]
    except MalformedFileError:
        assert change != "cut"  # which is seen at once


def test_threads_that_ask_at_once_get_the_same(
    read: Callable[..., Any], many: tuple[bytes, bytes], packed: bytes
) -> None:
    for _ in range(3):
        images, _ = read(packed, many[1])
        gate, right = threading.Barrier(4), []

        def ask(
            count: int,
            images: LateImages = images,
            gate: threading.Barrier = gate,
            right: list[bool] = right,
        ) -> None:
            gate.wait(20)
            counts = range(count, MANY + 1, 20)
            right.extend(images.first(n).tobytes() == many[0][16 : 16 + n * 784] for n in counts)

        asking = [threading.Thread(target=ask, args=(200 + i,)) for i in range(4)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert len(right) == 21 + 3 * 20
        assert all(right)


@pytest.mark.parametrize("pack", [bytes, lambda content: gzip.compress(content, 1)])
def test_reading_the_whole_mnist_needs_little_more_memory_than_its_size(
    tmp_path: Path, peak_memory: Measure, pack: Callable[..., Any]
) -> None:
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(pack(_header(60_000) + bytes(60_000 * 784)))
    labels.write_bytes(struct.pack(">HBBI", 0, 8, 1, 60_000) + bytes(60_000))
    with peak_memory() as peak:
        loaded = Dataset("made", *read_idx_pair(images, labels)).images
    assert loaded.nbytes < peak.bytes < 1.05 * loaded.nbytes


def test_missing_file_is_refused(tmp_path: Path, says_clearly: Check) -> None:
    with pytest.raises(MissingDataError) as caught:
        read_idx_pair(tmp_path / "images", tmp_path / "labels")
    assert "does not exist" in says_clearly(caught.value)


def test_a_folder_instead_of_a_file_is_refused(tmp_path: Path, says_clearly: Check) -> None:
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
        file.truncate(1 << 40)  # takes no space
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
def mutated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@pytest.fixture(scope="module")
def forty(
    make_pair: Callable[[int], Dataset], encode_idx: Callable[[np.ndarray], bytes]
) -> dict[bool, tuple[bytes, bytes]]:
    """The files of forty images and labels, not packed and packed."""
    pair = make_pair(40)
    images, labels = encode_idx(pair.images), encode_idx(pair.labels)
    return {False: (images, labels), True: (gzip.compress(images), gzip.compress(labels))}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_mutation_is_read_or_refused(
    mutated_folder: Path,
    forty: dict[bool, tuple[bytes, bytes]],
    peak_memory: Measure,
    data: st.DataObject,
) -> None:
    """Flip, cut and extend: a valid data set or one of our errors, and never much memory."""
    files = list(forty[data.draw(st.booleans(), "packed")])
    which = data.draw(st.integers(0, 1), "which")
    content = bytearray(files[which])
    for _ in range(data.draw(st.integers(0, 4), "flips")):
        anywhere = st.integers(0, len(content) - 1)
        at = data.draw(st.one_of(st.integers(0, 23), anywhere), "at")
        content[at] = data.draw(st.integers(0, 255), "value")
    content = content[: data.draw(st.one_of(st.just(len(content)), anywhere_in(content)), "end")]
    content += data.draw(st.binary(max_size=30), "tail")
    files[which] = bytes(content)
    paths = mutated_folder / "images", mutated_folder / "labels"
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
    assert peak.bytes < 2 * 40 * 784 + 400_000  # buffers of gzip, and the objects of the test


def anywhere_in(content: bytes) -> st.SearchStrategy[int]:
    return st.integers(0, len(content))
