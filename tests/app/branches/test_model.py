"""The table of branches, checked by Qt while branches come and go."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtTest import QSignalSpy

from cnnviz.app.branches.model import BranchColumn, BranchesModel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def frames() -> Iterator[tuple[Frame, Frame]]:
    """A run of one branch, and of two, of which the second is current."""
    trainer = Trainer(bundled_digits(), Settings(subset=5))
    for _ in range(3):
        trainer.step()
    one = frame_of(trainer, 0)
    trainer.go_to(1)
    trainer.change(learning_rate=2.0)
    trainer.step()
    yield one, frame_of(trainer, 0)
    trainer.close()


@pytest.fixture
def model(check_model: Callable[[QAbstractItemModel], None]) -> BranchesModel:
    model = BranchesModel(Style(LIGHT))
    check_model(model)
    return model


def test_branches_come_and_go(model: BranchesModel, frames: tuple[Frame, Frame]) -> None:
    rows_before_reset: list[int] = []
    model.modelAboutToBeReset.connect(lambda: rows_before_reset.append(model.rowCount()))
    one, two = frames
    for frame in (one, one, two, one):
        model.show_frame(frame, {})
        names = [model.index(row, BranchColumn.NAME).data() for row in range(model.rowCount())]
        assert names == [branch.name for branch in frame.branches]
    assert rows_before_reset == [0, 1, 2]


def test_cells(model: BranchesModel, frames: tuple[Frame, Frame]) -> None:
    _, two = frames
    model.show_frame(two, {1: False})
    old, current = (model.index(row, BranchColumn.NAME) for row in (0, 1))
    assert old.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    assert current.data(Qt.ItemDataRole.CheckStateRole) is None  # it is always drawn
    assert not old.data(Qt.ItemDataRole.FontRole).bold()
    assert current.data(Qt.ItemDataRole.FontRole).bold()
    tip = current.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("from iteration 1 of notebook, η 15, n 5. It is the current branch.")
    changed = QSignalSpy(model.dataChanged)
    model.set_style(Style(DARK))
    assert changed.count() == 1
    across = Qt.Orientation.Horizontal
    titles = [model.headerData(column, across) for column in BranchColumn]
    assert titles == ["branch", "loss", "correct", "rule", "η", "n", "last"]
    for column in BranchColumn:
        assert model.headerData(column, across, Qt.ItemDataRole.ToolTipRole)


def test_an_invalid_index_has_no_data(model: BranchesModel) -> None:
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags
    assert model.data(QModelIndex()) is None
    assert not model.setData(QModelIndex(), "name")


def test_edits_are_requested(model: BranchesModel, frames: tuple[Frame, Frame]) -> None:
    model.show_frame(frames[1], {})
    renamed, drawn = QSignalSpy(model.renamed), QSignalSpy(model.drawn_changed)
    index = model.index(0, BranchColumn.NAME)
    assert model.setData(index, "slower")
    assert not model.setData(index, " notebook, η 15, n 5 ")
    assert model.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert [renamed.at(i) for i in range(renamed.count())] == [[1, "slower"]]
    assert [drawn.at(i) for i in range(drawn.count())] == [[1, False]]
