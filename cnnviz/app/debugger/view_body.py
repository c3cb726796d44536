"""What stands beneath the choice of a view: a number's lead, the view, and every image's share."""

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.debugger.explanation.contribution_strip import ShareStrip
from cnnviz.app.debugger.explanation.origin_link import OriginLinkRow
from cnnviz.app.look.theme import GRID

_SHARES: Final = 1 / 3
"""Of the height, that the shares take at most."""


class ViewBody(QWidget):
    """The view gets the height that is left.

    Parameters
    ----------
    lead : LeadRow
    view : QWidget
    shares : ShareStrip
    """

    def __init__(self, lead: OriginLinkRow, view: QWidget, shares: ShareStrip) -> None:
        super().__init__()
        self._shares = shares
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(lead)
        column.addWidget(view, 1)
        column.addWidget(shares)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the view room."""
        super().resizeEvent(event)
        self._shares.set_room(_SHARES * self.height())
