"""How much memory this process holds."""

import sys
from pathlib import Path

MEGABYTE = 1e6


def resident() -> float:
    """Return the megabytes that are resident now; NaN where the system does not say."""
    try:
        status = Path("/proc/self/statm").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    import resource

    return int(status.split()[1]) * resource.getpagesize() / MEGABYTE


def peak() -> float:
    """Return the most megabytes that have been resident; NaN where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows has none
        return float("nan")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / MEGABYTE if sys.platform == "darwin" else largest * 1_024 / MEGABYTE
