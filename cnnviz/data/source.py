"""From what a person names to a data set: `bundled`, `mnist`, or a file or folder."""

import stat
from collections.abc import Iterable
from pathlib import Path

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MissingDataError
from cnnviz.data.idx import read_idx_pair
from cnnviz.data.mnist import is_cached, load_mnist
from cnnviz.data.npz import read_npz
from cnnviz.data.reading import explained, file_mode, open_regular

BUNDLED = "bundled"
MNIST = "mnist"

_NPZ_NAME = "mnist.npz"
_ZIP_MAGIC = b"PK"


def default_source() -> str:
    """Name the data set for a start without a wish: MNIST where it is in the cache.

    Returns
    -------
    str
        `MNIST` or `BUNDLED`, for `load`.
    """
    return MNIST if is_cached() else BUNDLED


def load(spec: str) -> Dataset:
    """Load the images that a person named; nothing is downloaded.

    Parameters
    ----------
    spec : str
        ``"bundled"``, ``"mnist"`` for MNIST from the cache folder, or a path: a folder with
        MNIST's training files (``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, also
        with a dot for the second hyphen, also with ``.gz``) or with ``mnist.npz``; a file of
        images that has its labels beside it; or an npz file as Keras has it.

    Returns
    -------
    Dataset
        All its images; those of a large gzipped file are decompressed when they are asked for.

    Raises
    ------
    NotDownloadedError
        If MNIST is asked for but not in the cache.
    DataError
        If there is nothing under this name, or it cannot be read, or is broken, or no digits; the
        subclasses tell which.
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


def _load_folder(folder: Path) -> Dataset:
    name = folder.resolve().name or str(folder)
    images = _first_existing(folder, _spellings("train-images-idx3-ubyte"))
    labels = _first_existing(folder, _spellings("train-labels-idx1-ubyte"))
    if images and labels:
        return Dataset(name, *read_idx_pair(images, labels))
    if archive := _first_existing(folder, [_NPZ_NAME]):
        return Dataset(name, *read_npz(archive))
    if images or labels:
        have, lacking = ("images", "labels") if images else ("labels", "images")
        raise MissingDataError(
            f"{folder} holds MNIST's training {have} but not its training {lacking}: "
            "put both files there."
        )
    raise MissingDataError(
        f"{folder} holds no digits: it must hold train-images-idx3-ubyte and "
        f"train-labels-idx1-ubyte, gzipped or not, or {_NPZ_NAME}."
    )


def _load_file(path: Path) -> Dataset:
    with open_regular(path) as file, explained(path):
        start = file.read(2)
    if start == _ZIP_MAGIC or path.suffix == ".npz":
        return Dataset(path.name, *read_npz(path))
    images_name = path.name.replace("labels", "images").replace("idx1", "idx3")
    labels_name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if images_name == labels_name:
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


def _spellings(name: str) -> list[str]:
    """List the names under which a file of MNIST is found: as it is first, plain before gzipped."""
    plain = name.removesuffix(".gz")
    dotted = plain.replace("-idx", ".idx")
    hyphened = plain.replace(".idx", "-idx")
    every = [name, plain, dotted, hyphened, f"{plain}.gz", f"{dotted}.gz", f"{hyphened}.gz"]
    return list(dict.fromkeys(every))


def _first_existing(folder: Path, names: Iterable[str]) -> Path | None:
    with explained(folder):
        return next((folder / name for name in names if (folder / name).is_file()), None)
