"""One image's way through the iteration that a large batch has yet to go."""

from types import MappingProxyType
from typing import Final

from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.forward import Forward
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.operations import Operation, Tensors
from cnnviz.numerics.single import image_tensors
from cnnviz.training.debug_view import image_axis
from cnnviz.training.settings import Settings

NOTHING: Final[Tensors] = MappingProxyType({})


class Alone:
    """Keeps what one image has by itself, for as long as nothing in it is new."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._tensors = NOTHING

    def tensors(
        self,
        batch: Batch,
        image: int,
        parameters: Parameters,
        forward: Forward | None,
        settings: Settings,
    ) -> Tensors:
        """Return the tensors that an image has by itself; none where the batch has no result.

        Parameters
        ----------
        batch : Batch
        image : int
            One of the batch's.
        parameters : Parameters
        forward : Forward or None
            The batch's forward pass with these parameters.
        settings : Settings
            Rule and learning rate.
        """
        of = batch, parameters, forward, settings
        same = len(self._of) == 5 and all(a is b for a, b in zip(self._of, of, strict=False))
        if not same or self._of[4] != image:
            self._of = (*of, image)
            self._tensors = NOTHING
            if forward is not None:
                rule, learning_rate = settings.rule, settings.learning_rate
                try:
                    self._tensors = image_tensors(
                        batch, image, parameters, forward, rule, learning_rate
                    )
                except NumericsError:  # the operation itself is about to say so
                    self._tensors = NOTHING
        return self._tensors

    def forget(self) -> None:
        """Let go of everything."""
        self._of, self._tensors = (), NOTHING


def written_alone(operation: Operation, alone: Tensors) -> Tensors:
    """Return those of one image's tensors that an operation writes for each image."""
    return {
        name: alone[name]
        for name in operation.writes
        if name in alone and image_axis(name, alone[name].ndim) is not None
    }
