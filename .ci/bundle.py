"""Makes dist/cnnviz, which runs without Python, and a zip of it: `make bundle`."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import PyInstaller.__main__
from icu_data import reduce_library
from systemd_library import replace_systemd

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
        make_smaller(folder / "_internal")
    try_out(folder / "cnnviz")
    shutil.copy(CHECKOUT / "LICENSE", folder)
    shutil.copytree(CHECKOUT / "resources" / "licences", folder / "licences", dirs_exist_ok=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    archive = folder.with_suffix(".zip")
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as opened:
        for path in files:
            opened.write(path, path.relative_to(DIST))
    size = sum(path.stat().st_size for path in files) / MEGABYTE
    sys.stdout.write(
        f"{folder}: {size:.0f} MB\n{archive}: {archive.stat().st_size / MEGABYTE:.0f} MB\n"
    )


def try_out(program: Path) -> None:
    """Have the program draw what reads most of the files that it brings along."""
    with tempfile.TemporaryDirectory() as folder:
        for panel in ("debugger", "landscape"):
            words = ["snapshot", "--data", "bundled", "--iterations", "1", "--panel", panel]
            out = ["--out", str(Path(folder, f"{panel}.png"))]
            subprocess.run([program, *words, *out], check=True)  # noqa: S603


def make_smaller(folder: Path) -> None:
    """Remove from a folder of libraries what nothing needs when it runs.

    Each library is found by those beside it, so the links to it from the folder itself are of no
    use; a zip, or a stick that has no links, would hold it twice.
    """
    for path in folder.iterdir():
        if path.is_symlink():
            path.unlink()
    for path in folder.rglob("*.so*"):
        if path.parent.suffix == ".libs":  # wheels have moved their parts; strip would break them
            continue
        subprocess.run(["strip", "--strip-unneeded", path], check=True)  # noqa: S603, S607
    if shutil.which("cc") is None:
        sys.stdout.write(
            "No C compiler: ICU's data (32 MB) and systemd's library (2.5 MB) stay whole.\n"
        )
        return
    for path in folder.rglob("libicudata.so.*"):
        reduce_library(path)
    replace_systemd(folder)


if __name__ == "__main__":
    main()
