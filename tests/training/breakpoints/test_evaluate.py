"""In which states conditions hold, against slow implementations, and how that is described."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cnnviz.numerics.rule import EXACT
from cnnviz.training.breakpoints.describe import describe, distinct, flipped_image
from cnnviz.training.breakpoints.evaluate import happened, held, held_along
from cnnviz.training.breakpoints.parser import parse
from cnnviz.training.breakpoints.window import WatchedState, window_of
from cnnviz.training.loop.breakpoint_watcher import state_of
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture(scope="module")
def states() -> list[WatchedState]:
    """Forty states with rising and falling loss, jumping filters and flipping predictions."""
    from cnnviz.data.bundled import bundled_digits

    trainer = Trainer(bundled_digits(), Settings(subset=30, pause_on_warning=False))
    seen = [state_of(trainer)]
    for _ in range(40):
        assert trainer.step()
        seen.append(state_of(trainer))
    trainer.close()
    return seen


def held_in(text: str, states: list[WatchedState]) -> list[bool]:
    held_in_all: list[bool] = held(parse(text), window_of(states)).tolist()
    return held_in_all


def holds(text: str, *states: WatchedState, operation: str | None = None) -> bool:
    """Return whether a condition holds in the last of these states."""
    return bool(held(parse(text), window_of(states), operation)[-1])


def description(text: str, *states: WatchedState, operation: str | None = None) -> str:
    return describe(parse(text), window_of(states), operation)


def slow_ratio(before: np.ndarray, now: np.ndarray) -> float:
    moved = sum((float(b) - float(a)) ** 2 for a, b in zip(before.flat, now.flat, strict=True))
    return math.sqrt(moved / sum(float(a) ** 2 for a in before.flat))


def test_iteration_loss_accuracy_and_saturation_are_compared(states: list[WatchedState]) -> None:
    count = range(len(states))
    assert held_in("iteration = 7", states) == [i == 7 for i in count]
    assert held_in("iteration >= 7 and iteration < 9", states) == [7 <= i < 9 for i in count]
    losses = [state.forward.loss for state in states if state.forward]
    assert held_in("loss > 0.15", states) == [loss > 0.15 for loss in losses]
    accuracies = [state.forward.accuracy for state in states if state.forward]
    assert held_in("accuracy <= 60 %", states) == [a <= 0.6 for a in accuracies]
    shares = [state.saturated for state in states]
    assert held_in("saturated > 50 %", states) == [share > 0.5 for share in shares]
    assert any(held_in("saturated > 50 %", states))
    assert not all(held_in("saturated > 50 %", states))
    sampled = "(measured on at most 32 images, evenly spaced)"
    assert description("saturated > 0", states[-1]).endswith(sampled)


def test_a_rising_loss(states: list[WatchedState]) -> None:
    losses = [state.forward.loss for state in states if state.forward]
    rises = [0.0, *(b - a for a, b in pairwise(losses))]
    relative = [0.0, *((b - a) / a for a, b in pairwise(losses))]
    assert held_in("loss rises", states) == [rise > 0 for rise in rises]
    assert held_in("loss rises by 0.01", states) == [rise >= 0.01 for rise in rises]
    assert held_in("loss rises by 5 %", states) == [rise >= 0.05 for rise in relative]
    assert any(held_in("loss rises by 5 %", states))
    assert held_in("loss rises by 5 %", states) != held_in("loss rises", states)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("step", (0, 1, 2, 3)),
        ("filter step", (0, 1, 2)),
        ("filter 2 step", (1,)),
        ("dense step", (3,)),
    ],
)
def test_the_size_of_a_step(text: str, parts: tuple[int, ...], states: list[WatchedState]) -> None:
    def size(before: WatchedState, now: WatchedState, part: int) -> float:
        if part == 3:
            return slow_ratio(before.parameters.wo, now.parameters.wo)
        return slow_ratio(before.parameters.f[:, :, part], now.parameters.f[:, :, part])

    pairs = list(pairwise(states))
    sizes = [max(size(a, b, part) for part in parts) for a, b in pairs]
    for bound in (sorted(sizes)[len(sizes) // 2] * 1.000001, 0.5):
        expected = [False, *(size > bound for size in sizes)]
        assert held_in(f"{text} > {bound!r}", states) == expected
        assert any(expected)


def test_the_step_is_eta_times_the_gradient(states: list[WatchedState]) -> None:
    """Against the readable path's gradients."""
    from cnnviz.data.bundled import bundled_digits
    from cnnviz.numerics.network import Batch
    from cnnviz.numerics.operations import iterate
    from cnnviz.numerics.rule import NOTEBOOK

    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:30], digits.labels[:30])
    tensors = iterate(batch, states[3].parameters, NOTEBOOK, 15.0)
    steps = window_of(states[3:5]).steps[-1]
    for i in range(3):
        weights = np.linalg.norm(states[3].parameters.f[:, :, i])
        assert steps[i] == pytest.approx(15 * np.linalg.norm(tensors["dF"][i]) / weights)
    expected = 15 * np.linalg.norm(tensors["dW"]) / np.linalg.norm(states[3].parameters.wo)
    assert steps[3] == pytest.approx(expected)


def test_a_step_from_zero_weights_is_infinite(states: list[WatchedState]) -> None:
    from cnnviz.numerics.network import Parameters

    p = states[0].parameters
    zero = replace(states[0], parameters=Parameters(np.zeros_like(p.f), p.wo.copy()))
    assert holds("filter step > 1e300", zero, states[1])
    assert not holds("step > 0", zero, zero)


def test_a_filter_changes_if_a_cell_changes_its_sign(states: list[WatchedState]) -> None:
    for i in (1, 2, 3):
        filters = [state.parameters.f[:, :, i - 1] for state in states]
        expected = [False]
        for a, b in pairwise(filters):
            expected.append(any((x < 0) != (y < 0) for x, y in zip(a.flat, b.flat, strict=True)))
        assert held_in(f"filter {i} changes", states) == expected
    any_of_them = [held_in(f"filter {i} changes", states) for i in (1, 2, 3)]
    assert held_in("any filter changes", states) == [any(x) for x in zip(*any_of_them, strict=True)]
    assert any(held_in("any filter changes", states))
    assert not all(held_in("any filter changes", states)[1:])


def test_a_filter_changes_by_a_share_of_its_norm(states: list[WatchedState]) -> None:
    norms = [float(np.linalg.norm(state.parameters.f[:, :, 0])) for state in states]
    changes = [abs(b - a) / a for a, b in pairwise(norms)]
    expected = [False, *(change >= 0.1 for change in changes)]
    assert held_in("filter 1 changes by 10 %", states) == expected
    assert any(expected)


def test_an_image_flips(states: list[WatchedState]) -> None:
    outputs = np.array([state.forward.o[0] for state in states if state.forward])
    sides = outputs > 0.5
    flips = np.vstack([np.zeros(30, bool), sides[1:] != sides[:-1]])
    assert flips.any()
    for image in (0, 7, 29):
        assert held_in(f"image {image} flips", states) == flips[:, image].tolist()
    assert held_in("any image flips", states) == flips.any(axis=1).tolist()
    assert not any(held_in("image 30 flips", states))
    assert not any(held_in(f"image {10**60} flips", states))
    first = int(np.flatnonzero(flips.any(axis=1))[0])
    image = int(np.flatnonzero(flips[first])[0])
    window = window_of(states[first - 1 : first + 1])
    for text in ("loss rises and any image flips or any image flips", f"image {image} flips"):
        assert flipped_image(parse(text), window) == image
    assert flipped_image(parse("iteration > 0"), window) is None


def test_only_images_of_both_batches_can_flip(make_trainer: Callable[..., Trainer]) -> None:
    trainer = make_trainer(subset=20)
    before = state_of(trainer)
    trainer.change(subset=6)
    trainer.step()
    now = state_of(trainer)
    assert before.forward is not None
    assert now.forward is not None
    flipped = (before.forward.o[0, :6] > 0.5) != (now.forward.o[0] > 0.5)
    assert (
        window_of([before, now]).flips[1].nonzero()[0].tolist() == np.flatnonzero(flipped).tolist()
    )


def test_nothing_changes_if_the_state_before_is_unknown(states: list[WatchedState]) -> None:
    for text in ("loss rises", "step > 0", "any filter changes", "any image flips"):
        assert not holds(text, states[1])
        assert description(f"{text} or iteration = 1", states[1]) == "the iteration is 1"


def test_not_finite(identical_images, make_trainer: Callable[..., Trainer]) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    trainer = make_trainer(identical_images, subset=5)
    undefined = state_of(trainer)
    assert holds("not finite", undefined)
    assert description("not finite", undefined).startswith("standardise: ")
    assert not holds("not finite", state_of(make_trainer()))


def test_an_operation_holds_only_if_it_comes_next(states: list[WatchedState]) -> None:
    text = "at delta and iteration = 3"
    assert not holds(text, *states[2:4])
    assert not holds(text, *states[2:4], operation="dense")
    assert holds(text, *states[2:4], operation="delta")
    assert description(text, *states[2:4], operation="delta") == "the iteration is 3"
    forward = states[3].forward
    assert forward is not None
    values = f"the loss is {forward.loss:.4g}, the accuracy {100 * forward.accuracy:.1f} %"
    for text in ("at delta", "at delta or iteration = 2"):
        assert description(text, *states[2:4], operation="delta") == values
    undefined = replace(states[3], forward=None)
    assert description("at delta", undefined, operation="delta") == "the loss is undefined"


def test_a_comparison_is_no_event(states: list[WatchedState]) -> None:
    window = window_of(states)
    for text in ("iteration > 1", "saturated > 0", "not finite or loss > 0", "step > 0"):
        assert not happened(parse(text), window).any()
    events = happened(parse("iteration > 1 or loss rises"), window)
    assert events.tolist() == held_in("loss rises", states)
    assert events.any()


def test_the_description_has_the_values(states: list[WatchedState]) -> None:
    first = states[:2]
    before, now = states[0].forward, states[1].forward
    assert before is not None
    assert now is not None
    assert description("iteration = 1", *first) == "the iteration is 1"
    assert description("loss > 0", *first) == f"the loss is {now.loss:.4g}"
    assert description("accuracy > 0", *first) == f"the accuracy is {100 * now.accuracy:.1f} %"
    near = description(f"accuracy < {100 * now.accuracy + 0.013} %", *first)
    assert near == f"the accuracy is {100 * now.accuracy:.2f} %"  # and not that of the bound
    turning = held_in("filter 1 changes", states).index(True)
    pair = states[turning - 1 : turning + 1]
    a, b = (state.parameters.f[:, :, 0] for state in pair)
    text = description("filter 1 changes", *pair)
    count = sum((x < 0) != (y < 0) for x, y in zip(a.flat, b.flat, strict=True))
    assert text.startswith(f"{count} cell")
    assert "of filter 1 changed sign" in text
    assert f"from {a.mean():.3g} to {b.mean():.3g}".replace("-", "−") in text
    assert description("filter step > 1", *first).startswith("the step of filter ")
    assert description("filter step > 1", *first).endswith(" times its size")
    image = int(window_of(first).flips[1].argmax())
    a, b = (float(forward.o[0, image]) for forward in (before, now))
    expected = f"the output of image {image} went from {a:.3g} to {b:.3g}"
    assert description(f"image {image} flips", *first) == expected
    rising = held_in("loss rises", states).index(True)
    text = description("loss rises or iteration < 0", *states[rising - 1 : rising + 1])
    assert text.startswith("the loss rose from 0.")
    assert ";" not in text  # a part that does not hold is left out


def test_two_numbers_are_written_with_the_digits_that_distinguish_them() -> None:
    assert distinct(0.5000001, 0.4999999) == ("0.5000001", "0.4999999")
    assert distinct(0.1, -38.2) == ("0.1", "−38.2")
    assert distinct(0.50004, 0.445, border=0.5) == ("0.50004", "0.445")
    assert distinct(0.5, 0.7, border=0.5) == ("0.5", "0.7")


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
def test_the_curve_and_the_states_give_the_same_result(
    text: str, states: list[WatchedState]
) -> None:
    loss = np.array([state.forward.loss for state in states if state.forward])
    accuracy = np.array([state.forward.accuracy for state in states if state.forward])
    curve = Curve(loss, accuracy, Settings(), ())
    result = held_along(parse(text), curve, None)
    assert result is not None
    assert result.tolist() == held_in(text, states)


@pytest.mark.parametrize(
    "text", ["saturated > 0.5", "step > 0", "any image flips", "filter 1 changes or loss rises"]
)
def test_conditions_that_need_more_than_the_curve(text: str) -> None:
    curve = Curve(np.zeros(3), np.zeros(3), Settings(rule=EXACT), ())
    assert held_along(parse(text), curve, None) is None


def test_at_an_operation_along_the_curve() -> None:
    curve = Curve(np.array([0.1, 0.2]), np.zeros(2), Settings(), ())
    for operation, expected in ((None, [False, False]), ("delta", [False, True])):
        result = held_along(parse("at delta and loss rises"), curve, operation)
        assert result is not None
        assert result.tolist() == expected
