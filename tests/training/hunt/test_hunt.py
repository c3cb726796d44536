from collections import Counter

import pytest

from cnnviz.numerics.checking.case import GALLERY
from cnnviz.numerics.checking.data_check import DATA, START
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.hunt.cases import HIDDEN, NUMBERS, hidden_fault, hunt_case
from cnnviz.training.hunt.errors import HuntError
from cnnviz.training.hunt.hunt import (
    HINT_COST,
    NOTHING,
    PLACES,
    Hunt,
    Look,
    choices,
    hints,
    reveal,
)
from cnnviz.training.hunt.instruments import INSTRUMENTS, instrument
from cnnviz.training.hunt.passed_over import passed_over

NAMED = {fault.name: fault for fault in GALLERY}
PINNED = {
    0: "mean-without-deviation",
    5: None,
    13: "start-saturates",
    17: "accumulator-aliased",
    28: "labels-shuffled",
    60: "filter-rotated",
}


def test_a_number_is_the_same_case_everywhere() -> None:
    """These must not change: teachers have given the numbers to classes."""
    for number, name in PINNED.items():
        fault = hidden_fault(number)
        assert (fault.name if fault else None) == name
    again, case = hunt_case.__wrapped__(0), hunt_case(0)
    assert (again.now.parameters.f == case.now.parameters.f).all()
    assert case.start.batch.n == 150
    for number in (NUMBERS[0] - 1, NUMBERS[1] + 1):
        with pytest.raises(HuntError, match="is not between 0 and 999999"):
            hidden_fault(number)


def test_every_fault_is_hidden_somewhere_and_none_too_often() -> None:
    assert set(HIDDEN) == {fault.name for fault in GALLERY if not fault.name.startswith("decoy-")}
    faults = map(hidden_fault, range(4000))
    counts = Counter(fault.name if fault else NOTHING for fault in faults)
    assert 400 < counts.pop(NOTHING) < 600
    assert set(counts) == set(HIDDEN)
    assert max(counts.values()) < 2 * min(counts.values())


def test_a_hunt_from_the_first_look_to_the_reveal() -> None:
    hunt = Hunt(60)
    assert (hunt.phase, hunt.cost) == ("looking", 0)
    hunt = hunt.look(Look("gradient")).look(Look("operation", "reshape")).look(Look("gradient"))
    assert hunt.looks == (Look("gradient"), Look("operation", "reshape"))
    assert hunt.cost == 3 + 2
    hunt = hunt.hint()
    assert hunt.cost == 5 + HINT_COST
    hunt = hunt.name_place("filter_gradient")
    assert hunt.phase == "named"
    with pytest.raises(HuntError, match="first say what is wrong there"):
        hunt.look(Look("loss"))
    with pytest.raises(HuntError, match="not among what can be wrong there"):
        hunt.explain("σ′ is missing at the maps")
    hunt = hunt.reconsider().name_place("filter_gradient")
    hunt = hunt.explain(NAMED["filter-rotated"].title)
    with pytest.raises(HuntError, match="not between 0 and 100"):
        hunt.be_sure(101)
    with pytest.raises(HuntError, match="once the answer is complete"):
        reveal(hunt)
    hunt = hunt.be_sure(90)
    assert hunt.phase == "revealed"
    revealed = reveal(hunt)
    assert revealed.fault is NAMED["filter-rotated"]
    assert revealed.is_right
    assert revealed.brier == pytest.approx(0.01)
    with pytest.raises(HuntError, match="the case is closed"):
        hunt.reconsider()


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (("microscope",), "'microscope' is not an instrument: they are loss, sizes"),
        (("operation",), "looks at one operation: name it"),
        (("operation", "data"), "looks at one operation: name it"),
        (("loss", "delta"), "does not look at one operation"),
    ],
)
def test_looks_that_are_none(look: tuple[str, ...], message: str) -> None:
    with pytest.raises(HuntError, match=message):
        Look(*look)


def test_moves_out_of_turn() -> None:
    hunt = Hunt(5)
    with pytest.raises(HuntError, match="name the place first"):
        hunt.be_sure(50)
    with pytest.raises(HuntError, match="is none of patches, "):
        hunt.name_place("pooling")
    for _ in hints(5):
        hunt = hunt.hint()
    with pytest.raises(HuntError, match="no more hints"):
        hunt.hint()
    hunt = hunt.name_place(NOTHING)
    assert hunt.phase == "explained"
    assert reveal(hunt.be_sure(100)).is_right
    assert reveal(Hunt(0).name_place(NOTHING).be_sure(100)).brier == 1


def test_what_can_be_wrong_holds_what_is_and_says_no_name() -> None:
    for name in HIDDEN:
        fault = NAMED[name]
        assert fault.operation in PLACES
        assert fault.title in choices(fault.operation)
        assert list(choices(fault.operation)[:-1]) == sorted(choices(fault.operation)[:-1])
    for number in range(60):
        fault = hidden_fault(number)
        for hint in hints(number):
            assert fault is None or (fault.title not in hint and fault.name not in hint)
        if fault is not None:
            assert fault.operation in hints(number)[-1]
            assert " or " in hints(number)[-1]


def test_what_instruments_show_is_telling_only_if_something_is_wrong() -> None:
    """No. 5 has nothing, 60 a rotated filter, 28 shuffled labels."""
    used = {
        5: ("sizes", "symmetries", "data", "gradient", "operations"),
        60: ("symmetries", "operations"),
        28: ("data",),
    }
    telling = {
        number: {
            name for name in names if instrument(name).observe(hunt_case(number), "").is_telling
        }
        for number, names in used.items()
    }
    assert telling == {5: set(), 60: {"operations"}, 28: {"data"}}


def test_what_instruments_show_names_no_fault() -> None:
    case = hunt_case(60)
    assert case.fault is not None
    for one in INSTRUMENTS[1:]:
        evidence = one.observe(case, "filter_gradient" if one.of_operation else "")
        assert case.fault.name not in evidence.text
        assert case.fault.title not in evidence.text
        if one.of_operation:
            assert evidence.is_telling
            assert not one.observe(case, "delta").is_telling


def test_all_operations_have_verdicts_of_one_form() -> None:
    text = instrument("operations").observe(hunt_case(60), "").text
    lines = text.splitlines()
    assert len(lines) == len(OPERATIONS)
    assert [line.split()[0] for line in lines].count("wrong") == 1
    assert all(": off by " in line and "rounding allows" in line for line in lines)


def test_a_run_without_a_result_is_shown_as_far_as_it_goes() -> None:
    number = next(n for n in range(200) if (f := hidden_fault(n)) and f.name == "slope-of-logit")
    evidence = instrument("loss").observe(hunt_case(number), "")
    assert len(evidence.losses) >= 1
    assert evidence.text.startswith("Iteration, loss, accuracy\n   0   0.")


def test_evidence_that_was_passed_over() -> None:
    rotated = NAMED["filter-rotated"].title
    good = Hunt(60).look(Look("operation", "filter_gradient")).name_place("filter_gradient")
    assert passed_over(good.explain(rotated).be_sure(100)) == ()
    lucky = Hunt(60).name_place("filter_gradient").explain(rotated).be_sure(20)
    (sentence,) = passed_over(lucky)
    assert sentence == (
        "You did not use the operation check of one operation, at filter gradient, which costs 2 "
        "and shows it."
    )
    seen = Hunt(60).look(Look("gradient")).look(Look("operation", "reshape"))
    nothing = seen.name_place(NOTHING).be_sure(70)
    assert passed_over(nothing)[0] == (
        "You saw with the gradient check of all 1,803 weights, that something is wrong."
    )
    other = seen.name_place("reshape").explain(choices("reshape")[0]).be_sure(70)
    assert passed_over(other)[0] == (
        "You saw with the operation check of one operation, at reshape, that it is right."
    )
    data = Hunt(28).look(Look("data")).look(Look("operations"))
    first, second = passed_over(data.name_place("delta").explain("something else").be_sure(1))
    assert first.endswith("first weights, that the data or the start is wrong.")
    assert second.endswith("of all operations, which one is wrong, or that none is.")
    assert {DATA, START} <= set(PLACES)
