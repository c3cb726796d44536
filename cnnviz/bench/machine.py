"""The machine on which figures are measured, and the memory of this process."""

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

MEGABYTE = 1e6
_LIBRARIES = ("numpy", "PySide6-Essentials", "pyqtgraph", "torch")


def machine() -> dict[str, str]:
    """Name the machine, the system, and the versions of the libraries that matter."""
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "Python": platform.python_version(),
    }
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def resident_memory() -> float:
    """Return the megabytes that are resident now; NaN if the system does not report them."""
    if sys.platform != "linux":
        return float("nan")
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / MEGABYTE


def peak_memory() -> float:
    """Return the most megabytes that have been resident; NaN if the system does not report them."""
    if sys.platform == "win32":
        return float("nan")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / MEGABYTE if sys.platform == "darwin" else largest * 1_024 / MEGABYTE


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
