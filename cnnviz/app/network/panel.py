"""The Network panel: one image on its way through the network, from left to right."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.cells.cell import Cell, Column, cell_readout, spoken_cell
from cnnviz.app.cells.edits import change_of, editable_of
from cnnviz.app.cells.value_editor import ValueEditor
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.caption_text import description
from cnnviz.app.network.controls import NetworkControls
from cnnviz.app.network.drawing_mode import DrawingMode
from cnnviz.app.network.first_view import FirstView
from cnnviz.app.network.layout import least_size
from cnnviz.app.network.painting import NetworkPainting
from cnnviz.app.network.readout import Readout
from cnnviz.app.network.symbols import FILTER, Symbol
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.numerics.network import IMAGE_SIZE
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel

if TYPE_CHECKING:
    from cnnviz.app.network.view import NetworkView

_AFTER: Final = 20
"""Milliseconds from the first painting to the creation of pyqtgraph's view."""
_OUTSIDE: Final = "Only images that are trained on can be changed here."
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
    profile_requested = Signal(int)
    """Carries the filter whose profile is to be shown."""
    closing_requested = Signal()
    """The image that is not in the batch is no longer to be shown."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._frame: Frame | None = None
        self._described: tuple[object, ...] = ()
        self.setAutoFillBackground(True)
        self._painting = NetworkPainting(style, self)
        self.view: FirstView | NetworkView = FirstView(self._painting, self)
        self.view.setAccessibleName("Network")
        self._completion = QTimer(self, singleShot=True, interval=_AFTER)
        self._completion.timeout.connect(self.complete)
        self.view.painted.connect(self._completion.start)
        self._controls = controls = NetworkControls(style, self)
        controls.image_chosen.connect(selection.select_image)
        controls.shown_changed.connect(self._draw)
        controls.closing_requested.connect(self.closing_requested)
        controls.view_all_requested.connect(self._painting.show_all)
        self._symbol: Symbol | None = None  # the one under the pointer
        self._value = Readout()
        self._box = QVBoxLayout(self)
        fill_box(self._box, self.view, self._value, stretched=self.view, spacing=0)
        self.drawing = DrawingMode(self, self._painting, self._value, selection, style)
        self.sketch = self.drawing.sketch
        self.closing_requested.connect(self.drawing.leave)
        self._edited: Cell | None = None
        self._editor = ValueEditor(style, self)
        self._editor.value_entered.connect(self._enter)
        painting = self._painting
        painting.chosen_changed.connect(self._read_out)
        painting.hovered_changed.connect(self._read_out)
        painting.rescaled.connect(self._describe)
        painting.laid_out.connect(self._editor.close_editor)
        painting.laid_out.connect(self._place_controls)
        selection.image_changed.connect(controls.show_image)
        self.set_style(style)

    @Slot()
    def complete(self) -> None:
        """Exchange the view that was there at first for pyqtgraph's, if that is still to be done.

        Importing pyqtgraph takes longer than all panels take to show their first data.
        """
        first = self.view
        if not isinstance(first, FirstView):
            return
        from cnnviz.app.network.view import NetworkView  # noqa: PLC0415  (slow)

        self._completion.stop()
        self.view = view = NetworkView(self._painting, self)
        view.setAccessibleName(first.accessibleName())
        view.setAccessibleDescription(first.accessibleDescription())
        view.moved.connect(self._move_choice)
        view.edit_requested.connect(self.edit)
        view.menu_requested.connect(self._show_menu)
        view.symbol_pointed.connect(self._point_at)
        view.symbol_clicked.connect(self._open)
        self._editor.closed.connect(view.setFocus)
        self._box.replaceWidget(first, view)
        view.setGeometry(first.geometry())
        view.lower()
        view.show()
        self.setTabOrder(first, view)
        if first.hasFocus():
            view.setFocus()
        first.hide()
        first.deleteLater()

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame, if the panel is hidden as soon as it is visible."""
        shown = frame if frame.outside is None else replace(frame, image=frame.outside)
        self._frame = shown
        if self.isVisible():
            self._draw()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._controls.set_style(style)
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, QColor(style.theme.panel))
        self.setPalette(palette)
        self._editor.set_style(style)
        self._painting.set_style(style)
        self.drawing.set_style(style)
        self.updateGeometry()
        if self.isVisible():
            self._draw()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which the matrices would be cut off."""
        width, height = least_size(self._painting.style.metrics)
        return QSize(width, height + self._value.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Return a size with cells that are easy to see."""
        return self.minimumSizeHint() * 1.6

    def cell_rect(self, cell: Cell) -> QRect:
        """Return the rectangle of a cell in the panel."""
        return self._painting.layout.cell_rect(cell)

    @property
    def hovered(self) -> Cell | None:
        """The cell under the pointer."""
        return self._painting.hovered

    @property
    def chosen(self) -> Cell | None:
        """The cell chosen with a click, or with Ctrl and the arrow keys."""
        return self._painting.chosen

    def readout(self) -> str:
        """Return the text on the cell under the pointer, or else on the chosen one."""
        cell = self.hovered or self.chosen
        if cell is None or self._frame is None or (self._symbol and not self.hovered):
            return ""
        return cell_readout(cell, self._frame, self._controls.shown)

    @Slot()
    def edit(self) -> None:
        """Edit the value of the chosen cell."""
        cell, frame = self.chosen or self.hovered, self._frame
        if cell is None or frame is None:
            return
        editable = editable_of(cell, frame)
        if editable is None:
            self._value.show_text(_FOLLOWS if cell.column != Column.IMAGE else _OUTSIDE)
            return
        self._edited = cell
        self._painting.show_cell(cell)
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
        layout, cell = self._painting.layout, self.chosen
        if cell is None:
            self._painting.choose(Cell(Column.IMAGE, 0, IMAGE_SIZE // 2, IMAGE_SIZE // 2))
            return
        self._painting.choose(neighbour := layout.neighbour(cell, down, right))
        self._painting.show_cell(neighbour)

    @Slot(QPoint, object)
    def _show_menu(self, position: QPoint, column: Column | None) -> None:
        if self._painting.frame is None:
            return
        from cnnviz.app.network.menu import NetworkMenu  # noqa: PLC0415  (not at the start)

        menu = NetworkMenu(self._painting, self.view, column, self.drawing.action, self)
        menu.edit_requested.connect(self.edit)
        menu.erasing_requested.connect(self.erasing_requested)
        menu.profile_requested.connect(self.profile_requested)
        menu.explanation_requested.connect(self.explanation_requested)
        menu.popup(position)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what arrived while the panel was hidden."""
        super().showEvent(event)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        frame = self._frame
        if frame is None:
            return
        painting = self._painting
        painting.show_frame(frame, self._controls.shown)
        self.drawing.show_view(frame.image)
        self._controls.show_frame(frame, self._selection.image)
        self._read_out()
        described = painting.captions, painting.scales
        if described != self._described:
            self._describe()

    @Slot()
    def _describe(self) -> None:
        """Describe the contents for a screen reader."""
        painting, frame = self._painting, self._frame
        if frame is not None:
            self._described = painting.captions, painting.scales
            self.view.setAccessibleDescription(description(frame, painting.scales))

    @Slot()
    def _read_out(self) -> None:
        cell, frame = self.chosen, self._frame
        if cell is not None and frame is not None and not frame.running:
            speak(self.view, spoken_cell(cell, frame, self._controls.shown))
        explanation = self._symbol.explanation if self._symbol is not None else ""
        self._value.show_text(self.readout() or explanation)

    @Slot(object)
    def _point_at(self, symbol: Symbol | None) -> None:
        self._symbol = symbol
        self.view.setToolTip(tooltip_text(symbol.explanation) if symbol is not None else "")
        self._read_out()

    @Slot(object)
    def _open(self, symbol: Symbol) -> None:
        """Show a symbol's operation in the debugger, or a filter's profile."""
        if symbol.sign == FILTER:
            self.profile_requested.emit(symbol.i)
        elif self._frame is not None and self._frame.image.index >= 0:
            self.explanation_requested.emit(symbol.point(self._frame.image))

    @Slot()
    def _place_controls(self) -> None:
        self._controls.lay_out(self._painting.layout, zoomed=self._painting.is_zoomed)
