"""Numbers at the axes of plots."""

import pytest

from cnnviz.app.widgets.plot_style import ticks


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 0.0004, 0.0008, 0.0012], ["0", "0.0004", "0.0008", "0.0012"]),
        ([-0.0012, -0.0006], ["−0.0012", "−0.0006"]),
        ([0.0, 1e-4, 2e-4], ["0", "1e−4", "2e−4"]),
        ([0.0, 0.5, 1.0], ["0", "0.5", "1"]),
        ([50_000.0, 100_000.0], ["50000", "100000"]),
        ([1e-6, 1.0], ["1e−6", "1"]),
        ([], []),
    ],
)
def test_numbers_at_one_axis_are_written_alike(values: list[float], texts: list[str]) -> None:
    assert ticks(values) == texts
