"""Scripts in many hands, right and with one seeded fault: the right line, and no other."""

import pytest

from tests.notebooks.hands import HANDS
from tests.notebooks.more_hands import MORE_HANDS
from tests.notebooks.running import departures, judged

ALL_HANDS = {**HANDS, **MORE_HANDS}


@pytest.mark.parametrize("hand", ALL_HANDS)
def test_the_seeded_line_departs_and_no_other(hand: str) -> None:
    found = {}
    wanted = {}
    for fault, (source, expected) in ALL_HANDS[hand].variants().items():
        judgement = judged(source)
        found[fault] = departures(judgement)
        wanted[fault] = expected
        if not expected:
            assert judgement.understood == 1
    assert found == wanted


def test_the_hands_make_more_than_forty_variants() -> None:
    assert sum(len(hand.variants()) for hand in ALL_HANDS.values()) >= 40
