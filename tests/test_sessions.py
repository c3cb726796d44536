"""`cnnviz sessions`: listing, exporting and deleting what was kept."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli import main
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.journal import Journal
from tests.training.recorded import arrays_of, run_of
from tests.training.sessions.kept_run import act, begun


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """A run with two branches, which a session has kept."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    trainer = begun()
    for action in ("steps", "edit", "steps"):
        act(trainer, action, 4)
    journal = Journal(tmp_path / "data" / "cnnviz" / "sessions", pytest.fail)
    journal.touch()
    journal.close(trainer)
    return trainer


def only(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "data" / "cnnviz" / "sessions").iterdir()
    return path


@pytest.mark.parametrize("home", [None, ""])
def test_somebody_without_a_home_has_no_sessions(
    home: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(user: int) -> None:
        raise KeyError(user)

    monkeypatch.setenv("HOME", home or "")  # so that it comes back afterwards
    if home is None:
        monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert main(["sessions"]) == 0
    assert capsys.readouterr() == ("No session is kept.\n", "")


def test_sessions_are_listed(
    kept: Trainer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sessions"]) == 0
    line = capsys.readouterr().out.splitlines()[2]
    columns = [column.strip() for column in line.strip("|").split("|")]
    assert columns[0] == only(tmp_path).stem
    assert columns[2:5] == ["", "2", str(kept.last)]  # no states are kept
    assert columns[-1].startswith(kept.branches.current.name)


def test_a_branch_of_a_session_is_written_as_a_run(
    kept: Trainer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.npz"
    for words, number in (([], 2), (["--branch", "1"], 1)):
        assert main(["sessions", "--export", "last", "--out", str(out), *words]) == 0
        assert f"; --branch writes another: {3 - number} “" in capsys.readouterr().out
        run = run_of(kept, number)
        with np.load(out, allow_pickle=False) as written:
            for name, array in arrays_of(run).items():
                np.testing.assert_array_equal(written[name], array)
            assert str(written["config"]) == run.config.to_json()


def test_a_session_is_deleted_by_the_beginning_of_its_name(
    kept: Trainer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = only(tmp_path)
    assert kept
    assert main(["sessions", "--delete", path.stem[:12]]) == 0
    assert main(["sessions"]) == 0
    assert capsys.readouterr().out == f"Deleted {path.stem}\nNo session is kept.\n"
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--export", "1999", "--out", "x.npz"], "1999 names no session: `cnnviz sessions` lists"),
        (["--export", "last"], "RUN.npz"),
        (
            ["--export", "last", "--out", "x.csv"],
            "x.csv does not name a run: end its name in .npz.",
        ),
        (
            ["--export", "last", "--out", "x.npz", "--branch", "7"],
            "there is no branch 7: there are 1 “",
        ),
        (["--branch", "1"], "--out and --branch apply to a session: name it with --export."),
    ],
)
def test_wrong_words_give_one_sentence(
    kept: Trainer, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept
    assert main(["sessions", *words]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
