"""The home folder of somebody who has none, as in a container."""

import os
from pathlib import Path


def provide_home() -> None:
    """Let the root folder be the home folder if the system knows none, as Qt does.

    Nothing can be written there, and that is reported where it matters.
    """
    if Path(os.environ.get("HOME", "")).is_absolute():
        return
    try:
        import pwd  # noqa: PLC0415  (not on Windows, which knows one)

        pwd.getpwuid(os.getuid())
    except ImportError:
        return
    except KeyError:
        os.environ["HOME"] = os.sep
