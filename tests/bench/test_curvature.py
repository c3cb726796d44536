import pytest

from cnnviz.bench.curvature import Cost, measure
from cnnviz.bench.process import OFFSCREEN, in_process


def test_every_figure_is_measured() -> None:
    cost = in_process(OFFSCREEN, measure, "bundled", 20, 1, 0.3, 0.1, 0.3)
    assert (len(cost.off), len(cost.on)) == (2, 1)
    assert min(cost.off + cost.on) > 10
    assert cost.computed > 0
    assert 0 < cost.alone < 1


def test_each_pace_with_it_is_compared_with_those_around_it() -> None:
    assert Cost((100.0, 200.0, 100.0), (120.0, 150.0), 2.0, 0.01).ratios == pytest.approx(
        (0.8, 1.0)
    )
