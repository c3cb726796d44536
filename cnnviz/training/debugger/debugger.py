"""The debugger: one iteration, operation by operation, forwards and backwards.

It runs the readable path of `cnnviz.numerics.operations` on the state that the trainer looks at.
Position p means that p of the 16 operations are done; after the last one the trainer goes on to
the state that they made.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import numpy as np

from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.operations import OPERATIONS, Operation, apply, inputs, updated
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.explainer import Explainer
from cnnviz.training.debugger.operation_positions import END, POSITION_OF, first_changed
from cnnviz.training.debugger.pending_operations import PendingOperations
from cnnviz.training.debugger.previous_values import Changed, PreviousValues, changed, keep
from cnnviz.training.debugger.view import (
    DebugView,
    Failure,
    Point,
    Status,
    TensorView,
)
from cnnviz.training.debugger.view_cache import TensorViews
from cnnviz.training.limits import check_operations
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

IMAGE_FIRST: Final = 2_000
"""Images above which the selected one is shown before its batch is through, and only its values
from before a step are kept, to show as stale and to compare with."""


class Debugger:
    """Steps through the iteration at which a trainer looks. The training thread's own.

    What the trainer is told in between (another state, other settings, other data) is noticed
    before anything is done or shown. What that undoes is done again: at once for a small batch;
    for a large one it is left to `again`, one operation after the other, up to the `aim`, and the
    selected image shows it before.

    Parameters
    ----------
    trainer : Trainer
    on_progress : callable, optional
        Hears how far an operation is, 0 to 1.
    """

    def __init__(self, trainer: Trainer, on_progress: ProgressCallback | None = None) -> None:
        self._trainer = trainer
        self._on_progress = on_progress
        self._explainer = Explainer()
        self._tensor_views = TensorViews()
        self._pending = PendingOperations()
        self.leave()

    @property
    def position(self) -> int:
        """Operations done, 0 to 16."""
        self._follow()
        return self._position

    @property
    def aim(self) -> int:
        """The position up to which `again` is to be called; `position` where it is not."""
        self._follow()
        return max(self._pending.aim, self._position)

    @property
    def iteration(self) -> int:
        """The state from which the iteration starts."""
        self._follow()
        return self._iteration

    @property
    def tensors(self) -> Tensors:
        """What has been computed, in the notebook's layout; read-only."""
        self._follow()
        return self._tensors

    def leave(self, *, but_figures_of: tuple[str, ...] = ()) -> None:
        """Let go of every tensor; what is asked for next starts at the trainer's state.

        Parameters
        ----------
        but_figures_of : tuple of str
            Tensors whose figures need not be computed again.
        """
        self._parameters: Parameters | None = None  # those that the trainer is expected to have
        self._settings: Settings | None = None
        self._batch: Batch | None = None
        self._tensors: Tensors = MappingProxyType({})
        self._stale: dict[str, PreviousValues] = {}
        self._changed: dict[str, Changed] = {}
        self._failure: Failure | None = None
        self._deviation: float | None = None
        self._explainer.forget()
        self._tensor_views.forget_all_but(but_figures_of)
        self._pending.forget()
        self._pending.aim_at(0)
        self._iteration = self._position = 0

    def step(self) -> bool:
        """Do the next operation; after the last one, the first of the next iteration.

        Where operations are to be done again, that is one more of them.

        Returns
        -------
        bool
            False where the operation has no meaningful result; the view says why.

        Raises
        ------
        DebuggerError
            Where the batch's tensors do not fit in memory.
        """
        self._follow()
        if self._pending.aim > self._position:
            self._pending.aim = min(self._pending.aim + 1, END)
            return True
        if self._position == END:
            self._begin()
        check_operations(self._trainer.settings)
        operation = OPERATIONS[self._position]
        changes = self._next(operation)
        if changes is None:
            return False
        self._changed = changes
        self._explainer.point_at_result(operation)
        return True

    def again(self) -> None:
        """Do the next of the operations up to the aim; none are left where one has no result.

        Raises
        ------
        DebuggerError
            Where the batch's tensors do not fit in memory.
        """
        self._follow()
        changes = None
        try:
            check_operations(self._trainer.settings)
            changes = self._next(OPERATIONS[self._position])
        finally:
            if changes is None:
                self._pending.aim_at(0)
        if changes is not None and self._pending.compares:
            self._changed |= changes
        if self._position >= self._pending.aim:
            self._pending.aim_at(0)

    def stay(self) -> None:
        """Leave what is to be done again."""
        self._follow()
        self._pending.aim_at(0)

    def back(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Undo the last operation; before the first, the last one of the iteration before.

        Where operations are to be done again, that is one fewer of them.

        Parameters
        ----------
        interrupted : callable
            Asked while the state before is computed again; True leaves everything as it was.

        Returns
        -------
        bool
            False at the very beginning of the run, and where that was interrupted.
        """
        self._follow()
        if self._pending.aim > self._position:
            self._pending.aim -= 1
            self._explainer.point_at_result(OPERATIONS[max(self._pending.aim, 1) - 1])
            return True
        if self._position > 0:
            self._go_back(self._position - 1)
            return True
        if self._iteration == 0 or not self._trainer.go_to(self._iteration - 1, interrupted):
            return False
        self._begin()
        self._explainer.point_at_result(OPERATIONS[END - 2])
        self._do_again(END - 1, compare=False)
        return True

    def restart(self) -> None:
        """Undo every operation of the iteration."""
        self.stay()
        if self._position > 0:
            self._go_back(0)

    def go_back_to(self, operation: str) -> None:
        """Undo the operations after one that is done."""
        self.stay()
        place = POSITION_OF[operation] + 1
        if place < self._position:
            self._go_back(place)

    def is_done(self, operation: str) -> bool:
        """Say whether an operation of this iteration is done."""
        return POSITION_OF[operation] < self.position

    def point_at(self, point: Point | None) -> None:
        """Choose the cell that is explained; one that no tensor has is no cell."""
        self._explainer.point_at(point)

    def view(self, image: int, *, computing: bool = False) -> DebugView:
        """Return what is there, for views.

        Parameters
        ----------
        image : int
            Index of the selected image; the subset's last where it is beyond.
        computing : bool
            Whether the next operation is under way: then the selected image's part of what it
            writes is there, as far as an image has one by itself. So it is of every operation
            that is to be done again.
        """
        self._follow()
        settings = self._trainer.settings
        image = self._pending.image = min(max(0, image), settings.subset - 1)
        under_way = self._position + (1 if computing and self._position < END else 0)
        tensors = {name: self._view_of(name, values) for name, values in self._tensors.items()}
        tensors |= self._views_ahead(max(under_way, self._pending.aim))
        for name, earlier in self._stale.items():
            if name not in tensors:
                tensors[name] = self._tensor_views.of(
                    name, earlier.values, image=earlier.image, stale=True
                )
        rule, learning_rate = settings.rule, settings.learning_rate
        explained = self._explainer.explain(self._tensors, rule, learning_rate, image)
        return DebugView(
            self._iteration,
            self._position,
            image,
            settings.subset,
            rule,
            learning_rate,
            tuple(self._status(place) for place in range(END)),
            MappingProxyType(tensors),
            OPERATIONS[self._position % END].name if computing else None,
            self._failure,
            self._explainer.point,
            explained.explanation,
            explained.why,
            explained.ranked,
            self._pending.aim if self._pending.aim > self._position else None,
            self._deviation,
        )

    @property
    def _is_large(self) -> bool:
        return self._trainer.settings.subset > IMAGE_FIRST

    def _follow(self) -> None:
        """Notice what the trainer was told since the last look."""
        trainer, known = self._trainer, self._settings
        if known is None or trainer.parameters is not self._parameters:
            edited = trainer.iteration == self._iteration and self._position < END
            aim = max(self._position, self._pending.aim) if edited else 0
            before = self._pending.alone() if aim else {}
            self._begin()
            if aim:
                self._do_again(aim, before)
        elif self._position < END and trainer.settings is not known:
            first = first_changed(known, trainer.settings)
            aim = max(self._position, self._pending.aim)
            before = self._pending.alone()
            self._settings = trainer.settings
            if first < aim or (first == aim and self._failure):
                self._failure = None
                self._changed = {}
                self._undo(min(first, self._position))
                self._do_again(aim, before)

    def _begin(self) -> None:
        """Stand before the first operation at the trainer's state."""
        trainer = self._trainer
        stale = self._stale | self._kept(self._tensors)
        batch = trainer.batch
        images = self._tensors.get("X") if batch is self._batch else None
        self.leave(but_figures_of=() if images is None else ("X", "y"))
        self._batch = batch
        self._parameters, self._settings = trainer.parameters, trainer.settings
        if self._is_large:
            self._pending.start(batch, trainer.parameters, trainer.settings, trainer.forward)
        self._iteration = trainer.iteration
        self._tensors = inputs(batch, trainer.parameters)
        if images is not None:
            self._tensors = MappingProxyType({**self._tensors, "X": images})
        self._stale = {name: stale[name] for name in stale if TENSORS[name].written_by}

    def _next(self, operation: Operation) -> dict[str, Changed] | None:
        """Do the next operation; return what it changed, or None where it has no result."""
        before = {name: self._previous_values(name) for name in operation.writes}
        settings = self._trainer.settings
        try:
            with reporting_progress(self._on_progress):
                made = apply(operation, self._tensors, settings.rule, settings.learning_rate)
                if self._is_large:  # its figures take as long as the operation
                    for name in operation.writes:
                        self._tensor_views.of(name, made[name])
        except NumericsError as error:
            self._failure = Failure(error.operation, str(error))
            for name in operation.writes:
                self._stale.pop(name, None)
            return None
        self._tensors, self._failure = made, None
        self._position += 1
        for name in operation.writes:
            self._stale.pop(name, None)
        if self._position == END:
            self._enter(updated(made))
        return {name: changed(name, made[name], earlier) for name, earlier in before.items()}

    def _enter(self, made: Parameters) -> None:
        """Have the trainer go to the state that the iteration has made, or that was recorded."""
        self._trainer.take(made)
        self._parameters, self._settings = self._trainer.parameters, self._trainer.settings
        self._deviation = _deviation(made, self._parameters)

    def _do_again(
        self, position: int, before: Tensors | None = None, *, compare: bool = True
    ) -> None:
        """Do the operations up to a position, with what was edited: its effect is seen at once."""
        self._pending.aim_at(position, before or {}, compare=compare)
        while not self._is_large and self._pending.aim > self._position:
            self.again()

    def _go_back(self, position: int) -> None:
        trainer, wish = self._trainer, None
        if self._position == END and position < END:
            known = self._settings
            if known is None or trainer.settings.kept != known.kept:
                wish = trainer.settings
            trainer.go_to(self._iteration)
            self._parameters, self._settings = trainer.parameters, trainer.settings
        self._undo(position)
        self._pending.aim_at(0)
        self._changed, self._failure, self._deviation = {}, None, None
        if position:
            self._explainer.point_at_result(OPERATIONS[position - 1])
        if wish is not None:
            trainer.apply(wish)  # what a person has set after the iteration stays set

    def _undo(self, position: int) -> None:
        undone = [name for op in OPERATIONS[position : self._position] for name in op.writes]
        self._stale |= self._kept({name: self._tensors[name] for name in undone})
        self._tensors = MappingProxyType(
            {name: values for name, values in self._tensors.items() if name not in undone}
        )
        self._position = position

    def _kept(self, tensors: Tensors) -> dict[str, PreviousValues]:
        """Return what is kept of tensors that are let go of."""
        n = self._tensors["y"].size if tensors else 0
        image = self._pending.image if n > IMAGE_FIRST else None
        return {name: keep(name, values, image) for name, values in tensors.items()}

    def _previous_values(self, name: str) -> PreviousValues | None:
        """Return what a tensor that is about to be written is compared with."""
        if name in self._stale:
            return self._stale[name]
        before = self._tensors.get(TENSORS[name].update_of)
        return None if before is None else PreviousValues(before)

    def _status(self, place: int) -> Status:
        if place < self._position:
            return "done"
        if place == self._position:
            failed = self._failure is not None and self._failure.operation == OPERATIONS[place].name
            return "failed" if failed else "next"
        return "stale" if set(OPERATIONS[place].writes) & self._stale.keys() else "not yet"

    def _view_of(self, name: str, values: Floats) -> TensorView:
        return self._tensor_views.of(
            name, values, fresh=name in self._changed, changed=self._changed.get(name)
        )

    def _views_ahead(self, position: int) -> dict[str, TensorView]:
        """Return what the selected image will have by itself at a position."""
        places = range(self._position, position)
        if places and self._batch is not None and self._parameters is not None:
            trainer = self._trainer
            self._pending.start(self._batch, self._parameters, trainer.settings, trainer.forward)
        return self._pending.views(places, self._tensor_views)


def _deviation(made: Parameters, entered: Parameters) -> float | None:
    """Return by how much parameters differ, as a share of the largest; None where not at all."""
    largest = 0.0
    for ours, theirs in ((made.f, entered.f), (made.wo, entered.wo)):
        if not np.array_equal(ours, theirs):
            size = float(np.abs(theirs).max()) or 1.0
            largest = max(largest, float(np.abs(ours - theirs).max()) / size)
    return largest or None
