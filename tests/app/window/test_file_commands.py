import csv
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.widgets.export import Export
from cnnviz.app.widgets.save_dialog import TABLE
from cnnviz.app.window import file_commands
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.blocks import ProgressCallback, report_progress
from cnnviz.training.export import content
from tests.app.context_menus import choose
from tests.app.dialogs import SavingPerson
from tests.app.docks import dock
from tests.app.network_parts import viewport_of
from tests.app.toolbar import at, click, expected_parameters

pytestmark = pytest.mark.reuses_window(compared=False)


def test_choosing_data_from_the_menu(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(
        file_commands.QFileDialog, "getOpenFileName", lambda *_: (f"{tmp_path}/none.npz", "")
    )
    window.actions_.data_file.trigger()
    qtbot.waitUntil(lambda: "none.npz" in window.status.text.text())
    assert window.frame is not None
    assert window.frame.dataset.name == "bundled digits"


def test_run_files_are_saved_and_opened(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    path = f"{tmp_path}/run.npz"
    for _ in range(4):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 4))
    window.actions_.save_run.trigger()
    SavingPerson(window, qtbot).save(path)
    qtbot.waitUntil(lambda: "run.npz" in window.status.text.text())
    with np.load(path, allow_pickle=False) as run:
        for t in range(5):
            np.testing.assert_array_equal(run["f"][t], expected_parameters(t))
    click(qtbot, window, "reset")
    qtbot.waitUntil(at(window, 0))
    monkeypatch.setattr(file_commands.QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    window.actions_.open_run.trigger()
    qtbot.waitUntil(at(window, 4))
    assert window.frame is not None
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(4))
    assert window.frame.curve.loss.shape == (5,)


def test_a_run_is_replaced_only_on_confirmation(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"an older run")
    window.actions_.save_run.trigger()
    person = SavingPerson(window, qtbot)
    assert "run.npz already exists" in person.save(tmp_path / "run", replace=False)[0]
    person.dialog.reject()
    assert path.read_bytes() == b"an older run"
    window.actions_.save_run.trigger()
    SavingPerson(window, qtbot).save(tmp_path / "run", replace=True)
    qtbot.waitUntil(lambda: "Saved 0 iterations to run.npz" in window.status.text.text())
    with np.load(path, allow_pickle=False) as run:
        np.testing.assert_array_equal(run["f"][0], expected_parameters(0))


def test_a_picture_is_saved_with_its_extension(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    for name, saved in (
        ("picture", "picture.png"),
        ("picture.png", "picture.png"),
        ("shot.jpg", "shot.jpg.png"),
    ):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        window.actions_.save_picture.trigger()
        SavingPerson(window, qtbot).save(folder / name)
        qtbot.waitUntil(lambda text=f"Saved {folder / saved}.": window.status.text.text() == text)
        assert [path.name for path in folder.iterdir()] == [saved]
        assert (folder / saved).read_bytes().startswith(b"\x89PNG")
        assert QImage(str(folder / saved)).size() == window.size()


def test_a_picture_is_saved_with_the_chosen_width(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.actions_.save_picture.trigger()
    person = SavingPerson(window, qtbot)
    size = person.dialog.size_row
    assert size is not None
    qtbot.mouseClick(size.multiples[1], Qt.MouseButton.LeftButton)
    assert size.field.value() == 2 * window.width()
    person.choose_type(1)
    assert not size.isEnabled()  # a drawing has no pixels
    person.choose_type(0)
    person.save(tmp_path / "fine")
    qtbot.waitUntil((tmp_path / "fine.png").exists)
    assert QImage(str(tmp_path / "fine.png")).size() == 2 * window.size()


def test_pictures_are_copied(window: MainWindow, qtbot: QtBot) -> None:
    """Of the window, and of a panel by the menu of its title."""
    window.actions_.copy_picture.trigger()
    assert QGuiApplication.clipboard().image().size() == window.size()
    controls, at = dock(window, "controls"), QPoint(30, 10)
    QApplication.sendEvent(
        controls, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, controls.mapToGlobal(at))
    )
    choose(qtbot, "Copy picture")
    copied = QGuiApplication.clipboard().image()
    assert copied == window.panels.controls.grab().toImage()
    assert window.status.text.text() == "The picture is on the clipboard."
    QGuiApplication.clipboard().clear()


def test_the_ending_of_a_picture_decides_its_format(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    for name, start in (("shot.svg", b"<?xml"), ("shot.pdf", b"%PDF")):
        window.actions_.save_picture.trigger()
        SavingPerson(window, qtbot).save(tmp_path / name)
        qtbot.waitUntil((tmp_path / name).exists)
        assert (tmp_path / name).read_bytes().startswith(start)


def test_a_run_is_exported_as_the_ending_says_while_it_goes_on(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    click(qtbot, window, "run")
    for name, start in (
        ("run.csv", b"iteration,loss,"),
        ("run.report.pdf", b"%PDF-"),
        ("run.html", b"<!DOCTYPE html>"),
        ("run.ipynb", b"{"),
    ):
        window.actions_.export_run.trigger()
        SavingPerson(window, qtbot).save(tmp_path / name)
        qtbot.waitUntil(lambda name=name: f"Exported to {name}." in window.status.text.text())
        assert (tmp_path / name).read_bytes().startswith(start)
    assert window.frame is not None
    assert window.frame.running
    click(qtbot, window, "run")


def test_an_export_shows_its_progress_and_can_be_cancelled(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares, ended = [0.5, 0.25], list[float]()

    def endless(*_run: object, on_progress: ProgressCallback) -> bytes:
        share = shares.pop(0)
        try:
            while True:
                on_progress(share)
        finally:
            ended.append(share)

    monkeypatch.setattr(content, "content_of", endless)
    for name, shown in (("run.report.html", "50 %"), ("second.report.html", "25 %")):
        window.actions_.export_run.trigger()
        SavingPerson(window, qtbot).save(tmp_path / name)
        qtbot.waitUntil(lambda shown=shown: window.status.state.text() == f"Exporting: {shown}")
    assert not ended  # the second does not replace the first
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    assert window.status.text.text() == "Nothing was exported: that was cancelled."
    assert not window.status.cancel.isVisible()
    window.tasks.stop()
    assert sorted(ended) == [0.25, 0.5]
    assert not list(tmp_path.glob("*.html"))


def test_a_long_table_shows_its_progress_and_can_be_cancelled(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"0,0\n"
            report_progress(0.5)

    (tmp_path / "dF.csv").write_bytes(b"old")
    window.commands.exports.export(Export("dF", {TABLE: endless}))
    SavingPerson(window, qtbot).save(tmp_path / "dF", replace=True)
    qtbot.waitUntil(lambda: window.status.state.text() == "Exporting: 50 %")
    click(qtbot, window, "step")  # training goes on
    qtbot.waitUntil(at(window, 1))
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    assert window.status.text.text() == "Nothing was exported: that was cancelled."
    assert not window.status.cancel.isVisible()
    window.tasks.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["dF.csv"]
    assert (tmp_path / "dF.csv").read_bytes() == b"old"


def test_a_picture_that_cannot_be_written_is_reported(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.actions_.save_picture.trigger()
    SavingPerson(window, qtbot).save(tmp_path / "missing" / "picture.png")
    qtbot.waitUntil(lambda: "cannot be written" in window.status.text.text())


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX systems")
def test_a_file_that_is_read_only_is_not_replaced(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    for name in ("run.npz", "picture.png"):
        (tmp_path / name).write_bytes(b"old")
        (tmp_path / name).chmod(0o444)
    window.actions_.save_picture.trigger()
    SavingPerson(window, qtbot).save(tmp_path / "picture", replace=True)
    qtbot.waitUntil(lambda: "picture.png is read-only" in window.status.text.text())
    window.actions_.save_run.trigger()
    SavingPerson(window, qtbot).save(tmp_path / "run", replace=True)
    qtbot.waitUntil(lambda: "run.npz is read-only" in window.status.text.text())
    assert not window.status.details.isVisible()
    for name in ("run.npz", "picture.png"):
        assert (tmp_path / name).read_bytes() == b"old"


def test_a_curve_is_exported_from_its_menu(
    new_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = new_window  # whose plots go with it
    window.complete()
    for _ in range(3):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 3))
    loss = window.panels.loss
    assert isinstance(loss, LossPanel)
    plot = loss.curves.loss_plot.viewport()
    for row, ending in ((0, ".png"), (1, ".svg"), (3, ".csv")):
        qtbot.mouseMove(plot, plot.rect().center())
        qtbot.mouseClick(plot, Qt.MouseButton.RightButton, pos=plot.rect().center())
        choose(qtbot, "Export…")
        person = SavingPerson(window, qtbot)
        person.choose_type(row)
        person.save(tmp_path / "loss")
        said = f"Saved {tmp_path / 'loss'}{ending}."
        qtbot.waitUntil(lambda said=said: window.status.text.text() == said)
    assert window.frame is not None
    with (tmp_path / "loss.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean error"]) for row in rows] == window.frame.curve.loss.tolist()
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "loss.svg").read_bytes()
    predictions = window.panels.predictions
    assert isinstance(predictions, PredictionsPanel)
    outputs = predictions.plot_area.plot.viewport()
    qtbot.mouseClick(outputs, Qt.MouseButton.RightButton, pos=outputs.rect().center())
    choose(qtbot, "Export…")
    SavingPerson(window, qtbot).save(tmp_path / "outputs")
    qtbot.waitUntil((tmp_path / "outputs.png").exists)
    assert (tmp_path / "outputs.png").read_bytes().startswith(b"\x89PNG")


def test_an_export_that_cannot_be_written_is_reported(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    network = window.panels.network
    assert isinstance(network, NetworkPanel)
    viewport = viewport_of(network)
    at = viewport.rect().bottomLeft() + QPoint(2, -2)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(viewport, QContextMenuEvent(reason, at, viewport.mapToGlobal(at)))
    choose(qtbot, "Export…")
    SavingPerson(window, qtbot).save(tmp_path / "missing" / "network.svg")
    qtbot.waitUntil(lambda: "network.svg cannot be written" in window.status.text.text())
