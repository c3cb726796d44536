import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnviz.data.errors import DataError
from cnnviz.training.hunt.errors import HuntError
from cnnviz.training.hunt.hunt import NOTHING, Hunt, Look
from cnnviz.training.hunt.result_file import COLUMNS, as_csv, confirm, write_result

SOLVED = (
    Hunt(60)
    .look(Look("gradient"))
    .look(Look("operation", "filter_gradient"))
    .hint()
    .name_place("filter_gradient")
    .explain("the correlation's arguments are exchanged, so the filter comes out rotated")
    .be_sure(95)
)


def test_a_result_is_confirmed_by_its_moves(tmp_path: Path) -> None:
    path = tmp_path / "ann.json"
    write_result(path, SOLVED, "Ann")
    assert path.stat().st_size < 2000
    confirmed = confirm(path)
    assert (confirmed.problem, confirmed.person, confirmed.hunt) == ("", "Ann", SOLVED)
    assert confirmed.row == {
        "file": "ann.json",
        "confirmed": True,
        "person": "Ann",
        "number": 60,
        "hidden": "filter-rotated",
        "place_right": True,
        "answer_right": True,
        "sure": 95,
        "brier": 0.0025,
        "cost": 7,
        "looks": 2,
        "hints": 1,
        "problem": "",
    }
    with pytest.raises(HuntError):
        write_result(path, Hunt(60), "Ann")


def changed(**values: object) -> Callable[[dict[str, Any]], None]:
    return lambda said: said.update(values)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (changed(number=61), "its outcome is not what follows"),
        (changed(person="Ben"), "its sum is not what follows"),
        (changed(hints=0), "its outcome is not what follows"),
        (changed(hints=10**9), "no more hints"),
        (changed(hints=True), "missing"),
        (changed(looks=[]), "its outcome is not what follows"),
        (changed(looks=[["gradient"]]), "not pairs"),
        (changed(looks=[["gradient", "delta"]]), "does not look at one operation"),
        (changed(looks=[["gradient", ""]] * 2 + [["operation", "filter_gradient"]]), "its looks"),
        (lambda said: said["answer"].update(sure=99), "its outcome is not what follows"),
        (lambda said: said["answer"].update(sure=1e400), "missing"),
        (lambda said: said["answer"].update(place="pool"), "'pool' is none of"),
        (lambda said: said["answer"].update(title="x"), "not among what can be wrong"),
        (lambda said: said["outcome"].update(cost=1), "its outcome is not what follows"),
        (changed(edition=2), "edition 2"),
        (changed(number=-1), "not between"),
        (changed(number="60"), "missing"),
        (changed(person=3), "its person is missing"),
        (changed(format="x"), "not the result of a hunt"),
        (changed(answer=None), "missing"),
    ],
)
def test_a_result_that_was_changed_is_not_confirmed(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    path = tmp_path / "r.json"
    write_result(path, SOLVED, "Ann")
    said = json.loads(path.read_text(encoding="utf-8"))
    change(said)
    path.write_text(json.dumps(said), encoding="utf-8")
    assert problem in confirm(path).problem


def test_files_that_are_no_results(tmp_path: Path) -> None:
    for index, content in enumerate((b"", b"[]", b"\xff", b"[" * 50_000, b" " * 70_000)):
        path = tmp_path / str(index)
        path.write_bytes(content)
        found = confirm(path)
        assert "not the result of a hunt" in found.problem
        assert found.row["number"] == ""
    assert confirm(tmp_path).problem == "it is not a file."
    with pytest.raises(DataError, match="does not exist"):
        confirm(tmp_path / "none")


def test_many_results_make_one_table(tmp_path: Path) -> None:
    for name, hunt in (("=Ann,\n", SOLVED), ("Ben", Hunt(5).name_place(NOTHING).be_sure(60))):
        write_result(tmp_path / f"{name[:3]}.json", hunt, name)
    (tmp_path / "Zed.json").write_text("{}", encoding="utf-8")
    text = as_csv(map(confirm, sorted(tmp_path.iterdir())))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    by_file = {row["file"]: row for row in rows}
    assert [row["confirmed"] for row in by_file.values()] == ["yes", "yes", "no"]
    assert by_file["'=An.json"]["person"] == "'=Ann,\n"  # no formula for a spreadsheet
    assert by_file["Ben.json"]["hidden"] == "nothing"
    assert by_file["Ben.json"]["answer_right"] == "yes"
    assert by_file["Zed.json"]["number"] == ""
