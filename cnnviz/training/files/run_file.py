"""Run files: a recorded run as an npz that plain numpy reads."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from zipfile import ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cnnviz.atomic_file import UnwritableFileError, replacing
from cnnviz.data.archive import Archive, Header, open_archive
from cnnviz.data.errors import DataError
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE
from cnnviz.training.errors import RunFileError
from cnnviz.training.files.file_states import FileStates
from cnnviz.training.limits import check_memory, check_unpacked
from cnnviz.training.run.held_out_curve import NOT_EVALUATED, HeldOutCurve
from cnnviz.training.run.recorded_run import Run, RunConfig
from cnnviz.training.run.states import States, StatesInMemory, blocks

_ARRAYS: Final = ("f", "wo", "loss", "accuracy", "output")
_STATES: Final = ("f", "wo")
_HELD_OUT: Final = ("iteration", "loss", "accuracy", "images")
"""The fields of `HeldOutCurve`; in the file, they are called held_out_iteration and so on."""
_NUMBERS: Final = (np.dtype(np.float64), np.dtype(np.float32))
_IMAGES: Final = (b"\0\0\x08", b"\x1f\x8b\x08")
"""The first bytes of MNIST's own files, plain and gzipped."""
_LONGEST_CONFIG: Final = 1 << 23
"""Characters: about 50,000 changes of settings."""
_SPOOLED: Final = 1 << 24
"""Bytes of filters that wait in memory, at most: those of 28,000 states in float64."""


def write_run(path: Path, run: Run, on_progress: ProgressCallback = lambda _share: None) -> None:
    """Write a run file: whole, or not at all.

    Then ``numpy.load(path)["f"][t]`` is the notebook's ``f`` after t iterations. `on_progress` is
    called with the share that is written; an error that it raises ends the writing.

    Raises RunFileError if it cannot be written, as on a full disk.
    """
    config = run.config.to_json()
    if len(config) > _LONGEST_CONFIG:  # it could not be read again
        raise RunFileError(
            f"{path} was not written, for its changes of settings take {len(config):,} characters "
            f"and may take {_LONGEST_CONFIG:,}: save a branch with fewer of them."
        )
    try:
        with replacing(path) as file, ZipFile(file, "w") as archive:
            _write_states(archive, run.states, path, on_progress)
            arrays = {
                "loss": run.loss,
                "accuracy": run.accuracy,
                "output": run.output,
                "config": np.array(config),
                **_held_out_arrays(run.held_out),
            }
            for name, array in arrays.items():
                with _member(archive, name) as member:
                    npy.write_array(member, array, allow_pickle=False)
    except UnwritableFileError as error:
        raise RunFileError(str(error)) from error


def _write_states(
    archive: ZipFile, states: States, path: Path, on_progress: ProgressCallback
) -> None:
    """Write the parameters of all states as they come, so that few of them are in memory.

    The filters, 4 % of them, wait in a file without a name until the dense weights are written.
    """
    count = len(states)
    folder = str(Path(os.path.realpath(path)).parent)  # of the target, if it is a link
    with SpooledTemporaryFile(_SPOOLED, dir=folder) as filters:
        with _member(archive, "wo") as member:
            _write_header(member, (count, DENSE_SIZE, 1), states.dtype)
            done = 0
            for f, wo in blocks(states):
                filters.write(np.ascontiguousarray(f).data)
                member.write(np.ascontiguousarray(wo).data)
                done += len(f)
                on_progress(done / count)
        with _member(archive, "f") as member:
            _write_header(member, (count, FILTER_SIZE, FILTER_SIZE, FILTER_COUNT), states.dtype)
            filters.seek(0)
            shutil.copyfileobj(filters, member)


def _member(archive: ZipFile, name: str) -> IO[bytes]:
    """Open an array of an npz file for writing."""
    return archive.open(f"{name}.npy", "w", force_zip64=True)


def _write_header(member: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(member, header)


def read_run(path: Path) -> Run:
    """Read a run file; nothing is unpickled, and sizes are checked before memory is taken.

    The parameters of the states stay in the file, unless it is compressed or of another machine.

    Raises
    ------
    RunFileError
        One sentence, where the file is none, is damaged, or does not describe a run.
    """
    with _opened(path) as archive:
        headers = {name: _header(path, archive, name) for name in _ARRAYS}
        iterations = _check(path, headers)
        f_at, wo_at = (archive.offset_of(headers[name]) for name in _STATES)
        # Windows would not let another file take the place of one that is open.
        stay = f_at is not None and wo_at is not None and sys.platform != "win32"
        taken = [headers[name] for name in _ARRAYS if name not in _STATES or not stay]
        size = sum(header.size for header in taken)
        copied = max(header.size * header.is_copied for header in taken)
        check_memory(size + copied, str(path))
        check_unpacked(size, path.stat().st_size, str(path))
        config = _read_config(path, archive, iterations)
        images = config.at_output(iterations).subset
        if headers["output"].shape != (images,):
            raise RunFileError(
                f"{path} holds output of the shape {headers['output'].shape}: with the last "
                f"iteration's {images:,} images, it must be ({images},)."
            )
        states: States
        if f_at is not None and wo_at is not None and stay:
            for name in _STATES:
                archive.verify(headers[name])
            states = FileStates(
                path, archive.duplicate(), f_at, wo_at, iterations + 1, headers["f"].dtype
            )
        else:
            states = StatesInMemory(*(archive.read(headers[name]) for name in _STATES))
        loss, accuracy, output = (
            archive.read(headers[name]) for name in _ARRAYS if name not in _STATES
        )
        held_out = _read_held_out(path, archive, iterations)
    series = loss.astype(np.float64), accuracy.astype(np.float64)
    return Run(states, *series, output, config, held_out)


def _held_out_arrays(curve: HeldOutCurve) -> dict[str, NDArray[Any]]:
    if not len(curve):
        return {}
    return {f"held_out_{name}": getattr(curve, name) for name in _HELD_OUT}


def _read_held_out(path: Path, archive: Archive, iterations: int) -> HeldOutCurve:
    """Read the figures on held-out images, which most files do not have."""
    if "held_out_iteration" not in archive:
        return NOT_EVALUATED
    headers = {name: _header(path, archive, f"held_out_{name}") for name in _HELD_OUT}
    shape = headers["iteration"].shape
    for name, header in headers.items():
        kinds = "iu" if name in ("iteration", "images") else "f"
        fits = len(shape) == 1 and header.shape == shape and shape[0] <= iterations + 1
        if header.dtype.kind not in kinds or not fits:
            raise RunFileError(
                f"{path} holds {header.dtype} of the shape {header.shape} in {header.name}: with "
                f"{iterations:,} iterations, it cannot be the figures on held-out images."
            )
    at, loss, accuracy, images = (archive.read(headers[name]) for name in _HELD_OUT)
    ascending = np.all(np.diff(at.astype(np.int64)) > 0)
    if not (ascending and np.all((at >= 0) & (at <= iterations)) and np.all(images > 0)):
        raise RunFileError(
            f"{path} names iterations of held-out images that the run does not have: record it "
            "again."
        )
    series = loss.astype(np.float64), accuracy.astype(np.float64)
    return HeldOutCurve(at.astype(np.int64), *series, images.astype(np.int64))


@contextmanager
def _opened(path: Path) -> Iterator[Archive]:
    """Open a file that may be a run; report what is wrong with it as a RunFileError."""
    try:
        if not path.is_file():
            raise RunFileError(f"{path} is not a file: choose a run that cnnviz has saved.")
        with path.open("rb") as file:
            if file.peek(3)[:3] in _IMAGES or path.suffix.lower() == ".csv":
                raise RunFileError(
                    f"{path} is not a run of cnnviz: it looks like images, so load it in the Data "
                    "menu or with --data."
                )
        with (
            path.open("rb") as file,
            open_archive(path, file, "record the run again") as archive,
        ):
            yield archive
    except OSError as error:
        raise RunFileError(
            f"{path} cannot be read ({error.strerror or error}): choose another file."
        ) from error
    except DataError as error:
        raise RunFileError(str(error)) from error


def _header(path: Path, archive: Archive, name: str) -> Header:
    if name not in archive:
        found = f"it has no array {name}"
        if "x_train" in archive:
            found = "it holds images, so load it in the Data menu or with --data"
        raise RunFileError(f"{path} is not a run of cnnviz: {found}.")
    header = archive.header(name)
    archive.check_size(header)
    return header


def _check(path: Path, headers: dict[str, Header]) -> int:
    """Hold shapes and types against each other and return T."""
    for name, header in headers.items():
        if header.dtype.newbyteorder("=") not in _NUMBERS:
            raise RunFileError(
                f"{path} holds {header.dtype} in {name}: it must be float64 or float32."
            )
    loss = headers["loss"].shape
    iterations = loss[0] if len(loss) == 1 else 0
    expected = {
        "loss": (iterations,),
        "accuracy": (iterations,),
        "f": (iterations + 1, FILTER_SIZE, FILTER_SIZE, FILTER_COUNT),
        "wo": (iterations + 1, DENSE_SIZE, 1),
    }
    for name, shape in expected.items():
        if headers[name].shape != shape:
            raise RunFileError(
                f"{path} holds {name} of the shape {headers[name].shape}: with {iterations:,} "
                f"iterations, it must be {shape}."
            )
    if headers["f"].dtype != headers["wo"].dtype:
        raise RunFileError(f"{path} holds f and wo in different precisions: record it again.")
    return iterations


def _read_config(path: Path, archive: Archive, iterations: int) -> RunConfig:
    header = _header(path, archive, "config")
    longest = _LONGEST_CONFIG * np.dtype("U1").itemsize
    if header.dtype.kind != "U" or header.shape != () or not 0 < header.size <= longest:
        raise RunFileError(f"{path} is not a run of cnnviz: its config is not a text.")
    try:
        return RunConfig.from_json(str(archive.read(header)[()]), iterations)
    except ValueError as error:
        reason = str(error).removesuffix(".")
        raise RunFileError(
            f"{path} does not describe a run that can be opened ({reason}): record it again."
        ) from error
