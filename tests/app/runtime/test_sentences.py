"""A sentence of the window begins with a capital letter."""

import pytest

from cnnviz.app.runtime.sentences import as_sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the two directions are parallel.", "The two directions are parallel."),
        ("a drawing has 3 pixels.", "A drawing has 3 pixels."),
        ("no image of it can be held out.", "No image of it can be held out."),
        ("stopped.", "Stopped."),
        ("dW is undefined.", "dW is undefined."),
        ("wo is undefined.", "wo is undefined."),
        ("z is undefined.", "z is undefined."),
        ("run.npz is damaged.", "run.npz is damaged."),
        ("run_2.npz is damaged.", "run_2.npz is damaged."),
        ("data/mnist is empty.", "data/mnist is empty."),
        ("3 images are missing.", "3 images are missing."),
        ("", ""),
    ],
)
def test_only_words_get_a_capital_letter(text: str, shown: str) -> None:
    assert as_sentence(text) == shown
