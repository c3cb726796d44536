"""`cnnviz export` and `cnnviz lesson`, as a program is called."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cnnviz import cli
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.numerics.tensors import TENSORS


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
        (["--out", "run.csv", "--blank", "delta"], "apply to a notebook"),
        (["--out", "run.csv", "--iteration", "1"], "a table or a page that replays has them all"),
        (["--out", "run.ipynb", "--iteration", "9"], "iteration 9"),
        (["--out", "run.ipynb", "--blank", "convolve"], "no operation is called convolve"),
        ([], "name it with --out"),
        (["--out", "x.npy"], "an .npy file holds one tensor: name it with --tensor"),
        (["--out", "x.png", "--tensor", "dF"], "--tensor is written as .npy or .csv"),
        (["--out", "x.npy", "--tensor", "dG"], "no tensor is called dG: there are X, y, f, wo"),
        (["--out", "x.npy", "--tensor", "dF", "--image", "1"], "dF has no part for each image"),
        (["--out", "x.npy", "--tensor", "C", "--image", "8"], "not in the subset: name one of 0 t"),
        (["--out", "x.html", "--image", "3"], "--image applies to a picture or to --tensor"),
        (["--out", "x.csv", "--predictions", "--image", "3"], "--image applies to a picture or to"),
        (["--out", "x.ipynb", "--predictions"], "--predictions are a table by themselves"),
        (["--out", "x.gif", "--iterations", "0:4"], "goes beyond the run, which has iterations 0"),
        (["--out", "x.gif", "--iterations", "4:0"], "write them like 0:100 or 0:100:2"),
        (["--out", "x.gif", "--iteration", "1"], "a moving picture has --iterations"),
        (["--out", "x.png", "--fps", "5"], "--iterations and --fps apply to a moving picture"),
        (["--out", "x.csv", "--panels", "loss"], "--panels and --size apply to pictures"),
        (["--out", "x.gif", "--panels", "loss,loss"], "names a panel twice"),
        (["--out", "x.svg", "--scale", "2"], "--scale applies to pixels"),
        (["--out", "x.gif", "--panels", "loss", "--fps", "90"], "a GIF has 50 frames a second at"),
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


def test_numbers_of_an_iteration(run_file: Path, tmp_path: Path) -> None:
    dF, C, rows = tmp_path / "dF.npy", tmp_path / "C.csv", tmp_path / "o.csv"
    words = ["export", str(run_file), "--iteration", "1", "--out"]
    assert cli.main([*words, str(dF), "--tensor", "dF"]) == 0
    assert cli.main([*words, str(C), "--tensor", "C", "--image", "7"]) == 0
    assert cli.main([*words, str(rows), "--predictions"]) == 0
    with np.load(run_file) as run:
        parameters, loss = Parameters(run["f"][1], run["wo"][1]), run["loss"][1]
    digits = bundled_digits().first(8)
    batch = Batch.from_images(digits.images, digits.labels, np.float64)
    made = iterate(batch, parameters, NOTEBOOK, 15.0)
    np.testing.assert_allclose(np.load(dF), made["dF"], rtol=1e-12)
    assert C.read_text().startswith("image k,filter i,column r,row c,value\n7,0,0,0,")
    values = np.loadtxt(C, delimiter=",", skiprows=1)[:, -1]
    axis = TENSORS["C"].image_axis(made["C"].ndim)
    assert axis is not None
    np.testing.assert_allclose(values, np.take(made["C"], 7, axis).ravel(), rtol=1e-12)
    table = list(csv.DictReader(rows.read_text().splitlines()))
    np.testing.assert_allclose([float(row["output"]) for row in table], made["o"][0], rtol=1e-12)
    assert np.mean([float(row["error"]) for row in table]) == pytest.approx(float(loss))
    assert [row["digit"] for row in table] == ["0", "1", "2", "3", "4", "5", "6", "7"]
    right = [(o > 0.5) == (k > 4) for k, o in enumerate(made["o"][0])]
    assert [row["right"] == "1" for row in table] == right


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
    wrong.write_text(head + "{{ acuracy() }}\n")
    assert cli.main(["lesson", str(wrong)]) == 1
    said = capsys.readouterr().out
    assert f"{wrong}:9:4: no function is called acuracy: perhaps you mean accuracy; " in said
    page = Path(said.splitlines()[-1].rpartition(": ")[2])
    assert "`loss()`, `accuracy()`" in page.read_text()  # where the full list stands
    (tmp_path / "none").mkdir()
    assert cli.main(["lesson", str(tmp_path / "none")]) == 2
    assert cli.main(["lesson"]) == 2
