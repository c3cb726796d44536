"""The debugger's views by the names that the command line and lessons give them."""

from typing import Final, Literal, get_args

View = Literal["batch", "image", "cell", "why", "numbers"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
