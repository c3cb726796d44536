"""Puts a few functions in place of libraries of which the bundle needs no more: 9 MB less.

- D-Bus, by which screen readers find the window, asks systemd's for sockets if it is a server that
  systemd has started. The window never is.
- OpenBLAS uses four functions of GNU Fortran's library.
- Pillow writes GIFs alone, so it calls nothing of the libraries for other formats; but it asks two
  of them for their version when it is loaded, so each function returns a text.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SYSTEMD: Final = """
int sd_listen_fds(int unset) { return 0; }
int sd_is_socket(int file, int family, int type, int listening) { return 0; }
"""
# The powers multiply in the order of GCC's, so that they are the same to the last digit.
FORTRAN: Final = """
#include <string.h>
#include <time.h>
void _gfortran_concat_string(
    size_t size, char *to, size_t n, const char *a, size_t m, const char *b)
{
    memset(to, ' ', size);
    n = n < size ? n : size;
    memcpy(to, a, n);
    memcpy(to + n, b, m < size - n ? m : size - n);
}
float _gfortran_etime(float **user_and_system)
{
    user_and_system[0][1] = 0;
    return user_and_system[0][0] = clock() / (float)CLOCKS_PER_SEC;
}
#define POWER(type, name) type name(type x, long long n) \\
{ \\
    unsigned long long left = n < 0 ? -(unsigned long long)n : n; \\
    type power = 1; \\
    if (n < 0) x = 1 / x; \\
    while (left) { \\
        if (left & 1) power *= x; \\
        if (left >>= 1) x *= x; \\
    } \\
    return power; \\
}
POWER(float, _gfortran_pow_r4_i8)
POWER(double, _gfortran_pow_r8_i8)
"""
_OF_ANY_NAME: Final = 'const char *{name}(void) {{ return ""; }}\n'
_SOURCES: Final = {
    "libsystemd.so.0": _SYSTEMD,
    "numpy.libs/libgfortran*": FORTRAN,
    **{f"pillow.libs/lib{name}-*": _OF_ANY_NAME for name in ("jpeg", "tiff", "openjp2", "xcb")},
}


def replace_libraries(folder: Path) -> None:
    """Replace libraries in a folder by ones that a C compiler makes."""
    for pattern, source in _SOURCES.items():
        for library in folder.glob(pattern):
            _replace(library, source, asked_of(library, libraries(folder)))


def remove_unneeded(folder: Path, program: Path) -> None:
    """Remove the libraries to which nothing in a folder is linked, and what they alone need."""
    while True:
        names = {name for path in [program, *libraries(folder)] for name in linked(path)}
        surplus = [
            path
            for path in (*folder.glob("lib*.so*"), *folder.glob("*.libs/lib*.so*"))
            if path.name not in names
        ]
        if not surplus:
            return
        for path in surplus:
            path.unlink()


def libraries(folder: Path) -> list[Path]:
    """Return the libraries in a folder and those below it."""
    return [path for path in folder.rglob("*.so*") if path.is_file()]


def linked(path: Path) -> set[str]:
    """Return the names of libraries in a file, without its own name."""
    found = re.findall(rb"lib[\w.+-]*\.so[\w.]*(?=\0)", path.read_bytes())
    return {name.decode() for name in found} - {path.name}


def asked_of(library: Path, users: list[Path]) -> dict[str, str]:
    """Return the functions of a library that other files use, each with its version, if any."""
    offered = {name for name, _ in _functions(library, "--defined-only")}
    return {
        name: version
        for user in users
        if library.name in linked(user)
        for name, version in _functions(user, "--undefined-only")
        if name in offered
    }


def _replace(library: Path, source: str, asked: dict[str, str]) -> None:
    """Replace a library by one that has what is asked of it.

    Raises
    ------
    SystemExit
        If the source lacks a function.
    """
    if source == _OF_ANY_NAME:
        source = "".join(source.format(name=name) for name in asked)
    if missing := [name for name in asked if name not in source]:
        raise SystemExit(f"{library.name} should have {', '.join(missing)}: see {__file__}.")
    with tempfile.TemporaryDirectory() as scratch:
        code, versions = Path(scratch, "code.c"), Path(scratch, "versions")
        code.write_text(source, encoding="utf-8")
        names: dict[str, str] = {}
        for name, version in asked.items():
            names[version] = f"{names.get(version, '')} {name};"
        script = "".join(f"{version} {{ global:{listed} }};\n" for version, listed in names.items())
        versions.write_text(script, encoding="utf-8")
        library.unlink()
        options = [f"-Wl,-soname,{library.name}", f"-Wl,--version-script={versions}"]
        mathematics = "-Wl,--no-as-needed", "-lm"  # which Pillow has through its other libraries
        command = ["cc", "-shared", "-fPIC", "-Os", "-s", *options, "-o", library, code]
        subprocess.run([*command, *mathematics], check=True)  # noqa: S603


def _functions(library: Path, which: str) -> Iterator[tuple[str, str]]:
    """Give the name of each function that a library has, or needs, and its version."""
    words = ["nm", "--dynamic", which, "--format=just-symbols", library]
    listed = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603
    for line in listed.stdout.splitlines():
        name, _, version = line.replace("@@", "@").partition("@")
        yield name, version
