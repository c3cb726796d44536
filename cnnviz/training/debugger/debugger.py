"""The debugger: one iteration, operation by operation, forwards and backwards.

It runs the readable path of `cnnviz.numerics.operations` from the trainer's current state. Position
p means that p of the 16 operations are done; after the last one the trainer goes on to the state
that they made.
"""

from collections.abc import Callable
from types import MappingProxyType

from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import Batch, Parameters, Tensors
from cnnviz.numerics.operations import OPERATIONS, updated
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.explainer import Explainer
from cnnviz.training.debugger.operation_positions import END, POSITION_OF, first_changed
from cnnviz.training.debugger.partial_iteration import NO_TENSORS, PartialIteration
from cnnviz.training.debugger.pending_operations import PendingOperations
from cnnviz.training.debugger.previous_values import (
    Changed,
    PreviousValues,
    changed,
    deviation,
    keep,
)
from cnnviz.training.debugger.view import DebugView, Failure, Status, TensorView
from cnnviz.training.debugger.view_cache import TensorViews
from cnnviz.training.limits import IMAGE_FIRST, check_operations
from cnnviz.training.run.trainer import Trainer


class Debugger:
    """Steps through the iteration that starts at the trainer's current state.

    Used by the training thread alone. Changes of the trainer (another state, other settings, other
    data) are taken over before anything is done or shown. The operations that a change undoes are
    repeated: at once for a small batch; for a large one by `repeat_next`, one at a time,
    up to `aim`, while the selected image is shown first.

    `on_progress` is called with the share of an operation that is done, 0 to 1.
    """

    def __init__(self, trainer: Trainer, on_progress: ProgressCallback | None = None) -> None:
        self._trainer = trainer
        self._on_progress = on_progress
        self.explainer = Explainer()
        """Explains the selected cell."""
        self._tensor_views = TensorViews()
        self._pending = PendingOperations()
        self._root = 0  # of the branch whose iteration is stepped through
        self.leave()

    @property
    def position(self) -> int:
        """Operations done, 0 to 16."""
        self._follow()
        return self._done.position

    @property
    def aim(self) -> int:
        """The position up to which `repeat_next` is to be called; `position` if it is not."""
        self._follow()
        return max(self._pending.aim, self._done.position)

    @property
    def tensors(self) -> Tensors:
        """The tensors computed so far, in the notebook's layout; read-only."""
        self._follow()
        return self._done.tensors

    def leave(self, *, but_figures_of: tuple[str, ...] = ()) -> None:
        """Release every tensor; the next request starts at the trainer's state.

        `but_figures_of` are tensors whose statistics stay valid.
        """
        self._done = PartialIteration(0, self._trainer.settings, NO_TENSORS)
        self._parameters: Parameters | None = None  # those that the trainer is expected to have
        self._entered = self._trainer.settings  # those that it had at the end of the iteration
        self._batch: Batch | None = None
        self._stale: dict[str, PreviousValues] = {}
        self._changed: dict[str, Changed] = {}
        self._failure: Failure | None = None
        self._deviation: float | None = None
        self.explainer.forget()
        self._tensor_views.forget_all_but(but_figures_of)
        self._pending.forget()
        self._pending.aim_at(0)

    def step(self) -> bool:
        """Do the next operation; after the last one, the first of the next iteration.

        If operations are being repeated, repeat one more of them.

        Returns False if the operation has no meaningful result; the view says why.

        Raises DebuggerError if the batch's tensors do not fit in memory.
        """
        self._follow()
        if self._pending.aim > self._done.position:
            self._pending.aim = min(self._pending.aim + 1, END)
            return True
        if self._done.position == END:
            self._begin()
        check_operations(self._trainer.settings)
        operation = self._done.next_operation
        changes = self._next()
        if changes is None:
            return False
        self._changed = changes
        self.explainer.point_at_result(operation)
        return True

    def repeat_next(self) -> None:
        """Repeat the next of the operations up to the aim; stop if one has no result.

        Raises DebuggerError if the batch's tensors do not fit in memory.
        """
        self._follow()
        changes = None
        try:
            check_operations(self._trainer.settings)
            changes = self._next()
        finally:
            if changes is None:
                self._pending.aim_at(0)
        if changes is not None and self._pending.compares:
            self._changed |= changes
        if self._done.position >= self._pending.aim:
            self._pending.aim_at(0)

    def stop_repeating(self) -> None:
        """Repeat no more operations."""
        self._follow()
        self._pending.aim_at(0)

    def back(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Undo the last operation; before the first, the last one of the iteration before.

        If operations are being repeated, repeat one fewer of them.

        `interrupted` is called while the state before is recomputed; if it returns True, nothing
        changes. Returns False then, and at the very beginning of the run.
        """
        self._follow()
        if self._pending.aim > self._done.position:
            self._pending.aim -= 1
            self.explainer.point_at_result(OPERATIONS[max(self._pending.aim, 1) - 1])
            return True
        if self._done.position > 0:
            self._go_back(self._done.position - 1)
            return True
        before = self._done.number - 1
        if before < 0 or not self._trainer.go_to(before, interrupted):
            return False
        self._begin()
        self.explainer.point_at_result(OPERATIONS[END - 2])
        self._repeat(END - 1, compare=False)
        return True

    def restart(self) -> None:
        """Undo every operation of the iteration."""
        self.stop_repeating()
        if self._done.position > 0:
            self._go_back(0)

    def go_back_to(self, operation: str) -> None:
        """Undo the operations after one that is done."""
        self.stop_repeating()
        position = POSITION_OF[operation] + 1
        if position < self._done.position:
            self._go_back(position)

    def is_done(self, operation: str) -> bool:
        """Say whether an operation of this iteration is done."""
        return POSITION_OF[operation] < self.position

    def view(self, image: int, *, computing: bool = False) -> DebugView:
        """Return the iteration as it is now, for views.

        `image` is the selected one; one beyond the batch selects its last. `computing` says that
        the next operation is under way: then the view has the selected image's part of what it
        writes, if an image has one by itself, as of every operation to be repeated.
        """
        self._follow()
        done, aim = self._done, self._pending.aim
        n = done.tensors["y"].size
        image = self._pending.image = min(max(0, image), n - 1)
        under_way = done.position + (1 if computing and done.position < END else 0)
        explained = self.explainer.explain(done, image)
        return DebugView(
            done.number,
            done.position,
            image,
            n,
            done.settings.rule,
            tuple(self._status(position) for position in range(END)),
            MappingProxyType(self._views(max(under_way, aim))),
            done.next_operation.name if computing else None,
            self._failure,
            self.explainer.point,
            explained.explanation,
            explained.why,
            explained.ranked,
            aim if aim > done.position else None,
            self._deviation,
        )

    @property
    def _is_large(self) -> bool:
        return self._trainer.settings.subset > IMAGE_FIRST

    def _follow(self) -> None:
        """Take over the changes of the trainer since the last call."""
        trainer, done = self._trainer, self._done
        aim = max(done.position, self._pending.aim)
        if trainer.parameters is not self._parameters:
            edited = trainer.iteration == done.number and done.position < END and aim > 0
            before = self._pending.image_tensors() if edited else NO_TENSORS
            self._begin()
            if edited:
                self._repeat(aim, before)
        elif done.position < END and trainer.settings is not done.settings:
            first = first_changed(done.settings, trainer.settings)
            before = self._pending.image_tensors()
            self._undo(first)
            self._done = self._done.with_settings(trainer.settings, trainer.last_gradients)
            if first < aim or (first == aim and self._failure):
                self._failure = None
                self._changed = {}
                self._repeat(aim, before)

    def _begin(self) -> None:
        """Start at the trainer's state, with no operation done."""
        trainer, root = self._trainer, self._trainer.branches.current.root
        # Those of a run before a reset, or of other data, have nothing to do with this one.
        is_same_run = root == self._root
        stale = self._stale | self._kept(self._done.tensors) if is_same_run else {}
        batch = trainer.batch
        images = self._done.tensors.get("X") if batch is self._batch else None
        self.leave(but_figures_of=() if images is None else ("X", "y"))
        self._batch, self._parameters, self._root = batch, trainer.parameters, root
        if self._is_large:
            self._pending.start(batch, trainer.parameters, trainer.settings, trainer.forward)
        self._done = PartialIteration.starting(
            trainer.iteration,
            batch,
            trainer.parameters,
            trainer.settings,
            images,
            trainer.last_gradients,
        )
        self._stale = {name: stale[name] for name in stale if TENSORS[name].written_by}

    def _next(self) -> dict[str, Changed] | None:
        """Do the next operation; return what it changed, or None if it has no result."""
        operation = self._done.next_operation
        before = {name: self._previous_values(name) for name in operation.writes}
        try:
            with reporting_progress(self._on_progress):
                done = self._done.stepped()
                if self._is_large:  # its statistics take as long as the operation
                    for name in operation.writes:
                        self._tensor_views.of(name, done.tensors[name])
            self._done, self._failure = done, None
        except NumericsError as error:
            self._failure = Failure(error.operation, str(error))
        for name in operation.writes:
            self._stale.pop(name, None)
        if self._failure is not None:
            return None
        if done.position == END:
            self._enter(updated(done.tensors))
        return {name: changed(name, done.tensors[name], was) for name, was in before.items()}

    def _enter(self, made: Parameters) -> None:
        """Have the trainer go to the state that the iteration has made, or that was recorded."""
        self._trainer.advance_to(made)
        self._parameters, self._entered = self._trainer.parameters, self._trainer.settings
        self._deviation = deviation(made, self._parameters)

    def _repeat(self, position: int, before: Tensors = NO_TENSORS, *, compare: bool = True) -> None:
        """Repeat the operations up to a position; `before` has the image's former values."""
        self._pending.aim_at(position, before, compare=compare)
        while not self._is_large and self._pending.aim > self._done.position:
            self.repeat_next()

    def _go_back(self, position: int) -> None:
        trainer, chosen = self._trainer, None
        if self._done.position == END and position < END:
            if trainer.settings.kept != self._entered.kept:
                chosen = trainer.settings
            trainer.go_to(self._done.number)
            self._parameters = trainer.parameters
        self._undo(position)
        self._pending.aim_at(0)
        self._changed, self._failure, self._deviation = {}, None, None
        if position:
            self.explainer.point_at_result(OPERATIONS[position - 1])
        if chosen is not None:
            trainer.apply(chosen)  # settings chosen after the iteration stay

    def _undo(self, position: int) -> None:
        """Undo the operations from a position on; their results become stale."""
        all_tensors = self._done.tensors
        self._done = self._done.undone_to(position)
        undone = all_tensors.keys() - self._done.tensors.keys()
        self._stale |= self._kept({name: all_tensors[name] for name in undone})

    def _kept(self, tensors: Tensors) -> dict[str, PreviousValues]:
        """Return the values to keep of tensors that are undone."""
        n = self._done.tensors["y"].size if tensors else 0
        image = self._pending.image if n > IMAGE_FIRST else None
        return {name: keep(name, values, image) for name, values in tensors.items()}

    def _previous_values(self, name: str) -> PreviousValues | None:
        """Return the values with which to compare a tensor that is about to be written.

        An update changes the parameter it reads; others are compared with their last values.
        """
        if parameter := TENSORS[name].update_of:
            return PreviousValues(self._done.tensors[parameter])
        return self._stale.get(name)

    def _status(self, position: int) -> Status:
        operation = OPERATIONS[position]
        if position < self._done.position:
            return "done"
        if position == self._done.position:
            failed = self._failure is not None and self._failure.operation == operation.name
            return "failed" if failed else "next"
        return "stale" if set(operation.writes) & self._stale.keys() else "not yet"

    def _views(self, position: int) -> dict[str, TensorView]:
        """Return the computed tensors, the selected image's up to a position, and stale ones."""
        views = {
            name: self._tensor_views.of(
                name, values, fresh=name in self._changed, changed=self._changed.get(name)
            )
            for name, values in self._done.tensors.items()
        }
        pending, trainer = range(self._done.position, position), self._trainer
        if pending and self._batch is not None and self._parameters is not None:
            settings = self._done.settings
            self._pending.start(self._batch, self._parameters, settings, trainer.forward)
        views |= self._pending.views(pending, self._tensor_views)
        for name, was in self._stale.items():
            if name not in views:
                views[name] = self._tensor_views.of(name, was.values, image=was.image, stale=True)
        return views
