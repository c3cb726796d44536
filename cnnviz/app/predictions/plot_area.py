"""Where the plot of the predictions is, from the first picture on or a little later."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box

if TYPE_CHECKING:
    from cnnviz.app.predictions.plot import PredictionPlot

_AFTER: Final = 40
"""Milliseconds from the first painting with data to the creation of the plot."""
_LEAST: Final = 25 * GRID // 2
"""Least height of the plot at normal size, in pixels."""


class PlotArea(QWidget):
    """Creates the plot once it has been painted empty, beside the first data, or on access.

    Importing pyqtgraph takes longer than all panels take to show their data.
    """

    created = Signal()
    """The plot exists now, and shows nothing yet."""
    image_chosen = Signal(int)
    region_chosen = Signal(object)

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._plot: PredictionPlot | None = None
        self._has_data = False
        self.setAccessibleName("Outputs by digit")
        self._creation = QTimer(self, singleShot=True, interval=_AFTER)
        self._creation.timeout.connect(self.complete)
        fill_box(QVBoxLayout(self))
        self.set_style(style)

    @property
    def plot(self) -> "PredictionPlot":
        """The plot; the first access creates it."""
        if self._plot is None:
            from cnnviz.app.predictions.plot import PredictionPlot  # noqa: PLC0415  (slow)

            self._creation.stop()
            self._plot = plot = PredictionPlot()
            plot.set_style(self._style)
            plot.image_chosen.connect(self.image_chosen)
            plot.region_chosen.connect(self.region_chosen)
            layout = self.layout()
            if layout is None:
                raise AssertionError
            layout.addWidget(plot)
            plot.show()
            layout.activate()  # it has its size before it is drawn
            self.created.emit()
        return self._plot

    @property
    def is_created(self) -> bool:
        """Whether the plot exists."""
        return self._plot is not None

    def announce_data(self) -> None:
        """Have the plot created after the next painting, which has data around it."""
        self._has_data = True

    @Slot()
    def complete(self) -> None:
        """Create the plot if it does not exist yet."""
        _ = self.plot

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.setMinimumHeight(round(_LEAST * style.scale))
        if self._plot is not None:
            self._plot.set_style(style)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Have the plot created once everything has been painted with data."""
        super().paintEvent(event)
        if self._has_data and self._plot is None:
            self._creation.start()
