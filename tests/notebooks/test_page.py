"""The page: source, verdicts in the margin, pictures; nothing of it runs or is fetched."""

import base64
import re
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli import main
from cnnviz.notebooks.page import as_page
from cnnviz.notebooks.pictures import picture
from cnnviz.notebooks.verdicts import LineComparison
from tests.notebooks.hands import COPY
from tests.notebooks.running import judged


class _Rows(HTMLParser):
    """Collects the text of each row of the tables, and whether all tags are closed."""

    _VOID = ("meta", "image", "line", "circle")

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        assert all(value is None or "http" not in value for _, value in attrs)
        if tag == "tr":
            self.rows.append("")
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "tr" in self.open:
            self.rows[-1] += f"{data} "


def test_the_page_shows_source_verdicts_and_pictures() -> None:
    source, _ = COPY.variants()["no-standardisation"]
    source = source.replace("lrn = 1\n", "lrn = 1  # <script>alert(1)</script>\n")
    page = as_page(judged(source))
    parser = _Rows()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    lines = [row for row in parser.rows if re.match(r"\d+ ", row)]
    assert len(lines) == len(source.splitlines())
    number = source.splitlines().index("    g = -(y - o) * o * (1 - o)") + 1
    assert "✗ departs" in lines[number - 1]
    note = parser.rows[parser.rows.index(lines[number - 1]) + 1]
    assert "not carried back through the standardisation" in note
    assert "○ as it should be" in note
    assert "<script>alert" in "".join(lines)  # as text
    assert sum("✗ departs" in line for line in lines) == 1


def test_a_picture_has_the_values_as_pixels() -> None:
    value, right = np.array([[1.0, 0.0], [-1.0, 0.5]]), np.zeros((2, 2))
    svg = picture(LineComparison(value, right, "filter index 0"), "dF")
    first = re.search(r'class="light"[^>]*base64,([^"]*)"', svg)
    assert first is not None
    pixels = _pixels(base64.b64decode(first[1]))
    assert pixels.shape == (2, 2, 3)
    zero = pixels[0, 1]
    assert zero.min() > 200  # nearly white
    assert np.ptp(zero.astype(int)) < 10
    assert len({tuple(pixel) for pixel in pixels.reshape(-1, 3).tolist()}) == 4


def test_a_page_is_only_written_where_it_can_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "a.py"
    script.write_text("x = 3")
    assert main(["check", str(script), "--run", "--out", str(tmp_path / "a.txt")]) == 2
    assert "a.txt does not name a page: end its name in .html." in capsys.readouterr().err
    page = tmp_path / "a.html"
    assert main(["check", str(script), "--run", "--out", str(page), "--data", "bundled"]) == 2
    assert "a.py cannot be judged" in page.read_text(encoding="utf-8")


def _pixels(png: bytes) -> np.ndarray:
    """Decode a PNG without filters."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    size = struct.unpack(">I", png[start - 4 : start])[0]
    rows = np.frombuffer(zlib.decompress(png[start + 4 : start + 4 + size]), np.uint8)
    return rows.reshape(height, 1 + 3 * width)[:, 1:].reshape(height, width, 3)
