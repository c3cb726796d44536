"""Reports: what they say of a run is true, and nothing in them runs or is fetched."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.pages import plots
from cnnviz.pages.plots import curve
from cnnviz.training.errors import ExportError
from cnnviz.training.export import report
from cnnviz.training.export.moment import Moment
from cnnviz.training.export.report import as_report
from cnnviz.training.files.recorder import record
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.held_out_curve import HeldOutCurve
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.browser import Browser
from tests.training.recorded import f_of, run_of, wo_of


class _Rows(HTMLParser):
    """Collects the rows of all tables; every tag must be closed."""

    _VOID = ("meta", "image", "line", "circle", "polyline", "path", "br")

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "img", "link")
        assert all(value is None or "http:" not in value for _, value in attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] in (["td"], ["th"]):
            self.rows[-1][-1] += data


def rows_of(page: str) -> dict[str, list[str]]:
    """Return what the tables of a page have beside the first cell of each row."""
    parser = _Rows()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return {first: others for first, *others in parser.rows}


def run_under(rule: Rule) -> Run:
    return record(bundled_digits(), Settings(subset=20, rule=rule, learning_rate=5.0), 3).run


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (EXACT, set()),
        (
            Rule.correcting(["standardisation", "update-order", "pairing", "layout"]),
            {"dense gradient"},
        ),
        (NOTEBOOK, {"δ", "dense gradient", "map gradient", "mean over images", "reshape"}),
    ],
    ids=lambda value: getattr(value, "title", ""),
)
def test_its_verdicts_are_those_of_the_check(rule: Rule, wrong: set[str]) -> None:
    page = as_report(run_under(rule), bundled_digits())
    rows = rows_of(page)
    found = {
        title for title, cells in rows.items() if cells[0] == "✗ wrong" and "against" not in title
    }
    assert found == wrong
    assert (rows["∂L/∂wo, against the loss"][0] == "✓ right") is (rule == EXACT)
    assert ("this backward pass is the gradient" in page) is (rule == EXACT)


def test_its_figures_are_those_of_the_run_and_the_state() -> None:
    run = run_under(EXACT)
    rows = rows_of(as_report(run, bundled_digits(), 1))
    last = f"{run.loss[-1]:#.3g} at iteration {run.iterations - 1}"
    assert rows["loss"] == [f"{run.loss[0]:#.3g} at iteration 0, {last}"]
    assert rows["rule"] == ["exact"]
    at = Moment.of_run(run, bundled_digits(), 1)
    page = as_report(run, bundled_digits(), 1)
    right = round(run.accuracy[1] * 20)
    assert f"<p>{right} of 20 are right" in page
    assert f"loss {run.loss[1]:#.3g}.</p>" in page
    by_digit = [rows[str(digit)] for digit in range(10)]
    assert sum(int(one[0].removeprefix("✓ ")) for one in by_digit) == right
    assert [sum(int(cell[2:]) for cell in one) for one in by_digit] == [
        int((at.labels == digit).sum()) for digit in range(10)
    ]
    assert page.count('class="wrong" d=') == 20 - right


def test_it_is_titled_and_has_the_figures_of_held_out_images() -> None:
    run = run_under(EXACT)
    page = as_report(run, bundled_digits())
    assert "<h1>exact, η 5, n 20</h1>" in page
    today = f"{datetime.now(tz=UTC).astimezone().date()}"
    assert re.search(rf"at iteration 3\. Written on {today}\.", page)
    assert "held-out" not in rows_of(page)
    curve = HeldOutCurve().with_state(0, np.nan, np.nan, 7)
    for at, loss, accuracy in ((1, 0.2, 0.5), (3, 0.125, 0.75)):
        curve = curve.with_state(at, loss, accuracy, 7)
    page = as_report(replace(run, held_out=curve), bundled_digits())
    rows = rows_of(page)
    assert rows["held-out images"] == ["7, not trained on"]
    assert rows["held-out loss"] == ["0.200 at iteration 1, 0.125 at iteration 3"]
    assert rows["held-out accuracy"] == ["50.0 % at iteration 1, 75.0 % at iteration 3"]
    dashes = re.findall(r'class="held-out" points="([^"]*)"', page)
    assert [len(path.split()) for path in dashes] == [2, 2]


def test_changes_edits_and_bookmarks_are_listed_as_text() -> None:
    trainer = Trainer(bundled_digits(), Settings(subset=8))
    trainer.step()
    trainer.change(learning_rate=100.0)
    trainer.step()
    run = run_of(trainer)
    trainer.close()
    bookmark, edit = Bookmark(2, "<b>here</b>"), Edit(1, "f", (0, 1, 2), 0.5)
    annotations = Annotations("</title><script>1</script>", (bookmark,), (edit,))
    named = replace(run, config=replace(run.config, annotations=annotations))
    page = as_report(named, bundled_digits())
    parser = _Rows()
    parser.feed(page)
    parser.close()
    listed = [row for row in parser.rows if row[0].startswith("iteration ")]
    assert listed == [
        ["iteration 1", "η 15 → 100"],
        ["iteration 1", "filter 3, row 2, column 1 · f[0, 1, 2] = 0.5, by hand"],
        ["iteration 2", "bookmark “<b>here</b>”"],
    ]
    assert "<title>&lt;/title&gt;&lt;script&gt;" in page


def test_a_state_without_a_result_says_why() -> None:
    run = run_under(EXACT)
    dense = np.array(wo_of(run))
    dense[-1] = 0  # all z are equal
    page = as_report(replace(run, states=StatesInMemory(f_of(run), dense)), bundled_digits())
    assert page.count("standardise: all 20 values z are equal") == 2
    with pytest.raises(ExportError, match="no iteration 4"):
        as_report(run, bundled_digits(), 4)


def test_a_long_curve_keeps_its_peaks_in_few_points() -> None:
    values = np.full(100_000, 0.1)
    values[54_321] = 0.4
    values[3] = np.nan
    drawn = curve("loss", values, 0.4, [(5, "η 1 → 2")])
    (path,) = re.findall(r'points="([^"]*)"', drawn)
    points = [point.split(",")[1] for point in path.split()]
    assert len(points) <= 1_000
    assert min(map(float, points)) == 28
    assert "η 1 → 2</text>" in drawn


def test_of_many_images_some_are_drawn_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_MOST_CHECKED", 8)
    monkeypatch.setattr(plots, "_MOST_IMAGES", 7)
    run = run_under(EXACT)
    page = as_report(run, bundled_digits(), 2)
    assert "<p>Checked on the first 8 images.</p>" in page
    assert "output of one image in 3, by digit" in page
    assert page.count("<circle") + page.count('class="wrong" d=') == 7
    assert f"<p>{round(run.accuracy[2] * 20)} of 20 are right" in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_without_complaint(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    path = tmp_path / "run.report.html"
    path.write_text(as_report(run_under(NOTEBOOK), bundled_digits()), encoding="utf-8")
    browser.open(path, 800, 600, scheme)
    assert browser.evaluate("document.documentElement.scrollWidth") <= 800
    other = {"light": "dark", "dark": "light"}[scheme]
    for theme, displayed in ((scheme, "inline"), (other, "none")):
        shown = f"getComputedStyle(document.querySelector('image.{theme}')).display"
        assert browser.evaluate(shown) == displayed
    assert browser.complaints == []
