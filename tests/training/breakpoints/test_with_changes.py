"""A person's change of breakpoints that something else has changed since they saw them."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.training.breakpoints.breakpoint import Breakpoint, with_changes
from tests.training.driver import Driver

Listed = tuple[Breakpoint, ...]
FIELDS = "text", "enabled", "hit"


def lists(numbers: range) -> st.SearchStrategy[Listed]:
    kept = st.builds(
        Breakpoint,
        st.sampled_from(numbers),
        st.sampled_from(["", "loss rises"]),
        st.booleans(),
        st.integers(1, 2),
    )
    return st.lists(kept, max_size=4, unique_by=lambda b: b.number).map(tuple)


@given(lists(range(1, 6)), lists(range(6, 9)), st.data())
@settings(max_examples=50)
def test_without_other_changes_the_breakpoints_are_those_that_a_person_wants(
    seen: Listed, added: Listed, data: st.DataObject
) -> None:
    left = data.draw(st.lists(st.sampled_from(seen), unique=True) if seen else st.just([]))
    wanted = [replace(b, enabled=data.draw(st.booleans())) for b in seen if b in left]
    for new in added:
        wanted.insert(data.draw(st.integers(0, len(wanted))), new)
    assert with_changes(seen, seen, wanted) == tuple(wanted)


@given(lists(range(1, 5)), lists(range(1, 5)), lists(range(1, 7)))
@settings(max_examples=50)
def test_each_has_what_was_changed_last_and_none_comes_back(
    now: Listed, seen: Listed, wanted: Listed
) -> None:
    found = {b.number: b for b in with_changes(now, seen, wanted)}
    for number in range(1, 7):
        here, before, after = (
            next((b for b in side if b.number == number), None) for side in (now, seen, wanted)
        )
        if before is None:  # the person's, unless it is here already
            assert found.get(number) == (here or after)
        elif here is None or after is None:  # deleted by one of the two
            assert number not in found
        else:
            for name in FIELDS:
                chosen, was = getattr(after, name), getattr(before, name)
                expected = getattr(here, name) if chosen == was else chosen
                assert getattr(found[number], name) == expected


def test_an_edit_right_after_an_undo_brings_nothing_back(driver: Driver) -> None:
    loop, first, second = driver.loop, Breakpoint(1, "loss rises"), Breakpoint(2, "loss < 1")
    off = replace(first, enabled=False)
    loop.set_breakpoints((first,), ())
    loop.set_breakpoints((first, second), (first,))
    loop.undo()
    frame = driver.after(loop.set_breakpoints((off, second), (first, second)))  # seen before
    assert frame.breakpoints == (off,)
    assert frame.undo == "change of breakpoint “loss rises”"
    assert driver.after(loop.undo()).breakpoints == (first,)
    loop.undo()
    frame = driver.after(loop.restore_breakpoints((first, second), (second,)))
    assert frame.breakpoints == (first,)
