"""A thin bar that shows how much is done."""

from typing import Final

from PySide6.QtWidgets import QProgressBar

from cnnviz.app.look.theme import GRID

_WHOLE: Final = 1000
"""Steps of the bar."""


class ShareBar(QProgressBar):
    """Shows a share from 0 to 1; `name` is for assistive technology."""

    def __init__(self, name: str) -> None:
        super().__init__(textVisible=False)
        self.setRange(0, _WHOLE)
        self.setFixedHeight(GRID)
        self.setAccessibleName(name)
        self.show_share(0.0)

    def show_share(self, share: float) -> None:
        """Show a share."""
        self.setValue(round(_WHOLE * share))
