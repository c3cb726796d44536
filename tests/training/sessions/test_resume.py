"""What a session has kept is what there was: bit by bit, whatever a person did."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.rule import EXACT
from cnnviz.training.errors import SessionError
from cnnviz.training.own_code.source import OwnSource, variants_not_run
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions import capture
from cnnviz.training.sessions.capture import Capture
from cnnviz.training.sessions.resume import Resumed, resume
from cnnviz.training.sessions.session_file import SessionFile
from tests.training.sessions.kept_run import ACTIONS, DIGITS, act, assert_same, begun

SOURCES = {DIGITS: "bundled"}
KEPT = "__kept__"
Steps = list[tuple[str, int]]


def steps() -> st.SearchStrategy[Steps]:
    return st.lists(
        st.tuples(st.sampled_from([*ACTIONS, KEPT, KEPT]), st.integers(0, 1_000)), max_size=15
    )


@contextmanager
def session(folder: str | Path) -> Iterator[SessionFile]:
    file = SessionFile(Path(folder) / "one.session", create=True)
    try:
        yield file
    finally:
        file.close()


def live(trainer: Trainer, actions: Steps, file: SessionFile, known: Capture) -> None:
    """Do what a person does, and write it now and then."""
    for action, number in [*actions, (KEPT, 0)]:
        if action != KEPT:
            act(trainer, action, number)
        elif (delta := known.delta(trainer, {"workspace": str(number)})) is not None:
            file.write(delta)


def reopened(file: SessionFile) -> Resumed:
    file.close()
    file.__init__(file.path)  # type: ignore[misc]
    return resume(file, SOURCES)


@given(steps(), steps())
@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_a_session_is_resumed_as_it_was_left_and_goes_on(first: Steps, second: Steps) -> None:
    with TemporaryDirectory() as folder, session(folder) as file:
        trainer = begun()
        live(trainer, first, file, Capture())
        resumed = reopened(file)
        assert resumed.notes == {"workspace": "0"}
        assert_same(trainer, resumed.trainer)
        known = resumed.capture()
        # A branch that has been deleted can be restored before the end only, and keeps its states.
        lost = ("restore", "discard") if trainer.branches.deleted else ("restore",)
        second = [step for step in second if step[0] not in lost]
        for action, number in second:
            if action != KEPT:
                act(trainer, action, number)
        live(resumed.trainer, second, file, known)
        assert_same(trainer, resumed.trainer, rows=2)
        assert_same(resumed.trainer, reopened(file).trainer)


def test_a_session_that_says_nothing_of_held_out_images_is_resumed(tmp_path: Path) -> None:
    with session(tmp_path) as file:
        trainer = begun()
        live(trainer, [("steps", 3)], file, Capture())
        database = file._database
        database.execute("UPDATE note SET text = replace(text, '\"held_out\": false, ', '')")
        database.execute("UPDATE note SET text = replace(text, '\"held_out_images\": null, ', '')")
        (text,) = database.execute("SELECT text FROM note WHERE name = '.position'").fetchone()
        assert "held_out" not in text
        database.execute("DROP TABLE held_out")
        assert_same(trainer, reopened(file).trainer)


def test_what_failed_to_be_written_is_written_as_a_whole(tmp_path: Path) -> None:
    with session(tmp_path) as file:
        trainer, known = begun(), Capture()
        live(trainer, [("steps", 39), ("edit", 3), ("steps", 9)], file, known)
        act(trainer, "steps", 8)
        assert known.delta(trainer, {}) is not None  # and it is lost
        act(trainer, "time", 5)
        act(trainer, "delete", 0)
        known.start_again()
        live(trainer, [("steps", 3)], file, known)
        assert_same(trainer, reopened(file).trainer)


def test_states_after_a_checkpoint_are_taken_back_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "SPACING", 2)
    with session(tmp_path) as file:
        trainer, known = begun(), Capture()
        for _ in range(6):
            trainer.step()
        live(trainer, [], file, known)
        trainer.discard_after(4)  # of which there is a checkpoint
        trainer.change(learning_rate=1.0)
        for _ in range(2):
            trainer.step()
        live(trainer, [], file, known)
        assert_same(trainer, reopened(file).trainer)


def test_a_long_history_takes_bounded_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "SPACING", 2)
    monkeypatch.setattr(capture, "MOST", 8)
    with session(tmp_path) as file:
        trainer, known = begun(), Capture()
        live(trainer, [("steps", 38), (KEPT, 0), ("steps", 38), (KEPT, 0)] * 2, file, known)
        assert trainer.last == 156
        assert sorted(file.parameters(1)) == [0, 32, 64, 96, 128, 156]
        assert_same(trainer, reopened(file).trainer)


def test_states_of_a_fault_and_of_own_code_are_kept(tmp_path: Path) -> None:
    with session(tmp_path) as file:
        fault = EXACT.replacing([next(iter(FAULT_NAMED.values())).variant])
        trainer = begun(rule=fault)
        live(trainer, [("steps", 4)], file, Capture())
        resumed = reopened(file).trainer
        assert_same(trainer, resumed)
        assert resumed.settings.rule == fault


def test_own_code_is_not_run_by_resuming(tmp_path: Path) -> None:
    source = OwnSource.parse("def sigmoid(C):\n    raise SystemExit\n")
    with session(tmp_path) as file:
        trainer = begun()
        live(trainer, [("steps", 4)], file, known := Capture())
        trainer.change(rule=EXACT.replacing(variants_not_run(source)))
        live(trainer, [], file, known)
        resumed = reopened(file).trainer
        assert resumed.iteration == 5
        (own,) = resumed.settings.rule.extra
        assert own.source.text == source.text  # type: ignore[attr-defined]
        assert not resumed.step()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM note",
        "UPDATE note SET text = '[' WHERE name = '.position'",
        "UPDATE note SET text = x'00' WHERE name = '.position'",
        "DELETE FROM branch",
        "UPDATE branch SET json = '{}'",
        "UPDATE branch SET json = replace(json, '\"history\": 1', '\"history\": 9')",
        "UPDATE branch SET json = replace(json, 'learning_rate', 'rate')",
        "UPDATE branch SET json = replace(json, '\"changes\": [[0', '\"changes\": [[null')",
        "DELETE FROM state WHERE iteration = 0",
        "UPDATE state SET parameters = x'0011'",
        "UPDATE state SET parameters = 'words'",
        "UPDATE state SET iteration = 'words' WHERE iteration = 0",
        "DELETE FROM curve",
        "UPDATE curve SET figures = x'00'",
        "UPDATE curve SET first = 1000000000000",
        "UPDATE history SET length = 1000000000000",
        "UPDATE history SET length = 'long'",
        "UPDATE history SET parent = 1",
        "DELETE FROM history",
        "DROP TABLE state",
        "PRAGMA user_version = 99",
        "PRAGMA application_id = 0",
    ],
)
def test_a_damaged_session_gives_one_sentence(tmp_path: Path, damage: str) -> None:
    with session(tmp_path) as file:
        live(begun(), [("steps", 2), ("bookmark", 1)], file, Capture())
    database = sqlite3.connect(file.path, isolation_level=None)
    database.execute(damage)
    database.close()
    with pytest.raises(SessionError) as raised:
        reopened(file)
    file.close()
    text = str(raised.value)
    assert "one" in text
    assert text.endswith(".")
    assert "\n" not in text


@pytest.mark.parametrize("content", [b"", b"words " * 999, b"SQLite format 3\0" + bytes(5000)])
def test_another_file_gives_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "one.session"
    path.write_bytes(content)
    with pytest.raises(SessionError, match=r"one\.session .*\."):
        SessionFile(path)
    assert path.read_bytes() == content


def test_images_that_have_changed_are_named(tmp_path: Path) -> None:
    with session(tmp_path) as file:
        trainer = begun()
        trainer.branches.current.source = str(tmp_path / "gone")
        live(trainer, [("steps", 2)], file, Capture())
        file.close()
        file.__init__(file.path)  # type: ignore[misc]
        with pytest.raises(SessionError, match="gone"):
            resume(file)


def test_a_part_that_was_cut_off_gives_one_sentence(tmp_path: Path) -> None:
    with session(tmp_path) as file:
        live(begun(), [("steps", 39)], file, Capture())
    content = file.path.read_bytes()
    rng = np.random.default_rng(0)
    for length in rng.integers(1, len(content), 12):
        file.path.write_bytes(content[:length])
        with pytest.raises(SessionError):
            reopened(file)
        file.close()
