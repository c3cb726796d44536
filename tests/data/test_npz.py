"""The reader of Keras' mnist.npz: like that of IDX, with the traps of zip and npy files."""

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import (
    DataError,
    MalformedFileError,
    MissingDataError,
    UnsuitableDataError,
)
from cnnviz.data.npz import read_npz

Check = Callable[[BaseException], str]
Measure = Callable[[], AbstractContextManager[Any]]

COUNT = 2000
LEGITIMATE = COUNT * 785


@pytest.fixture(scope="module")
def pair(make_pair: Callable[[int], Dataset]) -> Dataset:
    return make_pair(COUNT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mnist.npz"


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array)
    return buffer.getvalue()


def _claim(
    shape: tuple[int, ...], descr: str | list[tuple[str, str]] = "|u1", fortran: bool = False
) -> bytes:
    """The header of an array, whatever follows it."""
    buffer = io.BytesIO()
    header = {"descr": descr, "fortran_order": fortran, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue()


def _zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_saved_data_set_is_read_back(path: Path, pair: Dataset, save: Callable[..., Any]) -> None:
    save(path, x_train=pair.images, y_train=pair.labels, x_test=pair.images[:5], y_test=[1] * 5)
    images, labels = read_npz(path)
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(images, pair.images)
    np.testing.assert_array_equal(labels, pair.labels)


@pytest.mark.parametrize("dtype", ["<i8", ">i8", "<i4", ">u2", "i1"])
def test_labels_of_any_integers_are_read(path: Path, pair: Dataset, dtype: str) -> None:
    np.savez(path, x_train=pair.images, y_train=pair.labels.astype(dtype))
    labels = read_npz(path)[1]
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, pair.labels)


def test_column_major_images_are_read(path: Path, pair: Dataset) -> None:
    np.savez(path, x_train=np.asfortranarray(pair.images), y_train=pair.labels)
    np.testing.assert_array_equal(read_npz(path)[0], pair.images)


def test_npy_version_2_is_read(path: Path, pair: Dataset) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, pair.images, version=(2, 0))
    _zip(path, {"x_train": buffer.getvalue(), "y_train": _npy(pair.labels)})
    np.testing.assert_array_equal(read_npz(path)[0], pair.images)


BAD_ARRAYS = {
    "no images": ({"x_train": None}, UnsuitableDataError, "no array x_train"),
    "no labels": ({"y_train": None}, UnsuitableDataError, "no array y_train"),
    "empty images": ({"x_train": _npy(np.zeros((0, 28, 28), np.uint8))}, DataError, "no images"),
    "flat images": ({"x_train": _npy(np.zeros((COUNT, 784), np.uint8))}, DataError, "(2000, 784)"),
    "a scalar": ({"x_train": _npy(np.uint8(3))}, UnsuitableDataError, "of shape ()"),
    "float images": ({"x_train": _npy(np.zeros((9, 28, 28)))}, UnsuitableDataError, "float64"),
    "float labels": ({"y_train": _npy(np.zeros(COUNT))}, UnsuitableDataError, "float64"),
    "one-hot labels": ({"y_train": _npy(np.eye(10, dtype=int))}, UnsuitableDataError, "(10, 10)"),
    "fewer labels": ({"y_train": _npy(np.zeros(7, int))}, UnsuitableDataError, "7 labels"),
    "label over nine": ({"y_train": _npy(np.full(COUNT, 10))}, UnsuitableDataError, "label 10"),
    "negative label": ({"y_train": _npy(np.full(COUNT, -1))}, UnsuitableDataError, "label -1"),
    "label of 257": ({"y_train": _npy(np.full(COUNT, 257))}, UnsuitableDataError, "label 257"),
    "no npy": ({"x_train": b"hello"}, MalformedFileError, "start of x_train"),
    "nothing": ({"x_train": b""}, MalformedFileError, "start of x_train"),
    "absurd": ({"x_train": _claim((10**12, 28, 28))}, UnsuitableDataError, "at most"),
    "negative": ({"x_train": _claim((-1, 28, 28))}, UnsuitableDataError, "no images"),
    "300,000": ({"x_train": _claim((300_000, 28, 28))}, MalformedFileError, "as many bytes"),
    "cut off": ({"x_train": _claim((COUNT, 28, 28)) + bytes(99)}, MalformedFileError, "as many"),
    "longer": ({"x_train": _claim((1, 28, 28)) + bytes(785)}, MalformedFileError, "as many"),
    "bomb": ({"x_train": _claim((COUNT, 28, 28)) + bytes(10**7)}, MalformedFileError, "as many"),
    "too many": ({"x_train": _claim((300_001, 28, 28))}, UnsuitableDataError, "at most"),
    "long header": (
        {"x_train": b"\x93NUMPY\2\0" + struct.pack("<I", 10**7) + b" " * 10**7},
        MalformedFileError,
        "start of x_train",
    ),
    "code in header": (
        {
            "x_train": b"\x93NUMPY\1\0"
            + struct.pack("<H", 40)
            + b"__import__('os').abort()".ljust(40)
        },
        MalformedFileError,
        "start of x_train",
    ),
    "deep header": (
        {"x_train": b"\x93NUMPY\1\0" + struct.pack("<H", 4000) + b"(" * 4000},
        MalformedFileError,
        "start of x_train",
    ),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_arrays_are_refused(
    path: Path,
    pair: Dataset,
    says_clearly: Check,
    peak_memory: Measure,
    case: str,
) -> None:
    changed, error, message = BAD_ARRAYS[case]
    members = {"x_train": _npy(pair.images), "y_train": _npy(pair.labels)} | changed
    _zip(path, {name: content for name, content in members.items() if content is not None})
    with peak_memory() as peak, pytest.raises(error) as caught:
        read_npz(path)
    assert message in says_clearly(caught.value)
    assert str(path) in str(caught.value)
    assert peak.bytes < 2 * LEGITIMATE


class _Trap:
    sprung = False

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _spring, ()


def _spring() -> None:
    _Trap.sprung = True


@pytest.mark.parametrize("name", ["x_train", "y_train"])
def test_objects_are_never_unpickled(
    path: Path, pair: Dataset, says_clearly: Check, name: str
) -> None:
    _Trap.sprung = False
    objects = np.array([_Trap()], dtype=object)
    arrays = {"x_train": pair.images, "y_train": pair.labels, name: objects}
    np.savez(path, **arrays)
    with pytest.raises(UnsuitableDataError) as caught:
        read_npz(path)
    assert "never loaded" in says_clearly(caught.value)
    assert not _Trap.sprung
    pickle.loads(pickle.dumps(_Trap()))  # noqa: S301  (the trap works)
    assert _Trap.sprung


def _members(pair: Dataset) -> dict[str, bytes]:
    return {"x_train": _npy(pair.images), "y_train": _npy(pair.labels)}


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"PK\3\4" + bytes(500), b"\x93NUMPY" + bytes(300), bytes(70_000)]
)
def test_a_file_that_is_no_archive_is_refused(
    path: Path, says_clearly: Check, content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    says_clearly(caught.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.9999])
def test_a_cut_off_archive_is_refused(
    path: Path, pair: Dataset, says_clearly: Check, share: float
) -> None:
    np.savez_compressed(path, x_train=pair.images, y_train=pair.labels)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    says_clearly(caught.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_flipped_bit_is_refused(
    path: Path, pair: Dataset, says_clearly: Check, method: int
) -> None:
    _zip(path, _members(pair), method)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    says_clearly(caught.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_decode_without_bound_are_refused(
    path: Path, make_pair: Callable[[int], Dataset], says_clearly: Check, method: int
) -> None:
    _zip(path, _members(make_pair(40)), method)
    with pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    assert "numpy.savez_compressed" in says_clearly(caught.value)


def test_an_encrypted_archive_is_refused(path: Path, pair: Dataset, says_clearly: Check) -> None:
    _zip(path, _members(pair), zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    says_clearly(caught.value)


def test_a_lie_about_the_size_is_refused(
    path: Path,
    says_clearly: Check,
    peak_memory: Measure,
) -> None:
    """An archive that declares 235 MB but contains one byte."""
    header = _claim((299_999, 28, 28))
    size = len(header) + 299_999 * 784
    _zip(path, {"x_train": header + b"\0", "y_train": _npy(np.zeros(299_999, np.uint8))})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = struct.pack("<I", size)
    path.write_bytes(content)
    with peak_memory() as peak, pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    assert "as many bytes" in says_clearly(caught.value)
    assert peak.bytes < 1_000_000


def test_a_huge_table_of_contents_needs_no_memory(
    path: Path,
    peak_memory: Measure,
    says_clearly: Check,
) -> None:
    _zip(path, {f"{i:05}": b"" for i in range(8_000)}, zipfile.ZIP_STORED)
    with peak_memory() as peak, pytest.raises(MalformedFileError) as caught:
        read_npz(path)
    says_clearly(caught.value)
    assert peak.bytes < 2_000_000


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_reading_the_whole_mnist_needs_little_more_memory_than_its_size(
    path: Path, peak_memory: Measure, save: Callable[..., Any]
) -> None:
    save(path, x_train=np.ones((60_000, 28, 28), np.uint8), y_train=np.zeros(60_000, np.int64))
    with peak_memory() as peak:
        images, _ = read_npz(path)
    assert images.nbytes < peak.bytes < 1.1 * images.nbytes


def test_missing_file_is_refused(path: Path, says_clearly: Check) -> None:
    with pytest.raises(MissingDataError) as caught:
        read_npz(path)
    says_clearly(caught.value)


@pytest.fixture(scope="module")
def mutated_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated") / "mnist.npz"


@pytest.fixture(scope="module")
def archives(mutated_path: Path, make_pair: Callable[[int], Dataset]) -> dict[int, bytes]:
    """Whole archives of forty images, by their method."""
    contents = {}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        _zip(mutated_path, _members(make_pair(40)), method)
        contents[method] = mutated_path.read_bytes()
    return contents


@pytest.mark.filterwarnings("ignore:Reading `.npy`")  # numpy's, of headers that look old
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_mutation_is_read_or_refused(
    mutated_path: Path,
    archives: dict[int, bytes],
    peak_memory: Measure,
    data: st.DataObject,
) -> None:
    method = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), "method")
    content = bytearray(archives[method])
    table = content.index(b"PK\1\2")
    for _ in range(data.draw(st.integers(0, 4), "flips")):
        at = data.draw(
            st.one_of(
                st.integers(0, 180),
                st.integers(table, len(content) - 1),
                st.integers(0, len(content) - 1),
            ),
            "at",
        )
        content[at] = data.draw(st.integers(0, 255), "value")
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))), "end")
    mutated_path.write_bytes(bytes(content[:end]) + data.draw(st.binary(max_size=30), "tail"))
    with peak_memory() as peak:
        try:
            images, labels = read_npz(mutated_path)
        except DataError:
            pass
        else:
            assert images.shape == (len(labels), 28, 28)
            assert images.dtype == labels.dtype == np.uint8
            assert labels.max() <= 9
    assert peak.bytes < 2 * 40 * 784 + 400_000


@settings(max_examples=100, deadline=None)
@given(header=st.binary(max_size=200), version=st.sampled_from([b"\1\0", b"\2\0", b"\3\0"]))
def test_any_header_is_refused(mutated_path: Path, header: bytes, version: bytes) -> None:
    """A header of arbitrary bytes, correctly zipped, so that only the header is wrong."""
    size = struct.pack("<H" if version == b"\1\0" else "<I", len(header))
    _zip(mutated_path, {"x_train": b"\x93NUMPY" + version + size + header, "y_train": _claim((1,))})
    with pytest.raises(DataError):
        read_npz(mutated_path)


@settings(max_examples=100, deadline=None)
@given(
    descr=st.sampled_from(["|u1", "<i8", "O", "|V9", "<U2", "?", "<f2", "<M8[s]", [("a", "O")]]),
    shape=st.lists(st.integers(-5, 2**70), max_size=5),
    fortran=st.booleans(),
    body=st.binary(max_size=20),
)
def test_any_claim_is_refused(
    mutated_path: Path,
    descr: str | list[tuple[str, str]],
    shape: tuple[int, ...],
    fortran: bool,
    body: bytes,
) -> None:
    claim = _claim(tuple(shape), descr, fortran) + body
    _zip(mutated_path, {"x_train": claim, "y_train": _npy(np.zeros(1, int))})
    with pytest.raises(DataError):
        read_npz(mutated_path)


def test_deflate_expands_at_most_to_the_limit() -> None:
    """The bound that promises are held against."""
    from cnnviz.data.reading import DEFLATE_LIMIT

    assert 1000 < 10**7 / len(zlib.compress(bytes(10**7), 9)) < DEFLATE_LIMIT


def test_a_zip_archive_of_other_files_is_to_be_unpacked(
    tmp_path: Path, says_clearly: Check
) -> None:
    with zipfile.ZipFile(tmp_path / "digit-recognizer.zip", "w") as archive:
        archive.writestr("train.csv", "label,pixel0")
    with pytest.raises(UnsuitableDataError) as caught:
        read_npz(tmp_path / "digit-recognizer.zip")
    assert "is a zip archive without arrays: unpack it" in says_clearly(caught.value)
