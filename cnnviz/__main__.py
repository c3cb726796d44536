"""The entry of ``cnnviz`` and of ``python -m cnnviz``."""

import os
import sys

# The core of `signal`: that module takes longer to import than Python to get here.
from _signal import (  # type: ignore[import-not-found]
    SIGINT,
    default_int_handler,
    getsignal,
    signal,
)


def _end(number: int, _frame: object) -> None:
    """End at once, after the line that a progress bar may have left open."""
    if os.isatty(2):
        os.write(2, b"\n")
    os._exit(128 + number)


# Ctrl+C ends the program without an exception, which an import would show at length, turn into
# another one, or lose. Commands that keep something on Ctrl+C handle it themselves.
if getsignal(SIGINT) is default_int_handler:
    signal(SIGINT, _end)


def main() -> int:
    """Run the program for `sys.argv`, and return its exit status."""
    from cnnviz import cli  # noqa: PLC0415  (it may be interrupted now)

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
