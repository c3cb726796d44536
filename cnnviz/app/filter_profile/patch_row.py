"""Patches of images beside each other, each with its image and its response."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.app.look.colour_maps import ink_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.filter_profile import PATCHES, Patch
from cnnviz.numerics.network import FILTER_SIZE, IMAGE_SIZE
from cnnviz.numerics.number_format import compact

_SIDE = 5 * GRID
"""The side of a patch and of its image, at the normal scale."""
_GAP = 2
"""Between two of them."""


class PatchRow(QWidget):
    """Shows patches, from the most extreme one on; a click chooses the image."""

    image_chosen = Signal(int)

    def __init__(self, name: str, style: Style) -> None:
        super().__init__()
        self._name, self._style = name, style
        self.buttons = [self._button() for _ in range(PATCHES)]
        self._patches: Sequence[Patch] = ()
        row = QHBoxLayout(self)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        fill_box(row, *self.buttons, None, spacing=_GAP)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        side = round(_SIDE * style.scale)
        for button in self.buttons:
            button.setFont(style.scaled(0.85).number_font)
            button.setIconSize(QSize(side, 2 * side + GRID // 2))
        self._set_widths()

    def show_patches(self, patches: Sequence[Patch], dataset: Dataset, i: int) -> None:
        """Show patches of a data set to which filter `i` responds."""
        self._patches = patches
        for button, patch in zip(self.buttons, patches, strict=False):
            digit = int(dataset.labels[patch.image])
            button.setIcon(QIcon(self._picture(patch, dataset, i)))
            button.setText(compact(patch.response, 3))
            where = f"row {patch.row + 1}, column {patch.col + 1}"
            words = f"image {patch.image}, a {digit}, {where}: C = {compact(patch.response, 4)}"
            button.setToolTip(f"{words}. Click to select the image.")
            button.setAccessibleName(f"{self._name}: {words}")
        self._set_widths()
        self._show_fitting()

    def sizeHint(self) -> QSize:
        """Return a size that shows all patches."""
        hint = self.minimumSizeHint()
        return QSize(PATCHES * (hint.width() + _GAP), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Return a size that shows one patch."""
        first = self.buttons[0]
        return first.sizeHint().boundedTo(first.maximumSize())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many patches as fit."""
        super().resizeEvent(event)
        self._show_fitting()

    def _set_widths(self) -> None:
        """Make all parts as wide as a patch or the widest number, so that the rows are aligned."""
        metrics = self.buttons[0].fontMetrics()
        numbers = (metrics.horizontalAdvance(button.text()) for button in self.buttons)
        width = max(self.buttons[0].iconSize().width() + GRID, *numbers) + _GAP
        for button in self.buttons:
            button.setFixedWidth(width)

    def _show_fitting(self) -> None:
        left = self.width()
        for at, button in enumerate(self.buttons):
            left -= button.width() + _GAP
            button.setVisible(at < len(self._patches) and left + _GAP >= 0)

    def _picture(self, patch: Patch, dataset: Dataset, i: int) -> QPixmap:
        """Return the patch, enlarged, above its image with the patch outlined."""
        theme, ratio = self._style.theme, self.devicePixelRatioF()
        side, gap = round(_SIDE * self._style.scale), GRID // 2
        pixmap = QPixmap(QSize(side, 2 * side + gap) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        pixels = dataset.image(patch.image)
        rows, cols = (slice(at, at + FILTER_SIZE) for at in (patch.row, patch.col))
        painter = QPainter(pixmap)
        above, below = QRectF(1, 1, side - 2, side - 2), QRectF(1, side + gap, side - 2, side - 2)
        painter.drawImage(above, ink_image(pixels[rows, cols], theme))
        painter.drawImage(below, ink_image(pixels, theme))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(below)
        painter.setPen(QPen(QColor(theme.filters[i]), 1.5 * self._style.scale))
        painter.drawRect(above)
        cell = below.width() / IMAGE_SIZE
        corner = below.left() + patch.col * cell, below.top() + patch.row * cell
        painter.drawRect(QRectF(*corner, FILTER_SIZE * cell, FILTER_SIZE * cell))
        painter.end()
        return pixmap

    def _button(self) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setProperty("bare", True)
        button.clicked.connect(self._choose)
        button.hide()
        return button

    def _choose(self) -> None:
        at = self.buttons.index(self.sender())  # type: ignore[arg-type]
        self.image_chosen.emit(self._patches[at].image)
