"""Operations to be repeated, and what the selected image shows before its batch is computed."""

from contextlib import suppress
from types import MappingProxyType
from typing import Final

from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.single_image import image_tensors
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.previous_values import Changed, differs
from cnnviz.training.debugger.view import TensorView
from cnnviz.training.debugger.view_cache import TensorViews
from cnnviz.training.settings import Settings

_NOTHING: Final[Tensors] = MappingProxyType({})


class PendingOperations:
    """The operations to be repeated, and the selected image's part of their results."""

    def __init__(self) -> None:
        self.image = 0
        """The selected image."""
        self.forget()
        self.aim_at(0)

    def forget(self) -> None:
        """Forget the state from which the iteration starts."""
        self._of: tuple[Batch, Parameters, Settings, ForwardPass | None] | None = None
        self._alone: Tensors | None = None
        self._alone_image = -1

    def start(
        self, batch: Batch, parameters: Parameters, settings: Settings, forward: ForwardPass | None
    ) -> None:
        """Compute from a state; without a forward pass of its batch, images have no results."""
        of = batch, parameters, settings, forward
        if self._of is None or any(a is not b for a, b in zip(self._of, of, strict=True)):
            self._of, self._alone = of, None

    def aim_at(self, position: int, before: Tensors = _NOTHING, *, compare: bool = True) -> None:
        """Repeat operations up to a position; `before` are the image's values to compare with."""
        self.aim = position
        """The position up to which operations are repeated; 0 if none are."""
        self.compares = compare
        """Whether their results are compared with the values before."""
        self._before, self._before_image = before, self.image
        self._changed: dict[str, tuple[Floats, Changed]] = {}

    def image_tensors(self) -> Tensors:
        """Return the tensors that the selected image has by itself; none if it has none."""
        if self._of is None:
            return _NOTHING
        batch, parameters, settings, forward = self._of
        image = min(self.image, batch.n - 1)
        if self._alone is None or image != self._alone_image:
            self._alone, self._alone_image = _NOTHING, image
            if forward is not None:
                rule, learning_rate = settings.rule, settings.learning_rate
                with suppress(NumericsError):  # the operation itself is about to say so
                    self._alone = image_tensors(
                        batch, image, parameters, forward, rule, learning_rate
                    )
        return self._alone

    def views(self, positions: range, views: TensorViews) -> dict[str, TensorView]:
        """Return the selected image's part of what the operations at some positions write."""
        alone = self.image_tensors() if positions else _NOTHING
        seen = {}
        for operation in OPERATIONS[positions.start : positions.stop]:
            for name in operation.writes:
                if name in alone and TENSORS[name].image_axis(alone[name].ndim) is not None:
                    mask = self._changes(name, alone[name])
                    seen[name] = views.of(
                        name,
                        alone[name],
                        image=self._alone_image,
                        fresh=mask is not None,
                        changed=mask,
                    )
        return seen

    def _changes(self, name: str, values: Floats) -> Changed:
        known = self._changed.get(name)
        if known is None or known[0] is not values:
            same = self._before_image == self.image
            mask = differs(values, self._before.get(name) if same else None)
            known = self._changed[name] = values, mask
        return known[1]
