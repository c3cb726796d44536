"""The symbols of the Network panel: where they are, what they say, what they open."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.network.symbols import FILTER, Symbol, symbol_at, symbols
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.network_parts import layout_of, value_text, viewport_of

SHOWN = 3


@pytest.fixture(scope="module")
def frame() -> Frame:
    trainer = Trainer(bundled_digits(), Settings(subset=8))
    trainer.step()
    made = frame_of(trainer, SHOWN)
    trainer.close()
    return made


@pytest.fixture
def panel(make_host: Callable[[int, int], QWidget], frame: Frame) -> NetworkPanel:
    made = NetworkPanel(Selection(), Style(LIGHT), make_host(1000, 700))
    made.resize(780, 520)
    made.show()
    made.show_frame(frame)
    made.complete()
    return made


def named(panel: NetworkPanel, sign: str, i: int = -1) -> Symbol:
    """Return the last symbol with a sign: below the heading, between the pictures."""
    found = [s for s in symbols(layout_of(panel), Shown(), 1.0) if (s.sign, s.i) == (sign, i)]
    return found[-1]


@pytest.mark.parametrize(
    ("sign", "i", "formula", "tensor"),
    [
        ("∗", -1, "Σ_{u,v} P[r, c, k, u, v] · f[u, v, i]", "C"),
        ("σ", 1, "A = σ(C)", "A"),
        ("×", 2, "wo · a", "z"),
        ("Σ", -1, "z = Σ wo · a", "z"),
        ("z", -1, "z = woᵀ a", "z"),
        ("ẑ", -1, "ẑ = (z − mean z) / std z", "zs"),
        ("o", -1, "o = σ(ẑ)", "o"),
        ("E", -1, "E = (y − o)² / 2", "E"),
    ],
)
def test_a_symbol_is_explained_when_pointed_at_and_opens_its_number(
    panel: NetworkPanel, frame: Frame, qtbot: QtBot, sign: str, i: int, formula: str, tensor: str
) -> None:
    at = named(panel, sign, i).rect.center().toPoint()
    QTest.mouseMove(viewport_of(panel), at)
    qtbot.waitUntil(lambda: formula in value_text(panel))
    assert viewport_of(panel).cursor().shape() == Qt.CursorShape.PointingHandCursor
    with qtbot.waitSignal(panel.explanation_requested) as asked:
        qtbot.mouseClick(viewport_of(panel), Qt.MouseButton.LeftButton, pos=at)
    (point,) = asked.args
    assert isinstance(point, Point)
    assert point.tensor == tensor
    assert SHOWN in point.index
    if sign == "σ":
        k, filter_, r, c = point.index
        assert (k, filter_) == (SHOWN, 1)
        assert frame.image.activations[1][c, r] == frame.image.activations[1].max()
    cell = layout_of(panel).tile(Column.IMAGE).rect.center()
    QTest.mouseMove(viewport_of(panel), cell)
    qtbot.waitUntil(lambda: formula not in value_text(panel))


def test_a_filters_name_asks_what_it_responds_to(panel: NetworkPanel, qtbot: QtBot) -> None:
    at = named(panel, FILTER, 1).rect.center().toPoint()
    QTest.mouseMove(viewport_of(panel), at)
    qtbot.waitUntil(lambda: value_text(panel).startswith("Filter 2: click to see"))
    with qtbot.waitSignal(panel.profile_requested) as asked:
        qtbot.mouseClick(viewport_of(panel), Qt.MouseButton.LeftButton, pos=at)
    assert asked.args == [1]
    assert value_text(panel).startswith("Filter 2: click to see")
    QApplication.sendEvent(viewport_of(panel).parentWidget(), QEvent(QEvent.Type.Leave))
    assert "Filter 2" not in value_text(panel)


def test_symbols_lie_beside_the_pictures(panel: NetworkPanel) -> None:
    layout = layout_of(panel)
    assert all(
        not symbol.rect.intersects(tile.rect)
        for symbol in symbols(layout, Shown(), 1.0)
        for tile in layout.tiles
    )
    assert symbol_at(layout, Shown(), QPointF(layout.tiles[0].rect.center()), 1.0) is None
    before = symbols(layout, Shown("C", "wo"), 1.0)
    assert [s.sign for s in before if s.i == 0] == [FILTER, "=", "×"]
    assert np.isfinite([s.rect.width() for s in before]).all()
