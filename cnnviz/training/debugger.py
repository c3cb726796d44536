"""The debugger: one iteration, operation by operation, forwards and backwards.

It runs the readable path of `cnnviz.numerics.operations` on the state that the trainer looks at.
Position p means that p of the 16 operations are done; after the last one the trainer goes on to
the state that they made.
"""

from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import DENSE_SIZE, Batch, Floats, Parameters
from cnnviz.numerics.operations import OPERATIONS, Operation, Tensors, apply, inputs, updated
from cnnviz.training.debug_view import (
    DebugView,
    Failure,
    Point,
    Status,
    TensorView,
)
from cnnviz.training.errors import DebuggerError
from cnnviz.training.explaining import WRITTEN, Explainer
from cnnviz.training.room import check_memory
from cnnviz.training.settings import Settings
from cnnviz.training.tensor_views import TensorViews, image_views
from cnnviz.training.trainer import Trainer

END: Final = len(OPERATIONS)
"""The position after the last operation."""
IMAGE_FIRST: Final = 2_000
"""Images above which the selected one is shown before its batch is through, and values from before
a step are not kept to compare with."""
_SETS: Final = 7
"""Arrays of 1728 numbers an image that are in memory at the largest operation."""
PLACES: Final = {operation.name: place for place, operation in enumerate(OPERATIONS)}
"""How many operations come before each."""
_BEFORE: Final = {"f_next": "f", "wo_next": "wo"}
"""What an updated tensor is compared with."""
_SWITCHED: Final = {
    "standardisation": PLACES["delta"],
    "scale": PLACES["dense_gradient"],
    "update-order": PLACES["map_error"],
    "pairing": PLACES["average"],
    "layout": PLACES["reread"],
}
"""The first operation that computes something else when a switch of the rule is turned."""


class Debugger:
    """Steps through the iteration at which a trainer looks. The training thread's own.

    What the trainer is told in between (another state, other settings, other data) is noticed
    before anything is done or shown.

    Parameters
    ----------
    trainer : Trainer
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._explainer = Explainer()
        self._tensor_views = TensorViews()
        self.leave()

    @property
    def position(self) -> int:
        """Operations done, 0 to 16."""
        self._follow()
        return self._position

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
        self._stale: dict[str, Floats] = {}
        self._changed: dict[str, NDArray[np.bool_] | None] = {}
        self._failure: Failure | None = None
        self._explainer.forget()
        self._tensor_views.forget_all_but(but_figures_of)
        self._iteration = self._position = 0

    def step(self) -> bool:
        """Do the next operation; after the last one, the first of the next iteration.

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
        if self._position == END:
            self._begin()
        self._check_room()
        operation = OPERATIONS[self._position]
        before = {name: self._earlier(name) for name in operation.writes}
        for name in operation.writes:
            self._stale.pop(name, None)
        try:
            self._do(operation)
        except NumericsError as error:
            self._failure = Failure(error.operation, str(error))
            return False
        self._changed = {
            name: _differs(self._tensors[name], earlier) for name, earlier in before.items()
        }
        self._explainer.point_at_result(operation)
        if self._position == END:
            self._trainer.take(updated(self._tensors))
            self._parameters, self._settings = self._trainer.parameters, self._trainer.settings
        return True

    def back(self) -> bool:
        """Undo the last operation; before the first, the last one of the iteration before.

        Returns
        -------
        bool
            False at the very beginning of the run.
        """
        self._follow()
        if self._position > 0:
            self._go_back(self._position - 1)
            return True
        if self._iteration == 0:
            return False
        self._trainer.go_to(self._iteration - 1)
        self._begin()
        reached = all(self.step() for _ in range(END - 1))
        self._changed = {}
        return reached

    def restart(self) -> None:
        """Undo every operation of the iteration."""
        self._follow()
        if self._position > 0:
            self._go_back(0)

    def go_back_to(self, operation: str) -> None:
        """Undo the operations after one that is done."""
        self._follow()
        place = PLACES[operation] + 1
        if place < self._position:
            self._go_back(place)

    def is_done(self, operation: str) -> bool:
        """Say whether an operation of this iteration is done."""
        return PLACES[operation] < self.position

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
            writes is there, as far as an image has one by itself.
        """
        self._follow()
        settings = self._trainer.settings
        image = min(max(0, image), settings.subset - 1)
        tensors = {name: self._view_of(name, values) for name, values in self._tensors.items()}
        for name, values in self._stale.items():
            if name not in tensors:
                tensors[name] = self._view_of(name, values, stale=True)
        place = self._position % END if computing else self._position
        if computing and self._position < END:
            tensors |= image_views(self._trainer, OPERATIONS[place], image)
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
            OPERATIONS[place].name if computing else None,
            self._failure,
            self._explainer.point,
            explained.explanation,
            explained.why,
            explained.ranked,
        )

    def _follow(self) -> None:
        """Notice what the trainer was told since the last look."""
        trainer, known = self._trainer, self._settings
        if known is None or trainer.parameters is not self._parameters:
            edited = trainer.iteration == self._iteration and self._position < END
            position = self._position if edited else 0
            self._begin()
            if position and trainer.settings.subset <= IMAGE_FIRST:
                self._do_again(position)
        elif self._position < END and trainer.settings is not known:
            now = trainer.settings
            self._settings = now
            changed = set(now.rule.corrected) ^ set(known.rule.corrected)
            places = [_SWITCHED[switch] for switch in changed]
            if now.learning_rate != known.learning_rate:
                places.append(PLACES["dense_update"])
            if places:
                self._failure = None
                self._go_back(min(self._position, *places))

    def _begin(self) -> None:
        """Stand before the first operation at the trainer's state."""
        trainer = self._trainer
        small = trainer.settings.subset <= IMAGE_FIRST
        stale = {**self._stale, **self._tensors} if small else {}
        batch = trainer.batch
        images = self._tensors.get("X") if batch is self._batch else None
        self.leave(but_figures_of=() if images is None else ("X", "y"))
        self._batch = batch
        self._parameters, self._settings = trainer.parameters, trainer.settings
        self._iteration = trainer.iteration
        self._tensors = inputs(batch, trainer.parameters)
        if images is not None:
            self._tensors = MappingProxyType({**self._tensors, "X": images})
        self._stale = {name: stale[name] for name in stale if name in WRITTEN}

    def _do(self, operation: Operation) -> None:
        settings = self._trainer.settings
        self._tensors = apply(operation, self._tensors, settings.rule, settings.learning_rate)
        self._failure = None
        self._position += 1

    def _do_again(self, position: int) -> None:
        """Do the operations up to a position with what was edited: its effect is seen at once."""
        before = dict(self._stale)
        try:
            while self._position < position:
                self._do(OPERATIONS[self._position])
        except NumericsError as error:
            self._failure = Failure(error.operation, str(error))
        for name in self._tensors.keys() & before.keys():
            del self._stale[name]
            self._changed[name] = _differs(self._tensors[name], before[name])

    def _go_back(self, position: int) -> None:
        if self._position == END and position < END:
            self._trainer.go_to(self._iteration)
            self._parameters, self._settings = self._trainer.parameters, self._trainer.settings
        undone = [name for op in OPERATIONS[position : self._position] for name in op.writes]
        if len(self._tensors["y"][0]) <= IMAGE_FIRST:
            self._stale |= {name: self._tensors[name] for name in undone}
        self._tensors = MappingProxyType(
            {name: values for name, values in self._tensors.items() if name not in undone}
        )
        self._position = position
        self._changed, self._failure = {}, None
        if position:
            self._explainer.point_at_result(OPERATIONS[position - 1])

    def _earlier(self, name: str) -> Floats | None:
        """Return what a tensor that is about to be written is compared with."""
        if name in self._stale:
            return self._stale[name]
        return self._tensors.get(_BEFORE.get(name, ""))

    def _status(self, place: int) -> Status:
        if place < self._position:
            return "done"
        if place == self._position:
            failed = self._failure is not None and self._failure.operation == OPERATIONS[place].name
            return "failed" if failed else "next"
        return "stale" if set(OPERATIONS[place].writes) & self._stale.keys() else "not yet"

    def _view_of(self, name: str, values: Floats, *, stale: bool = False) -> TensorView:
        fresh = name in self._changed and not stale
        changed = self._changed[name] if fresh else None
        return self._tensor_views.of(name, values, stale=stale, fresh=fresh, changed=changed)

    def _check_room(self) -> None:
        settings = self._trainer.settings
        size = settings.subset * DENSE_SIZE * _SETS * settings.numpy_dtype.itemsize
        check_memory(
            size,
            f"stepping through {settings.subset:,} images",
            "use a smaller subset" + (", or float32" if settings.dtype == "float64" else ""),
            DebuggerError,
        )


def _differs(now: Floats, before: Floats | None) -> NDArray[np.bool_] | None:
    if before is None or before.shape != now.shape:
        return None
    mask: NDArray[np.bool_] = now != before
    mask.setflags(write=False)
    return mask
