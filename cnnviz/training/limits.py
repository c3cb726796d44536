"""Limits of memory and disk space, checked before they are used."""

import os
import shutil
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from cnnviz.atomic_file import UnwritableFileError, check_writable
from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE, Floats
from cnnviz.training.errors import DebuggerError, RunFileError, TrainingError
from cnnviz.training.settings import Settings

_STATE: Final = FILTER_SIZE * FILTER_SIZE * FILTER_COUNT + DENSE_SIZE
"""Numbers in one state's parameters."""
_SETS: Final = 7
"""Arrays of 1728 numbers for each image in memory during the largest operation."""
_SHARE: Final = 0.5
"""Share of the machine's memory that one run may use."""


def run_size(iterations: int, dtype: DTypeLike) -> int:
    """Return the approximate size of a run in bytes, in memory as on disk."""
    return (iterations + 1) * (_STATE * np.dtype(dtype).itemsize + 16)


def check_disk_space(path: Path, iterations: int, dtype: DTypeLike) -> None:
    """Check that a run file can be written; the disk must hold it beside an older one.

    Raises
    ------
    RunFileError
        If it cannot.
    """
    size = run_size(iterations, dtype)
    check_memory(size, f"a run of {iterations:,} iterations")
    try:
        check_writable(path)
    except UnwritableFileError as error:
        raise RunFileError(str(error)) from error
    free = shutil.disk_usage(Path(os.path.realpath(path)).parent).free
    if size > free:
        raise RunFileError(
            f"{path} would take {_readable(size)}, and its disk has {_readable(free)} left: "
            "record fewer iterations, or use float32."
        )


def check_memory(
    size: int,
    what: str,
    remedy: str = "record fewer iterations, or use float32",
    error: type[TrainingError] = RunFileError,
) -> None:
    """Check that `what` takes at most half of the machine's memory, if its size is known.

    Parameters
    ----------
    size : int
        Bytes.
    what : str
        The subject of the message.
    remedy : str
        The advice of the message.
    error : type
        Of the error that is raised.
    """
    memory = _machine_memory()
    if memory is not None and size > _SHARE * memory:
        raise error(
            f"{what} takes {_readable(size)} of memory, and this machine has {_readable(memory)}: "
            f"{remedy}."
        )


def check_operations(settings: Settings) -> None:
    """Raise a DebuggerError if the tensors of an iteration do not fit in memory."""
    size = settings.subset * DENSE_SIZE * _SETS * settings.numpy_dtype.itemsize
    check_memory(
        size,
        f"stepping through {settings.subset:,} images",
        "use a smaller subset" + (", or float32" if settings.dtype == "float64" else ""),
        DebuggerError,
    )


def empty_parameters(iterations: int, dtype: DTypeLike) -> tuple[Floats, Floats]:
    """Allocate the filters and dense weights of the states 0 to T.

    Returns
    -------
    f : ndarray, shape (T + 1, 5, 5, 3)
    wo : ndarray, shape (T + 1, 1728, 1)

    Raises
    ------
    RunFileError
        If they do not fit in memory.
    """
    what = f"a run of {iterations:,} iterations"
    check_memory(run_size(iterations, dtype), what)
    try:
        return (
            np.empty((iterations + 1, FILTER_SIZE, FILTER_SIZE, FILTER_COUNT), dtype),
            np.empty((iterations + 1, DENSE_SIZE, 1), dtype),
        )
    except (MemoryError, ValueError):  # numpy's ValueError is of sizes that no machine has
        raise RunFileError(f"{what} does not fit in memory: record fewer iterations.") from None


def _machine_memory() -> int | None:
    """Return the machine's memory in bytes, or None if the system does not report it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _readable(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"
