"""The protocols of views: they show frames, in a style."""

from typing import Protocol

from cnnviz.app.look.style import Style
from cnnviz.training.loop.frame import Frame


class ShowsFrames(Protocol):
    """Follows the frames of the training loop."""

    def show_frame(self, frame: Frame, /) -> None:
        """Show a frame, or note its contents."""


class HasStyle(Protocol):
    """Is drawn in a style."""

    def set_style(self, style: Style, /) -> None:
        """Use a style's colours and size."""


class View(ShowsFrames, HasStyle, Protocol):
    """A widget that shows frames in a style."""
