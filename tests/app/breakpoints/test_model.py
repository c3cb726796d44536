"""The table of breakpoints, checked by Qt while breakpoints come and go."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtTest import QSignalSpy

from cnnviz.app.breakpoints.model import BreakpointColumn, BreakpointsModel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.training.breakpoints.breakpoint import Breakpoint

pytestmark = pytest.mark.usefixtures("qapp")
ONE, TWO = Breakpoint(1, "loss rises"), Breakpoint(2, "not finite", hit=3)


@pytest.fixture
def model(check_model: Callable[[QAbstractItemModel], None]) -> BreakpointsModel:
    model = BreakpointsModel(Style(LIGHT))
    check_model(model)
    return model


def test_rows_are_replaced_during_a_reset(model: BreakpointsModel) -> None:
    rows_before_reset: list[int] = []
    model.modelAboutToBeReset.connect(lambda: rows_before_reset.append(model.rowCount()))
    for breakpoints in ((ONE,), (ONE, TWO), (TWO,), ()):
        model.show(breakpoints, None)
        assert model.breakpoints == breakpoints
    assert rows_before_reset == [0, 1, 2, 1]


def test_new_hits_and_another_stop_do_not_reset_the_model(model: BreakpointsModel) -> None:
    model.show((ONE, TWO), None)
    reset, changed = QSignalSpy(model.modelReset), QSignalSpy(model.dataChanged)
    model.show((Breakpoint(1, "loss rises", hits=4), TWO), 2)
    assert (reset.count(), changed.count()) == (0, 2)
    assert model.index(0, BreakpointColumn.HITS).data() == "4"
    assert model.headerData(1, Qt.Orientation.Vertical) == "▶ 2"


def test_the_stop_does_not_look_like_a_selection(model: BreakpointsModel) -> None:
    model.show((ONE, TWO), 2)
    for row in (0, 1):
        for column in BreakpointColumn:
            index = model.index(row, column)
            assert index.data(Qt.ItemDataRole.BackgroundRole) is None
            font = index.data(Qt.ItemDataRole.FontRole)
            assert (font is not None and font.bold()) == (row == 1)
    tip = model.headerData(1, Qt.Orientation.Vertical, Qt.ItemDataRole.ToolTipRole)
    assert tip == "This breakpoint has stopped the run"


def test_an_operation_is_toggled_beside_other_breakpoints(model: BreakpointsModel) -> None:
    edited = QSignalSpy(model.edited)
    model.add("at delta")
    model.add("loss rises")
    model.add("AT  δ")
    model.add("at delta and loss rises")
    model.toggle_operation("delta")
    assert [b.text for b in model.breakpoints] == ["loss rises", "at delta and loss rises"]
    model.toggle_operation("delta")
    assert [b.number for b in model.breakpoints] == [2, 4, 5]
    before = tuple(b for b in model.breakpoints if b.number < 5)
    assert edited.at(edited.count() - 1) == [before, model.breakpoints]


def test_an_invalid_index_has_no_data(model: BreakpointsModel) -> None:
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags
    assert model.data(QModelIndex()) is None
    assert model.headerData(0, Qt.Orientation.Vertical) is None
