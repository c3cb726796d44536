import numpy as np
import pytest

from cnnviz.bench.process import OFFSCREEN, in_process
from cnnviz.bench.session_cost import SessionCost, measure_pairs


def test_both_windows_train_in_turn() -> None:
    paces = in_process(OFFSCREEN, measure_pairs, "bundled", 20, 1, 0.2, (True, False), 0.1)
    assert {keeps: len(found) for keeps, found in paces.items()} == {True: 1, False: 1}
    assert min(paces[True] + paces[False]) > 10


def test_the_share_is_the_mean_of_those_of_the_processes() -> None:
    off = np.array([[100.0, 300.0], [100.0, 100.0]])
    cost = SessionCost(off, off * [[0.9], [1.1]])
    assert cost.shares == pytest.approx([0.9, 1.1])
    assert cost.share == pytest.approx(1.0)
    assert cost.error == pytest.approx(0.1)


def test_one_process_has_no_standard_error() -> None:
    assert np.isnan(SessionCost(np.ones((1, 2)), np.ones((1, 2))).error)
