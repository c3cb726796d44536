"""`cnnviz export` and `cnnviz lesson`, as a program is called."""

import json
from pathlib import Path

import pytest

from cnnviz import cli


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run.npz"
    words = ["train", "--out", str(path), "--data", "bundled", "--subset", "8", "--iterations", "3"]
    assert cli.main(words) == 0
    return path


def test_a_run_becomes_a_table_a_page_a_report_or_a_notebook(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, notebook = tmp_path / "a.csv", tmp_path / "b.ipynb"
    replay, report = tmp_path / "c.html", tmp_path / "c.report.html"
    for page, part in ((replay, '<script type="module">'), (report, "<h2>Predictions</h2>")):
        assert cli.main(["export", str(run_file), "--out", str(page)]) == 0
        assert part in page.read_text(encoding="utf-8")
    assert cli.main(["export", str(run_file), "--out", str(table)]) == 0
    assert len(table.read_text().splitlines()) == 4
    words = [
        "export",
        str(run_file),
        "--out",
        str(notebook),
        "--iteration",
        "1",
        "--blank",
        "delta",
    ]
    assert cli.main(words) == 0
    assert "# Iteration 1 of" in "".join(json.loads(notebook.read_text())["cells"][0]["source"])
    assert capsys.readouterr().out.splitlines()[-1] == f"Exported to {notebook}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "run.xyz"], "run.xyz does not say what to write"),
        (["--out", "run.csv", "--blank", "delta"], "are of a notebook"),
        (["--out", "run.csv", "--iteration", "1"], "a table or a page that replays has them all"),
        (["--out", "run.ipynb", "--iteration", "9"], "iteration 9"),
        (["--out", "run.ipynb", "--blank", "convolve"], "no operation is called convolve"),
        ([], "name it with --out"),
    ],
)
def test_wrong_calls_end_with_one_line(
    run_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", str(run_file), *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_lesson_names_what_is_wrong_with_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "---\ntitle: T\nsummary: S.\n---\n\n## One\n\nWords.\n"
    right, wrong = tmp_path / "a.md", tmp_path / "b.md"
    right.write_text(head)
    wrong.write_text(head + "\n```show\npanels: nowhere\n```\n")
    assert cli.main(["lesson", str(right)]) == 0
    assert capsys.readouterr().out == f"{right}: “T” is right: 1 step, no question.\n"
    assert cli.main(["lesson", str(tmp_path)]) == 1
    assert f"{wrong}:11:9: no panel is called nowhere" in capsys.readouterr().out
    (tmp_path / "none").mkdir()
    assert cli.main(["lesson", str(tmp_path / "none")]) == 2
    assert cli.main(["lesson"]) == 2
