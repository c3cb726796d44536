"""Start the program on a virtual X display, train it with real clicks and close it.

Xvfb is started, and on its display `clicks.py`, which opens the program's own window on Qt's xcb
platform and drives it. It has to end with status 0 and write nothing to standard error, which is
where Qt and Python warn.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TIME_LIMIT = 180.0


@contextmanager
def virtual_display() -> Iterator[str]:
    """Run Xvfb on a free display and give its name."""
    program = shutil.which("Xvfb")
    if program is None:
        raise FileNotFoundError("Xvfb is not installed (on Debian: apt-get install xvfb)")
    read, write = os.pipe()
    server = subprocess.Popen(  # noqa: S603
        [program, "-displayfd", str(write), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb ended with status {server.wait()} before it had a display")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Run the program on a display and in folders of its own, and return how it went."""
    with virtual_display() as display, tempfile.TemporaryDirectory() as folder:
        environ = os.environ | {
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "PYTHONWARNINGS": "error",
            "PYTHONFAULTHANDLER": "1",
        }
        environ.pop("WAYLAND_DISPLAY", None)
        for kind in ("CONFIG", "CACHE", "DATA", "STATE"):
            environ[f"XDG_{kind}_HOME"] = str(Path(folder, kind.lower()))
        try:
            program = subprocess.run(  # noqa: S603
                [sys.executable, Path(__file__).with_name("clicks.py")],
                env=environ,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            sys.stderr.write((late.stderr or b"").decode(errors="replace"))
            sys.stderr.write(f"the program had not ended after {TIME_LIMIT:.0f} s\n")
            return 1
    sys.stderr.write(program.stderr)
    if program.returncode != 0:
        sys.stderr.write(f"the program ended with status {program.returncode}\n")
        return 1
    if program.stderr:
        sys.stderr.write("the program wrote the above to standard error\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
