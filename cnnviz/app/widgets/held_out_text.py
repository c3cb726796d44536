"""The words about images that are not trained on, for every panel that shows them."""

from typing import Final

from cnnviz.numerics.number_format import counted
from cnnviz.training.run.held_out import HeldOutView

HELD_OUT_HINT: Final = (
    "Evaluate the network on images that it is not trained on: test images of the data, or its last"
)


def held_out_words(view: HeldOutView) -> str:
    """Say which images are held out, and at which iterations they are evaluated."""
    every = "iteration" if view.interval == 1 else f"{view.interval:,} iterations"
    return (
        f"{counted(len(view.dataset), 'held-out image')}, {view.origin}, evaluated every {every} "
        "and whenever training pauses or waits; standardised with the mean and deviation of the "
        "images trained on"
    )
