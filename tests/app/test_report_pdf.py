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
    images = re.findall(rb"/Subtype /Image\s+/Width (\d+)\s+/Height (\d+)", content)
    drawn = re.findall(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)">', report)
    expected = {(round(3 * float(w)), round(3 * float(h))) for w, h in drawn}
    assert {(int(w), int(h)) for w, h in images} == expected
    streams = re.findall(
        rb"/Filter /FlateDecode\s*>>\s*stream\r?\n(.*?)endstream", content, re.DOTALL
    )
    assert any(b"BT" in zlib.decompressobj().decompress(stream) for stream in streams)  # has text
