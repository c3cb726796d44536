from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.save_dialog import (
    ARRAY,
    PDF_REPORT,
    PICTURE,
    REPLAY,
    REPORT,
    RUN,
    TABLE,
    FileType,
    SaveDialog,
)
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
def test_the_extension_determines_the_format(
    ask: Ask, tmp_path: Path, chosen: list[Path], types: list[FileType], typed: str, name: str
) -> None:
    assert ask(*types).save(typed) == []
    assert chosen == [tmp_path / name]


@pytest.mark.parametrize(
    ("typed", "excess"), [(252 * "n", "1 byte"), (251 * "n", ""), (200 * "ü", "149 bytes")]
)
def test_a_name_that_is_too_long_is_explained(
    ask: Ask, chosen: list[Path], typed: str, excess: str
) -> None:
    person = ask(RUN)
    assert person.save(typed) == []
    if excess:
        problem = person.dialog.problem
        assert problem.text() == f"The name is {excess} too long: shorten it."
        assert problem.visibleRegion().boundingRect() == problem.rect()
        assert chosen == []
        assert person.save("run") == []
    assert [path.name for path in chosen] == ["run.npz" if excess else f"{typed}.npz"]


def test_a_folder_with_a_long_name_is_entered(ask: Ask, tmp_path: Path, chosen: list[Path]) -> None:
    folder = tmp_path / (252 * "n")
    folder.mkdir()
    person = ask(RUN)
    person.save(folder.name)
    person.save("run")
    assert chosen == [folder / "run.npz"]


def test_names_are_counted_in_characters_where_the_system_does(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.app.widgets.save_dialog._UNIT", "character")
    person = ask(RUN)
    person.field.setText(200 * "ü")
    assert person.dialog.problem.text() == ""
    person.field.setText(253 * "ü")
    assert person.dialog.problem.text() == "The name is 2 characters too long: shorten it."


def test_the_proposed_name_has_an_extension(ask: Ask, tmp_path: Path, chosen: list[Path]) -> None:
    person = ask(ARRAY, TABLE)
    assert person.field.text() == "dF.npy"
    person.enter()
    assert chosen == [tmp_path / "dF.npy"]


@pytest.mark.parametrize(
    ("typed", "name"), [("dF", "dF.csv"), ("dF.npy", "dF.csv"), ("dF.v2", "dF.v2.csv")]
)
def test_another_type_changes_the_extension(
    ask: Ask, tmp_path: Path, chosen: list[Path], typed: str, name: str
) -> None:
    person = ask(ARRAY, TABLE)
    person.field.setText(typed)
    person.choose_type(1)
    assert person.field.text() == name
    person.enter()
    assert chosen == [tmp_path / name]


def test_a_name_without_an_extension_gets_that_of_the_chosen_type(
    ask: Ask, tmp_path: Path, chosen: list[Path]
) -> None:
    person = ask(ARRAY, TABLE)
    person.choose_type(1)
    person.save("other")
    assert chosen == [tmp_path / "other.csv"]


@pytest.mark.parametrize(
    ("row", "typed", "name"),
    [
        (1, "a.html", "a.report.html"),
        (1, "a.report.html", "a.report.html"),
        (1, "a.csv", "a.csv"),
        (2, "a.pdf", "a.report.pdf"),
        (3, "a.html", "a.html"),
        (3, "a.report.html", "a.report.html"),
    ],
)
def test_the_chosen_type_decides_between_endings_that_end_alike(
    ask: Ask, tmp_path: Path, chosen: list[Path], row: int, typed: str, name: str
) -> None:
    person = ask(TABLE, REPORT, PDF_REPORT, REPLAY)
    person.choose_type(row)
    person.save(typed)
    assert chosen == [tmp_path / name]


@pytest.mark.parametrize("typed", ["run", "run.npz", "run."])
def test_no_file_is_replaced_without_a_question(
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


def test_a_file_with_another_extension_is_ignored(
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


def test_no_file_is_chosen_on_cancel(ask: Ask, chosen: list[Path]) -> None:
    person = ask(RUN)
    person.dialog.reject()
    assert chosen == []
