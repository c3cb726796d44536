"""The Network panel: one image on its way through the network, from left to right."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.cells.cell import Cell, Column, Shown, cell_readout, spoken_cell
from cnnviz.app.cells.edits import EDITABLE, change_of, editable_of
from cnnviz.app.cells.names import point_words
from cnnviz.app.cells.tensor_entries import points_of, points_of_image
from cnnviz.app.cells.value_editor import ValueEditor
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.caption_text import description
from cnnviz.app.network.column_table import EXPORTED, column_table
from cnnviz.app.network.drawing_mode import DrawingMode
from cnnviz.app.network.first_view import FirstView
from cnnviz.app.network.frame_images import Scale
from cnnviz.app.network.layout import least_size
from cnnviz.app.network.outside_button import OutsideButton
from cnnviz.app.network.painting import NetworkPainting
from cnnviz.app.network.symbols import FILTER, Symbol
from cnnviz.app.picture_file import copy_picture
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.numerics.network import IMAGE_SIZE
from cnnviz.numerics.tensors import TENSORS, TRANSPOSITION
from cnnviz.training.debugger.view import Point
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel

if TYPE_CHECKING:
    from cnnviz.app.network.view import NetworkView

_AFTER: Final = 20
"""Milliseconds from the first painting to the creation of pyqtgraph's view."""
_HINTS: Final = (
    "Click pins a value, right-click explains it, double-click changes it, the wheel zooms.",
    "Click pins, right-click explains, double-click changes, wheel zooms.",
    "Right-click explains, click pins, wheel zooms.",
)
"""The first that fits is shown."""
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
    """Carries the filter of which it is to be shown what it responds to."""
    export_requested = Signal(object)
    """Carries an `Export` of the panel, or of a column of it."""
    closing_requested = Signal()
    """The image that is not in the batch is no longer to be shown."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._frame: Frame | None = None
        self._described: tuple[object, ...] = ()
        self.setAutoFillBackground(True)
        self._painting = NetworkPainting(style, self)
        self._view: FirstView | NetworkView = FirstView(self._painting, self)
        self._view.setAccessibleName("Network")
        self._completion = QTimer(self)
        self._completion.setSingleShot(True)
        self._completion.setInterval(_AFTER)
        self._completion.timeout.connect(self.complete)
        self._view.painted.connect(self._completion.start)
        self._make_controls(style)
        self._symbol: Symbol | None = None  # the one under the pointer
        self._value = QLabel(_HINTS[0])
        self._value.setAccessibleName("Value under the pointer")
        self._value.setToolTip(TRANSPOSITION)
        self._value.setTextFormat(Qt.TextFormat.PlainText)
        self._value.setContentsMargins(GRID, 0, GRID, GRID // 2)
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._box = QVBoxLayout(self)
        fill_box(self._box, self._view, self._value, stretched=self._view, spacing=0)
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
        selection.image_changed.connect(self._show_selection)
        self.set_style(style)

    @Slot()
    def complete(self) -> None:
        """Exchange the view that was there at first for pyqtgraph's, if that is still to be done.

        Importing pyqtgraph takes longer than all panels take to show their first data.
        """
        first = self._view
        if not isinstance(first, FirstView):
            return
        from cnnviz.app.network.view import NetworkView  # noqa: PLC0415  (slow)

        self._completion.stop()
        self._view = view = NetworkView(self._painting, self)
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
        self._outside.setFont(style.scaled(0.9).body_font)
        self._view_all.setFont(style.body_font)
        self._view_all.setStyleSheet(f"padding: 1px {GRID}px;")
        self._value.setFont(style.body_font)
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
        return cell_readout(cell, self._frame, self._shown())

    @Slot()
    def edit(self) -> None:
        """Edit the value of the chosen cell."""
        cell, frame = self.chosen or self.hovered, self._frame
        if cell is None or frame is None:
            return
        editable = editable_of(cell, frame)
        if editable is None:
            self._value.setText(_FOLLOWS if cell.column != Column.IMAGE else _OUTSIDE)
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
    def _show_menu(self, place: QPoint, column: Column | None) -> None:
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
            drawn = {p.image for p in frame.settings.pixels}
            drawn |= {d.image for d in frame.settings.drawings}
            restore.setEnabled(image in drawn)
            restore.triggered.connect(self._erase)
            menu.addSeparator()
            if cell.column in (Column.FILTERS, Column.MAPS):
                respond = menu.addAction(f"What does filter {cell.i + 1} respond to?")
                respond.triggered.connect(lambda: self.profile_requested.emit(cell.i))
            for point in points_of(cell, image, self._shown()) if image >= 0 else ():
                self._offer(menu, f"Explain {point_words(point)} in the debugger", point)
        if image >= 0:  # the debugger has the images of the batch
            self._offer_output(menu.addMenu(f"Explain the output for image {image}"), image)
        menu.addSeparator()
        if column is not None:
            self._offer_range(menu, self._painting.scales[column])
        if column is Column.IMAGE:
            menu.addAction(self.drawing.action)
        view_all = menu.addAction("View all")
        view_all.setEnabled(self._painting.is_zoomed)
        view_all.triggered.connect(self._painting.show_all)
        menu.addAction("Copy picture").triggered.connect(lambda: self._copy(column))
        menu.addAction("Export…").triggered.connect(lambda: self._request_export(column))
        menu.popup(place)

    def _offer_output(self, menu: QMenu, image: int) -> None:
        for point in points_of_image(image):
            meaning = "mean of E over all images" if point.mean else TENSORS[point.tensor].meaning
            self._offer(menu, f"{point_words(point)}: {meaning}", point)

    def _offer_range(self, menu: QMenu, scale: Scale) -> None:
        """Offer to hold the range of a column's colours, or to let it follow the values."""
        hold = menu.addAction(f"Hold the colours of {scale.quantity}")
        hold.setCheckable(True)
        hold.setChecked(scale.held)
        hold.triggered.connect(lambda on: self._hold(scale, on=on))

    def _hold(self, scale: Scale, *, on: bool) -> None:
        if on:
            self._painting.hold(scale.quantity, scale.low, scale.high)
        else:
            self._painting.follow(scale.quantity)

    def _copy(self, column: Column | None) -> None:
        """Copy a column of pictures, or the whole panel."""
        copy_picture(self._view, None if column is None else self._rect_of(column))

    def _rect_of(self, column: Column) -> QRect:
        """Return where a column of pictures is in the view."""
        return self._painting.layout.columns[column].toAlignedRect()

    def _request_export(self, column: Column | None) -> None:
        """Have a column of pictures written with its numbers, or the whole panel."""
        from cnnviz.app.widgets.plot_export import plot_export  # noqa: PLC0415  (slow)

        frame = self._frame
        if frame is None:
            return
        if column is None:
            self.export_requested.emit(plot_export("network", self._view))
            return
        name, numbers = EXPORTED[column], column_table(column, frame, self._shown())
        self.export_requested.emit(plot_export(name, self._view, numbers, self._rect_of(column)))

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
        self._outside = OutsideButton(self)
        self._outside.clicked.connect(self.closing_requested)
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
        self._view_all = QPushButton("View all", self)
        self._view_all.setToolTip("Show all of every picture again (or double-click beside them)")
        self._view_all.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._view_all.clicked.connect(self._painting.show_all)
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
        painting = self._painting
        painting.show_frame(frame, self._shown())
        self.drawing.show_view(frame.image)
        self._image_choice.setVisible(not self._outside.show_view(frame.image))
        last = frame.settings.subset - 1
        if self._image_choice.maximum() != last:
            with QSignalBlocker(self._image_choice):
                self._image_choice.setMaximum(last)
            self._name_image_choice()
            self._show_selection(self._selection.image)
        self._read_out()
        described = painting.captions, painting.scales
        if described != self._described:
            self._describe()

    @Slot()
    def _describe(self) -> None:
        """Describe what is shown for a screen reader."""
        painting, frame = self._painting, self._frame
        if frame is not None:
            self._described = painting.captions, painting.scales
            self._view.setAccessibleDescription(description(frame, painting.scales))

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
        cell, frame = self.chosen, self._frame
        if cell is not None and frame is not None and not frame.running:
            speak(self._view, spoken_cell(cell, frame, self._shown()))
        text = self.readout() or self._hint()
        if text != self._value.text():
            self._value.setText(text)

    def _hint(self) -> str:
        """Return what is explained under the pointer, or else the gestures."""
        if self._symbol is not None:
            return self._symbol.explanation
        metrics, width = self._value.fontMetrics(), self._value.width() - 2 * GRID
        fitting = (hint for hint in _HINTS if metrics.horizontalAdvance(hint) <= width)
        return next(fitting, _HINTS[-1])

    @Slot(object)
    def _point_at(self, symbol: Symbol | None) -> None:
        self._symbol = symbol
        self._view.setToolTip(tooltip_text(symbol.explanation) if symbol is not None else "")
        self._read_out()

    @Slot(object)
    def _open(self, symbol: Symbol) -> None:
        """Show in the debugger what a symbol computes, or what a filter responds to."""
        if symbol.sign == FILTER:
            self.profile_requested.emit(symbol.i)
        elif self._frame is not None and self._frame.image.index >= 0:
            self.explanation_requested.emit(symbol.point(self._frame.image))

    @Slot()
    def _place_controls(self) -> None:
        controls = self._painting.layout.controls
        for column, control in (
            (Column.IMAGE, self._image_choice),
            (Column.IMAGE, self._outside),
            (Column.MAPS, self._map_choice),
            (Column.DENSE, self._dense_choice),
            (-1, self._view_all),
        ):
            control.setGeometry(controls[column])
            control.raise_()
        self._view_all.setVisible(self._painting.is_zoomed)
        self._name_image_choice()

    def _name_image_choice(self) -> None:
        """Show "k = " before the number if the largest one still fits."""
        choice = self._image_choice
        longest = choice.fontMetrics().horizontalAdvance(f"k = {choice.maximum()}")
        choice.setPrefix("k = " if longest + 2 * GRID <= choice.width() else "")
