"""Limits of memory and disk space, checked before they are used."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnviz.atomic_file import UnwritableFileError, check_writable
from cnnviz.numerics.landscape.vectors import FILTER_WEIGHTS, WEIGHTS
from cnnviz.numerics.network import DENSE_SIZE
from cnnviz.training.errors import DebuggerError, RunFileError, SettingsError, TrainingError
from cnnviz.training.settings import Settings

ROOT: Final = Path("/")
"""Where the system's own files are: Linux' control groups are among them."""
_SETS: Final = 7
"""Arrays of 1728 numbers for each image in memory during the largest operation."""
_SHARE: Final = 0.5
"""Share of the machine's memory that one run may use."""
IMAGE_FIRST: Final = 2_000
"""Batch size above which the debugger computes and shows the selected image first, and keeps only
its previous values for comparison."""
UNPACKED: Final = 256 << 20
"""Bytes that any compressed run may become: 18,000 iterations in float64."""
UNPACKED_SHARE: Final = 16
"""The largest ratio of a large compressed run's size to that of its file."""


def run_size(iterations: int, dtype: DTypeLike) -> int:
    """Return the approximate size of a run in bytes, in memory as on disk."""
    return (iterations + 1) * (WEIGHTS * np.dtype(dtype).itemsize + 16)


def check_disk_space(path: Path, iterations: int, dtype: DTypeLike) -> None:
    """Check that a run file can be written.

    The disk must hold it beside an older one, and the filters, which wait, a second time.

    Raises RunFileError if it cannot.
    """
    waiting = (iterations + 1) * FILTER_WEIGHTS * np.dtype(dtype).itemsize
    size = run_size(iterations, dtype) + waiting
    try:
        check_writable(path)
    except UnwritableFileError as error:
        raise RunFileError(str(error)) from error
    free = shutil.disk_usage(Path(os.path.realpath(path)).parent).free
    if size > free:
        raise RunFileError(
            f"{path} would take {readable_size(size)} while it is written, and its disk has "
            f"{readable_size(free)} left: record fewer iterations, or use float32."
        )


def check_memory(
    size: int,
    what: str,
    remedy: str = "record fewer iterations, or use float32",
    error: type[TrainingError] = RunFileError,
) -> None:
    """Check that `what` takes at most half of the machine's memory, if its size is known.

    `size` is in bytes; `error` is the type of the error that is raised.
    """
    memory = machine_memory()
    if memory is not None and size > _SHARE * memory:
        raise error(
            f"{what} takes {readable_size(size)} of memory, and this machine has "
            f"{readable_size(memory)}: {remedy}."
        )


def check_iterations(iterations: int, size: int) -> None:
    """Check the number of iterations of a comparison, which takes `size` bytes.

    Raises SettingsError if there are fewer than 1, or too many for the memory.
    """
    if iterations < 1:
        raise SettingsError(f"iterations {iterations} is less than 1: ask for 1 or more.")
    what = f"a comparison of {iterations:,} iterations"
    check_memory(size, what, "ask for fewer", SettingsError)


def check_operations(settings: Settings) -> None:
    """Raise a DebuggerError if the tensors of an iteration do not fit in memory."""
    size = settings.subset * DENSE_SIZE * _SETS * settings.numpy_dtype.itemsize
    check_memory(
        size,
        f"stepping through {settings.subset:,} images",
        "use a smaller subset" + (", or float32" if settings.dtype == "float64" else ""),
        DebuggerError,
    )


def check_slopes(settings: Settings) -> None:
    """Raise a SettingsError if the slopes of every image's z do not fit in memory.

    They are in float64; three times as many units in float32, which products with the Hessian
    need, take a little more.
    """
    check_memory(
        settings.subset * 3 * DENSE_SIZE * np.dtype(np.float32).itemsize,
        f"the slopes of {settings.subset:,} images",
        "use a smaller subset",
        SettingsError,
    )


def empty_series(iterations: int, dtype: DTypeLike, free: int) -> NDArray[np.float64]:
    """Allocate two numbers for each iteration of a run, if its states can be kept, too.

    Raises RunFileError if they do not fit in memory.

    Parameters
    ----------
    dtype : dtype
        Of the states.
    free : int
        Bytes of a disk for the states; if that is too little, they are in memory.

    Returns
    -------
    ndarray of float64, shape (2, T)
    """
    what, size = f"a run of {iterations:,} iterations", run_size(iterations, dtype)
    if size > free:
        check_memory(size, what)
    try:
        return np.empty((2, iterations))
    except (MemoryError, ValueError):  # numpy's ValueError is of sizes that no machine has
        raise RunFileError(f"{what} does not fit in memory: record fewer iterations.") from None


def check_unpacked(size: int, stored: int, what: str) -> None:
    """Raise a RunFileError for a compressed file that becomes far larger than a run does.

    The weights of a run hardly compress, so a small file that grows to gigabytes is none. The bound
    is `UNPACKED` bytes, or `UNPACKED_SHARE` times the file if that is more. `size` and `stored` are
    the bytes that it takes in memory and in the file.
    """
    if size > max(UNPACKED, UNPACKED_SHARE * stored):
        raise RunFileError(
            f"{what} has {readable_size(stored)} and would take {readable_size(size)} of memory: "
            "if it is a run, save it again without compression, as numpy.savez does."
        )


def machine_memory() -> int | None:
    """Return the memory in bytes that this process may use; None if the system does not say.

    It is the machine's, or what a container or a limit of the system leaves of it.
    """
    try:
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return min([machine, *limits_of_groups()])


def limits_of_groups() -> list[int]:
    """Return the limits of Linux' control groups that this process is in."""
    limits: list[int] = []
    with suppress(OSError):
        for line in (ROOT / "proc/self/cgroup").read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            base, name = ROOT / "sys/fs/cgroup", "memory.max"
            if controllers:
                base, name = base / "memory", "memory.limit_in_bytes"
            if controllers and "memory" not in controllers.split(","):
                continue
            for folder in {base, base / group.lstrip("/")}:  # as a container sees it, or outside
                with suppress(OSError, ValueError):  # which is "max" if there is none
                    limits.append(int((folder / name).read_text()))
    return limits


def readable_size(size: int) -> str:
    """Write a number of bytes in MB or GB."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"
