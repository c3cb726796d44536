"""Machines without fonts, and with fonts that lack letters of the mathematics."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QRawFont
from PySide6.QtWidgets import QApplication

import cnnviz
from cnnviz.app.runtime.fonts import font_problem
from cnnviz.data.resources import resource_path


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("family", ["", "no such family"])
def test_installed_fonts_are_no_problem(family: str) -> None:
    assert font_problem(QFont(family) if family else QApplication.font()) == ""


@pytest.mark.usefixtures("qapp")
def test_the_fonts_of_the_program_have_all_that_it_writes() -> None:
    sources = Path(cnnviz.__file__).parent.rglob("*.py")
    lessons = resource_path("lessons").rglob("*.md")
    texts = [path.read_text("utf-8") for path in (*sources, *lessons)]
    written = {c for text in texts for c in text if not c.isascii()}
    assert written >= set("✓✗ẑλδ∂Σ╌−×→")
    font = QRawFont(str(resource_path("symbols", "symbols.ttf")), 12)
    assert font.familyName() in QFontDatabase.families()
    assert {c for c in written if not font.supportsCharacter(ord(c))} == set()
    assert not font.supportsCharacter(ord("n"))  # it is no font to write with


@pytest.mark.usefixtures("qapp")
def test_the_licences_of_the_symbols_are_included() -> None:
    """Both that the font itself names."""
    text = " ".join(resource_path("licences", "symbols.txt").read_text("utf-8").split())
    font = QRawFont(str(resource_path("symbols", "symbols.ttf")), 12)
    names = font.fontTable("name").data().decode("utf-16-be", "replace")
    holders = re.findall(r"Copyright [^\n]* by [^\n]*", names)
    assert len(holders) == 2
    assert all(holder in text for holder in holders)
    assert text.count("Permission is hereby granted") == len(holders)


@pytest.mark.skipif(sys.platform != "linux", reason="fonts are found by fontconfig on Linux alone")
@pytest.mark.parametrize(("words", "status"), [(["snapshot", "--out", "window.png"], 2), ([], 1)])
def test_a_machine_without_fonts_is_reported(tmp_path: Path, words: list[str], status: int) -> None:
    (fonts := tmp_path / "fonts.conf").write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    code = "import sys; from cnnviz.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--data", "bundled"],
        cwd=tmp_path,
        env={
            **os.environ,
            "FONTCONFIG_FILE": str(fonts),
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_CACHE_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status
    assert done.stderr == (
        "cnnviz: no text can be drawn, because no font with letters is installed: install one, "
        "such as the package fonts-dejavu-core, and try again.\n"
    )
    assert not (tmp_path / "window.png").exists()
