from dataclasses import replace

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT, body_font
from cnnviz.app.window.iteration_banner import IterationBanner, moment_words
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture(scope="module")
def frame() -> Frame:
    trainer = Trainer(bundled_digits(), Settings(subset=5))
    for _ in range(3):
        trainer.step()
    made = frame_of(trainer, 0)
    trainer.close()
    return made


def test_the_shown_iteration_is_described_in_words(frame: Frame) -> None:
    assert moment_words(frame) == "The newest iteration of “notebook, η 15, n 5”"
    past = replace(frame, iteration=1, last=1_234)
    looking = "Showing iteration 1 of 1,234 of “notebook, η 15, n 5”"
    assert moment_words(past) == f"{looking}. Every panel shows this iteration."
    assert moment_words(replace(past, running=True)) == "Training “notebook, η 15, n 5”"
    assert moment_words(replace(past, change="η 15 → 1")) == (
        f"{looking}. Changed here: η 15 → 1; training makes a new branch."
    )


def test_the_buttons_are_shown_only_at_a_past_iteration(qtbot: QtBot, frame: Frame) -> None:
    bar = IterationBanner(Style(LIGHT))
    qtbot.addWidget(bar)
    bar.show_frame(frame)
    assert bar.newest.isHidden()
    assert bar.train.isHidden()
    height = bar.banner.height()
    bar.show_frame(replace(frame, iteration=1, change="η 15 → 1"))
    assert not bar.newest.isHidden()
    assert bar.train.toolTip().endswith("as the new branch “η 15 → 1 at iteration 1”")
    assert bar.banner.height() == height
    newest, train = QSignalSpy(bar.newest_requested), QSignalSpy(bar.run_requested)
    bar.newest.click()
    bar.train.click()
    assert (newest.count(), train.count()) == (1, 1)
    bar.show_frame(replace(frame, iteration=1, running=True))
    assert bar.newest.isHidden()


def test_theme_and_size(qtbot: QtBot, frame: Frame) -> None:
    bar = IterationBanner(Style(LIGHT))
    qtbot.addWidget(bar)
    bar.show_frame(replace(frame, iteration=1))
    small = bar.banner.height()
    large = Style(LIGHT, 1.6)
    QApplication.setFont(large.body_font)  # as the window does before
    QApplication.processEvents()
    try:
        bar.set_style(large)
        assert bar.banner.height() > 1.3 * small
    finally:
        QApplication.setFont(body_font())
    bar.set_style(Style(DARK))
    assert DARK.accent in bar.banner.styleSheet()
