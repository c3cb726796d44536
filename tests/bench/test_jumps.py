from cnnviz.bench.jumps import measure
from cnnviz.numerics.rule import NOTEBOOK


def test_every_figure_is_measured() -> None:
    found = measure("bundled", NOTEBOOK, 0.01, 40, 5)
    assert found.iterations == 40
    assert 0 < found.median <= found.worst
    assert 0.3 < found.held < 2  # 40 states of 14.4 kB
