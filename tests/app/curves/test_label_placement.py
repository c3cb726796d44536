"""Tests of the placement of labels beside lines."""

from itertools import combinations

import numpy as np
from PySide6.QtCore import QRectF

from cnnviz.app.curves.label_placement import label_places

ROOM = QRectF(0, 10, 200, 90)


def line(*heights: float) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 200, len(heights)), np.array(heights)


def test_a_label_stays_if_nothing_is_in_the_way() -> None:
    box = QRectF(150, 40, 50, 12)
    assert label_places([box], [line(90, 90)], ROOM) == [box]


def test_it_moves_the_shortest_way_off_a_line() -> None:
    (place,) = label_places([QRectF(150, 40, 50, 12)], [line(45, 45)], ROOM)
    assert place is not None
    assert (place.left(), place.top()) == (150, 47)


def test_it_stays_inside() -> None:
    (place,) = label_places([QRectF(180, 0, 50, 12)], [], ROOM)
    assert place == QRectF(150, 10, 50, 12)


def test_labels_do_not_overlap_and_may_be_left_out() -> None:
    wanted = [QRectF(150, 40, 50, 12)] * 4
    places = [place for place in label_places(wanted, [], ROOM) if place is not None]
    assert len(places) == 4
    assert not any(a.intersects(b) for a, b in combinations(places, 2))
    tall = [QRectF(0, 10, 200, 50)] * 2
    first, second = label_places(tall, [], ROOM)
    assert first is not None
    assert second is None


def test_a_gap_in_a_line_is_free() -> None:
    box = QRectF(150, 40, 50, 12)
    gap = line(46, 46, np.nan, np.nan, np.nan)
    assert label_places([box], [gap, (np.empty(0), np.empty(0))], ROOM) == [box]


def test_a_label_that_is_kept_covers_a_line_if_it_must() -> None:
    wild = line(*[10, 100] * 50)
    wanted = [QRectF(170, 0, 50, 12), QRectF(150, 40, 50, 12)]
    assert label_places(wanted, [wild], ROOM) == [None, None]
    assert label_places(wanted, [wild], ROOM, kept=1) == [QRectF(150, 10, 50, 12), None]
