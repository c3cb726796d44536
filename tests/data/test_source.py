"""The sources of data that a user may name, and the resulting data sets."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Never

import numpy as np
import pytest

from cnnviz.data import mnist
from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import (
    MalformedFileError,
    MissingDataError,
    NotDownloadedError,
    UnreadableFileError,
    UnsuitableDataError,
)
from cnnviz.data.source import default_source, load

Check = Callable[[BaseException], str]

IMAGES = ["train-images-idx3-ubyte", "train-images.idx3-ubyte"]


@pytest.fixture(scope="module")
def pair(make_pair: Callable[[int], Dataset]) -> Dataset:
    return make_pair(30)


@pytest.fixture
def put(
    tmp_path: Path, pair: Dataset, encode_idx: Callable[[np.ndarray], bytes]
) -> Callable[..., Any]:
    """Write files of images and labels, compressed if the name ends in .gz."""

    def write(*names: str, change: Callable[..., Any] = bytes) -> Path:
        for name in names:
            array = pair.images if "images" in name else pair.labels
            content = change(encode_idx(array))
            (tmp_path / name).write_bytes(
                gzip.compress(content) if name.endswith(".gz") else content
            )
        return tmp_path

    return write


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(mnist, "cache_folder", lambda: folder)
    return folder


def _same(dataset: Dataset, pair: Dataset) -> None:
    np.testing.assert_array_equal(dataset.images, pair.images)
    np.testing.assert_array_equal(dataset.labels, pair.labels)
    assert not dataset.images.flags.writeable
    assert not dataset.labels.flags.writeable


@pytest.mark.parametrize("images", [*IMAGES, *(f"{name}.gz" for name in IMAGES)])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_a_folder_in_any_spelling(
    put: Callable[..., Any], pair: Dataset, images: str, packed: str
) -> None:
    labels = images.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    folder = put(images, labels + packed, "t10k-images-idx3-ubyte", "notes.txt-labels")
    dataset = load(str(folder))
    assert dataset.name == folder.name
    _same(dataset, pair)


def test_a_folder_as_some_archives_unpack_it(
    put: Callable[..., Any], pair: Dataset, tmp_path: Path
) -> None:
    (tmp_path / IMAGES[0]).mkdir()  # a folder of the same name beside the file
    _same(load(str(put(IMAGES[1], "train-labels.idx1-ubyte"))), pair)


def test_a_folder_with_an_npz(tmp_path: Path, pair: Dataset) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=pair.images, y_train=pair.labels)
    _same(load(str(tmp_path)), pair)


def test_an_npz_is_recognised_by_its_name_and_by_its_content(tmp_path: Path, pair: Dataset) -> None:
    np.savez(tmp_path / "any.npz", x_train=pair.images, y_train=pair.labels)
    dataset = load(str(tmp_path / "any.npz"))
    assert dataset.name == "any.npz"
    _same(dataset, pair)
    (tmp_path / "any.npz").rename(tmp_path / "any.zip")
    _same(load(str(tmp_path / "any.zip")), pair)


@pytest.mark.parametrize("named", ["images", "labels"])
@pytest.mark.parametrize("other", ["", ".gz"])
@pytest.mark.parametrize("prefix", ["train-", "t10k-", "emnist-digits-test-", ""])
def test_a_file_with_the_other_beside_it(
    put: Callable[..., Any], pair: Dataset, named: str, other: str, prefix: str
) -> None:
    files = {"images": f"{prefix}images-idx3-ubyte", "labels": f"{prefix}labels-idx1-ubyte"}
    suffix = {kind: "" if kind == named else other for kind in files}
    folder = put(*(name + suffix[kind] for kind, name in files.items()))
    dataset = load(str(folder / files[named]))
    assert dataset.name == files["images"] + suffix["images"]
    _same(dataset, pair)


def test_a_file_named_only_by_its_format(
    put: Callable[..., Any], pair: Dataset, tmp_path: Path
) -> None:
    put("images", "labels")
    (tmp_path / "images").rename(tmp_path / "mine.idx3-ubyte")
    (tmp_path / "labels").rename(tmp_path / "mine.idx1-ubyte")
    _same(load(str(tmp_path / "mine.idx3-ubyte")), pair)


def test_the_home_folder_may_be_short(
    put: Callable[..., Any], pair: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(IMAGES[0], "train-labels-idx1-ubyte")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    _same(load("~"), pair)


def test_the_current_folder(put: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(IMAGES[0], "train-labels-idx1-ubyte")
    monkeypatch.chdir(folder)
    assert load(".").name == folder.name


@pytest.mark.parametrize("sub", ["raw", "MNIST/raw", "MNIST", "mnist"])
def test_a_folder_as_torchvision_lays_it_out(
    put: Callable[..., Any], pair: Dataset, tmp_path: Path, sub: str
) -> None:
    put(IMAGES[0], "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte")
    folder = tmp_path / "data" / sub
    folder.mkdir(parents=True)
    for path in list(tmp_path.glob("*ubyte*")):
        path.rename(folder / path.name)
    dataset = load(str(tmp_path / "data"))
    assert (dataset.name, dataset.notice) == ("data", "")
    _same(dataset, pair)


def test_only_test_images_are_read_and_named_as_such(
    put: Callable[..., Any], pair: Dataset
) -> None:
    folder = put("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte")
    dataset = load(str(folder))
    assert dataset.name == f"{folder.name} (test images)"
    assert dataset.notice == (
        f"{folder} holds only MNIST's test images: they are trained on in place of its training "
        "images."
    )
    _same(dataset, pair)


def _csv(pair: Dataset, header: str = "") -> str:
    table = np.column_stack([pair.labels, pair.images.reshape(len(pair.labels), -1)])
    return header + "".join(f"{','.join(map(str, line))}\n" for line in table)


HEADER = f"label,{','.join(f'pixel{i}' for i in range(784))}\n"


@pytest.mark.parametrize("header", [HEADER, ""])
@pytest.mark.parametrize("name", ["train.csv", "mnist_train.csv", "any.CSV"])
def test_a_table_as_kaggle_has_it(tmp_path: Path, pair: Dataset, name: str, header: str) -> None:
    (tmp_path / name).write_text(_csv(pair, header))
    dataset = load(str(tmp_path / name))
    assert dataset.name == name
    _same(dataset, pair)
    if name != "any.CSV":
        _same(load(str(tmp_path)), pair)


def test_a_table_is_recognised_without_an_extension(tmp_path: Path, pair: Dataset) -> None:
    (tmp_path / "table.txt").write_text(_csv(pair, HEADER).replace("\n", "\r\n"))
    _same(load(str(tmp_path / "table.txt")), pair)


def test_a_large_table_is_read_in_order(
    tmp_path: Path, make_pair: Callable[[int], Dataset]
) -> None:
    large = make_pair(2500)
    (tmp_path / "train.csv").write_text(_csv(large))
    _same(load(str(tmp_path / "train.csv")), large)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda _: "", UnsuitableDataError, "holds no images"),
        (lambda _: HEADER, UnsuitableDataError, "holds no images"),
        (lambda text: text.replace(",", ";"), UnsuitableDataError, "holds a line without commas"),
        (lambda text: text[2:], UnsuitableDataError, "holds 784 columns: each line must hold a la"),
        (lambda text: text + "1,2\n", UnsuitableDataError, "holds 2 columns"),
        (lambda text: text + "7" * 10**6, UnsuitableDataError, "holds a line without commas"),
        (lambda text: text[:-2] + "x\n", MalformedFileError, "something else than whole numbers"),
        (lambda text: text[:-2] + "256\n", MalformedFileError, "outside of 0 to 255 in images 0"),
        (
            lambda text: text[: text.rindex(",")] + ",-1\n",
            MalformedFileError,
            "outside of 0 to 255 in images 0",
        ),
        (lambda text: "12" + text[1:], UnsuitableDataError, "gives image 0 the label 12"),
    ],
)
def test_a_table_without_digits_is_refused(
    tmp_path: Path,
    pair: Dataset,
    says_clearly: Check,
    change: Callable[[str], str],
    error: type[Exception],
    message: str,
) -> None:
    (tmp_path / "train.csv").write_text(change(_csv(pair)))
    with pytest.raises(error) as caught:
        load(str(tmp_path / "train.csv"))
    assert message in says_clearly(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("7.png", b"\x89PNG\r\n\x1a\n", "is a picture"),
        ("train-images.jpg", b"\xff\xd8\xff\xe0", "is a picture"),
        ("x_train.npy", b"\x93NUMPY\x01\0", "is one array without labels"),
        (
            "mnist.pkl.gz",
            gzip.compress(b"\x80\x02}", mtime=0),
            "is a pickle, which could run any code",
        ),
        ("images", b"\x80\x04}", "is a pickle, which could run any code"),
        ("mnist.h5", b"\x89HDF\r\n", "is an HDF5 file"),
        ("train.parquet", b"PAR1", "is a Parquet file"),
        ("notes.txt", b"digits", "holds no images"),
        ("notes.gz", gzip.compress(b"digits", mtime=0), "holds no images"),
        ("half.gz", b"\x1f\x8b\x08", "holds no images"),
        ("page.html", b"<!DOCTYPE html>", "holds no images"),
        ("empty", b"", "holds no images"),
    ],
)
def test_the_refusal_of_another_file_lists_the_readable_formats(
    tmp_path: Path, says_clearly: Check, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnsuitableDataError) as caught:
        load(str(tmp_path / name))
    text = says_clearly(caught.value)
    assert message in text
    assert "Keras's mnist.npz and Kaggle's train.csv" in text


@pytest.mark.parametrize(
    ("files", "wrong", "message"),
    [
        ([], "", "holds no digits"),
        (["t10k-labels-idx1-ubyte"], "", "not its test images"),
        (["notes.txt"], "", "holds no digits"),
        ([IMAGES[0]], "", "not its training labels"),
        (["train-labels-idx1-ubyte.gz"], "", "not its training images"),
        ([], "missing", "does not exist"),
        (["notes.txt"], "notes.txt/images", "does not exist"),
        (["digits.idx"], "digits.idx", "does not say by its name"),
        (["digits.gz"], "digits.gz", "does not say by its name"),
        ([IMAGES[0]], IMAGES[0], "has no train-labels-idx1-ubyte beside it"),
        ([], "a\0b", "cannot be the name"),
    ],
)
def test_a_missing_file_is_refused(
    put: Callable[..., Any],
    says_clearly: Check,
    files: list[str],
    wrong: str,
    message: str,
) -> None:
    with pytest.raises(MissingDataError) as caught:
        load(str(put(*files) / wrong))
    assert message in says_clearly(caught.value)


def test_an_unknown_user_and_an_endless_name_are_refused(
    says_clearly: Check,
) -> None:
    with pytest.raises(MissingDataError) as caught:
        load("~nobody-of-this-name/mnist")
    says_clearly(caught.value)
    with pytest.raises(UnreadableFileError) as caught:
        load("x" * 5000)
    says_clearly(caught.value)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda _: b"", MalformedFileError),
        (lambda content: content[:-1], MalformedFileError),
        (lambda content: content + b"1", MalformedFileError),
        (lambda content: b"\0" + content[1:-1] + b"\x0b", UnsuitableDataError),
    ],
    ids=["empty", "cut off", "longer", "label 11"],
)
def test_broken_labels_are_refused(
    put: Callable[..., Any],
    says_clearly: Check,
    change: Callable[..., Any],
    error: type[Exception],
) -> None:
    put(IMAGES[0])
    folder = put("train-labels-idx1-ubyte", change=change)
    with pytest.raises(error) as caught:
        load(str(folder))
    assert "train-labels-idx1-ubyte" in says_clearly(caught.value)


def test_no_npz_although_named_so(tmp_path: Path, says_clearly: Check) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"<html>Not found</html>")
    with pytest.raises(MalformedFileError) as caught:
        load(str(tmp_path / "mnist.npz"))
    says_clearly(caught.value)


@pytest.mark.parametrize("shut", ["folder", "file"])
def test_no_permission_is_refused(
    open_folder: Path,
    pair: Dataset,
    encode_idx: Callable[[np.ndarray], bytes],
    unprivileged: Callable[[], AbstractContextManager[None]],
    says_clearly: Check,
    shut: str,
) -> None:
    images = open_folder / IMAGES[0]
    images.write_bytes(encode_idx(pair.images))
    (open_folder / "train-labels-idx1-ubyte").write_bytes(encode_idx(pair.labels))
    (open_folder if shut == "folder" else images).chmod(0)
    with unprivileged(), pytest.raises(UnreadableFileError) as caught:
        load(str(open_folder))
    assert "may not be read" in says_clearly(caught.value)


def test_refusal_to_open_is_refused(
    put: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    says_clearly: Check,
) -> None:
    folder = put(IMAGES[0], "train-labels-idx1-ubyte")

    def refuse(self: Path, *_: object) -> Never:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFileError) as caught:
        load(str(folder))
    assert "may not be read" in says_clearly(caught.value)


def test_mnist_is_read_from_the_cache_and_is_the_default_if_cached(
    empty_cache: Path,
    small_mnist: dict[str, bytes],
    make_pair: Callable[[int], Dataset],
    says_clearly: Check,
) -> None:
    assert default_source() == "bundled"
    with pytest.raises(NotDownloadedError) as caught:
        load("mnist")
    says_clearly(caught.value)
    empty_cache.mkdir()
    for name, content in small_mnist.items():
        (empty_cache / name).write_bytes(content)
    assert default_source() == "mnist"
    _same(load("mnist"), make_pair(500))


def test_the_bundled_digits_are_loaded_by_name() -> None:
    assert load("bundled").name == "bundled digits"


def test_the_real_mnist(mnist_folder: Path) -> None:
    dataset = load(str(mnist_folder))
    assert dataset.images.shape == (60_000, 28, 28)
    assert len(dataset) == 60_000
    first = dataset.first(200)
    assert np.bincount(first.labels).tolist() == [21, 26, 20, 21, 21, 13, 19, 21, 15, 23]
    assert np.count_nonzero(first.labels > 4) == 91
    assert np.bincount(dataset.labels).tolist() == [
        *(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    ]


def test_a_real_single_file(mnist_folder: Path) -> None:
    assert len(load(str(mnist_folder / "train-images-idx3-ubyte.gz"))) == 60_000


def test_slow_modules_are_imported_only_if_needed() -> None:
    code = (
        "import sys, cnnviz.data.source as s; s.load('bundled');"
        "print({'requests', 'platformdirs', 'tqdm', 'PySide6'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
