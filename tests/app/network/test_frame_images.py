"""Tests that pictures show what changed, and are not converted again where nothing did."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.colour_maps import Matrix, picture
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.network.frame_images import FrameImages
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture
def frame() -> Frame:
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    made = frame_of(trainer, 0)
    trainer.close()
    return made


def copied(frame: Frame) -> Frame:
    """The same numbers in other arrays, as a trainer at rest makes them."""
    view = frame.image
    return replace(
        frame,
        filters=frame.filters.copy(),
        dense=frame.dense.copy(),
        image=replace(view, activations=view.activations.copy(), maps=view.maps.copy()),
    )


def test_equal_numbers_are_not_converted_again(frame: Frame) -> None:
    pictures = FrameImages()
    assert not pictures
    assert pictures.convert(frame, Shown(), LIGHT)
    before = [pictures[column].image for column in Column]
    assert not pictures.convert(copied(frame), Shown(), LIGHT)
    assert all(pictures[c].image is old for c, old in zip(Column, before, strict=True))


def drawn(pictures: FrameImages, column: Column) -> QImage:
    """A column's part of the image that it is drawn into."""
    found = pictures[column]
    side = found.array.shape[-1]
    return found.image.copy(0, found.top, side, found.array.size // side)


def test_only_what_changed_looks_different(frame: Frame) -> None:
    pictures = FrameImages()
    pictures.convert(frame, Shown(), LIGHT)
    image = pictures[Column.IMAGE].image
    before = {column: drawn(pictures, column) for column in Column}
    assert pictures.convert(replace(frame, dense=-frame.dense), Shown(), LIGHT)
    changed = {c for c in Column if drawn(pictures, c) != before[c]}
    assert changed == {Column.DENSE}
    assert pictures[Column.IMAGE].image is image


def test_a_theme_recolours_everything(frame: Frame) -> None:
    pictures = FrameImages()
    pictures.convert(frame, Shown(), LIGHT)
    before = [pictures[column].image for column in Column]
    assert pictures.convert(frame, Shown(), DARK)
    assert all(pictures[c].image is not old for c, old in zip(Column, before, strict=True))


def test_choices_bring_their_own_array_and_scale(frame: Frame) -> None:
    pictures = FrameImages()
    pictures.convert(frame, Shown(), LIGHT)
    assert (pictures[Column.MAPS].low, pictures[Column.MAPS].high) == (0.0, 1.0)
    pictures.convert(frame, Shown("C", "wo·a"), LIGHT)
    maps, dense = pictures[Column.MAPS], pictures[Column.DENSE]
    assert maps.low == -maps.high
    assert maps.high >= np.abs(frame.image.maps).max()
    expected = Matrix(frame.image.maps.reshape(72, 24), maps.high, signed=True)
    assert drawn(pictures, Column.MAPS) == picture(expected, LIGHT)
    assert dense.array is frame.image.contributions


def test_the_scale_follows_huge_values(frame: Frame) -> None:
    pictures = FrameImages()
    pictures.convert(frame, Shown(), LIGHT)
    assert pictures[Column.FILTERS].high == 1.0
    pictures.convert(replace(frame, filters=frame.filters * 1e4), Shown(), LIGHT)
    assert pictures[Column.FILTERS].high == 10_000.0


def test_undefined_numbers_do_not_stop_the_drawing(frame: Frame) -> None:
    pictures = FrameImages()
    maps = frame.image.maps.copy()
    maps[0, 0, 0] = np.nan
    broken = replace(frame, image=replace(frame.image, maps=maps))
    pictures.convert(broken, Shown("C"), LIGHT)
    assert drawn(pictures, Column.MAPS).pixel(0, 0) == QColor(LIGHT.wrong).rgb()
