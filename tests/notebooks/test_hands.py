"""Scripts in many hands, right and with one seeded fault: the right line, and no other."""

import pytest

from tests.notebooks.hands import HANDS
from tests.notebooks.running import departures, judged


@pytest.mark.parametrize("hand", HANDS)
def test_the_seeded_line_departs_and_no_other(hand: str) -> None:
    found = {}
    wanted = {}
    for fault, (source, expected) in HANDS[hand].variants().items():
        judgement = judged(source)
        found[fault] = departures(judgement)
        wanted[fault] = expected
        if not expected:
            assert judgement.understood == 1
    assert found == wanted


def test_the_hands_make_more_than_forty_variants() -> None:
    assert sum(len(hand.variants()) for hand in HANDS.values()) >= 40
