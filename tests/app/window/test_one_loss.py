"""The loss of a state is one number, wherever it is shown."""

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.app.branches.model import BranchColumn
from cnnviz.app.branches.panel import BranchesPanel
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.training.pixels import Pixel
from tests.app.curve_plots import dot
from tests.app.docks import dock


def settled(window: MainWindow, qtbot: QtBot) -> None:
    last = window.loop.sent
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= last)


def shown(window: MainWindow) -> dict[str, object]:
    """Return the loss and accuracy of the newest state as shown in each view."""
    loss, branches = window.panels.loss, window.panels.branches.panel
    assert isinstance(loss, LossPanel)
    assert isinstance(branches, BranchesPanel)
    frame, model = window.frame, branches.model
    assert frame is not None
    row = [branch.number for branch in frame.branches].index(frame.branch.number)
    table = [
        model.data(model.index(row, column))
        for column in (BranchColumn.LOSS, BranchColumn.ACCURACY)
    ]
    plots = loss.curves.loss_plot, loss.curves.accuracy_plot
    dots = [dot(plot).y() for plot in plots]
    return {
        "headline": (loss.loss_head.text(), loss.accuracy_head.text()),
        "table": (f"loss {table[0]}", f"accuracy {table[1]}"),
        "dot": (f"loss {dots[0]:#.3g}", f"accuracy {dots[1]:.1f} %"),
    }


@pytest.fixture
def trained(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.complete()
    for _ in range(4):
        window.loop.step()
    for name in ("loss", "branches"):
        dock(window, name).show()
        dock(window, name).raise_()
        qtbot.waitUntil(window.panels.by_name[name].isVisible)
    settled(window, qtbot)
    return window


def test_after_changes_of_the_batch(trained: MainWindow, qtbot: QtBot) -> None:
    window, seen = trained, []
    for change in ({"subset": 150}, {"subset": 7}, {"dtype": "float32"}, {}):
        window.loop.change(**change)
        settled(window, qtbot)
        (headline,) = set(shown(window).values())
        seen.append(headline)
        window.loop.step()
        settled(window, qtbot)
        assert len(set(shown(window).values())) == 1
    assert len(set(seen)) == len(seen)
    window.loop.draw(Pixel(0, 14, 14, 99))
    settled(window, qtbot)
    assert len(set(shown(window).values())) == 1


def test_the_dot_agrees_with_the_headline_at_a_past_iteration(
    trained: MainWindow, qtbot: QtBot
) -> None:
    window = trained
    window.loop.go_to(2)
    window.loop.change(subset=150)
    settled(window, qtbot)
    now = shown(window)
    assert now["headline"] == now["dot"]
    assert now["headline"] != now["table"]  # which is of the newest state
    window.loop.step()
    window.loop.back()
    settled(window, qtbot)
    assert shown(window)["headline"] == now["headline"]
    frame = window.frame
    assert frame is not None
    assert frame.branch.curve.loss[2] == frame.predictions.loss
