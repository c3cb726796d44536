from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MalformedFileError
from cnnviz.training.errors import SettingsError
from cnnviz.training.pixels import DrawnImage, Pixel, painted, with_drawing, with_pixel


@pytest.mark.parametrize(
    "values", [(-1, 0, 0, 0), (0, 28, 0, 0), (0, 0, -1, 0), (0, 0, 0, 256), (0, 0, 0, -1)]
)
def test_a_pixel_that_cannot_be_is_refused(
    values: tuple[int, int, int, int], is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(SettingsError) as error:
        Pixel(*values)
    is_one_sentence(error.value)


def test_the_images_under_the_pixels_are_not_changed(digits: Dataset) -> None:
    before = digits.images.copy()
    drawn = painted(digits, [Pixel(3, 1, 2, 77), Pixel(5, 0, 27, 255)])
    np.testing.assert_array_equal(digits.images, before)
    changed = np.argwhere(drawn.images != before).tolist()
    assert changed == [[3, 1, 2], [5, 0, 27]]
    assert drawn.images[3, 1, 2] == 77
    assert (drawn.name, drawn.labels is digits.labels) == (digits.name, True)
    assert not drawn.images.flags.writeable


def test_late_images_are_painted_too(digits: Dataset, damaged: Callable[[int], Dataset]) -> None:
    pixels = [Pixel(1, 2, 3, 77), Pixel(3, 0, 0, 88), Pixel(4, 0, 0, 99)]
    drawn = painted(damaged(4), pixels)
    first = digits.images[:4].copy()
    first[1, 2, 3], first[3, 0, 0] = 77, 88
    np.testing.assert_array_equal(drawn.image(1), first[1])
    np.testing.assert_array_equal(drawn.first(4).images, first)
    with pytest.raises(MalformedFileError):
        drawn.image(4)
    assert with_pixel((), pixels[0], damaged(2)) == (pixels[0],)


def a_drawing(image: int, label: int, grey: int = 9) -> DrawnImage:
    return DrawnImage(image, label, bytes([grey]) * 784)


def test_a_drawing_takes_the_place_of_an_image_with_its_label(digits: Dataset) -> None:
    before, labels = digits.images.copy(), digits.labels.copy()
    other = (int(labels[3]) + 1) % 10
    drawn = painted(digits, [Pixel(3, 1, 2, 77)], [a_drawing(3, other), a_drawing(9_999, 1)])
    assert drawn.labels[3] == other
    np.testing.assert_array_equal(np.delete(drawn.labels, 3), np.delete(labels, 3))
    expected = np.full((28, 28), 9)
    expected[1, 2] = 77  # pixels are above drawings
    np.testing.assert_array_equal(drawn.image(3), expected)
    np.testing.assert_array_equal(np.delete(drawn.images, 3, 0), np.delete(before, 3, 0))
    np.testing.assert_array_equal(digits.labels, labels)
    assert not drawn.labels.flags.writeable


def test_an_image_has_one_drawing() -> None:
    drawings = with_drawing(with_drawing((), a_drawing(4, 1)), a_drawing(2, 3))
    assert with_drawing(drawings, a_drawing(4, 5)) == (a_drawing(2, 3), a_drawing(4, 5))


@pytest.mark.parametrize(
    "values", [(-1, 0, bytes(784)), (0, 10, bytes(784)), (0, -1, bytes(784)), (0, 1, b"")]
)
def test_a_drawing_that_cannot_be_is_refused(
    values: tuple[int, int, bytes], is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(SettingsError) as error:
        DrawnImage(*values)
    is_one_sentence(error.value)


def test_without_pixels_the_data_set_is_the_same(digits: Dataset) -> None:
    assert painted(digits, ()) is digits
    assert painted(digits, [Pixel(len(digits), 0, 0, 9)]) is digits


def test_pixels_are_ordered_and_unique_by_position(digits: Dataset) -> None:
    pixels: tuple[Pixel, ...] = ()
    for pixel in (Pixel(4, 0, 0, 9), Pixel(1, 5, 5, 8), Pixel(4, 0, 0, 7)):
        pixels = with_pixel(pixels, pixel)
    assert pixels == (Pixel(1, 5, 5, 8), Pixel(4, 0, 0, 7))
    as_it_was = Pixel(4, 0, 0, int(digits.images[4, 0, 0]))
    assert with_pixel(pixels, as_it_was, digits) == (Pixel(1, 5, 5, 8),)
