"""The contents of the debugger's panel, resolved from frames without a window."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cnnviz.app.debugger.contents import (
    BATCH,
    CELL,
    IMAGE,
    ONE_CELL,
    VIEW_NAMED,
    ViewState,
    follow,
    resolve,
)
from cnnviz.data.bundled import bundled_digits
from cnnviz.debugger_views import VIEWS
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.driver import Driver

NAMES = [operation.name for operation in OPERATIONS]
STATE = ViewState()

NAME = "image 0, filter 1, row 5, column 4 · C[0, 0, 3, 4]"


def test_every_name_has_a_view() -> None:
    assert tuple(VIEW_NAMED) == VIEWS


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    made = Driver(Trainer(bundled_digits(), Settings(subset=20)))
    made.thread.start()
    made.after(made.loop.debug(True))
    yield made
    made.end()


def at(driver: Driver, name: str) -> Frame:
    """Return a frame in which an operation was done last."""
    return driver.after(driver.loop.run_to_operation(name))


def stepping(frame: Frame, **changes: object) -> Frame:
    """Return a copy of a frame with changes to its debugged iteration."""
    assert frame.debug is not None
    return replace(frame, debug=replace(frame.debug, **changes))  # type: ignore[arg-type]


def view_of(frame: Frame) -> DebugView:
    assert frame.debug is not None
    return frame.debug


@pytest.mark.parametrize(
    ("running", "words"), [(True, "Running: pause to step."), (False, "F10 steps.")]
)
def test_without_an_iteration_a_text_and_the_rows_are_shown(
    driver: Driver, running: bool, words: str
) -> None:
    frame = replace(at(driver, "correlate"), debug=None, running=running)
    state = follow(frame, replace(STATE, shown=3, at=(0, 1, None, None)))
    assert (state.at, state.shown) == (None, 3)
    contents = resolve(frame, state)
    assert (contents.position, contents.note, contents.operation) == (words, "", None)
    assert {row.status for row in contents.rows} == {"not yet"}
    assert not any(row.is_newest or row.is_ahead for row in contents.rows)


def test_the_shown_operation_follows_the_iteration(driver: Driver) -> None:
    state = follow(at(driver, "correlate"), STATE)
    assert state.shown == NAMES.index("correlate")
    state = follow(at(driver, "dense"), replace(state, pinned=True))
    assert state.shown == NAMES.index("dense")
    assert not state.pinned
    contents = resolve(at(driver, "dense"), state)
    assert contents.position == "Iteration 0: 5 of 16"
    assert contents.operation is not None
    assert contents.operation.operation.name == "dense"
    assert [row.number for row in contents.rows if row.is_newest] == [5]
    assert [row.number for row in contents.rows if row.is_ahead] == [6]


def test_a_chosen_operation_stays_until_the_iteration_moves(driver: Driver) -> None:
    frame = at(driver, "dense")
    state = replace(follow(frame, STATE), shown=1, pinned=True)
    assert follow(frame, state) == state
    assert follow(stepping(frame, position=6), state).shown == 5


def test_the_running_or_stopped_operation_is_shown(driver: Driver) -> None:
    frame = at(driver, "dense")
    computing = stepping(frame, computing="standardise")
    assert follow(computing, STATE).shown == NAMES.index("standardise")
    assert resolve(computing, STATE).position == ("Iteration 0: 5 of 16, computing standardise …")
    stop = Stop(1, "at standardise", 0, "standardise", "")
    assert follow(replace(frame, stopped=stop), STATE).shown == NAMES.index("standardise")
    elsewhere = replace(stop, iteration=7)
    assert follow(replace(frame, stopped=elsewhere), STATE).shown == NAMES.index("dense")


def test_the_shown_operation_stays_while_others_are_repeated(driver: Driver) -> None:
    frame = at(driver, "dense")
    state = replace(follow(frame, STATE), shown=2)
    repeated = stepping(frame, position=3, computing="flatten", aim=5)
    assert follow(repeated, state).shown == 2
    note = "Until all 20 images are computed, only image 0 is shown where possible."
    assert resolve(repeated, state).note == note


def test_an_expected_number_is_shown_at_its_operation(driver: Driver) -> None:
    frame = at(driver, "dense")
    state = follow(frame, replace(STATE, expected=("C", 1)))
    assert (state.shown, state.expected) == (1, ("C", 1))
    explained = driver.after(driver.loop.explain(Point("C", (0, 0, 3, 4))))
    assert follow(explained, state).expected is None


def test_a_number_of_another_operation_is_not_shown(driver: Driver) -> None:
    at(driver, "dense")
    frame = driver.after(driver.loop.explain(Point("C", (0, 0, 3, 4))))
    of_correlate = resolve(frame, replace(STATE, shown=NAMES.index("correlate"))).operation
    of_dense = resolve(frame, replace(STATE, shown=NAMES.index("dense"))).operation
    assert of_correlate is not None
    assert of_dense is not None
    assert of_correlate.view.explanation is view_of(frame).explanation is not None
    assert (of_correlate.path_index, of_correlate.placeholder) == ("C[0, 0, 3, 4]", "")
    assert of_correlate.path_cell == NAME.removeprefix("image 0, ")
    assert of_dense.view.point is None
    assert of_dense.view.explanation is None
    assert of_dense.path_cell == "a cell"
    assert of_dense.placeholder.startswith("No number is chosen.")


def test_levels_are_of_the_batch_or_of_an_image(driver: Driver) -> None:
    at(driver, "correlate")
    frame = driver.after(driver.loop.explain(Point("C", (0, 0, 3, 4), mean=True)))
    state = replace(STATE, shown=1, view=CELL)
    shown = {
        level: resolve(frame, replace(state, level=level)).operation
        for level in (BATCH, IMAGE, ONE_CELL)
    }
    found = {level: (o.level, o.path_image) for level, o in shown.items() if o is not None}
    assert found == {BATCH: ("batch", 0), IMAGE: ("image", 0), ONE_CELL: ("batch", None)}
    frame = driver.after(driver.loop.explain(Point("C", (0, 0, 3, 4))))
    operation = resolve(frame, replace(state, level=ONE_CELL)).operation
    assert operation is not None
    assert (operation.level, operation.path_image) == ("image", 0)


def test_a_missing_explanation_suggests_a_key(driver: Driver) -> None:
    frame = at(driver, "correlate")
    without = {name: t for name, t in view_of(frame).tensors.items() if name != "z"}
    frame_at_dense = stepping(frame, point=Point("z", (0, 3)), explanation=None, tensors=without)
    operation = resolve(frame_at_dense, replace(STATE, shown=NAMES.index("dense"))).operation
    assert operation is not None
    assert operation.placeholder == "image 3 · z[0, 3] is not computed yet: step on to where it is."
    view = view_of(frame)
    for change, words in (
        (
            {"stale": True},
            f"{NAME} is an old value: step on to where it is computed again.",
        ),
        (
            {"image": 0},
            f"{NAME} is of image 0 alone: it is explained once all are computed.",
        ),
    ):
        tensors = {**view.tensors, "C": replace(view.tensors["C"], **change)}
        point = Point("C", (0, 0, 3, 4))
        missing = stepping(frame, point=point, explanation=None, tensors=tensors)
        operation = resolve(missing, replace(STATE, shown=1)).operation
        assert operation is not None
        assert operation.placeholder == words


@pytest.mark.parametrize(
    ("deviation", "noted"), [(None, False), (1e-13, False), (1e-12, False), (2e-12, True)]
)
def test_only_a_difference_beyond_rounding_is_noted(
    driver: Driver, deviation: float | None, noted: bool
) -> None:
    frame = stepping(at(driver, "correlate"), deviation=deviation)
    assert bool(resolve(frame, STATE).note) is noted


def test_breakpoints_are_in_the_rows(driver: Driver) -> None:
    state = replace(STATE, stops=frozenset({"delta"}), conditional=frozenset({"dense"}))
    rows = resolve(at(driver, "correlate"), state).rows
    assert {row.operation.name: row.stop for row in rows if row.stop} == {
        "delta": "always",
        "dense": "conditional",
    }
