"""What the figures were measured on."""

import importlib.metadata
import os
import platform
from pathlib import Path

_LIBRARIES = ("numpy", "PySide6-Essentials", "pyqtgraph", "torch")


def machine() -> dict[str, str]:
    """Name the machine, the system, and the versions of what the figures depend on."""
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


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
