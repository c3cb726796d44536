"""Puts two functions in place of systemd's library and of those that it alone needs: 2.5 MB less.

D-Bus, by which screen readers find the window, asks it for sockets if it is a server that systemd
has started. The window never is.
"""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

_NEEDED: Final = "libgcrypt.so.20", "libgpg-error.so.0", "liblz4.so.1", "libcap.so.2"
_SOURCE: Final = """
int sd_listen_fds(int unset) { return 0; }
int sd_is_socket(int file, int family, int type, int listening) { return 0; }
"""
_VERSIONS: Final = "LIBSYSTEMD_209 { global: *; };\n"


def replace_systemd(folder: Path) -> None:
    """Replace the library in a folder, if it is there, by one that a C compiler makes."""
    library = folder / "libsystemd.so.0"
    if not library.exists():
        return
    with tempfile.TemporaryDirectory() as scratch:
        source, versions = Path(scratch, "systemd.c"), Path(scratch, "versions")
        source.write_text(_SOURCE, encoding="utf-8")
        versions.write_text(_VERSIONS, encoding="utf-8")
        library.unlink()
        options = [f"-Wl,-soname,{library.name}", f"-Wl,--version-script={versions}"]
        command = ["cc", "-shared", "-fPIC", "-Os", "-s", *options, "-o", library, source]
        subprocess.run(command, check=True)  # noqa: S603
    for name in _NEEDED:
        (folder / name).unlink(missing_ok=True)
