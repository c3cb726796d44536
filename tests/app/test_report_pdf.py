"""Reports as PDF: Qt can read their pages."""

import re
import zlib

import pytest

from cnnviz.app.report_pdf import as_pdf
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT
from cnnviz.training.export.report import as_report
from cnnviz.training.files.recorder import record
from cnnviz.training.settings import Settings


@pytest.mark.usefixtures("qapp")
def test_a_report_has_a_page_for_each_part_with_its_pictures() -> None:
    run = record(bundled_digits(), Settings(subset=20, rule=EXACT), 3).run
    report = as_report(run, bundled_digits())
    content = as_pdf(report.encode())
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", content)) == 5
    assert b"/DCTDecode" not in content  # pixels of tensors, as they are
    images = re.findall(rb"/Subtype /Image\s+/Width (\d+)\s+/Height (\d+)", content)
    in_page = re.sub(r'<image class="dark"[^>]*/>', "", report).count("<image ")
    assert len(images) == in_page
    sizes = {(int(w), int(h)) for w, h in images}
    assert sizes == {(28, 28), (5, 5), (24, 24), (255, 1)}  # a pixel for each number, and scales
    streams = re.findall(
        rb"/Filter /FlateDecode\s*>>\s*stream\r?\n(.*?)endstream", content, re.DOTALL
    )
    pages = [text for one in streams if b"BT" in (text := zlib.decompressobj().decompress(one))]
    assert len(pages) == 5  # has text
    assert pages[0].count(b" l\n") >= 10  # the curves and their grids are lines
