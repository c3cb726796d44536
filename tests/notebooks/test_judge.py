"""The judgement: whoever no longer wants it can end it."""

import pytest

from cnnviz.notebooks.judge import judge
from cnnviz.notebooks.reader import Cell, Script
from cnnviz.numerics.blocks import reporting_progress
from tests.notebooks.hands import EINSUM
from tests.notebooks.running import recorded


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
