"""Tests that images show the newest arrays, and are converted only if these changed."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.colour_maps import Matrix, matrix_image
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.network.frame_images import FrameImages, Scale
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
    images = FrameImages()
    assert images.scales == ()
    assert images.convert(frame, Shown(), LIGHT, 0.0)
    before = [images[column].image for column in Column]
    assert not images.convert(copied(frame), Shown(), LIGHT, 0.0)
    assert all(images[c].image is old for c, old in zip(Column, before, strict=True))


def drawn(images: FrameImages, column: Column) -> QImage:
    """A column's part of the image that it is drawn into."""
    found = images[column]
    side = found.array.shape[-1]
    return found.image.copy(0, found.top, side, found.array.size // side)


def test_only_what_changed_looks_different(frame: Frame) -> None:
    images = FrameImages()
    images.convert(frame, Shown(), LIGHT, 0.0)
    image = images[Column.IMAGE].image
    before = {column: drawn(images, column) for column in Column}
    assert images.convert(replace(frame, dense=-frame.dense), Shown(), LIGHT, 0.0)
    changed = {c for c in Column if drawn(images, c) != before[c]}
    assert changed == {Column.DENSE}
    assert images[Column.IMAGE].image is image


def test_a_theme_recolours_everything(frame: Frame) -> None:
    images = FrameImages()
    images.convert(frame, Shown(), LIGHT, 0.0)
    before = [images[column].image for column in Column]
    assert images.convert(frame, Shown(), DARK, 0.0)
    assert all(images[c].image is not old for c, old in zip(Column, before, strict=True))


def test_each_quantity_has_its_array_and_scale(frame: Frame) -> None:
    images = FrameImages()
    images.convert(frame, Shown(), LIGHT, 0.0)
    assert images.scales[Column.MAPS] == Scale("A", 0.0, 1.0)
    images.convert(frame, Shown("C", "wo·a"), LIGHT, 0.0)
    maps, dense = images.scales[Column.MAPS], images[Column.DENSE]
    assert maps.low == -maps.high
    assert maps.high >= np.abs(frame.image.maps).max()
    expected = Matrix(frame.image.maps.reshape(72, 24), maps.high, signed=True)
    assert drawn(images, Column.MAPS) == matrix_image(expected, LIGHT)
    assert dense.array is frame.image.contributions


def test_the_scale_follows_huge_values(frame: Frame) -> None:
    images = FrameImages()
    images.convert(frame, Shown(), LIGHT, 0.0)
    assert images.scales[Column.FILTERS].high == 1.0
    images.convert(replace(frame, filters=frame.filters * 1e4), Shown(), LIGHT, 0.0)
    assert images.scales[Column.FILTERS].high == 10_000.0


def test_undefined_numbers_do_not_stop_the_drawing(frame: Frame) -> None:
    images = FrameImages()
    maps = frame.image.maps.copy()
    maps[0, 0, 0] = np.nan
    broken = replace(frame, image=replace(frame.image, maps=maps))
    images.convert(broken, Shown("C"), LIGHT, 0.0)
    assert drawn(images, Column.MAPS).pixel(0, 0) == QColor(LIGHT.undefined).rgb()


@pytest.fixture
def jumped(frame: Frame) -> tuple[Frame, Frame]:
    """A frame, and one in which everything is 100 times as large."""
    view = frame.image
    larger = replace(view, maps=view.maps * 100, contributions=view.contributions * 100)
    return frame, replace(frame, filters=frame.filters * 100, dense=frame.dense * 100, image=larger)


def notes(frames: tuple[Frame, Frame], shown: tuple[Shown, Shown] | None = None) -> list[str]:
    """The words at the bars of filters, maps and dense maps for the second frame."""
    images = FrameImages()
    for number, frame in enumerate(frames):
        images.convert(frame, shown[number] if shown else Shown("C", "wo·a"), LIGHT, float(number))
    return [scale.note for scale in images.scales[1:]]


def in_branch(frame: Frame, number: int, parent: int | None) -> Frame:
    branch = replace(frame.branch, number=number, parent=parent)
    return replace(frame, branch=branch, branches=(*frame.branches, branch))


def test_a_jump_within_the_run_is_noted(jumped: tuple[Frame, Frame]) -> None:
    before, after = jumped
    assert notes((before, after)) == ["× 100"] * 3
    assert notes((before, in_branch(after, 2, before.branch.number))) == ["× 100"] * 3  # a fork


def test_another_quantity_has_not_jumped(jumped: tuple[Frame, Frame]) -> None:
    before, after = jumped
    assert notes((before, replace(after, run=1))) == [""] * 3  # a session is continued
    assert notes((before, in_branch(after, 2, None))) == [""] * 3  # a lesson begins
    known = in_branch(before, 2, before.branch.number)
    known = replace(known, branch=before.branch)
    assert notes((known, in_branch(after, 2, before.branch.number))) == [""] * 3  # switched to
    assert notes((in_branch(before, 2, None), after)) == [""] * 3  # and back
    other = replace(after, image=replace(after.image, index=1))
    assert notes((before, other)) == ["× 100", "", ""]
    assert notes((before, after), (Shown(), Shown("C", "wo"))) == ["× 100", "", "× 100"]


def test_a_held_range_stays_and_says_so(jumped: tuple[Frame, Frame]) -> None:
    images = FrameImages()
    images.convert(jumped[0], Shown(), LIGHT, 0.0)
    images.hold("f", -2.0, 2.0)
    images.convert(jumped[1], Shown(), LIGHT, 1.0)
    assert images.scales[Column.FILTERS] == Scale("f", -2.0, 2.0, True, "held")
    images.follow("f")
    images.convert(jumped[1], Shown(), LIGHT, 2.0)
    assert images.scales[Column.FILTERS].high == 100.0


def test_another_run_has_ranges_of_its_own(frame: Frame) -> None:
    """The frame's range follows a larger one that has nearly the same, and not the other way."""
    larger, images = replace(frame, filters=frame.filters * 1.2), FrameImages()
    images.convert(larger, Shown(), LIGHT, 0.0)
    images.convert(frame, Shown(), LIGHT, 1.0)
    assert images.scales[Column.FILTERS].high == 1.5  # still
    images.convert(in_branch(copied(frame), 2, None), Shown(), LIGHT, 2.0)
    images.convert(in_branch(larger, 2, None), Shown(), LIGHT, 3.0)
    images.convert(frame, Shown(), LIGHT, 4.0)  # a lesson is left
    assert images.scales[Column.FILTERS].high == 1.0
