"""The bundle's program and recipe, without the minutes that PyInstaller takes."""

import ctypes
import importlib
import shutil
import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[1]
BUNDLE = CHECKOUT / "resources" / "bundle"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["--version"], "cnnviz "),
        (["-c", "import sys; print(sys.argv[1:2])"], "['-c']"),
        (["-P", "-m", "this"], "The Zen of Python"),
    ],
)
def test_the_program_stands_in_for_python(words: list[str], printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, BUNDLE / "start.py", *words],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(printed)


def test_the_recipe_takes_the_resources_of_an_installation() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    resources = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert all((CHECKOUT / source).is_dir() for source in resources)
    assert set(resources.values()) == {f"cnnviz/{source}" for source in resources}
    compile((BUNDLE / "cnnviz.spec").read_text(encoding="utf-8"), "cnnviz.spec", "exec")


def icu_data(items: dict[str, bytes]) -> bytes:
    """Return items in the format of ICU's data, as its `pkgdata` writes it."""
    names = b"".join(name.encode() + b"\0" for name in items)
    start = 4 + 8 * len(items)
    at = -(-(start + len(names)) // 16) * 16
    table, content, name_at = struct.pack("<I", len(items)), b"", start
    for name, item in items.items():
        table += struct.pack("<II", name_at, at + len(content))
        name_at += len(name) + 1
        content += item + bytes(-len(item) % 16)
    header = struct.pack("<HBB", 32, 0xDA, 0x27) + bytes(8) + b"CmnD" + bytes(16)
    return header + (table + names).ljust(at, b"\0") + content


def test_icu_keeps_orders_and_properties_and_no_names_of_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(CHECKOUT / ".ci")
    reduced = importlib.import_module("icu_data").reduced
    kept = {
        "icudt73l/coll/sv.res": b"order",
        "icudt73l/nfc.nrm": b"n" * 17,
        "icudt73l/root.res": b"",
    }
    left_out = {
        "icudt73l/big5.cnv": b"b" * 40,
        "icudt73l/curr/de.res": b"c",
        "icudt73l/zone/zu.res": b"z",
    }
    whole = icu_data(dict(sorted({**kept, **left_out}.items())))
    assert reduced(b"library" + whole) == icu_data(kept)


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    if shutil.which("cc") is None or not sys.platform.startswith("linux"):
        pytest.skip("there is no C compiler for Linux")
    monkeypatch.syspath_prepend(CHECKOUT / ".ci")
    return importlib.import_module


def compiled(library: Path, code: str, *options: str | Path) -> Path:
    """Return a library that a C compiler has made."""
    library.parent.mkdir(exist_ok=True)
    named = f"-Wl,-soname,{library.name}", "-o", library
    words = ["cc", "-g", "-shared", "-fPIC", "-x", "c", "-", "-x", "none", *options, *named]
    subprocess.run(words, input=code, text=True, check=True)
    return library


def test_dbus_finds_the_two_functions_of_systemd(
    recipe: Callable[[str], Any], tmp_path: Path
) -> None:
    versions = tmp_path / "versions"
    versions.write_text("LIBSYSTEMD_209 { global: sd_*; };", encoding="utf-8")
    code = "int sd_listen_fds(int x) { return 7; } int sd_is_socket(int x) { return 7; }"
    script = f"-Wl,--version-script={versions}"
    systemd = compiled(tmp_path / "libsystemd.so.0", code, script)
    code = "int sd_listen_fds(int); int listen() { return sd_listen_fds(0); }"
    bus = compiled(tmp_path / "libdbus-1.so.3", code, systemd, "-Wl,-rpath,$ORIGIN")
    recipe("stand_ins").replace_libraries(tmp_path)
    loaded = ctypes.CDLL(str(bus))
    assert (loaded.listen(), ctypes.CDLL(str(systemd)).sd_is_socket(0)) == (0, 0)


def test_no_function_that_a_library_uses_is_missing_afterwards(
    recipe: Callable[[str], Any], tmp_path: Path
) -> None:
    fortran = compiled(tmp_path / "numpy.libs" / "libgfortran-1.so", "int _gfortran_sum() {}")
    code = "int _gfortran_sum(); int sum() { return _gfortran_sum(); }"
    compiled(tmp_path / "numpy.libs" / "libblas.so", code, fortran)
    with pytest.raises(SystemExit, match=r"libgfortran-1\.so should have _gfortran_sum"):
        recipe("stand_ins").replace_libraries(tmp_path)


def test_the_functions_of_fortran_compute_as_its_own(
    recipe: Callable[[str], Any], tmp_path: Path
) -> None:
    functions = ctypes.CDLL(str(compiled(tmp_path / "lib.so", recipe("stand_ins").FORTRAN)))
    power = functions._gfortran_pow_r8_i8
    power.restype, power.argtypes = ctypes.c_double, (ctypes.c_double, ctypes.c_longlong)
    assert [power(3.0, n) for n in (-2, 0, 1, 5)] == [(1 / 3.0) ** 2, 1.0, 3.0, 243.0]
    power = functions._gfortran_pow_r4_i8
    power.restype, power.argtypes = ctypes.c_float, (ctypes.c_float, ctypes.c_longlong)
    assert [power(2.0, n) for n in (-149, 127)] == [2.0**-149, 2.0**127]
    joined = ctypes.create_string_buffer(b"....|", 6)
    for size, both in ((1, b"L...|"), (3, b"LUV.|"), (4, b"LUV |")):
        functions._gfortran_concat_string(size, joined, 1, b"L", 2, b"UV")
        assert joined.value == both
    times = (ctypes.c_float * 2)(-1.0, -1.0)
    functions._gfortran_etime.restype = ctypes.c_float
    seconds = functions._gfortran_etime(ctypes.byref(ctypes.pointer(times)))
    assert seconds == times[0] >= times[1] == 0


def test_libraries_that_nothing_is_linked_to_are_removed(
    recipe: Callable[[str], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "_internal"
    links = {
        "libused.so.1": b"",
        "x.libs/libold.so.2": b"",
        "x.libs/libolder.so": b"libold.so.2",
        "modules/module.so": b"libused.so.1",
        "../main": b"libpython.so",
    }
    for name, link in links.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"7" + link + b"\0")
    (folder / "libpython.so").touch()
    recipe("stand_ins").remove_unneeded(folder, tmp_path / "main")
    left = {path.name for path in recipe("stand_ins").libraries(folder)}
    assert left == {"libused.so.1", "libpython.so", "module.so"}


@pytest.mark.parametrize("unwinding", [True, False])
def test_a_library_works_with_its_mapped_parts_alone(
    recipe: Callable[[str], Any], tmp_path: Path, *, unwinding: bool
) -> None:
    code = """
        #include <math.h>
        static __thread int calls = 40; static double table[999] = {[7] = 0.5}, empty[9999];
        double next(int i) { empty[i] += table[i] + ++calls; return fabs(-empty[i]); }
    """
    library = compiled(tmp_path / "lib.so", code, "-lm", "-Wl,-z,max-page-size=0x200000")
    parts = recipe("mapped_parts")
    whole = library.read_bytes()
    patched = with_an_old_list(whole)
    assert len(patched) > 2**21
    library.write_bytes(patched)
    parts.keep_mapped_parts(library, unwinding=unwinding)
    kept = library.read_bytes()
    assert len(kept) < len(whole) < len(patched)
    assert parts.mapped_parts(kept, unwinding=unwinding) == kept
    function = ctypes.CDLL(str(library)).next
    function.restype = ctypes.c_double
    assert [function(7), function(7), function(9000)] == [41.5, 84.0, 43.0]


def with_an_old_list(data: bytes) -> bytes:
    """Return a library with what patchelf leaves: a part without a section, far behind."""
    (parts_at,) = struct.unpack_from("<Q", data, 32)
    (count,) = struct.unpack_from("<H", data, 56)
    at = -(-len(data) // 2**21) * 2**21
    changed = bytearray(data.ljust(at, b"\0") + b"old" * 99)
    kinds = [struct.unpack_from("<I", data, parts_at + 56 * i)[0] for i in range(count)]
    stack = kinds.index(0x6474E551)  # the loader can do without
    old = struct.pack("<IIQQQQQQ", 1, 6, at, 2**30, 2**30, 297, 297, 2**21)
    changed[parts_at + 56 * stack : parts_at + 56 * (stack + 1)] = old
    return bytes(changed)
