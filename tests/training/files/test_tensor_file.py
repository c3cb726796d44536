from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.numerics.blocks import reporting_progress
from cnnviz.training.errors import DebuggerError
from cnnviz.training.files import tensor_file
from cnnviz.training.files.tensor_file import tensor_content, write_tensor


def some(dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 4, 2)).astype(dtype)


def test_npy_is_the_array(tmp_path: Path) -> None:
    path = tmp_path / "dF.npy"
    values = some()
    write_tensor(path, "dF", values)
    np.testing.assert_array_equal(np.load(path, allow_pickle=False), values, strict=True)
    assert [p.name for p in tmp_path.iterdir()] == ["dF.npy"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_csv_has_one_row_a_number_and_every_digit(tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "dF.csv"
    values = some(dtype)
    write_tensor(path, "dF", values)
    assert path.read_text().splitlines()[0] == "filter i,column u,row v,value"
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    assert len(rows) == values.size
    for *index, value in rows:
        assert values.dtype.type(value) == values[tuple(int(i) for i in index)]


def test_csv_of_one_image_has_its_index(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    write_tensor(path, "o", np.array([[0.25]]), image=3)
    assert path.read_text() == "index 0,image k,value\n0,3,0.25\n"


@pytest.mark.parametrize("order", ["reversed", "transposed"])
def test_npy_is_the_array_whatever_its_order_in_memory(tmp_path: Path, order: str) -> None:
    path = tmp_path / "P.npy"
    values = some().T if order == "transposed" else some()[::-1, :, ::-1]
    write_tensor(path, "dF", values)
    np.testing.assert_array_equal(np.load(path, allow_pickle=False), values, strict=True)


@pytest.mark.parametrize("ending", [".npy", ".csv"])
def test_the_parts_report_how_far_they_are(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensor_file, "_BLOCK", 10)
    monkeypatch.setattr(tensor_file, "_CHUNK", 10)
    shares: list[float] = []
    with reporting_progress(shares.append):
        parts = list(tensor_content(ending, "dF", some()))
    assert len(parts) == 4  # the first has no numbers
    assert shares == pytest.approx([10 / 24, 20 / 24, 1])


@pytest.mark.parametrize("name", ["dF.txt", "dF", "no-folder/dF.npy"])
def test_a_failed_write_is_reported(
    tmp_path: Path, name: str, is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(DebuggerError) as raised:
        write_tensor(tmp_path / name, "dF", some())
    is_one_sentence(str(raised.value).replace(str(tmp_path), "").replace("dF.", "dF "))
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_intact_if_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dF.npy"
    write_tensor(path, "dF", some())

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensor_file, "report_progress", full)  # between parts
    with pytest.raises(DebuggerError, match="its disk is full"):
        write_tensor(path, "dF", np.zeros(3))
    monkeypatch.undo()
    np.testing.assert_array_equal(np.load(path), some())
    assert [p.name for p in tmp_path.iterdir()] == ["dF.npy"]


def test_a_table_with_too_many_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensor_file, "MOST_ROWS", 23)
    with pytest.raises(DebuggerError, match="24 numbers are too many"):
        write_tensor(tmp_path / "dF.csv", "dF", some())
    write_tensor(tmp_path / "dF.npy", "dF", some())
