"""The Filter panel shows the profile of a filter, and a click selects the image."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from cnnviz.app.filter_profile.filter_picture import decimals_of
from cnnviz.app.filter_profile.panel import FilterPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.filter_profile import PATCHES, FilterProfile, filter_profile
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """The states of iterations 0 to 2."""
    trainer = Trainer(bundled_digits(), Settings(subset=30, learning_rate=2e3, rule=EXACT))
    made = []
    for _ in range(3):
        made.append(frame_of(trainer, 0))
        trainer.step()
    trainer.close()
    return made


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[BackgroundTasks]:  # noqa: ARG001
    made = BackgroundTasks()
    yield made
    made.stop()


@pytest.fixture
def panel(qtbot: QtBot, tasks: BackgroundTasks, frames: list[Frame]) -> FilterPanel:
    made = FilterPanel(Selection(), tasks, Style(LIGHT))
    qtbot.addWidget(made)
    made.resize(400, 700)
    made.show_frame(frames[0])
    made.show()
    qtbot.waitUntil(lambda: bool(made.columns()))
    return made


def expected(frame: Frame, i: int) -> FilterProfile:
    data = frame.dataset.first(30)
    return filter_profile(data.images, data.labels, frame.parameters.f[:, :, i].T)


def responses(panel: FilterPanel) -> list[str]:
    return [button.text() for button in panel.strongest.buttons if not button.isHidden()]


def shown_words(panel: FilterPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]


def test_a_filter_of_zeros_responds_alike_to_everything(
    panel: FilterPanel, frames: list[Frame], qtbot: QtBot
) -> None:
    zeros = replace(frames[0].parameters, f=0 * frames[0].parameters.f)
    panel.show_frame(replace(frames[0], parameters=zeros))
    alike = "Filter 1 responds alike to every patch, C = 0"
    qtbot.waitUntil(lambda: shown_words(panel) == ["All weights are 0.", alike])
    assert responses(panel) == ["0"] * PATCHES
    assert panel.weakest.isHidden()
    panel.show_frame(frames[0])
    qtbot.waitUntil(lambda: "Filter 1 responds most to" in shown_words(panel))
    assert panel.weakest.isVisible()
    assert not any(words.startswith("All weights") for words in shown_words(panel))


def test_the_strongest_patches_are_named_and_a_click_selects_the_image(
    panel: FilterPanel, frames: list[Frame], qtbot: QtBot
) -> None:
    patches = expected(frames[0], 0).strongest
    assert responses(panel) == [f"{patch.response:.1f}" for patch in patches]
    button, patch = panel.strongest.buttons[2], patches[2]
    label = frames[0].dataset.labels[patch.image]
    assert button.accessibleName().startswith(
        f"Responds most: image {patch.image}, a {label}, row {patch.row + 1}, "
    )
    chosen: list[int] = []
    panel.strongest.image_chosen.connect(chosen.append)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert chosen == [patch.image]
    assert panel.picture.accessibleName() == "Filter 1"


def test_another_filter_another_state_and_the_digits(
    panel: FilterPanel, frames: list[Frame], qtbot: QtBot
) -> None:
    panel.choose(2)
    qtbot.waitUntil(lambda: panel.picture.accessibleName() == "Filter 3")
    panel.show_frame(frames[2])
    profile, name = expected(frames[2], 2), "mean of the largest response"
    qtbot.waitUntil(lambda: np.array_equal(dict(panel.columns())[name], profile.mean))
    columns = dict(panel.columns())
    np.testing.assert_array_equal(columns["images"], profile.counts)
    known = np.flatnonzero(profile.counts)
    x, y = panel._means.getData()
    np.testing.assert_array_equal(x, known)
    np.testing.assert_array_equal(y, profile.mean[known])
    assert f"highest for {int(np.nanargmax(profile.mean))}, " in panel.words.text()


def test_the_longest_number_fits_its_cell(panel: FilterPanel) -> None:
    picture = panel.picture
    side = (picture.width() - 4) / 5
    for texts in (["1.2", "−0.53"], ["1.2", "−0.067"], ["−0.00012"]):
        font = picture.number_font(texts, side)
        assert max(QFontMetricsF(font).horizontalAdvance(text) for text in texts) < side
    assert picture.number_font(["1.2"], side) == picture.number_font(["−2.4"], side)


def test_it_computes_nothing_while_it_is_hidden(
    panel: FilterPanel, tasks: BackgroundTasks, frames: list[Frame]
) -> None:
    panel.hide()
    panel.show_frame(frames[1])
    assert not tasks.is_busy("what a filter responds to")


def test_a_longer_number_leaves_no_patch_out(panel: FilterPanel, frames: list[Frame]) -> None:
    row, patches = panel.strongest, expected(frames[0], 0).strongest
    panel.resize(345, 700)
    QApplication.processEvents()
    assert len(responses(panel)) == PATCHES
    row.show_patches([replace(p, response=-6.41) for p in patches], frames[0].dataset, 0)
    assert responses(panel) == ["−6.41"] * PATCHES


def test_a_narrow_panel_shows_fewer_patches(panel: FilterPanel, qtbot: QtBot) -> None:
    panel.set_style(Style(DARK, 1.5))
    panel.resize(200, 700)
    qtbot.waitUntil(lambda: len(responses(panel)) < PATCHES)
    inside = [b for b in panel.strongest.buttons if not b.isHidden()]
    assert inside
    assert all(b.geometry().right() < panel.strongest.width() for b in inside)


@pytest.mark.parametrize(
    ("largest", "decimals"),
    [(0.0, 4), (0.02, 4), (0.5, 3), (1.0, 2), (4.1, 2), (38.0, 1), (5e3, 0)],
)
def test_the_numbers_of_a_filter_are_equally_long(largest: float, decimals: int) -> None:
    assert decimals_of(largest) == decimals
