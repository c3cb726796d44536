"""The selection signals changes, and only changes."""

import pytest
from PySide6.QtTest import QSignalSpy

from cnnviz.app.selection import Selection


@pytest.mark.usefixtures("qapp")
def test_a_new_image_is_signalled_once() -> None:
    selection = Selection()
    signals = QSignalSpy(selection.image_changed)
    assert selection.image == 0
    for index in (0, 4, 4, 2):
        selection.select_image(index)
    assert selection.image == 2
    assert [signals.at(i)[0] for i in range(signals.count())] == [4, 2]


@pytest.mark.usefixtures("qapp")
def test_a_listener_sees_the_new_image() -> None:
    selection = Selection()
    seen: list[tuple[int, int]] = []
    selection.image_changed.connect(lambda index: seen.append((index, selection.image)))
    selection.select_image(7)
    assert seen == [(7, 7)]


def test_a_change_of_drawn_branches_is_signalled_once() -> None:
    selection = Selection()
    signals = QSignalSpy(selection.branches_changed)
    selection.draw_branch(2, drawn=False)
    selection.draw_branch(2, drawn=False)
    assert (signals.count(), dict(selection.drawn_branches)) == (1, {2: False})
    selection.draw_branch(2, drawn=True)
    assert (signals.count(), dict(selection.drawn_branches)) == (2, {2: True})
