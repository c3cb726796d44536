"""Finds the data set that a person names: `bundled`, `mnist`, or a file or folder."""

import gzip
import stat
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.csv import read_csv
from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MissingDataError, UnsuitableDataError
from cnnviz.data.idx import read_idx_pair
from cnnviz.data.mnist import cache_folder, is_cached, load_mnist
from cnnviz.data.npz import read_npz, read_npz_test
from cnnviz.data.reading import explained, file_mode, open_regular

BUNDLED = "bundled"
MNIST = "mnist"

_IMAGES: Final = "train-images-idx3-ubyte"
_TEST_IMAGES: Final = "t10k-images-idx3-ubyte"
_NPZ_NAME: Final = "mnist.npz"
_CSV_NAMES: Final = ("train.csv", "mnist_train.csv")
_SUBFOLDERS: Final = ("", "raw", "MNIST/raw", "MNIST", "mnist")
"""Subfolders that may hold the files: torchvision puts them into MNIST/raw."""
_ZIP_MAGIC: Final = b"PK"
_GZIP_MAGIC: Final = b"\x1f\x8b"
_IDX_MAGIC: Final = b"\0\0\x08"
_READABLE: Final = (
    "cnnviz reads MNIST's IDX files, gzipped or not, Keras's mnist.npz and Kaggle's train.csv"
)
_FOREIGN: Final = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"BM": "a picture",
    b"\x93NUMPY": "one array without labels",
    b"\x80": "a pickle, which could run any code and is never opened",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
}
"""Files of other kinds, by their first bytes."""


def default_source() -> str:
    """Return the name of the default data set for `load`: MNIST if it is in the cache."""
    return MNIST if is_cached() else BUNDLED


def absolute(spec: str) -> str:
    """Return the name of a data set as a process with another folder and home can load it."""
    if spec == BUNDLED:
        return spec
    return str(cache_folder() if spec == MNIST else Path(spec).expanduser().resolve())


def load(spec: str) -> Dataset:
    """Load the images that a person named; nothing is downloaded.

    Raises NotDownloadedError if MNIST is asked for but not in the cache, and DataError if there is
    nothing under this name, or it cannot be read, or is broken, or no digits; the subclasses tell
    which.

    Parameters
    ----------
    spec : str
        ``"bundled"``, ``"mnist"`` for MNIST from the cache folder, or a path: a folder with
        MNIST's training files (``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, also
        with a dot for the second hyphen, also with ``.gz``), with ``mnist.npz`` or with Kaggle's
        ``train.csv``, or only with MNIST's test files, which name and notice say; a file
        of images that has its labels beside it; an npz file like Keras's or a csv like Kaggle's.

    Returns
    -------
    Dataset
        All its images; those of a large gzipped file are decompressed when they are needed.
    """
    if spec == BUNDLED:
        return bundled_digits()
    if spec == MNIST:
        return load_mnist()
    try:
        path = Path(spec).expanduser()
    except RuntimeError:
        raise MissingDataError(f"{spec} names the home folder of nobody: check the name.") from None
    return _load_folder(path) if stat.S_ISDIR(file_mode(path)) else _load_file(path)


def load_test_images(spec: str) -> Dataset | None:
    """Load the test images that belong to the images that `load` returns for a name.

    Raises DataError if they are there but cannot be read.

    Returns
    -------
    Dataset or None
        MNIST's test images of a folder that has its training images, too, or ``x_test`` of an npz
        file; None if there are none.
    """
    if spec == BUNDLED:
        return None
    path = cache_folder() if spec == MNIST else Path(spec).expanduser()
    try:
        is_folder = stat.S_ISDIR(file_mode(path))
    except MissingDataError:  # the images were given, and not loaded from there
        return None
    if not is_folder:
        arrays = read_npz_test(path) if path.suffix == ".npz" else None
        pair = _pair(path.parent, _TEST_IMAGES) if path.name.startswith(_IMAGES[:12]) else None
    else:
        subfolders = [path / sub for sub in _SUBFOLDERS]
        found = (subfolder for subfolder in subfolders if _pair(subfolder, _IMAGES))
        pair = next((_pair(subfolder, _TEST_IMAGES) for subfolder in found), None)
        archives = (_first_existing(subfolder, [_NPZ_NAME]) for subfolder in subfolders)
        archive = None if pair else next(filter(None, archives), None)
        arrays = read_npz_test(archive) if archive else None
    if pair:
        return Dataset("test images", *read_idx_pair(*pair))
    return None if arrays is None else Dataset("test images", *arrays)


def _load_folder(folder: Path) -> Dataset:
    name = folder.resolve().name or str(folder)
    subfolders = [folder / sub for sub in _SUBFOLDERS]
    for subfolder in subfolders:
        if pair := _pair(subfolder, _IMAGES):
            return Dataset(name, *read_idx_pair(*pair))
        if archive := _first_existing(subfolder, [_NPZ_NAME]):
            return Dataset(name, *read_npz(archive))
        if table := _first_existing(subfolder, _CSV_NAMES):
            return Dataset(name, *read_csv(table))
    for subfolder in subfolders:
        if pair := _pair(subfolder, _TEST_IMAGES):
            notice = (
                f"{folder} holds only MNIST's test images: they are trained on in place of its "
                "training images."
            )
            return Dataset(f"{name} (test images)", *read_idx_pair(*pair), notice)
    raise MissingDataError(
        f"{folder} holds no digits: it must hold train-images-idx3-ubyte and "
        f"train-labels-idx1-ubyte, gzipped or not, {_NPZ_NAME}, or Kaggle's {_CSV_NAMES[0]}."
    )


def _pair(folder: Path, images_name: str) -> tuple[Path, Path] | None:
    """Return the files of images and labels in a folder; None if neither is there.

    Raises MissingDataError if only one of them is there.
    """
    images = _first_existing(folder, _spellings(images_name))
    labels = _first_existing(folder, _spellings(_labels_name(images_name)))
    if images and labels:
        return images, labels
    if images or labels:
        have, lacking = ("images", "labels") if images else ("labels", "images")
        kind = "training" if images_name == _IMAGES else "test"
        raise MissingDataError(
            f"{folder} holds MNIST's {kind} {have} but not its {kind} {lacking}: "
            "put both files there."
        )
    return None


def _load_file(path: Path) -> Dataset:
    with open_regular(path) as file, explained(path):
        start = file.read(8)
    if start.startswith(_ZIP_MAGIC) or path.suffix == ".npz":
        return Dataset(path.name, *read_npz(path))
    if path.suffix.lower() == ".csv" or start.startswith(b"label,"):
        return Dataset(path.name, *read_csv(path))
    _refuse_foreign(path, start)
    images_name = path.name.replace("labels", "images").replace("idx1", "idx3")
    labels_name = _labels_name(path.name)
    if images_name == labels_name:
        if not _is_idx(path):
            raise UnsuitableDataError(f"{path} holds no images that can be read: {_READABLE}.")
        raise MissingDataError(
            f"{path} does not say by its name where its labels are: name it as MNIST does, such as "
            "train-images-idx3-ubyte with train-labels-idx1-ubyte beside it."
        )
    pair = []
    for name in (images_name, labels_name):
        found = path if name == path.name else _first_existing(path.parent, _spellings(name))
        if found is None:
            raise MissingDataError(f"{path} has no {name} beside it: put both files there.")
        pair.append(found)
    return Dataset(pair[0].name, *read_idx_pair(*pair))


def _is_idx(path: Path) -> bool:
    """Return whether a file begins as IDX files do, gzipped or not."""
    with open_regular(path) as file:
        if file.peek(2)[:2] != _GZIP_MAGIC:
            return file.read(3) == _IDX_MAGIC
        try:
            return gzip.GzipFile(fileobj=file).read(3) == _IDX_MAGIC
        except (OSError, EOFError, zlib.error):
            return False


def _refuse_foreign(path: Path, start: bytes) -> None:
    """Refuse a file that no name would make readable."""
    kinds = [kind for magic, kind in _FOREIGN.items() if start.startswith(magic)]
    if {".pkl", ".pickle"} & {suffix.lower() for suffix in path.suffixes}:
        kinds = [_FOREIGN[b"\x80"]]
    if kinds:
        raise UnsuitableDataError(f"{path} is {kinds[0]}: {_READABLE}.")


def _labels_name(images_name: str) -> str:
    return images_name.replace("images", "labels").replace("idx3", "idx1")


def _spellings(name: str) -> list[str]:
    """Return the names that a file of MNIST may have: its own first, plain before gzipped."""
    plain = name.removesuffix(".gz")
    dotted = plain.replace("-idx", ".idx")
    hyphened = plain.replace(".idx", "-idx")
    every = [name, plain, dotted, hyphened, f"{plain}.gz", f"{dotted}.gz", f"{hyphened}.gz"]
    return list(dict.fromkeys(every))


def _first_existing(folder: Path, names: Iterable[str]) -> Path | None:
    with explained(folder):
        return next((folder / name for name in names if (folder / name).is_file()), None)
