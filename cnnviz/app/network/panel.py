"""The Network panel: one image on its way through the network, from left to right."""

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from cnnviz.app.cells.cell import Cell, Column, Shown, cell_readout
from cnnviz.app.cells.edits import EDITABLE, change_of, editable_of
from cnnviz.app.cells.names import point_words
from cnnviz.app.cells.tensor_entries import points_of, points_of_image
from cnnviz.app.cells.value_editor import ValueEditor
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.caption_text import Captions, description
from cnnviz.app.network.layout import least_size
from cnnviz.app.network.view import NetworkView
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.numerics.network import IMAGE_SIZE
from cnnviz.numerics.tensors import TENSORS, TRANSPOSITION
from cnnviz.training.debugger.view import Point
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel

_HINT: Final = "Point at a cell to read its value; double-click it to change it."
_FOLLOWS: Final = "Feature maps follow from image and filters: change those instead."


class NetworkPanel(QWidget):
    """The selected image, filters, feature maps, dense maps and output."""

    edit_began = Signal()
    """The user starts to edit a value of the current state."""
    edit_requested = Signal(object)
    """Carries an `Edit` of a parameter."""
    pixel_requested = Signal(object)
    """Carries a `Pixel` to draw."""
    erasing_requested = Signal(int)
    """Carries the image to restore."""
    explanation_requested = Signal(object)
    """Carries a `Point` to explain in the debugger."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._frame: Frame | None = None
        self._described: Captions | None = None
        self.setAutoFillBackground(True)
        self._view = NetworkView(style, self)
        self._view.setAccessibleName("Network")
        self._make_controls(style)
        self._value = QLabel(_HINT)
        self._value.setAccessibleName("Value under the pointer")
        self._value.setToolTip(TRANSPOSITION)
        self._value.setTextFormat(Qt.TextFormat.PlainText)
        self._value.setContentsMargins(GRID, 0, GRID, GRID // 2)
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        fill_box(QVBoxLayout(self), self._view, self._value, stretched=self._view, spacing=0)
        self._edited: Cell | None = None
        self._editor = ValueEditor(style, self)
        self._editor.value_entered.connect(self._enter)
        self._editor.closed.connect(self._view.setFocus)
        self._view.moved.connect(self._move_choice)
        self._view.edit_requested.connect(self.edit)
        self._view.menu_requested.connect(self._show_menu)
        self._view.chosen_changed.connect(self._read_out)
        self._view.laid_out.connect(self._editor.close_editor)
        self._view.laid_out.connect(self._place_controls)
        self._view.hovered_changed.connect(self._read_out)
        selection.image_changed.connect(self._show_selection)
        self.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame, if the panel is hidden as soon as it is visible."""
        self._frame = frame
        if self.isVisible():
            self._draw()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._map_choice.set_style(style)
        self._dense_choice.set_style(style)
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, QColor(style.theme.panel))
        self.setPalette(palette)
        self._value.setStyleSheet(f"color: {style.theme.muted};")
        font = style.scaled(0.9).number_font
        self._image_choice.setStyleSheet(
            f"QSpinBox {{ padding: 0; font: {font.pointSizeF()}pt '{font.family()}'; }}"
        )
        self._value.setFont(style.body_font)
        self._editor.set_style(style)
        self._view.set_style(style)
        self.updateGeometry()
        if self.isVisible():
            self._draw()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which the matrices would be cut off."""
        width, height = least_size(self._view.metrics)
        return QSize(width, height + self._value.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Return a size with cells that are easy to see."""
        return self.minimumSizeHint() * 1.6

    def cell_rect(self, cell: Cell) -> QRect:
        """Return the rectangle of a cell in the panel."""
        return self._view.network_layout.cell_rect(cell)

    @property
    def hovered(self) -> Cell | None:
        """The cell under the pointer."""
        return self._view.hovered

    @property
    def chosen(self) -> Cell | None:
        """The cell chosen with a click, or with Ctrl and the arrow keys."""
        return self._view.chosen

    def readout(self) -> str:
        """Return the text on the cell under the pointer, or else on the chosen one."""
        cell = self.hovered or self.chosen
        if cell is None or self._frame is None:
            return ""
        return cell_readout(cell, self._frame, self._shown())

    @Slot()
    def edit(self) -> None:
        """Edit the value of the chosen cell."""
        cell, frame = self.chosen or self.hovered, self._frame
        if cell is None or frame is None:
            return
        editable = editable_of(cell, frame)
        if editable is None:
            self._value.setText(_FOLLOWS)
            return
        self._edited = cell
        self.edit_began.emit()
        beside = self.cell_rect(cell).topRight() + QPoint(2 * GRID, 0)
        self._editor.open_for(editable, beside)

    @Slot(float)
    def _enter(self, value: float) -> None:
        if self._edited is None or self._frame is None:
            return
        change = change_of(self._edited, self._frame, value)
        if isinstance(change, Pixel):
            self.pixel_requested.emit(change)
        else:
            self.edit_requested.emit(change)

    @Slot(int, int)
    def _move_choice(self, right: int, down: int) -> None:
        """Choose the next cell in a direction."""
        layout, cell = self._view.network_layout, self.chosen
        if cell is None:
            self._view.choose(Cell(Column.IMAGE, 0, IMAGE_SIZE // 2, IMAGE_SIZE // 2))
            return
        self._view.choose(layout.neighbour(cell, down, right))

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        cell, frame = self.chosen, self._frame
        if frame is None:
            return
        image = frame.image.index
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if cell is not None:
            change = menu.addAction("Change value…")
            change.setEnabled(cell.column in EDITABLE)
            change.triggered.connect(self.edit)
            restore = menu.addAction("Restore original image")
            restore.setEnabled(any(p.image == image for p in frame.settings.pixels))
            restore.triggered.connect(self._erase)
            menu.addSeparator()
            for point in points_of(cell, image, self._shown()):
                self._offer(menu, f"Explain {point_words(point)} in the debugger", point)
        after = menu.addMenu(f"Explain the output for image {image}")
        for point in points_of_image(image):
            meaning = "mean of E over all images" if point.mean else TENSORS[point.tensor].meaning
            self._offer(after, f"{point_words(point)}: {meaning}", point)
        menu.popup(place)

    def _offer(self, menu: QMenu, text: str, point: Point) -> None:
        menu.addAction(text).triggered.connect(lambda: self.explanation_requested.emit(point))

    @Slot()
    def _erase(self) -> None:
        if self._frame is not None:
            self.erasing_requested.emit(self._frame.image.index)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what arrived while the panel was hidden."""
        super().showEvent(event)
        self._draw()

    def _make_controls(self, style: Style) -> None:
        self._image_choice = IntegerBox(self, separator="")  # an index has none
        self._image_choice.setButtonSymbols(IntegerBox.ButtonSymbols.NoButtons)
        self._image_choice.setWrapping(True)
        self._image_choice.setMaximum(0)
        self._image_choice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._image_choice.setAccessibleName("Selected image k")
        self._image_choice.setToolTip("Which image of the subset is shown, counted from 0")
        self._image_choice.valueChanged.connect(self._selection.select_image)
        self._image_choice.refused.connect(self._refuse)
        self._map_choice = SegmentedControl(
            "Feature maps show",
            (
                Segment("A", "activation A = σ(C), from 0 to 1"),
                Segment("C", "correlation C of image and filter, before the sigmoid"),
            ),
            style,
            self,
        )
        self._dense_choice = SegmentedControl(
            "Dense maps show",
            (
                Segment("wo", "dense weights wo"),
                Segment("wo·a", "contributions wo·a: what each unit adds to z for this image"),
            ),
            style,
            self,
        )
        self._map_choice.chosen.connect(self._draw)
        self._dense_choice.chosen.connect(self._draw)

    def _shown(self) -> Shown:
        return Shown(
            "C" if self._map_choice.index else "A", "wo·a" if self._dense_choice.index else "wo"
        )

    @Slot()
    def _draw(self) -> None:
        frame = self._frame
        if frame is None:
            return
        self._view.show_frame(frame, self._shown())
        last = frame.settings.subset - 1
        if self._image_choice.maximum() != last:
            with QSignalBlocker(self._image_choice):
                self._image_choice.setMaximum(last)
            self._name_image_choice()
            self._show_selection(self._selection.image)
        self._read_out()
        if self._view.captions is not self._described:
            self._described = self._view.captions
            self._view.setAccessibleDescription(description(frame))

    @Slot(int)
    def _show_selection(self, index: int) -> None:
        with QSignalBlocker(self._image_choice):
            self._image_choice.setValue(index)

    @Slot(str)
    def _refuse(self, text: str) -> None:
        choice = self._image_choice
        message = f"There is no image {text}: they go from 0 to {choice.maximum()}."
        QToolTip.showText(
            choice.mapToGlobal(choice.rect().topLeft()), tooltip_text(message), choice
        )

    @Slot()
    def _read_out(self) -> None:
        text = self.readout() or _HINT
        if text != self._value.text():
            self._value.setText(text)

    @Slot()
    def _place_controls(self) -> None:
        controls = self._view.network_layout.controls
        for column, control in (
            (Column.IMAGE, self._image_choice),
            (Column.MAPS, self._map_choice),
            (Column.DENSE, self._dense_choice),
        ):
            control.setGeometry(controls[column])
            control.raise_()
        self._name_image_choice()

    def _name_image_choice(self) -> None:
        """Show "k = " before the number if the largest one still fits."""
        choice = self._image_choice
        longest = choice.fontMetrics().horizontalAdvance(f"k = {choice.maximum()}")
        choice.setPrefix("k = " if longest + 2 * GRID <= choice.width() else "")
