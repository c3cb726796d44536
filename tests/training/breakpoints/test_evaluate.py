"""Whether conditions hold, against slow implementations, and in what words."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cnnviz.numerics.rule import EXACT
from cnnviz.training.breakpoints.conditions import parse
from cnnviz.training.breakpoints.evaluate import (
    Facts,
    State,
    along,
    event_of,
    holds,
    shown_image,
    words,
)
from cnnviz.training.loop.breakpoint_watcher import state_of
from cnnviz.training.run.history import Curve
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture(scope="module")
def states() -> list[State]:
    """Forty states of a run whose loss rises and falls, filters jump and predictions flip."""
    from cnnviz.data.bundled import bundled_digits

    trainer = Trainer(bundled_digits(), Settings(subset=30, pause_on_warning=False))
    seen = [state_of(trainer)]
    for _ in range(40):
        assert trainer.step()
        seen.append(state_of(trainer))
    trainer.close()
    return seen


def held(text: str, states: list[State]) -> list[bool]:
    condition = parse(text)
    pairs = zip([None, *states], states, strict=False)
    return [holds(condition, Facts(before, now)) for before, now in pairs]


def slow_ratio(before: np.ndarray, now: np.ndarray) -> float:
    moved = sum((float(b) - float(a)) ** 2 for a, b in zip(before.flat, now.flat, strict=True))
    return math.sqrt(moved / sum(float(a) ** 2 for a in before.flat))


def test_iteration_loss_accuracy_and_saturation_are_compared(states: list[State]) -> None:
    count = range(len(states))
    assert held("iteration = 7", states) == [i == 7 for i in count]
    assert held("iteration >= 7 and iteration < 9", states) == [7 <= i < 9 for i in count]
    losses = [state.forward.loss for state in states if state.forward]
    assert held("loss > 0.15", states) == [loss > 0.15 for loss in losses]
    accuracies = [state.forward.accuracy for state in states if state.forward]
    assert held("accuracy <= 60 %", states) == [a <= 0.6 for a in accuracies]
    shares = [state.saturated for state in states]
    assert held("saturated > 50 %", states) == [share > 0.5 for share in shares]
    assert any(held("saturated > 50 %", states))
    assert not all(held("saturated > 50 %", states))


def test_a_rising_loss(states: list[State]) -> None:
    losses = [state.forward.loss for state in states if state.forward]
    rises = [0.0, *(b - a for a, b in pairwise(losses))]
    relative = [0.0, *((b - a) / a for a, b in pairwise(losses))]
    assert held("loss rises", states) == [rise > 0 for rise in rises]
    assert held("loss rises by 0.01", states) == [rise >= 0.01 for rise in rises]
    assert held("loss rises by 5 %", states) == [rise >= 0.05 for rise in relative]
    assert any(held("loss rises by 5 %", states))
    assert held("loss rises by 5 %", states) != held("loss rises", states)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("step", (0, 1, 2, 3)),
        ("filter step", (0, 1, 2)),
        ("filter 2 step", (1,)),
        ("dense step", (3,)),
    ],
)
def test_the_size_of_a_step(text: str, parts: tuple[int, ...], states: list[State]) -> None:
    def size(before: State, now: State, part: int) -> float:
        if part == 3:
            return slow_ratio(before.parameters.wo, now.parameters.wo)
        return slow_ratio(before.parameters.f[:, :, part], now.parameters.f[:, :, part])

    pairs = list(pairwise(states))
    sizes = [max(size(a, b, part) for part in parts) for a, b in pairs]
    for bound in (sorted(sizes)[len(sizes) // 2] * 1.000001, 0.5):
        expected = [False, *(size > bound for size in sizes)]
        assert held(f"{text} > {bound!r}", states) == expected
        assert any(expected)


def test_the_step_is_eta_times_the_gradient(states: list[State]) -> None:
    """Against the readable path's gradients."""
    from cnnviz.data.bundled import bundled_digits
    from cnnviz.numerics.network import Batch
    from cnnviz.numerics.operations import iterate
    from cnnviz.numerics.rule import NOTEBOOK

    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:30], digits.labels[:30])
    tensors = iterate(batch, states[3].parameters, NOTEBOOK, 15.0)
    facts = Facts(states[3], states[4])
    for i in range(3):
        weights = np.linalg.norm(states[3].parameters.f[:, :, i])
        assert facts.steps[i] == pytest.approx(15 * np.linalg.norm(tensors["dF"][i]) / weights)
    expected = 15 * np.linalg.norm(tensors["dW"]) / np.linalg.norm(states[3].parameters.wo)
    assert facts.steps[3] == pytest.approx(expected)


def test_weights_that_were_all_zero_take_an_infinite_step(states: list[State]) -> None:
    from cnnviz.numerics.network import Parameters

    p = states[0].parameters
    zero = replace(states[0], parameters=Parameters(np.zeros_like(p.f), p.wo.copy()))
    assert holds(parse("filter step > 1e300"), Facts(zero, states[1]))
    assert not holds(parse("step > 0"), Facts(zero, zero))


def test_a_filter_changes_where_a_cell_changes_its_sign(states: list[State]) -> None:
    for i in (1, 2, 3):
        filters = [state.parameters.f[:, :, i - 1] for state in states]
        expected = [False]
        for a, b in pairwise(filters):
            expected.append(any((x < 0) != (y < 0) for x, y in zip(a.flat, b.flat, strict=True)))
        assert held(f"filter {i} changes", states) == expected
    any_of_them = [held(f"filter {i} changes", states) for i in (1, 2, 3)]
    assert held("any filter changes", states) == [any(x) for x in zip(*any_of_them, strict=True)]
    assert any(held("any filter changes", states))
    assert not all(held("any filter changes", states)[1:])


def test_a_filter_changes_by_a_share_of_its_norm(states: list[State]) -> None:
    norms = [float(np.linalg.norm(state.parameters.f[:, :, 0])) for state in states]
    changes = [abs(b - a) / a for a, b in pairwise(norms)]
    expected = [False, *(change >= 0.1 for change in changes)]
    assert held("filter 1 changes by 10 %", states) == expected
    assert any(expected)


def test_an_image_flips(states: list[State]) -> None:
    outputs = np.array([state.forward.o[0] for state in states if state.forward])
    sides = outputs > 0.5
    flips = np.vstack([np.zeros(30, bool), sides[1:] != sides[:-1]])
    assert flips.any()
    for image in (0, 7, 29):
        assert held(f"image {image} flips", states) == flips[:, image].tolist()
    assert held("any image flips", states) == flips.any(axis=1).tolist()
    assert not any(held("image 30 flips", states))
    assert not any(held(f"image {10**60} flips", states))
    first = int(np.flatnonzero(flips.any(axis=1))[0])
    image = int(np.flatnonzero(flips[first])[0])
    facts = Facts(states[first - 1], states[first])
    assert shown_image(parse("loss rises and any image flips or any image flips"), facts) == image
    assert shown_image(parse(f"image {image} flips"), facts) == image
    assert shown_image(parse("iteration > 0"), facts) is None


def test_only_images_of_both_batches_can_flip(make_trainer: Callable[..., Trainer]) -> None:
    trainer = make_trainer(subset=20)
    before = state_of(trainer)
    trainer.change(replace(trainer.settings, subset=6))
    trainer.step()
    now = state_of(trainer)
    assert before.forward is not None
    assert now.forward is not None
    flipped = (before.forward.o[0, :6] > 0.5) != (now.forward.o[0] > 0.5)
    assert Facts(before, now).flipped.tolist() == np.flatnonzero(flipped).tolist()


def test_nothing_changes_where_the_state_before_is_not_known(states: list[State]) -> None:
    for text in ("loss rises", "step > 0", "any filter changes", "any image flips"):
        assert not holds(parse(text), Facts(None, states[1]))
        assert words(parse(text), Facts(None, states[1])) == ""


def test_not_finite(alike, make_trainer: Callable[..., Trainer]) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    trainer = make_trainer(alike, subset=5)
    facts = Facts(None, state_of(trainer))
    assert holds(parse("not finite"), facts)
    assert words(parse("not finite"), facts).startswith("standardise: ")
    assert not holds(parse("not finite"), Facts(None, state_of(make_trainer())))


def test_an_operation_holds_only_where_it_comes_next(states: list[State]) -> None:
    condition = parse("at delta and iteration = 3")
    assert not holds(condition, Facts(states[2], states[3]))
    assert not holds(condition, Facts(states[2], states[3], "dense"))
    assert holds(condition, Facts(states[2], states[3], "delta"))
    facts = Facts(states[2], states[3], "delta")
    assert words(condition, facts) == "the iteration is 3"
    forward = states[3].forward
    assert forward is not None
    values = f"the loss is {forward.loss:.4g}, the accuracy {100 * forward.accuracy:.4g} %"
    assert words(parse("at delta"), facts) == values
    assert words(parse("at delta or iteration = 2"), facts) == values
    undefined = replace(states[3], forward=None)
    assert words(parse("at delta"), Facts(None, undefined, "delta")) == "the loss is undefined"


def test_only_what_happens_is_an_event(states: list[State]) -> None:
    for text in ("iteration > 1", "saturated > 0", "not finite or loss > 0", "step > 0"):
        assert event_of(parse(text)) is None
    event = event_of(parse("iteration > 1 or loss rises"))
    assert event is not None
    rises = held("loss rises", states)
    for i in range(1, len(states)):
        assert event(Facts(states[i - 1], states[i])) == rises[i]


def test_the_words_hold_the_values(states: list[State]) -> None:
    facts = Facts(states[0], states[1])
    before, now = states[0].forward, states[1].forward
    assert before is not None
    assert now is not None
    assert words(parse("iteration = 1"), facts) == "the iteration is 1"
    assert words(parse("loss > 0"), facts) == f"the loss is {now.loss:.4g}"
    assert words(parse("accuracy > 0"), facts) == f"the accuracy is {100 * now.accuracy:.4g} %"
    turning = held("filter 1 changes", states).index(True)
    a, b = (states[i].parameters.f[:, :, 0] for i in (turning - 1, turning))
    said = words(parse("filter 1 changes"), Facts(states[turning - 1], states[turning]))
    count = sum((x < 0) != (y < 0) for x, y in zip(a.flat, b.flat, strict=True))
    assert said.startswith(f"{count} cell")
    assert "of filter 1 changed sign" in said
    assert f"from {a.mean():.3g} to {b.mean():.3g}".replace("-", "−") in said
    assert words(parse("filter step > 1"), facts).startswith("the step of filter ")
    assert words(parse("filter step > 1"), facts).endswith(" times its size")
    image = int(facts.flipped[0])
    said = words(parse(f"image {image} flips"), facts)
    a, b = (float(forward.o[0, image]) for forward in (before, now))
    assert said == f"the output of image {image} went from {a:.3g} to {b:.3g}"
    rising = next(i for i, rise in enumerate(held("loss rises", states)) if rise)
    said = words(parse("loss rises or iteration < 0"), Facts(states[rising - 1], states[rising]))
    assert said.startswith("the loss rose from 0.")
    assert ";" not in said  # what does not hold is not said


def test_two_values_that_differ_are_written_with_the_digits_that_differ() -> None:
    from cnnviz.training.breakpoints.evaluate import _apart

    assert _apart(0.5000001, 0.4999999) == ("0.5000001", "0.4999999")
    assert _apart(0.1, -38.2) == ("0.1", "−38.2")
    assert _apart(0.50004, 0.445, border=0.5) == ("0.50004", "0.445")
    assert _apart(0.5, 0.7, border=0.5) == ("0.5", "0.7")


@pytest.mark.parametrize(
    "text",
    [
        "iteration = 7",
        "iteration >= 7",
        "loss > 0.15",
        "accuracy < 0.6",
        "loss rises",
        "loss rises by 0.01 or iteration < 3",
        "loss rises by 5 % and accuracy >= 0.5",
        "not finite",
    ],
)
def test_along_the_curve_is_the_same_as_state_by_state(text: str, states: list[State]) -> None:
    loss = np.array([state.forward.loss for state in states if state.forward])
    accuracy = np.array([state.forward.accuracy for state in states if state.forward])
    curve = Curve(loss, accuracy, Settings(), ())
    result = along(parse(text), curve, None)
    assert result is not None
    assert result.tolist() == held(text, states)


@pytest.mark.parametrize(
    "text", ["saturated > 0.5", "step > 0", "any image flips", "filter 1 changes or loss rises"]
)
def test_what_the_curve_does_not_know(text: str) -> None:
    curve = Curve(np.zeros(3), np.zeros(3), Settings(rule=EXACT), ())
    assert along(parse(text), curve, None) is None


def test_at_an_operation_along_the_curve() -> None:
    curve = Curve(np.array([0.1, 0.2]), np.zeros(2), Settings(), ())
    for operation, expected in ((None, [False, False]), ("delta", [False, True])):
        held_ = along(parse("at delta and loss rises"), curve, operation)
        assert held_ is not None
        assert held_.tolist() == expected
