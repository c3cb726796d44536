"""A run as a person has made it, and its comparison with what a session has kept of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import numpy as np

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training.errors import TrainingError
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.branch import BranchState, bookmarks_of
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings, SettingsChange
from tests.training.recorded import arrays_of, run_of

DIGITS: Final = bundled_digits()
CHANGES: Final[tuple[SettingsChange, ...]] = (
    {"learning_rate": 0.01},
    {"learning_rate": 1e3, "rule": EXACT},
    {"subset": 5},
    {"subset": 2, "dtype": "float32"},
    {"pause_on_warning": False},
    {"rule": NOTEBOOK, "dtype": "float64"},
)


def begun(**settings: object) -> Trainer:
    """Return a run that a window has shown."""
    chosen = Settings(**{"subset": 3, **settings})  # type: ignore[arg-type]
    trainer = Trainer(DIGITS, chosen)
    _ = trainer.curve
    return trainer


def act(trainer: Trainer, action: str, number: int) -> None:
    """Do one of the things that a person does; `number` chooses what to do it to."""
    branches, here = trainer.branches, trainer.iteration
    some = branches.all[number % len(branches)]
    actions: dict[str, Callable[[], object]] = {
        "steps": lambda: [trainer.step() for _ in range(1 + number % 40)],
        "time": lambda: trainer.go_to(number % (trainer.last + 1)),
        "change": lambda: trainer.change(**CHANGES[number % len(CHANGES)]),
        "edit": lambda: edit_state(trainer, Edit(here, "f", (number % 5, 0, 1), number / 7)),
        "draw": lambda: trainer.apply(
            trainer.settings.with_pixel(Pixel(number % 3, 4, number % 28, 90), trainer.dataset)
        ),
        "bookmark": lambda: branches.bookmark(some.number, here, f"bookmark {number}"),
        "rename": lambda: branches.rename(some.number, f"branch {number}"),
        "switch": lambda: trainer.switch(some.number),
        "delete": lambda: branches.delete(some.number),
        "restore": branches.restore,
        "held out": lambda: (trainer.held_out.switch(True, 5), trainer.evaluate_held_out()),
        "reset": lambda: trainer.reset(number % 3),
        "discard": lambda: _discard(trainer, number % 3),
        "by hand": lambda: trainer.advance_to(trainer.parameters),
    }
    with suppress(TrainingError):  # a person is refused, too
        actions[action]()
    _ = trainer.curve  # a window shows every state


def _discard(trainer: Trainer, count: int) -> None:
    """Take some states back, as a breakpoint does: no other branch has them."""
    if len(trainer.branches) == 1 and not trainer.branches.deleted:
        trainer.discard_after(max(0, trainer.last - count))


ACTIONS: Final = (
    *("steps", "steps", "time", "change", "edit", "draw", "bookmark", "rename", "switch"),
    *("delete", "restore", "reset", "discard", "by hand", "held out"),
)


def assert_same(run: Trainer, other: Trainer, rows: int | None = None) -> None:
    """Check that two runs are in the same state, with the same branches, bit by bit.

    `rows` are the rows of figures that are compared: all, or the first, which are loss and
    accuracy. The others are not known of a step from a state that is recomputed.
    """
    assert_same_runs(run, other, rows)
    assert_same_states(run, other)


def assert_same_runs(run: Trainer, other: Trainer, rows: int | None = None) -> None:
    """Check the same, but for the parameters."""
    assert run.iteration == other.iteration
    assert run.settings == other.settings
    assert run.branches.current.number == other.branches.current.number
    assert run.branches.begun == other.branches.begun
    assert list(map(_described, run.branches.all)) == list(map(_described, other.branches.all))
    for branch, its in zip(run.branches.all, other.branches.all, strict=True):
        mine, others = (b.history.values_from(0)[:rows] for b in (branch, its))
        np.testing.assert_array_equal(mine, others)
        for name in ("iteration", "loss", "accuracy", "images"):
            curves = (getattr(b.history.held_out, name) for b in (branch, its))
            np.testing.assert_array_equal(*curves)
    assert run.held_out.on == other.held_out.on
    assert run.held_out.wanted == other.held_out.wanted


def assert_same_states(run: Trainer, other: Trainer) -> None:
    """Check the parameters of every state, which are recomputed from those that are kept."""
    for branch in run.branches.all:
        mine, others = (run_of(trainer, branch.number) for trainer in (run, other))
        arrays = arrays_of(others)
        for name, array in arrays_of(mine).items():
            np.testing.assert_array_equal(array, arrays[name])
        assert mine.config == others.config


def _described(branch: BranchState) -> tuple[object, ...]:
    names = branch.number, branch.name, branch.named, branch.parent, branch.origin, branch.root
    history = branch.history
    marks = history.settings, history.edits, bookmarks_of(branch), branch.warnings.content
    return *names, branch.follows_settings, *marks, branch.is_unsaved, branch.source, history.start
