from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.rule import EXACT
from cnnviz.training.errors import EditError
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.edits import Edit, change_words, edit_words, edited
from cnnviz.training.settings import Settings

FIRST = Settings()


@pytest.mark.parametrize(
    ("tensor", "index", "value", "word"),
    [
        ("C", (0, 0, 0), 1.0, "f and wo can"),
        ("f", (0, 0), 1.0, "shape"),
        ("f", (5, 0, 0), 1.0, "shape"),
        ("f", (0, 0, -1), 1.0, "shape"),
        ("wo", (1728, 0), 1.0, "shape"),
        ("wo", (3, 0), float("nan"), "between"),
        ("wo", (3, 0), -2e6, "between"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(
    tensor: str,
    index: tuple[int, ...],
    value: float,
    word: str,
    is_one_sentence: Callable[[object], str],
) -> None:
    with pytest.raises(EditError, match=word) as error:
        Edit(0, tensor, index, value)  # type: ignore[arg-type]
    is_one_sentence(error.value)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("tensor", "index"), [("f", (3, 1, 2)), ("wo", (1727, 0))])
def test_only_one_value_is_changed(dtype: str, tensor: str, index: tuple[int, ...]) -> None:
    before = initial_parameters(0, dtype)
    after = edited(before, Edit(0, tensor, index, 0.1))  # type: ignore[arg-type]
    for name in ("f", "wo"):
        old, new = getattr(before, name), getattr(after, name)
        assert new.dtype == old.dtype
        changed = np.argwhere(old != new).tolist()
        assert changed == ([list(index)] if name == tensor else [])
    assert getattr(after, tensor)[index] == np.dtype(dtype).type(0.1)


def test_edits_are_described_in_words() -> None:
    edits = [Edit(3, "f", (3, 1, 1), 0.4), Edit(3, "wo", (17, 0), -2), Edit(3, "wo", (4, 0), 1e-9)]
    assert [edit.words for edit in edits] == [
        "filter 2, row 2, column 4 = 0.4",
        "wo[17] = −2",
        "wo[4] = 1e−9",
    ]
    assert edit_words(edits[:2]) == "filter 2, row 2, column 4 = 0.4, wo[17] = −2"
    assert edit_words(edits) == "filter 2, row 2, column 4 = 0.4 and 2 more"
    assert edit_words([]) == ""


def drawn(*pixels: Pixel) -> Settings:
    return replace(FIRST, pixels=pixels)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (FIRST, FIRST, ""),
        (FIRST, replace(FIRST, learning_rate=1.0, rule=EXACT), f"η 15 → 1, rule {EXACT.title}"),
        (FIRST, drawn(Pixel(7, 1, 2, 200)), "image 7, row 2, column 3 = 0.784"),
        (drawn(Pixel(7, 1, 2, 9)), drawn(Pixel(7, 1, 2, 0)), "image 7, row 2, column 3 = 0"),
        (drawn(Pixel(7, 1, 2, 9)), FIRST, "image 7 restored"),
        (FIRST, drawn(Pixel(7, 1, 2, 9), Pixel(7, 1, 3, 9)), "2 pixels of image 7"),
        (drawn(Pixel(6, 1, 2, 9)), drawn(Pixel(7, 1, 3, 9)), "2 pixels of 2 images"),
    ],
)
def test_changes_are_described_in_words(before: Settings, after: Settings, words: str) -> None:
    assert change_words(before, after) == words
