"""The computation of the Check panel, without and with faults of the gallery."""

import pytest

from cnnviz.app.check.computation import Outcome, Subject, check
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.case import GALLERY, AnyFault
from cnnviz.numerics.checking.data_faults import DataFault
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture(scope="module")
def exact() -> Frame:
    """Two iterations of few digits under the exact rule."""
    trainer = Trainer(bundled_digits(), Settings(subset=12, rule=EXACT))
    trainer.step()
    trainer.step()
    made = frame_of(trainer, 0)
    trainer.close()
    return made


def outcome_of(frame: Frame, fault: AnyFault | None) -> Outcome:
    shares: list[float] = []
    outcome = check(Subject.of(frame, fault), shares.append)
    assert shares == sorted(shares)
    return outcome


OPERATIONS = [fault for fault in GALLERY if not isinstance(fault, DataFault)]
SAMPLE = [*OPERATIONS[::5], *(decoy for decoy in OPERATIONS if not decoy.seen_by)]
"""Some of the gallery: the checks themselves are held against all of it elsewhere."""


@pytest.mark.parametrize("fault", SAMPLE, ids=lambda f: f.name)
def test_a_fault_of_an_operation_is_found(exact: Frame, fault: AnyFault) -> None:
    outcome = outcome_of(exact, fault)
    wrong = {o.name for o in outcome.operations if o.verdict == "wrong"}
    assert wrong == ({fault.operation} if fault.seen_by else set())
    assert outcome.gradient.agrees == ("gradient check" not in fault.seen_by)


def test_the_words_name_the_subject_of_the_check(exact: Frame) -> None:
    kept = next(f for f in GALLERY if not isinstance(f, DataFault) and f.rule.kept)
    start = next(f for f in GALLERY if isinstance(f, DataFault))
    assert Subject.of(exact, None).words == (
        "Iteration 2 of “exact, η 15, n 12”, exact rule, η = 15, 12 images, float64."
    )
    assert Subject.of(exact, kept).words == (
        f"Put in on purpose: fault in dense gradient: {kept.title}. Iteration 2 of “exact, "
        "η 15, n 12”, "
        "one iteration later, the exact rule with it, η = 15, 12 images, float64."
    )
    assert Subject.of(exact, start).words == (
        f"Put in on purpose: fault in the data: {start.title}. Iteration 0, exact rule, η = 15, "
        "12 images, float64."
    )
