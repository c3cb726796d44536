"""The Network panel: one image on its way through the network, from left to right."""

from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from cnnviz.app.selection import Selection
from cnnviz.app.theme import GRID, Theme, body_font, number_font
from cnnviz.app.widgets.captions import description
from cnnviz.app.widgets.cells import Cell, Column, Shown, cell_readout
from cnnviz.app.widgets.network_layout import least_size
from cnnviz.app.widgets.network_picture import NetworkPicture
from cnnviz.app.widgets.segments import Choice, Segments
from cnnviz.training.frame import Frame

_HINT: Final = "Point at a cell to read its value."


class NetworkPanel(QWidget):
    """The selected image, filters, feature maps, dense maps and output, as pictures and numbers.

    Parameters
    ----------
    selection : Selection
        The image is chosen here, too.
    theme : Theme
    """

    def __init__(self, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._theme = theme
        self._scale = 1.0
        self._frame: Frame | None = None
        self.setAutoFillBackground(True)
        self._picture = NetworkPicture(theme)
        self._view = pg.GraphicsView(self, background=None)
        self._view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._view.setCentralItem(self._picture)
        self._view.setAccessibleName("Network")
        self._make_controls()
        self._value = QLabel(_HINT)
        self._value.setAccessibleName("Value under the pointer")
        self._value.setTextFormat(Qt.TextFormat.PlainText)
        self._value.setContentsMargins(GRID, 0, GRID, GRID // 2)
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._value)
        self._picture.laid_out.connect(self._place_controls)
        self._picture.hovered_changed.connect(self._read_out)
        selection.image_changed.connect(self._show_selection)
        self.set_theme(theme)
        self.set_scale(1.0)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame; where the panel is hidden, once it is seen."""
        self._frame = frame
        if self.isVisible():
            self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self._map_choice.set_theme(theme)
        self._dense_choice.set_theme(theme)
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, QColor(theme.panel))
        self.setPalette(palette)
        self._value.setStyleSheet(f"color: {theme.muted};")
        self._restyle()

    def set_scale(self, scale: float) -> None:
        """Take type and strokes of another size; 1 is the normal one."""
        self._scale = scale
        self._map_choice.set_scale(scale)
        self._dense_choice.set_scale(scale)
        font = number_font(0.9 * scale)
        self._image_choice.setStyleSheet(
            f"QSpinBox {{ padding: 0; font: {font.pointSizeF()}pt '{font.family()}'; }}"
        )
        self._value.setFont(body_font(scale))
        self._restyle()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which the pictures would be cut off."""
        width, height = least_size(self._picture.look.metrics)
        return QSize(width, height + self._value.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Return the size at which the cells are easily seen."""
        return self.minimumSizeHint() * 1.6

    def cell_at(self, position: QPointF) -> Cell | None:
        """Return the cell drawn at a point of the panel, or None."""
        return self._picture.places.cell_at(position.x(), position.y())

    def cell_centre(self, cell: Cell) -> QPointF:
        """Return the point of the panel at which a cell is drawn."""
        rect = self._picture.places.cell_rect(cell)
        return QPointF(rect.x() + rect.width() / 2, rect.y() + rect.height() / 2)

    @property
    def hovered(self) -> Cell | None:
        """The cell under the pointer, which is outlined."""
        return self._picture.hovered

    def readout(self) -> str:
        """Return what is said of the cell under the pointer; empty where there is none."""
        if self.hovered is None or self._frame is None:
            return ""
        return cell_readout(self.hovered, self._frame, self._shown())

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self._draw()

    def _make_controls(self) -> None:
        self._image_choice = QSpinBox(self)
        self._image_choice.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._image_choice.setWrapping(True)
        self._image_choice.setKeyboardTracking(False)
        self._image_choice.setMaximum(0)
        self._image_choice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._image_choice.setAccessibleName("Selected image k")
        self._image_choice.setToolTip("Which image of the subset is shown, counted from 0")
        self._image_choice.valueChanged.connect(self._selection.select_image)
        self._map_choice = Segments(
            "Feature maps show",
            (
                Choice("A", "activation A = σ(C), from 0 to 1"),
                Choice("C", "correlation C of image and filter, before the sigmoid"),
            ),
            self._theme,
            self,
        )
        self._dense_choice = Segments(
            "Dense maps show",
            (
                Choice("wo", "dense weights wo"),
                Choice("wo·a", "contributions wo·a: what each unit adds to z for this image"),
            ),
            self._theme,
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
        self._picture.show_frame(frame, self._shown())
        last = frame.settings.subset - 1
        if self._image_choice.maximum() != last:
            with QSignalBlocker(self._image_choice):
                self._image_choice.setMaximum(last)
            self._name_image_choice()
            self._show_selection(self._selection.image)
        self._read_out()
        self._view.setAccessibleDescription(description(frame))

    @Slot(int)
    def _show_selection(self, index: int) -> None:
        with QSignalBlocker(self._image_choice):
            self._image_choice.setValue(index)

    @Slot()
    def _read_out(self) -> None:
        text = self.readout() or _HINT
        if text != self._value.text():
            self._value.setText(text)

    @Slot()
    def _place_controls(self) -> None:
        controls = self._picture.places.controls
        for column, control in (
            (Column.IMAGE, self._image_choice),
            (Column.MAPS, self._map_choice),
            (Column.DENSE, self._dense_choice),
        ):
            control.setGeometry(controls[column])
            control.raise_()
        self._name_image_choice()

    def _name_image_choice(self) -> None:
        """Say "k = " before the number where that leaves room for the largest one."""
        choice = self._image_choice
        longest = choice.fontMetrics().horizontalAdvance(f"k = {choice.maximum()}")
        choice.setPrefix("k = " if longest + 2 * GRID <= choice.width() else "")

    def _restyle(self) -> None:
        self._picture.set_style(self._theme, self._scale)
        self.updateGeometry()
        if self.isVisible():
            self._draw()
