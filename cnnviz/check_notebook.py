"""`cnnviz check NOTEBOOK.ipynb|FILE.py --run`: a person's own script, line by line."""

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path

from cnnviz.option_parser import UsageError, given
from cnnviz.terminal import complain, interruptible, shortened, write


def check_notebook(options: argparse.Namespace, path: Path) -> int:
    """Run the script, judge each of its lines, and return the exit status.

    Raises UsageError if it cannot be read, or if `--run` is missing.
    """
    from cnnviz.atomic_file import write_whole
    from cnnviz.data.source import absolute, default_source
    from cnnviz.notebooks import report
    from cnnviz.notebooks.check import check_script
    from cnnviz.notebooks.page import as_page
    from cnnviz.notebooks.reader import read_script
    from cnnviz.notebooks.run import SECONDS

    if options.out is not None:
        _check_page(options.out)
    script = read_script(path)
    if not options.run:
        raise UsageError(
            f"{shortened(str(path))} would be run with your rights to be checked: add --run if you "
            "trust it."
        )
    with interruptible():
        images = absolute(given(options, "data", None) or default_source())
        seconds = given(options, "seconds", SECONDS)
        judgement = check_script(
            script, path.parent, images, seconds=seconds, on_output=_show, python=options.python
        )
    if options.out is not None:
        write_whole(options.out, as_page(judgement).encode())
    status = report.status(judgement)
    if options.json:
        write(json.dumps(report.as_dict(judgement)) + "\n")
    elif status != report.NOT_JUDGED:
        write(report.as_text(judgement))
    if status == report.NOT_JUDGED:
        complain(report.reason(judgement))
    return status


def _check_page(path: Path) -> None:
    from cnnviz.atomic_file import check_writable

    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{shortened(str(path))} does not name a page: end its name in .html.")
    check_writable(path)


def _show(text: str) -> None:
    """Show the script's output, apart from the report."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()
