"""The benchmark runs, measures, and prints its figures for people and programs."""

import json
import re
import tracemalloc
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest

from cnnviz.bench import headless, soak, window
from cnnviz.bench.breakpoints import CONDITIONS, measure_breakpoints
from cnnviz.bench.drawing import TimedDrawing
from cnnviz.bench.headless import LOOP_SIZE, BenchRow, measure_iteration
from cnnviz.bench.live import Live
from cnnviz.bench.process import OFFSCREEN, Variables
from cnnviz.bench.report import table
from cnnviz.bench.samples import Contender, take_turns
from cnnviz.bench.soak import MemorySample, growth, history_bound
from cnnviz.cli import main
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.network import Parameters
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher
from cnnviz.training.run.history import History
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.bench.measuring import measuring_process

Measure = Callable[..., object]


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure a contender for 10 ms, where a person's figures need 200."""
    monkeypatch.setattr(
        headless,
        "take_turns",
        lambda contenders, rounds, _=0.0: take_turns(contenders, rounds, 0.01),
    )


def test_contenders_alternate_and_the_first_round_is_discarded() -> None:
    calls: list[str] = []
    samples = take_turns({n: Contender(lambda n=n: calls.append(n)) for n in "ab"}, 3, 1e-4)
    assert set(samples) == {"a", "b"}
    assert all(len(seconds) == 3 for seconds in samples.values())
    assert calls[:4] == ["a", "a", "b", "b"]
    assert set(calls) == {"a", "b"}


def test_a_row_includes_the_spread_of_its_seconds() -> None:
    row = BenchRow.of(5, "any", (3.0, 1.0, 2.0))
    assert (row.least, row.median, row.most) == (1.0, 2.0, 3.0)


def test_a_table_is_markdown_with_numbers_to_the_right() -> None:
    assert table(("images", "what"), [("2", "one"), ("2,000", "another")]) == (
        "| images | what    |\n| ------ | ------- |\n|      2 | one     |\n|  2,000 | another |\n"
    )


@pytest.mark.usefixtures("short_turns")
def test_every_contender_is_measured_at_every_size() -> None:
    rows = measure_iteration(bundled_digits(), [2, 30], "float64", 1)
    names = {
        "exact gradient",
        "notebook's rule",
        "limit of the exact gradient",
        "exact gradient, sizes in turn",
    }
    for n in (2, 30):
        assert names <= {row.contender for row in rows if row.n == n}
    assert all(row.least > 0 for row in rows)
    assert not any(row.contender == "loops over patches" for row in rows)
    assert LOOP_SIZE == 200


@pytest.mark.usefixtures("short_turns")
def test_the_table_and_the_json_agree(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--sizes", "2,5", "--rounds", "1", "--data", "bundled"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "numpy: " in printed
    assert "precision: float32" in printed
    rows = [line for line in printed.splitlines() if "exact gradient" in line]
    ours = [line for line in rows if "limit" not in line and "PyTorch" not in line]
    assert [line.split()[1] for line in ours[-2:]] == ["2", "5"]
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {row["n"] for row in report["iteration"]} == {2, 5}
    for row in report["iteration"]:
        assert row["contender"] in printed
        assert row["least"] <= row["median"] <= row["most"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--sizes", "1"], "not between 2 and 200,000"),
        (["--sizes", "many"], "--sizes"),
        (["--rounds", "0"], "ask for 1 or more"),
    ],
)
def test_wrong_values_are_refused_in_one_line(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == 2
    errors = capsys.readouterr().err
    assert why in errors
    assert errors.count("\n") == 1


def test_the_window_is_measured_and_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    platforms, first_paint, starts = window.platforms(), window.first_paint, count()

    def start(source: str, variables: Variables) -> float:
        return first_paint(source, variables) if next(starts) else 1e6  # the first is not counted

    monkeypatch.setattr(window, "platforms", lambda: islice(platforms, 1))
    monkeypatch.setattr(window, "first_paint", start)
    words = ["bench", "--live", "--data", "bundled", "--sizes", "30"]
    folders = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(tmp_path))
    with measuring_process({**OFFSCREEN, **folders}) as one:

        def in_one_process(variables: Variables, measure: Measure, *arguments: object) -> object:
            assert variables == OFFSCREEN
            return one.submit(measure, *arguments).result()

        monkeypatch.setattr(window, "in_process", in_one_process)
        assert main([*words, "--rounds", "1", "--seconds", "0.3", "--json"]) == 0
    (offscreen,) = json.loads(capsys.readouterr().out)["window"]
    assert offscreen["platform"] == "offscreen"
    assert all(0.1 < seconds < 60 for seconds in offscreen["first_paint"])
    (live,) = offscreen["live"]
    assert live["n"] == 30
    assert (len(live["headless"]), len(live["live"])) == (2, 1)
    assert min(live["headless"] + live["live"]) > 10
    assert 0 < live["gap"] < 5
    assert 0 < live["answer"] < 5
    assert live["drawn"] > 5
    assert len(offscreen["drawings"]) == 8
    report = window.report(
        [
            window.Window(
                "offscreen",
                (0.5, 0.7, 0.6),
                (Live(30, (100.0, 80.0, 110.0, 70.0), (81.0, 76.0, 90.0), 31.0, 0.04, 0.05),),
                (TimedDrawing("sorting", (0.01, 0.02)),),
                {"headless": 700.0},
            )
        ],
        {"numpy": "2"},
    )
    assert "median 0.60, least 0.50, most 0.70" in report
    figures = "30", "90.0", "82.3", "91% (80%–100%)", "31.0", "40.0", "50.0"
    assert re.search(r" +\| +".join(map(re.escape, figures)), report)
    assert re.search(r"\| sorting +\| +15\.0 +\| +19\.5 +\|\n", report)
    assert "headless: 700 MB" in report


def test_later_starts_use_compiled_modules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(
        window, "_PROGRAM", "import sys, time; print(time.time() + sys.dont_write_bytecode * 1000)"
    )
    assert 0 < window.first_paint("bundled", {}) < 1000


def test_a_long_run_is_watched(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--soak", "0.005", "--data", "bundled", "--sizes", "20", "--json"]
    assert main(words) == 0
    moments = json.loads(capsys.readouterr().out)["soak"]
    assert moments
    assert moments[-1]["iteration"] > 0  # however busy the machine is
    assert 0 < moments[-1]["history"] < moments[-1]["resident"]


def test_growth_excludes_the_history() -> None:
    samples = [
        MemorySample(10, 5, 50, 1),
        MemorySample(60, 10, 100, 2),
        MemorySample(70, 20, 115, 12),
    ]
    assert growth(samples) == 5
    assert "apart from history: 5.0 MB" in soak.report(samples, {})


def test_the_histories_bound_holds() -> None:
    """Against the contents of a real history of that length."""
    trainer = Trainer(bundled_digits(), Settings(subset=2))
    states = []
    for _ in range(400):
        states.append(trainer.parameters)
        trainer.step()
    tracemalloc.start()
    none = StatesInMemory(np.empty((0, 5, 5, 3)), np.empty((0, 1728, 1)))
    saved = History.of_file(none, *np.empty((2, 0)), [])
    for i in range(1500):
        p = states[i % 400]
        saved.append(Parameters(p.f.copy(), p.wo.copy()), Settings(subset=2), 0.1, 0.5)
    held = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    trainer.close()
    assert 0.8 * history_bound(1500, 8) < held < history_bound(1500, 8)


def test_breakpoints_of_every_kind_are_measured_and_never_stop_a_run() -> None:
    samples = measure_breakpoints(bundled_digits(), 20, "float64", 1)
    assert list(samples) == ["trainer, no breakpoint", "trainer, every kind"]
    assert all(min(seconds) > 0 for seconds in samples.values())
    trainer, tracker = Trainer(bundled_digits(), Settings(subset=20)), BreakpointTracker()
    tracker.set(Breakpoint(i, text, hit=10**12) for i, text in enumerate(CONDITIONS))
    assert all(b.condition is not None for b in tracker.all)
    watcher = BreakpointWatcher(trainer, tracker)
    for _ in range(20):
        assert watcher.check_operations() is None
        assert watcher.advance(defer=True) == (True, None)
    assert watcher.check_pending() is None
    trainer.close()
    hits = {b.text: b.hits for b in tracker.all}
    assert hits["at delta"] == 20
    for text in ("loss rises", "step > 0.1", "any filter changes", "any image flips"):
        assert hits[text] > 0
