"""What a session says of itself, which may be damaged."""

import math
from dataclasses import replace

import pytest

from cnnviz.training.sessions.delta import SessionSummary
from cnnviz.training.sessions.records import summary_from_json, summary_to_json

SUMMARY = SessionSummary(0.0, "notebook, η 15", "bundled", 2, 1, 0, 0.5, 0.5, (), (), ())


def test_a_summary_is_read_as_it_was_written() -> None:
    assert summary_from_json(summary_to_json(SUMMARY)) == SUMMARY


@pytest.mark.parametrize("seconds", [-1.0, 4e10, 1e18, math.inf, math.nan])
def test_a_time_without_a_date_is_damage(seconds: float) -> None:
    """The list of sessions could not show its date, on Windows after the year 3000."""
    with pytest.raises(ValueError, match="its time has no date"):
        summary_from_json(summary_to_json(replace(SUMMARY, seconds=seconds)))
