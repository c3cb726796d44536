"""The controls between the pictures: which image, and which of two quantities the maps show."""

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QToolTip, QWidget

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.left_out import LEFT_OUT
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.outside_button import OutsideButton
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import OutsideImage


class NetworkControls(QObject):
    """The controls in the Network panel, below the titles of its columns."""

    image_chosen = Signal(int)
    """Carries the image that is to be selected."""
    shown_changed = Signal()
    """The maps are to show other quantities, `shown`."""
    closing_requested = Signal()
    """The image that is not in the batch is no longer to be shown."""
    view_all_requested = Signal()
    """All of every picture is to be in view."""

    def __init__(self, style: Style, panel: QWidget) -> None:
        super().__init__(panel)
        self._outside_image: OutsideImage | None = None
        tip = "Which image of the subset is shown, counted from 0"
        # Without a separator: it is an index.
        self._image = IntegerBox("Selected image k", tip, separator="", parent=panel)
        self._image.setButtonSymbols(IntegerBox.ButtonSymbols.NoButtons)
        self._image.setWrapping(True)
        self._image.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._image.valueChanged.connect(self.image_chosen)
        self._image.refused.connect(self._refuse)
        self._outside = OutsideButton(panel)
        self._outside.clicked.connect(self.closing_requested)
        self._maps = SegmentedControl(
            "Feature maps show",
            (
                Segment("A", "activation A = σ(C), from 0 to 1"),
                Segment("C", "correlation C of image and filter, before the sigmoid"),
            ),
            style,
            panel,
        )
        self._dense = SegmentedControl(
            "Dense maps show",
            (
                Segment("wo", "dense weights wo"),
                Segment("wo·a", "contributions wo·a: what each unit adds to z for this image"),
            ),
            style,
            panel,
        )
        tip = "Show all of every picture again (or double-click beside them)"
        self._view_all = tab_button("View all", tip, self.view_all_requested.emit, parent=panel)
        self._view_all.setProperty(LEFT_OUT, True)
        self._maps.chosen.connect(self.shown_changed)
        self._dense.chosen.connect(self.shown_changed)

    @property
    def shown(self) -> Shown:
        """The quantity that the maps are to show."""
        return Shown("C" if self._maps.index else "A", "wo·a" if self._dense.index else "wo")

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._maps.set_style(style)
        self._dense.set_style(style)
        font = style.scaled(0.9).number_font
        self._image.setStyleSheet(
            f"QSpinBox {{ padding: 0; font: {font.pointSizeF()}pt '{font.family()}'; }}"
        )
        self._outside.setFont(style.scaled(0.9).body_font)
        self._view_all.setStyleSheet(f"padding: 1px {GRID}px;")

    def show_frame(self, frame: Frame, selected: int) -> None:
        """Show which image a frame is about, and how many can be selected."""
        if frame.image.outside is not self._outside_image:
            self._outside_image = frame.image.outside
            self._image.setVisible(not self._outside.show_view(frame.image))
        last = frame.settings.subset - 1
        if self._image.maximum() != last:
            with QSignalBlocker(self._image):
                self._image.setMaximum(last)
            self._name_image()
            self.show_image(selected)

    @Slot(int)
    def show_image(self, index: int) -> None:
        """Show which image is selected."""
        with QSignalBlocker(self._image):
            self._image.setValue(index)

    def lay_out(self, layout: NetworkLayout, *, zoomed: bool) -> None:
        """Move to a layout's free space; `zoomed` means that a picture is only partly in view."""
        for column, control in (
            (Column.IMAGE, self._image),
            (Column.IMAGE, self._outside),
            (Column.MAPS, self._maps),
            (Column.DENSE, self._dense),
            (-1, self._view_all),
        ):
            control.setGeometry(layout.controls[column])
            control.raise_()
        self._view_all.setVisible(zoomed)
        self._name_image()

    @Slot(str)
    def _refuse(self, text: str) -> None:
        image = self._image
        message = f"There is no image {text}: they go from 0 to {image.maximum()}."
        QToolTip.showText(image.mapToGlobal(image.rect().topLeft()), tooltip_text(message), image)

    def _name_image(self) -> None:
        """Show "k = " before the number if the largest one still fits."""
        longest = self._image.fontMetrics().horizontalAdvance(f"k = {self._image.maximum()}")
        self._image.setPrefix("k = " if longest + 2 * GRID <= self._image.width() else "")
