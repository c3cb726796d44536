import pytest

from cnnviz.numerics.names import index_words, symbol


def test_a_name_is_read_as_its_symbol() -> None:
    assert [symbol(name) for name in ("C", "delta", "f_next")] == ["C", "δ", "f′"]


@pytest.mark.parametrize(
    ("name", "index", "axis", "words"),
    [
        ("C", (3, 0, 5, 7), None, "C[3, 0, 5, 7]"),
        ("error_wrt_output", (0, 2), None, "∂E/∂o[0, 2]"),
        ("std", (0, 0), None, "std z"),
        ("C", (3, 0, 5, 7), 0, "mean of C[:, 0, 5, 7]"),
        ("P", (5, 7, 3, 0, 1), 2, "mean of P[5, 7, :, 0, 1]"),
        ("E", (0, 3), 1, "loss"),
    ],
)
def test_a_number_is_named_as_the_arrays_are_indexed(
    name: str, index: tuple[int, ...], axis: int | None, words: str
) -> None:
    assert index_words(name, index, axis) == words
