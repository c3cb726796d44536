"""The judgement: whoever no longer wants it can end it."""

import pytest

from cnnviz.notebooks.judge import judge
from cnnviz.notebooks.reader import Cell, Script
from cnnviz.numerics.blocks import reporting_progress
from tests.notebooks.hands import EINSUM, IM2COL
from tests.notebooks.running import judged, recorded


class EndedError(Exception):
    """Nobody wants to know any more."""


def test_a_judgement_can_be_ended_while_it_is_made() -> None:
    source, _ = EINSUM.variants()["none"]
    recording, asked = recorded(source), 0

    def on_progress(_share: float) -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise EndedError

    with reporting_progress(on_progress), pytest.raises(EndedError):
        judge(Script("script.py", (Cell(0, source),)), recording, "")


def test_a_sum_for_a_mean_in_both_gradients_is_no_mistake_but_is_said() -> None:
    source, _ = IM2COL.variants()["none"]
    assert "learning rate acts" not in " ".join(judged(source).notes)

    judgement = judged(source.replace("(p - t) / len(x)", "p - t"))

    assert judgement.first is None
    assert "the learning rate acts as one that is 6 times larger" in " ".join(judgement.notes)
