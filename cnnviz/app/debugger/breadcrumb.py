"""The path from the batch to one number, as buttons that go back."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID, body_font
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.numerics.tensors import TRANSPOSITION

_TIPS: Final = (
    "The whole batch: means over the images",
    "The selected image alone",
    "One number, and how it came about",
)


class Breadcrumb(QWidget):
    """Batch › image › cell: the current level stands out, a click goes to another."""

    chosen = Signal(int)
    """A level was clicked: 0 the batch, 1 the image, 2 the cell."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._level = 0
        self._cell = "", "", ""
        self._title = QLabel()
        self._title.setObjectName("title")
        self._group = QButtonGroup(self)
        self._signs = [QLabel("›") for _ in range(3)]
        self._tight = False
        self._row = row = QHBoxLayout(self)
        fill_box(row, self._title, spacing=GRID // 2)
        for level, sign in enumerate(self._signs):
            button = tab_button(tip=_TIPS[level])
            button.setCheckable(True)
            button.setFlat(True)
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            self._group.addButton(button, level)
            row.addWidget(sign)
            row.addWidget(button)
            for part in (sign, button):
                part.hide()  # until there is a path
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Where you are")
        self._group.idClicked.connect(self.chosen)
        self.set_style(style)

    def text(self) -> str:
        """Return the whole way, as it is read."""
        words = [b.text() for b in self._group.buttons()[: self._level + 1]]
        return " › ".join([self._title.text(), *(part for part in words if part)])

    def button(self, level: int) -> QPushButton:
        """Return the button of one level."""
        button = self._group.button(level)
        if not isinstance(button, QPushButton):
            raise IndexError(level)
        return button

    def show_path(
        self, title: str, image: int | None, cell: tuple[str, str], level: int, *, pinned: bool
    ) -> None:
        """Show the path to the current level.

        Parameters
        ----------
        image : int or None
            Index of the selected image; None if the cell is a mean over all of them.
        cell : tuple of str
            The cell as it is seen and indexed, and its index alone for a narrow panel.
        pinned : bool
            Whether the cell stays if the pointer moves on.
        """
        self._level = level
        self._title.setText(title)
        name, index = cell
        sign = " (pinned)" if pinned else ""
        self._cell = f"{name}{sign}", f"{index}{sign}", index
        self.button(2).setToolTip(f"{name}\n{TRANSPOSITION}" if "row" in name else _TIPS[2])
        way = "batch", "" if image is None else f"image {image}", self._cell[0]
        for depth, words in enumerate(way):
            button = self.button(depth)
            button.setText(words)
            button.setChecked(depth == level)
            for part in (button, self._signs[depth]):
                part.setHidden(not words)
        self.setAccessibleDescription(self.text())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the buttons that do not fit."""
        super().resizeEvent(event)
        self._fit()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and type."""
        self._theme = style.theme
        font = body_font(0.9 * style.scale)
        for widget in (*self._signs, *self._group.buttons()):
            widget.setFont(font)
        title = body_font(1.1 * style.scale)
        title.setBold(True)
        self._title.setFont(title)
        self._restyle()
        self._fit()

    def _fit(self) -> None:
        """Leave out the operation, then where the cell is seen, whether it is pinned, the gaps."""
        name, index, least = self._cell
        fitting = next((cell for cell in (name, index) if self._used(cell) <= self.width()), None)
        tight = fitting is None
        narrow = self._used(fitting or least) + self._title.sizeHint().width() > self.width()
        self._title.setHidden(narrow)
        self._signs[0].setHidden(narrow or not self.button(0).text())
        self.button(2).setText(fitting or least)
        self._row.setSpacing(1 if tight else GRID // 2)
        if tight != self._tight:
            self._tight = tight
            self._restyle()

    def _used(self, cell: str) -> int:
        """Return the width of the levels with a cell's words, in pixels."""
        metrics = self.button(0).fontMetrics()
        words = (self.button(0).text(), self.button(1).text(), cell)
        hints = [metrics.horizontalAdvance(text) + GRID + 2 for text in words]
        return sum(hints) + sum(sign.sizeHint().width() for sign in self._signs) + 7 * GRID // 2

    def _restyle(self) -> None:
        theme, beside = self._theme, 1 if self._tight else GRID // 2
        set_sheet(
            self,
            f"QLabel {{ color: {theme.muted}; }}"
            f"QLabel#title {{ color: {theme.text}; }}"
            f"QPushButton {{ border: 0; padding: 2px {beside}px; background: transparent;"
            f" color: {theme.muted}; border-radius: 4px; }}"
            f"QPushButton:hover {{ background: {theme.raised}; color: {theme.text}; }}"
            f"QPushButton:focus {{ border: 1px solid {theme.accent}; }}"
            f"QPushButton:checked {{ color: {theme.accent}; background: {theme.raised}; }}",
        )
