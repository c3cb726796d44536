"""The bundle's program and recipe, without the minutes that PyInstaller takes."""

import ctypes
import importlib
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

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


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_dbus_finds_the_two_functions_of_systemd(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(CHECKOUT / ".ci")
    for name in ("libsystemd.so.0", "libgcrypt.so.20", "libzstd.so.1"):
        (tmp_path / name).write_bytes(b"large")
    importlib.import_module("systemd_library").replace_systemd(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["libsystemd.so.0", "libzstd.so.1"]
    library = ctypes.CDLL(str(tmp_path / "libsystemd.so.0"))
    assert (library.sd_listen_fds(0), library.sd_is_socket(0, 0, 0, 0)) == (0, 0)
