"""The published notebook: its five lines, each corrected in turn, all corrected."""

import json
from pathlib import Path

import pytest

from cnnviz.cli import main
from tests.notebooks.published import FAULTS, as_notebook, published
from tests.notebooks.running import departures, judged


def test_the_five_lines_and_no_other_depart() -> None:
    judgement = judged(published())
    assert departures(judgement) == list(FAULTS.values())
    assert judgement.understood == 1
    assert judgement.first.name == "delta"


@pytest.mark.parametrize("fix", FAULTS)
def test_with_one_corrected_the_other_four_depart(fix: str) -> None:
    left = [fault for name, fault in FAULTS.items() if name != fix]
    found = departures(judged(published(fixes=(fix,))))
    if fix == "pairing":  # the misreading is in the line that has taken the place of the mean
        assert found == [*left[:3], ("error_maps", "reshape", "permutation")]
    else:
        assert found == left


def test_with_all_corrected_none_departs() -> None:
    judgement = judged(published(fixes=tuple(FAULTS)))
    assert departures(judgement) == []
    assert judgement.understood == 1
    assert not [line for line in judgement.lines if line.verdict == "follows"]


def test_a_departing_line_says_its_worst_cell_and_what_it_would_have_to_be() -> None:
    lines = {line.name: line for line in judged(published()).departing}
    gradient = lines["error_wrt_wo"]
    assert gradient.worst.value == pytest.approx(4 * gradient.worst.right)
    assert gradient.suggestion == "error_wrt_wo = (flat.dot(delta.T)) / 4"
    assert lines["error_maps"].suggestion == (
        "error_maps = mean_error.reshape(3, 24, 24).transpose(1, 2, 0)"
    )
    assert "z_scaled" in lines["delta"].suggestion


@pytest.mark.parametrize("ending", [".py", ".ipynb"])
def test_the_command_runs_it_and_finds_the_five_lines(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"published{ending}"
    source = published(4)
    path.write_text(as_notebook(source) if ending == ".ipynb" else source)
    assert main(["check", str(path), "--run", "--json", "--data", "bundled"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    wrong = [line for line in report["lines"] if line["verdict"] == "departs"]
    assert [(w["name"], w["operation"], w["kind"]) for w in wrong] == list(FAULTS.values())
    assert report["first"] == wrong[0]
    assert report["understood"] == 1
    assert report["stopped"] is None
    assert captured.err.startswith("0 0.")  # what it printed
    if ending == ".ipynb":
        assert next((w["cell"], w["line"]) for w in wrong) == (4, 19)
        assert sum("IPython" in note for note in report["notes"]) == 2
    else:
        assert wrong[0]["cell"] is None
        assert source.splitlines()[wrong[0]["line"] - 1].strip().startswith("delta = ")


def test_it_is_not_run_unless_that_is_wished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "published.py"
    path.write_text("import pathlib; pathlib.Path('trace').touch()")
    assert main(["check", str(path)]) == 2
    assert "add --run" in capsys.readouterr().err
