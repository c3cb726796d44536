"""The debugger: one iteration, operation by operation, forwards and backwards.

It runs the readable path of `cnnviz.numerics.operations` on the state that the trainer looks at.
Position p means that p of the 16 operations are done; after the last one the trainer goes on to
the state that they made.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.explain import Explanation, explain
from cnnviz.numerics.network import DENSE_SIZE, Batch, Floats, Parameters
from cnnviz.numerics.operations import OPERATIONS, Operation, Tensors, apply, inputs, updated
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.single import image_tensors
from cnnviz.numerics.why import Why, why
from cnnviz.training.debug_view import (
    DebugView,
    Failure,
    Point,
    Status,
    TensorView,
    image_axis,
    tensor_view,
)
from cnnviz.training.errors import DebuggerError
from cnnviz.training.room import check_memory
from cnnviz.training.settings import Settings
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
_WRITERS: Final = {name: place for place, op in enumerate(OPERATIONS) for name in op.writes}
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
        self._point: Point | None = None
        self._image = 0
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

    def leave(self) -> None:
        """Let go of every tensor; what is asked for next starts at the trainer's state."""
        self._parameters: Parameters | None = None  # those that the trainer is expected to have
        self._settings: Settings | None = None
        self._batch: Batch | None = None
        self._tensors: Tensors = MappingProxyType({})
        self._stale: dict[str, Floats] = {}
        self._views: dict[str, TensorView] = {}
        self._changed: dict[str, NDArray[np.bool_] | None] = {}
        self._failure: Failure | None = None
        self._explained: tuple[object, ...] = ()
        self._explanation: Explanation | None = None
        self._why: Why | None = None
        self._ranked: NDArray[np.intp] | None = None
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
        self._choose_point(operation)
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
        self._point = point

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
        if computing:
            tensors |= self._image_views(OPERATIONS[place], image)
        self._explain(image)
        return DebugView(
            self._iteration,
            self._position,
            image,
            settings.subset,
            settings.rule,
            settings.learning_rate,
            tuple(self._status(place) for place in range(END)),
            MappingProxyType(tensors),
            OPERATIONS[place].name if computing else None,
            self._failure,
            self._point,
            self._explanation,
            self._why,
            self._ranked,
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
        point = self._point
        batch, known = trainer.batch, self._batch
        images, views = self._tensors.get("X"), self._views
        self.leave()
        self._point, self._batch = point, batch
        self._parameters, self._settings = trainer.parameters, trainer.settings
        self._iteration = trainer.iteration
        self._tensors = inputs(batch, trainer.parameters)
        if batch is known and images is not None:  # its figures need not be computed again
            self._tensors = MappingProxyType({**self._tensors, "X": images})
            self._views = {name: views[name] for name in ("X", "y") if name in views}
        self._stale = {name: stale[name] for name in stale if name in _WRITERS}

    def _do(self, operation: Operation) -> None:
        rule, learning_rate = self._arithmetic
        self._tensors = apply(operation, self._tensors, rule, learning_rate)
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

    @property
    def _arithmetic(self) -> tuple[Rule, float]:
        settings = self._trainer.settings
        return settings.rule, settings.learning_rate

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
            self._choose_point(OPERATIONS[position - 1])

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
        """Return the view of a tensor, the very same one for as long as nothing is new in it."""
        fresh = name in self._changed and not stale
        changed = self._changed[name] if fresh else None
        view = self._views.get(name)
        if view is None or view.values is not values:
            view = tensor_view(name, values)
        if (view.stale, view.fresh, view.changed is changed) != (stale, fresh, True):
            view = replace(view, stale=stale, fresh=fresh, changed=changed)
        self._views[name] = view
        return view

    def _image_views(self, operation: Operation, image: int) -> dict[str, TensorView]:
        rule, learning_rate = self._arithmetic
        trainer = self._trainer
        if trainer.forward is None or self._position == END:
            return {}
        try:
            alone = image_tensors(
                trainer.batch, image, trainer.parameters, trainer.forward, rule, learning_rate
            )
        except NumericsError:
            return {}  # the operation itself is about to say so
        return {
            name: tensor_view(name, alone[name], image)
            for name in operation.writes
            if name in alone and image_axis(name, alone[name].ndim) is not None
        }

    def _choose_point(self, operation: Operation) -> None:
        """Point at what an operation wrote, at the same place where that can be told."""
        name = operation.writes[-1] if operation.name != "standardise" else "zs"
        if self._point is None or self._point.tensor != name:
            self._point = Point(name, ())

    def _explain(self, image: int) -> None:
        point, tensors = self._point, self._tensors
        values = tensors.get(point.tensor) if point is not None else None
        if point is None or values is None or point.tensor not in _WRITERS:
            self._explained, self._explanation, self._why = (), None, None
            self._ranked = None
            return
        axis = image_axis(point.tensor, values.ndim)
        index = point.index
        if not _is_cell(index, values.shape):
            index = _striking(values, axis, image)
        elif axis is not None and image != self._image:  # the cell goes along with the image
            index = (*index[:axis], image, *index[axis + 1 :])
        self._image = image
        self._point = point = Point(point.tensor, index)
        rule, learning_rate = self._arithmetic
        wanted = (point, values, image, rule, learning_rate)
        if len(self._explained) == len(wanted) and all(
            a is b or (not isinstance(a, np.ndarray) and a == b)
            for a, b in zip(self._explained, wanted, strict=True)
        ):
            return
        self._explained = wanted
        self._explanation = explain(tensors, rule, learning_rate, point.tensor, index, image)
        shares = self._explanation.shares
        self._why = why(tensors, rule, learning_rate, point.tensor, index, image, shares)
        self._ranked = None if shares is None else np.argsort(-np.abs(shares), kind="stable")

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


def _is_cell(index: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return len(index) == len(shape) and all(
        0 <= i < size for i, size in zip(index, shape, strict=True)
    )


def _striking(values: Floats, axis: int | None, image: int) -> tuple[int, ...]:
    """Return the cell of largest magnitude, in the selected image where there is one."""
    own = () if axis is None else (*(slice(None),) * axis, slice(image, image + 1))
    part = values[own]  # np.take would copy the whole tensor where it is a view
    index = [int(i) for i in np.unravel_index(int(np.argmax(np.abs(part))), part.shape)]
    if axis is not None:
        index[axis] = image
    return tuple(index)
