"""The colour bar of a column, whose ends are dragged."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import HoverEvent
from PySide6.QtCore import QRectF, Qt, Signal, Slot

from cnnviz.app.look.colour_maps import Table
from cnnviz.app.network.backdrop import colour_table
from cnnviz.app.network.frame_images import SIGNED, Scale
from cnnviz.app.network.style import NetworkStyle
from cnnviz.app.widgets.colour_range import jump_words

_STEPS: Final = 100
"""Steps in a range, to which dragged ends are rounded; pyqtgraph's own are whole numbers."""


_HINT: Final = "Drag a mark to change the range of the colours; double-click to let it follow."
_UNSEEN: Final = pg.mkPen((0, 0, 0, 0))


class LevelBar(pg.ColorBarItem):  # type: ignore[misc]
    """A horizontal colour bar; signed quantities keep zero in the middle.

    Its handles are seen while the pointer is over it, since they would pass for values. Its numbers
    are painted with the rest of the panel, which has space for few.
    """

    dragged = Signal(str, float, float)
    """The user drags an end: carries the quantity, and the ends of its new range."""

    def __init__(self) -> None:
        super().__init__(orientation="horizontal", colorMapMenu=False)
        self._scale: Scale | None = None
        self._drawn: tuple[object, ...] = ()
        self._noted = "", ""  # the quantity and the note of the tooltip
        self._low, self._high = 0.0, 1.0  # where a drag starts
        for side in ("left", "right", "top", "bottom"):
            self.hideAxis(side)
        self.layout.setContentsMargins(0, 0, 0, 0)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        # Without this, Qt asks each of its parts whether it is to be painted, in every frame.
        self.setFlag(self.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.sigLevelsChanged.connect(self._emit_dragged)
        self.sigLevelsChangeFinished.connect(self._take_levels)

    def show_scale(self, scale: Scale, style: NetworkStyle, rect: QRectF) -> None:
        """Show a range in a rectangle, unless it is the one that is being dragged to."""
        self._scale = scale
        if self._drawn != (drawn := (style, rect, scale.quantity)):
            self._drawn = drawn
            self._set_looks(style, colour_table(scale.quantity, style.theme), rect)
        if self._noted != (noted := (scale.quantity, scale.note)):
            self._noted = noted
            jump = jump_words(scale.note)
            self.setToolTip(f"The range of {scale.quantity} is {jump}.\n{_HINT}" if jump else _HINT)
        if not (self.region.moving or any(line.moving for line in self.region.lines)):
            self._take_levels()

    def hoverEvent(self, event: HoverEvent) -> None:
        """Show the handles while the pointer is over the bar."""
        if event.isEnter() or event.isExit():
            for line in self.region.lines:
                line.setPen(_UNSEEN if event.isExit() else self._handle)

    def _set_looks(self, style: NetworkStyle, table: Table, rect: QRectF) -> None:
        colours = np.array(table[1:], np.uint32).view(np.uint8).reshape(-1, 4)[:, [2, 1, 0, 3]]
        self.setColorMap(pg.ColorMap(None, colours))
        self.layout.setRowFixedHeight(2, rect.height())
        self.setGeometry(rect)
        self.layout.activate()  # positions the handles before the pointer is over one
        self.getViewBox().updateMatrix()
        self._handle = pg.mkPen(style.theme.text, width=style.scale)
        for line in self.region.lines:
            line.setPen(_UNSEEN)
            line.setHoverPen(pg.mkPen(style.theme.accent, width=3 * style.scale))
        self.region.setHoverBrush(None)

    @Slot()
    def _take_levels(self) -> None:
        """Take the range that is shown for the one that the next drag starts from."""
        if self._scale is not None:
            self._low, self._high = self._scale.low, self._scale.high
            self.rounding = (self._high - self._low) / _STEPS
            self.setLevels((self._low, self._high))

    @Slot()
    def _emit_dragged(self) -> None:
        if self._scale is None:
            return
        low, high = self.levels()
        if self._scale.quantity in SIGNED:
            largest = high if high != self._high else -low
            # By factors, or it would soon reach zero.
            high = float(f"{self._high * 2 ** (largest / self._high - 1):.2g}")
            low = -high
        self.dragged.emit(self._scale.quantity, low, high)
