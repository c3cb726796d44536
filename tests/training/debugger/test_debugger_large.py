"""A batch large enough for the selected image to be computed first.

The limit is lowered, except where memory is compared.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.numerics.network import Tensors
from cnnviz.numerics.operations import OPERATIONS, apply, inputs, updated
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger import debugger as debugger_module
from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.debugger.operation_positions import END, POSITION_OF
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.limits import IMAGE_FIRST
from cnnviz.training.loop import debug_session
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import TIMEOUT, Driver, step_to

LIMIT = 200
N, IMAGE = 301, 234
FULL = 2_001
MakeTrainer = Callable[..., Trainer]
PART_NAMES = ("P", "C", "A", "a", "z", "zs", "o", "E", "delta")
"""Tensors that have something of each image, whatever the rule, in their order."""


@pytest.fixture(scope="module")
def many(digits: Dataset) -> Dataset:
    """The bundled digits, some of them twice."""
    assert FULL > IMAGE_FIRST
    return Dataset(
        "many", np.resize(digits.images, (FULL, 28, 28)), np.resize(digits.labels, FULL).copy()
    )


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (debugger_module, debug_session):
        monkeypatch.setattr(module, "IMAGE_FIRST", LIMIT)


@pytest.fixture
def trainer(make_trainer: MakeTrainer, many: Dataset, low_limit: None) -> Trainer:  # noqa: ARG001
    return make_trainer(many, subset=N, learning_rate=1.0)


@pytest.fixture
def full_trainer(make_trainer: MakeTrainer, many: Dataset) -> Trainer:
    return make_trainer(many, subset=FULL, learning_rate=1.0)


def readable(trainer: Trainer, last: str = "filter_update") -> Tensors:
    """Compute an iteration by the readable path, as far as an operation."""
    settings = trainer.settings
    tensors = inputs(trainer.batch, trainer.parameters)
    for operation in OPERATIONS[: POSITION_OF[last] + 1]:
        tensors = apply(operation, tensors, settings.rule, settings.learning_rate)
    return tensors


def part_of(name: str, values: np.ndarray, image: int = IMAGE) -> np.ndarray:
    """Return one image's part, along an axis of length 1."""
    axis = TENSORS[name].image_axis(values.ndim)
    assert axis is not None
    return np.take(values, [image], axis)


def catch_up(debugger: Debugger) -> None:
    while debugger.aim > debugger.position:
        debugger.repeat_next()


@pytest.mark.usefixtures("low_limit")
def test_all_steps_are_one_iteration_of_the_readable_path_bit_for_bit(
    make_trainer: MakeTrainer, many: Dataset
) -> None:
    rule = Rule.correcting(["standardisation", "scale", "update-order"])
    trainer = make_trainer(many, subset=N, rule=rule, dtype="float32")
    expected = readable(trainer)
    debugger = Debugger(trainer)
    for operation in OPERATIONS:
        assert debugger.step()
        view = debugger.view(IMAGE)
        for name in operation.writes:
            np.testing.assert_array_equal(debugger.tensors[name], expected[name], strict=True)
            figures = view.tensors[name].statistics
            assert figures.minimum == expected[name].min()
            assert figures.maximum == expected[name].max()
            mean = expected[name].mean(dtype=np.float64)
            assert figures.mean == pytest.approx(mean, rel=1e-6, abs=1e-12)
    np.testing.assert_array_equal(trainer.parameters.f, updated(expected).f)


def test_a_step_back_keeps_the_images_values_and_compares_recomputed_ones(
    trainer: Trainer,
) -> None:
    debugger = Debugger(trainer)
    step_to(debugger, POSITION_OF["map_gradient"] + 1)
    G = debugger.tensors["G"]
    debugger.view(IMAGE)
    debugger.restart()
    view = debugger.view(IMAGE)
    assert view.status[1] == "stale"
    for name in ("P", "C", "A", "a", "G"):
        stale = view.tensors[name]
        assert (stale.stale, stale.image) == (True, IMAGE), name
        assert stale.values.shape[TENSORS[name].image_axis(stale.values.ndim) or 0] == 1
    np.testing.assert_array_equal(view.tensors["G"].values, part_of("G", G))
    assert view.tensors["z"].image is None  # one number per image: all are kept
    del G
    step_to(debugger, POSITION_OF["map_gradient"] + 1)
    tensors = debugger.view(IMAGE).tensors
    changes = tensors["G"].image_changes
    assert changes is not None
    assert changes.image == IMAGE
    assert not changes.mask.any()
    assert tensors["G"].changed is None  # the other images are unknown
    assert tensors["G"].fresh


def test_the_next_iteration_is_compared_with_the_one_before(trainer: Trainer) -> None:
    first = readable(trainer, "correlate")
    debugger = Debugger(trainer)
    debugger.view(IMAGE)
    step_to(debugger, END)
    second = readable(trainer, "correlate")
    step_to(debugger, POSITION_OF["correlate"] + 1)
    tensors = debugger.view(IMAGE).tensors
    changes = tensors["C"].image_changes
    assert changes is not None
    differ = part_of("C", second["C"]) != part_of("C", first["C"])
    np.testing.assert_array_equal(changes.mask, differ)
    assert differ.any()


@pytest.mark.parametrize("edit", ["filter", "pixel"])
def test_an_edit_shows_in_the_image_at_once_and_in_the_batch_as_it_is_computed(
    trainer: Trainer, edit: str
) -> None:
    debugger = Debugger(trainer)
    step_to(debugger, POSITION_OF["delta"] + 1)
    before = dict(debugger.tensors)
    debugger.view(IMAGE)
    if edit == "filter":
        edit_state(trainer, Edit(0, "f", (2, 3, 1), -0.75))
    else:
        trainer.apply(trainer.settings.with_pixel(Pixel(IMAGE, 14, 12, 255), trainer.dataset))
    expected = readable(trainer, "delta")
    view = debugger.view(IMAGE)
    assert (view.position, view.aim) == (0, POSITION_OF["delta"] + 1)
    for name in PART_NAMES:
        alone = view.tensors[name]
        assert (alone.image, alone.stale) == (IMAGE, False), name
        np.testing.assert_allclose(
            alone.values, part_of(name, expected[name]), rtol=1e-9, atol=1e-15, err_msg=name
        )
        np.testing.assert_array_equal(
            alone.changed,
            part_of(name, expected[name]) != part_of(name, before[name]),
            err_msg=name,
        )
    assert not view.tensors["C"].changed[:, 0].any() or edit == "pixel"  # type: ignore[index]
    other = debugger.view(7).tensors["C"]
    assert other.image == 7
    assert other.changed is None
    np.testing.assert_allclose(other.values, part_of("C", expected["C"], 7), rtol=1e-9)
    debugger.view(IMAGE)
    catch_up(debugger)
    view = debugger.view(IMAGE)
    assert (view.position, view.aim) == (POSITION_OF["delta"] + 1, None)
    for operation in OPERATIONS[: view.position]:
        for name in operation.writes:
            np.testing.assert_array_equal(debugger.tensors[name], expected[name])
    changes = view.tensors["C"].image_changes
    assert changes is not None
    np.testing.assert_array_equal(
        changes.mask, part_of("C", expected["C"]) != part_of("C", before["C"])
    )
    np.testing.assert_array_equal(view.tensors["z"].changed, expected["z"] != before["z"])


def test_a_change_of_settings_repeats_the_affected_operations(trainer: Trainer) -> None:
    debugger = Debugger(trainer)
    step_to(debugger, END - 1)
    C = debugger.tensors["C"]
    debugger.view(IMAGE)
    trainer.change(learning_rate=3.0)
    assert debugger.position == POSITION_OF["dense_update"]
    assert debugger.view(IMAGE).tensors["G"].stale
    catch_up(debugger)
    assert debugger.position == END - 1
    expected = readable(trainer)
    for name in ("wo_next", "G", "dF"):
        np.testing.assert_array_equal(debugger.tensors[name], expected[name])
    assert debugger.tensors["C"] is C


def test_steps_during_the_jump_move_its_target(trainer: Trainer) -> None:
    debugger = Debugger(trainer)
    step_to(debugger, 6)
    edit_state(trainer, Edit(0, "f", (2, 3, 1), -0.75))
    assert (debugger.position, debugger.aim) == (0, 6)
    debugger.repeat_next()
    debugger.step()
    assert (debugger.position, debugger.aim) == (1, 7)
    debugger.back()
    debugger.back()
    assert (debugger.position, debugger.aim) == (1, 5)
    edit_state(trainer, Edit(0, "f", (2, 3, 1), -0.5))
    assert (debugger.position, debugger.aim) == (0, 5)
    debugger.restart()
    assert (debugger.position, debugger.aim) == (0, 0)


def test_little_is_held_besides_the_tensors(full_trainer: Trainer) -> None:
    debugger = Debugger(full_trainer)
    step_to(debugger, END - 1)
    large = debugger.tensors["G"].nbytes
    debugger.view(IMAGE)
    debugger.restart()
    held = {}
    for earlier in debugger._stale.values():
        owner: np.ndarray = earlier.values
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        held[id(owner)] = owner.nbytes
    assert set(debugger.tensors) == {"X", "y", "f", "wo"}
    assert sum(held.values()) < 0.02 * large


# In a thread


class Seen(Driver):
    """A driver that records every view of the iteration."""

    def __init__(self, trainer: Trainer) -> None:
        super().__init__(trainer)
        self.views: list[DebugView] = []
        put = self.mailbox.put

        def watch(frame: Frame) -> None:
            if frame.debug is not None:
                self.views.append(frame.debug)
            put(frame)

        self.mailbox.put = watch  # type: ignore[method-assign]

    def reach(self, iteration: int, position: int) -> Frame:
        """Wait until an iteration is at a position and no operation is pending."""

        def arrived(frame: Frame) -> bool:
            view = frame.debug
            return (
                view is not None
                and (view.iteration, view.position) == (iteration, position)
                and view.aim is view.computing is None
            )

        return self.frame if self.frame is not None and arrived(self.frame) else self.until(arrived)


@pytest.fixture
def seen(trainer: Trainer) -> Iterator[Seen]:
    driver = Seen(trainer)
    driver.thread.start()
    yield driver
    driver.end(10 * TIMEOUT)


def test_back_over_the_boundary_shows_every_intermediate_operation(seen: Seen) -> None:
    seen.after(seen.loop.finish_iteration())
    seen.after(seen.loop.debug_step())
    seen.after(seen.loop.debug_back())
    seen.views.clear()
    seen.after(seen.loop.debug_back())
    frame = seen.reach(0, END - 1)
    under_way = [view for view in seen.views if view.computing is not None]
    names = [operation.name for operation in OPERATIONS]
    assert [view.computing for view in under_way] == names[: END - 1]
    assert all(view.aim == END - 1 for view in under_way)
    assert all(view.tensors["E"].image in {0, None} for view in under_way)  # at once
    assert (frame.iteration, frame.last) == (0, 1)
    assert frame.debug is not None
    assert not any(view.fresh for view in frame.debug.tensors.values())


def test_going_back_yields_to_another_command_and_counts_steps(seen: Seen) -> None:
    seen.after(seen.loop.finish_iteration())
    seen.after(seen.loop.debug_step())
    for _ in range(4):
        last = seen.loop.debug_back()
    seen.after(last)
    seen.reach(0, END - 3)
    seen.loop.finish_iteration()
    seen.loop.debug_step()
    seen.after(seen.loop.debug_back())
    seen.views.clear()
    seen.loop.debug_back()
    frame = seen.after(seen.loop.go_to(1))
    assert frame.iteration == 1
    assert frame.debug is not None
    assert frame.debug.position == 0
    assert max(view.position for view in seen.views) < END - 1  # never went all the way


def test_operations_undone_by_an_edit_are_repeated(seen: Seen) -> None:
    seen.loop.select(IMAGE)
    seen.after(seen.loop.run_to_operation("delta"))
    seen.views.clear()
    seen.after(seen.loop.edit(Edit(0, "f", (2, 3, 1), -0.75)))
    frame = seen.reach(0, POSITION_OF["delta"] + 1)
    first = seen.views[0]
    assert first.position == 0
    assert first.tensors["delta"].image == IMAGE
    assert first.tensors["delta"].changed is not None
    assert frame.debug is not None
    assert frame.debug.tensors["delta"].image is None


def test_a_command_that_moves_nothing_does_not_end_going_back(seen: Seen) -> None:
    seen.after(seen.loop.run_to_operation("delta"))
    seen.loop.edit(Edit(0, "f", (2, 3, 1), -0.75))
    seen.loop.bookmark(2, 0, "here")
    seen.loop.select(3)
    seen.reach(0, POSITION_OF["delta"] + 1)


def test_another_image_and_cell_are_shown_within_an_operation(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debug_session, "LONG", 0.0)
    operations = count()
    asked = False

    def choosing(on_progress: ProgressCallback) -> AbstractContextManager[None]:
        position = next(operations)

        def choose(share: float) -> None:
            nonlocal asked
            if not asked and share > 0.5 and position == POSITION_OF["correlate"]:
                asked = True
                seen.loop.select(IMAGE)
                seen.loop.explain(Point("C", (0, 1, 2, 3)))
                seen.loop.pause()  # ends going back, so it waits for the end of the operation
            on_progress(share)

        return reporting_progress(choose)

    monkeypatch.setattr(debugger_module, "reporting_progress", choosing)
    seen.after(seen.loop.run_to_operation("correlate"))
    answers = [view for view in seen.views if view.image == IMAGE and view.computing]
    assert answers[0].computing == "correlate"
    assert answers[0].tensors["C"].image == IMAGE
    assert answers[0].point is not None
    assert answers[0].point.index == (0, 1, 2, 3)
