"""Makes dist/cnnviz, which runs without Python, and a zip of it: `make bundle`."""

import shutil
import subprocess
import sys
from pathlib import Path

import PyInstaller.__main__

CHECKOUT = Path(__file__).parents[1]
DIST = CHECKOUT / "dist"
MEGABYTE = 1e6


def main() -> None:
    """Make both, and print their sizes."""
    PyInstaller.__main__.run(
        [
            *("--noconfirm", "--log-level", "ERROR"),
            *("--distpath", str(DIST), "--workpath", str(CHECKOUT / "build")),
            str(CHECKOUT / "resources" / "bundle" / "cnnviz.spec"),
        ]
    )
    folder = DIST / "cnnviz"
    if sys.platform.startswith("linux"):
        for library in (folder / "_internal").glob("libpython3*"):  # Debian's has symbols
            subprocess.run(["strip", "--strip-unneeded", library], check=True)  # noqa: S603, S607
    shutil.copy(CHECKOUT / "LICENSE", folder)
    shutil.copytree(CHECKOUT / "resources" / "licences", folder / "licences", dirs_exist_ok=True)
    archive = Path(shutil.make_archive(str(folder), "zip", DIST, folder.name))
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files) / MEGABYTE
    sys.stdout.write(
        f"{folder}: {size:.0f} MB\n{archive}: {archive.stat().st_size / MEGABYTE:.0f} MB\n"
    )


if __name__ == "__main__":
    main()
