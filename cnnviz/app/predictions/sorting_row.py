"""The choice of which predictions the table lists, and in which order."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel

from cnnviz.app.predictions.model import Arrangement, PredictionColumn
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel

_ORDERS: Final = (
    ("index", Arrangement("index")),
    ("index, last first", Arrangement("index", descending=True)),
    ("error, largest first", Arrangement("error", descending=True)),
    ("error, smallest first", Arrangement("error")),
    ("output, largest first", Arrangement("output", descending=True)),
    ("output, smallest first", Arrangement("output")),
)
"""The choices of an order; the first one of a column is what a click on its title chooses."""
_KEYS: Final = {
    PredictionColumn.INDEX: "index",
    PredictionColumn.OUTPUT: "output",
    PredictionColumn.ERROR: "error",
}


class SortingRow(QHBoxLayout):
    """The order of the list, and whether it has only wrong predictions."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = QLabel("Sort by")
        tip = "While training runs, the order is updated a few times a second"
        self.order = ElidingComboBox(6, "Sort by", tip)
        require_focus_for_wheel(self.order)
        self.order.addItems([text for text, _ in _ORDERS])
        self.order.currentIndexChanged.connect(self.changed)
        self.wrong_only = QCheckBox("Wrong only")
        self.wrong_only.setToolTip("List only the images with a wrong prediction")
        self.wrong_only.toggled.connect(self.changed)
        for control in (self.order, self.wrong_only):
            # A click leaves the keyboard to the window: Space and the arrows control the run.
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        fill_box(self, self._title, self.order, self.wrong_only, stretched=self.order)

    @property
    def arrangement(self) -> Arrangement:
        """The chosen order."""
        _, order = _ORDERS[self.order.currentIndex()]
        return replace(order, wrong_only=self.wrong_only.isChecked())

    @Slot(int)
    def sort_by_column(self, column: int) -> None:
        """Sort by a column; reverse the order if it is sorted by that already."""
        if column in _KEYS:
            key = _KEYS[PredictionColumn(column)]
            first, second = (i for i, (_, order) in enumerate(_ORDERS) if order.key == key)
            self.order.setCurrentIndex(second if self.order.currentIndex() == first else first)
