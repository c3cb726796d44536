"""The eigenvalues are computed when asked for, and their directions are drawn."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.landscape import spectrum_view as module
from cnnviz.app.landscape.direction_pictures import direction_rows
from cnnviz.app.landscape.spectrum_view import SpectrumView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.spectrum import Decompose, Spectrum
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.number_format import percent
from cnnviz.training.errors import SettingsError
from cnnviz.training.loop.frame import Frame


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[BackgroundTasks]:  # noqa: ARG001
    made = BackgroundTasks()
    yield made
    made.stop()


@pytest.fixture
def view(qtbot: QtBot, frame: Frame, tasks: BackgroundTasks) -> SpectrumView:
    made = SpectrumView(tasks, Style(LIGHT))
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    made.show_frame(frame)
    return made


def known(
    batch: Batch,
    parameters: Parameters,
    leading: int,
    on_progress: ProgressCallback,
    _decompose: Decompose,
) -> Spectrum:
    """Four eigenvalues that are not 0, and the first axes as eigenvectors."""
    assert (batch.n, parameters.f.shape) == (5, (5, 5, 3))
    on_progress(0.5)
    values = np.zeros(WEIGHTS)
    values[:4] = 0.5, -0.3, 0.1, 1e-4
    return Spectrum(values, np.eye(WEIGHTS)[:leading])


def test_they_are_computed_on_request(
    view: SpectrumView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "spectrum", known)
    QApplication.processEvents()
    assert view.found is None
    assert not view.results.isVisible()  # axes without numbers would say nothing
    qtbot.mouseClick(view.compute, Qt.MouseButton.LeftButton)
    assert view.compute.text().startswith("Stop at ")
    qtbot.waitUntil(lambda: view.found is not None)
    assert view.compute.text() == "Compute"
    assert view.results.isVisible()
    assert view.words.text() == (
        "Iteration 0: the largest eigenvalue in size is 0.500; beyond 2 / η = 0.133: 1 of 1,803. "
        "The loss bends up in 3 directions and down in 1; it is flat in the other 1,799."
    )
    drawn = {sign: [(p.pos().x(), p.pos().y()) for p in view.dots[sign].points()] for sign in "+−"}
    assert drawn["+"] == [(1, np.log10(0.5)), (2, -1), (3, -4)]
    assert drawn["−"] == [(1, np.log10(0.3))]
    assert [curve.point(0) for curve in view._spoken_curves()] == [
        "eigenvalue, bends up, rank 1: 0.500",
        "eigenvalue, bends down, rank 1: −0.300",
    ]
    assert view.direction.text() == "Direction 1: 0.500, bends up"
    qtbot.mouseClick(view.rank.button(1), Qt.MouseButton.LeftButton)
    assert view.direction.text() == "Direction 2: −0.300, bends down"


def test_a_direction_is_drawn_as_filters_and_maps(
    view: SpectrumView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "spectrum", known)
    qtbot.mouseClick(view.compute, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.found is not None)
    assert view.found is not None
    before = view.pictures.grab().toImage()
    qtbot.mouseClick(view.rank.button(3), Qt.MouseButton.LeftButton)
    assert view.pictures.grab().toImage() != before  # f[0, 1, 0] in place of f[0, 0, 0]
    filters, dense = direction_rows(view.found.directions[3], LIGHT)
    assert [row.pictures[0].levels for row in (filters, dense)] == [(-1, 1), (-1, 1)]
    values = filters.pictures[0].values
    assert np.argwhere(values == 1).tolist() == [[1, 0]]  # row, then column
    assert np.nansum(np.abs(values)) == 1
    assert dense.pictures[0].values.shape == (24, 3 * 24 + 2 * 3)
    assert not np.nansum(np.abs(dense.pictures[0].values))
    view.pictures.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(view.pictures, key)
    assert view.direction.text() == "filter 1, row 2, column 1: 1.00"
    qtbot.keyClick(view.pictures, Qt.Key.Key_Escape)
    assert view.direction.text().startswith("Direction 4: ")
    view.set_style(Style(DARK, 1.5))
    assert view.pictures.grab().toImage() != before


def test_a_second_press_stops_and_nothing_is_drawn(
    view: SpectrumView, tasks: BackgroundTasks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "spectrum", known)
    for _ in range(2):
        qtbot.mouseClick(view.compute, Qt.MouseButton.LeftButton)
    assert view.compute.text() == "Compute"
    tasks.stop()  # waits for the thread
    QApplication.processEvents()
    assert view.found is None


@pytest.mark.parametrize("way", ["stop", "close"])
def test_a_decomposition_is_ended_at_once(
    view: SpectrumView,
    tasks: BackgroundTasks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    """It would take seconds, and give a result; its process is ended, and gives none."""

    def long(
        _batch: Batch,
        _parameters: Parameters,
        _leading: int,
        on_progress: ProgressCallback,
        decompose: Decompose,
    ) -> Spectrum:
        A = np.random.default_rng(0).normal(size=(2500, 2500))
        on_progress(0.5)
        values, vectors = decompose(A + A.T)
        return Spectrum(values, vectors)

    monkeypatch.setattr(module, "spectrum", long)
    qtbot.mouseClick(view.compute, Qt.MouseButton.LeftButton)
    (task,) = tasks._running.values()
    qtbot.waitUntil(lambda: view.compute.text() == f"Stop at {percent(0.5, 0)}")
    if way == "stop":
        qtbot.mouseClick(view.compute, Qt.MouseButton.LeftButton)
        assert view.compute.text() == "Compute"
        qtbot.waitUntil(lambda: task.is_done)
    else:
        tasks.stop()  # waits for the thread
    assert isinstance(task.error, SettingsError)
    assert str(task.error) == "the eigenvalues were not computed: it was stopped."
    assert task.result is None
    assert view.found is None
