"""A tensor's card with a button, and below it the distribution of its values on demand."""

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cnnviz.app.debugger.tensors.distribution_view import DistributionView
from cnnviz.app.debugger.tensors.tensor_card import TensorCard
from cnnviz.app.debugger.tensors.tensor_contents import tensor_contents
from cnnviz.app.debugger.tensors.tensor_layout import Level
from cnnviz.app.look.icons import icon
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.picture_file import Picture, copy_picture
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.numerics.tensors import symbol
from cnnviz.training.debugger.view import TensorView


class CardFrame(QWidget):
    """A card, and the distribution that the button in its corner opens."""

    def __init__(self, tasks: BackgroundTasks, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inserted = 0
        self.card = TensorCard(style)
        fill_box(QVBoxLayout(self), self.card)
        self.distribution = DistributionView(tasks, style, self)
        self.distribution.hide()
        self.distribution.cells_marked.connect(self.card.mark_cells)
        self.button = QToolButton(self, autoRaise=True)
        self.button.setCheckable(True)
        self.button.setToolTip("Show how the values are distributed")
        self.button.toggled.connect(self._toggle)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setSizePolicy(policy)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self._set_icon()
        side = round(2.5 * GRID * style.scale)
        self.button.setIconSize(QSize(side - GRID // 2, side - GRID // 2))
        self.button.setFixedSize(side, side)
        self.button.setStyleSheet("padding: 0;")
        self.card.corner = side + GRID // 2
        self.card.set_style(style)
        self.distribution.set_style(style)
        self._lay_out()

    def show_tensor(
        self, view: TensorView, level: Level, image: int, point: tuple[int, ...] | None
    ) -> None:
        """Show a tensor; the arguments are those of the card's method."""
        self.card.show_tensor(view, level, image, point)
        self.button.setAccessibleName(f"Distribution of {symbol(view.name)}")
        self.button.setVisible(view.values.size > 1)
        if self.card.sheet is not None:
            self.distribution.show_tensor(view, self.card.sheet, level, image)
        if view.values.size == 1:
            self.button.setChecked(False)
        self._lay_out()

    def release(self, unless: TensorView | None = None) -> None:
        """Release the tensor, which may be large, unless it is this one."""
        self.card.release(unless)
        self.distribution.release(unless)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button in the corner, and the distribution above the pictures."""
        super().resizeEvent(event)
        self._lay_out()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to hold the range, the card as a picture, and its tensor as numbers."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.card.offer_range(menu)
        menu.addAction("Copy picture").triggered.connect(lambda: copy_picture(self))
        menu.addAction("Export…").triggered.connect(self._request_export)
        menu.popup(event.globalPos())

    @Slot()
    def _request_export(self) -> None:
        if (view := self.card.view) is None:
            return
        numbers = tensor_contents(view)
        request_export(self, Export.of_picture(view.name, Picture(self, fine=True), numbers))

    def _lay_out(self) -> None:
        self.button.move(self.width() - self.button.width() - 1, 0)
        if self.button.isChecked():
            height = self.distribution.sizeHint().height()
            self.distribution.setGeometry(0, self.card.words_bottom, self.width(), height)
            if height != self._inserted:
                self._inserted = height
                self.card.set_insert(height)

    def _set_icon(self) -> None:
        theme = self._style.theme
        colour = theme.accent if self.button.isChecked() else theme.muted
        self.button.setIcon(icon("distribution", theme, colour))

    @Slot(bool)
    def _toggle(self, on: bool) -> None:
        self._set_icon()
        if on:
            _ = self.distribution.plot  # it has its height before it gets a position
        self._inserted = 0
        self.card.set_insert(0)
        self._lay_out()
        self.distribution.setVisible(on)
        if on:
            QTimer.singleShot(0, self._scroll_to)

    @Slot()
    def _scroll_to(self) -> None:
        """Bring the distribution and the pictures below it into view."""
        area = self.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if area is not None:
            area.ensureWidgetVisible(self, 0, 0)
            area.ensureWidgetVisible(self.distribution, 0, 0)
