"""The entry of ``cnnviz`` and of ``python -m cnnviz``."""

import os
import signal
import sys


def main() -> int:
    """Run the program for `sys.argv`, and return its exit status."""
    # An exception in the middle of an import would be shown at length, or be lost.
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, _frame: os._exit(128 + number))
    from cnnviz import cli  # noqa: PLC0415  (it may be interrupted now)

    signal.signal(signal.SIGINT, interrupt)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
