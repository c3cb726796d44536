from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.save_dialog import ARRAY, PICTURE, RUN, TABLE, FileType, SaveDialog
from tests.app.dialogs import SavingPerson

Ask = Callable[..., SavingPerson]


@pytest.fixture
def chosen() -> list[Path]:
    return []


@pytest.fixture
def ask(
    make_host: Callable[[int, int], QWidget], qtbot: QtBot, tmp_path: Path, chosen: list[Path]
) -> Iterator[Ask]:
    """Return a function that opens the dialog in an empty folder."""
    host = make_host(700, 500)

    def open_dialog(*types: FileType) -> SavingPerson:
        dialog = SaveDialog("Save it", "dF", types, host)
        dialog.setDirectory(str(tmp_path))
        dialog.chosen.connect(chosen.append)
        dialog.open()
        qtbot.waitExposed(dialog)
        return SavingPerson(host, qtbot)

    yield open_dialog
    for dialog in host.findChildren(SaveDialog):
        dialog.close()


@pytest.mark.parametrize(
    ("types", "typed", "name"),
    [
        ([RUN], "run", "run.npz"),
        ([RUN], "run.npz", "run.npz"),
        ([RUN], "RUN.NPZ", "RUN.NPZ"),
        ([RUN], "run.v2", "run.v2.npz"),
        ([RUN], "run 0.1 of 2", "run 0.1 of 2.npz"),
        ([RUN], "run.", "run.npz"),
        ([RUN], " run ", "run.npz"),
        ([RUN], ".npz", ".npz.npz"),
        ([RUN], ".hidden", ".hidden.npz"),
        ([RUN], "прогон 走る", "прогон 走る.npz"),
        ([RUN], "run.npy", "run.npy.npz"),
        ([PICTURE], "shot.svg", "shot.svg.png"),
        ([PICTURE], "shot", "shot.png"),
        ([ARRAY, TABLE], "dF", "dF.npy"),
        ([ARRAY, TABLE], "dF.csv", "dF.csv"),
        ([ARRAY, TABLE], "dF.txt", "dF.txt.npy"),
    ],
)
def test_the_ending_says_what_is_written(
    ask: Ask, tmp_path: Path, chosen: list[Path], types: list[FileType], typed: str, name: str
) -> None:
    assert ask(*types).save(typed) == []
    assert chosen == [tmp_path / name]


def test_what_is_proposed_has_an_ending(ask: Ask, tmp_path: Path, chosen: list[Path]) -> None:
    person = ask(ARRAY, TABLE)
    assert person.field.text() == "dF.npy"
    person.enter()
    assert chosen == [tmp_path / "dF.npy"]


@pytest.mark.parametrize(
    ("typed", "name"), [("dF", "dF.csv"), ("dF.npy", "dF.csv"), ("dF.v2", "dF.v2.csv")]
)
def test_another_type_gives_another_ending(
    ask: Ask, tmp_path: Path, chosen: list[Path], typed: str, name: str
) -> None:
    person = ask(ARRAY, TABLE)
    person.field.setText(typed)
    person.choose_type(1)
    assert person.field.text() == name
    person.enter()
    assert chosen == [tmp_path / name]


def test_a_type_that_is_chosen_first_is_that_of_a_name_without_an_ending(
    ask: Ask, tmp_path: Path, chosen: list[Path]
) -> None:
    person = ask(ARRAY, TABLE)
    person.choose_type(1)
    person.save("other")
    assert chosen == [tmp_path / "other.csv"]


@pytest.mark.parametrize("typed", ["run", "run.npz", "run."])
def test_nothing_is_replaced_unasked(
    ask: Ask, tmp_path: Path, chosen: list[Path], typed: str
) -> None:
    (tmp_path / "run.npz").touch()
    person = ask(RUN)
    (question,) = person.save(typed, replace=False)
    assert question.startswith("run.npz already exists.")
    assert chosen == []
    assert person.dialog.isVisible()
    (question,) = person.save(typed, replace=True)
    assert chosen == [tmp_path / "run.npz"]


def test_a_file_of_another_ending_is_not_in_the_way(
    ask: Ask, tmp_path: Path, chosen: list[Path]
) -> None:
    (tmp_path / "run").touch()
    assert ask(RUN).save("run") == []
    assert chosen == [tmp_path / "run.npz"]


def test_a_folder_is_entered(ask: Ask, tmp_path: Path, chosen: list[Path]) -> None:
    (tmp_path / "runs").mkdir()
    person = ask(RUN)
    person.save("runs")
    assert chosen == []
    person.save("mine")
    assert chosen == [tmp_path / "runs" / "mine.npz"]


def test_a_path_can_be_typed(ask: Ask, tmp_path: Path, chosen: list[Path]) -> None:
    (tmp_path / "a b.c").mkdir()
    ask(RUN).save(tmp_path / "a b.c" / "run.v2")
    assert chosen == [tmp_path / "a b.c" / "run.v2.npz"]


def test_nothing_is_chosen_where_it_is_cancelled(ask: Ask, chosen: list[Path]) -> None:
    person = ask(RUN)
    person.dialog.reject()
    assert chosen == []
