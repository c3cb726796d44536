"""Makes dist/cnnviz, which runs without Python, and a zip of it: `make bundle`."""

import shutil
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import PyInstaller.__main__
from icu_data import reduce_library
from mapped_parts import keep_mapped_parts
from stand_ins import libraries, linked, remove_unneeded, replace_libraries
from try_bundle import try_out

CHECKOUT = Path(__file__).parents[1]
DIST = CHECKOUT / "dist"
MILLION = 1e6


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
        make_smaller(folder / "cnnviz")
    try_out(folder / "cnnviz")
    shutil.copy(CHECKOUT / "LICENSE", folder)
    shutil.copytree(CHECKOUT / "resources" / "licences", folder / "licences", dirs_exist_ok=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    archive = folder.with_suffix(".zip")
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as opened:
        for path in files:
            opened.write(path, path.relative_to(DIST))
    size = sum(path.stat().st_size for path in files) / MILLION
    sys.stdout.write(
        f"{folder}: {size:.1f} million bytes\n"
        f"{archive}: {archive.stat().st_size / MILLION:.1f} million bytes\n"
    )


def make_smaller(program: Path) -> None:
    """Remove from a program's libraries what nothing needs when it runs.

    Each library is found by those beside it, so the links to it from the folder itself are of no
    use; a zip, or a stick that has no links, would hold it twice.
    """
    folder = program.parent / "_internal"
    for path in folder.iterdir():
        if path.is_symlink():
            path.unlink()
    if shutil.which("cc") is None:
        sys.stdout.write("No C compiler: 38 MB that one would save stay in.\n")
    else:
        for path in folder.rglob("libicudata.so.*"):
            reduce_library(path)
        replace_libraries(folder)
    remove_unneeded(folder, program)
    for path in libraries(folder):
        keep_mapped_parts(path, unwinding=throws(path))
    compress(folder / "base_library.zip")


def throws(library: Path) -> bool:
    """Tell whether a library is of C++, or runs what is: exceptions leave C's functions untouched.

    A thread that Python ends leaves its functions as an exception does.
    """
    cpp = "libstdc++", "libgcc_s"
    return any(name.startswith(cpp) for name in linked(library)) or library.name.startswith(
        (*cpp, "libpython")
    )


def compress(archive: Path) -> None:
    """Write a zip anew, compressed."""
    with ZipFile(archive) as opened:
        contents = {name: opened.read(name) for name in opened.namelist()}
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as opened:
        for name, content in contents.items():
            opened.writestr(name, content)


if __name__ == "__main__":
    main()
