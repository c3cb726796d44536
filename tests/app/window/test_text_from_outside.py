"""Names of data, branches and bookmarks are shown as they are, with any letters."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from cnnviz.app.branches.panel import BranchesPanel
from cnnviz.app.controls.panel import ControlsPanel
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.docks import destroy, panel_of
from tests.app.person import Person

pytestmark = [pytest.mark.usefixtures("plots_on_demand"), pytest.mark.reuses_window(compared=False)]

MARKUP = "<b>bold</b> & <img src='x'>"
LONG = MARKUP + "0123456789" * 40


def shown_by(tooltip: str) -> str:
    """Return the letters that a person sees of a tooltip."""
    document = QTextDocument()
    if tooltip.startswith("<"):
        document.setHtml(tooltip)
    else:
        document.setPlainText(tooltip)
    return document.toPlainText()


def test_a_long_name_of_data_leaves_controls_in_view(
    qtbot: QtBot, store: QSettings, make_window: Callable[..., MainWindow]
) -> None:
    usual = make_window().panels.controls.minimumSize()
    digits = bundled_digits()
    data = Dataset(LONG, digits.images[:20].copy(), digits.labels[:20].copy())
    window = MainWindow(Trainer(data, Settings(subset=5)), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    try:
        controls = window.panels.controls
        assert isinstance(controls, ControlsPanel)
        label = controls.data_name
        qtbot.waitUntil(lambda: label.text() == LONG)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert label.lines[-1].endswith("…")
        assert shown_by(label.toolTip()) == LONG
        assert controls.minimumWidth() <= usual.width()
        right = controls.choose_data.mapTo(controls, QPoint(controls.choose_data.width(), 0)).x()
        assert right <= controls.viewport().width()
        assert window.status.text.textFormat() == Qt.TextFormat.PlainText
    finally:
        window.close()
        destroy(window)


def test_typed_text_is_quoted_verbatim(window: MainWindow, qtbot: QtBot) -> None:
    controls = window.panels.controls
    assert isinstance(controls, ControlsPanel)
    usual = controls.minimumSize()
    controls.learning_rate.setFocus()
    controls.learning_rate.selectAll()
    qtbot.keyClicks(controls.learning_rate, MARKUP + "1" * 60)
    qtbot.keyClick(controls.learning_rate, Qt.Key.Key_Return)
    assert MARKUP in controls.problem.text()
    assert controls.problem.textFormat() == Qt.TextFormat.PlainText
    controls.set_style(Style(LIGHT))  # fits the width
    assert controls.minimumSize() == usual
    qtbot.keyClick(controls.learning_rate, Qt.Key.Key_Escape)


def test_the_name_of_a_branch_is_no_markup(window: MainWindow, qtbot: QtBot) -> None:
    person = Person(window, qtbot)
    window.bring_up("branches")
    window.loop.rename_branch(1, MARKUP)
    window.loop.bookmark(1, 0, MARKUP)
    person.settle()
    banner = window.iteration_banner.words
    assert MARKUP in shown_by(banner.toolTip())
    branches, loss = window.panels.branches.panel, window.panels.loss
    assert isinstance(branches, BranchesPanel)
    assert isinstance(loss, LossPanel)
    model = branches.table.model()
    assert model.index(0, 0).data() == MARKUP
    assert MARKUP in shown_by(model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    loss.timeline.menu.aboutToShow.emit()
    (bookmark,) = loss.timeline.menu.actions()
    assert bookmark.text().replace("&&", "&") == f"0: {MARKUP}"
    assert "& " not in bookmark.text().replace("&&", "")


@pytest.mark.parametrize("name", ["network", "loss", "predictions", "controls", "breakpoints"])
def test_changing_labels_are_plain_text(window: MainWindow, name: str) -> None:
    panel = panel_of(window, name)
    wrapped = [
        label for label in panel.findChildren(QLabel) if label.wordWrap() and not label.text()
    ]
    assert [label for label in wrapped if label.textFormat() != Qt.TextFormat.PlainText] == []
