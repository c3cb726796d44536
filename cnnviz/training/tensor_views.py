"""The views of an iteration's tensors, made anew only where something in them is new."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import Floats
from cnnviz.numerics.operations import Operation
from cnnviz.numerics.single import image_tensors
from cnnviz.training.debug_view import TensorView, image_axis, tensor_view
from cnnviz.training.trainer import Trainer


class TensorViews:
    """Hands out one view a tensor, the very same one for as long as nothing is new in it."""

    def __init__(self) -> None:
        self._views: dict[str, TensorView] = {}

    def of(
        self,
        name: str,
        values: Floats,
        *,
        stale: bool = False,
        fresh: bool = False,
        changed: NDArray[np.bool_] | None = None,
    ) -> TensorView:
        """Return the view of a tensor; the arguments are those of `TensorView`."""
        view = self._views.get(name)
        if view is None or view.values is not values:
            view = tensor_view(name, values)
        if (view.stale, view.fresh, view.changed is changed) != (stale, fresh, True):
            view = replace(view, stale=stale, fresh=fresh, changed=changed)
        self._views[name] = view
        return view

    def forget_all_but(self, names: Iterable[str] = ()) -> None:
        """Let go of the other tensors."""
        self._views = {name: self._views[name] for name in names if name in self._views}


def image_views(trainer: Trainer, operation: Operation, image: int) -> dict[str, TensorView]:
    """Return what an operation will write for one image, as far as an image has that by itself.

    Parameters
    ----------
    trainer : Trainer
        Looks at the state that the iteration starts from.
    operation : Operation
        Under way, or about to be.
    image : int
    """
    forward, settings = trainer.forward, trainer.settings
    if forward is None:
        return {}
    try:
        alone = image_tensors(
            trainer.batch,
            image,
            trainer.parameters,
            forward,
            settings.rule,
            settings.learning_rate,
        )
    except NumericsError:
        return {}  # the operation itself is about to say so
    return {
        name: tensor_view(name, alone[name], image)
        for name in operation.writes
        if name in alone and image_axis(name, alone[name].ndim) is not None
    }
