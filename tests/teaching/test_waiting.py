from dataclasses import replace

import pytest

from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.lesson import FilePosition, Source, Wait
from cnnviz.teaching.waiting import EXAMPLE, is_done


def wait(text: str) -> Wait:
    return Wait(Source(text, FilePosition(7, 3)), "hint")


@pytest.mark.parametrize(
    ("until", "changes", "done"),
    [
        ("iteration >= start_iteration + 1", {"iteration": 1}, True),
        ("iteration >= start_iteration + 1", {}, False),
        ('operation == "correlate" and image == 3', {"operation": "correlate", "image": 3}, True),
        ('rule == "exact"', {"rule": "notebook"}, False),
        ("running", {"running": True}, True),
        ("loss", {}, False),
    ],
)
def test_done(until: str, changes: dict[str, object], done: bool) -> None:
    assert is_done(wait(until), EXAMPLE, replace(EXAMPLE, **changes)) is done


def test_unknown_name_is_located() -> None:
    with pytest.raises(LessonError, match="no iterations is known") as caught:
        is_done(wait("0 < iterations"), EXAMPLE, EXAMPLE)
    assert (caught.value.line, caught.value.column) == (7, 7)
