"""A card that is shown over a panel."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import use_normal_weight
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import text_label

_WIDTH: Final = 68 * GRID
"""The width of a card at the normal scale, if the panel is wide enough."""


class Card(QFrame):
    """A frame with a title, a button that closes it, and a body, at the bottom of a panel."""

    closed = Signal()
    """The person has closed it."""

    def __init__(self, title: str, style: Style, panel: QWidget) -> None:
        super().__init__(panel)
        self.setObjectName("card")
        self.title = text_label(title, look="heading")
        tip = "Close this card"
        self.close_button = tab_button("×", tip, self.dismiss, name=tip)
        self.close_button.setObjectName("close")
        self.close_button.setFlat(True)
        head = QHBoxLayout()
        fill_box(head, self.title, self.close_button, stretched=self.title)
        self.body = QVBoxLayout()
        self.body.setSpacing(GRID)
        margins = (2 * GRID, GRID, 2 * GRID, 2 * GRID)
        fill_box(QVBoxLayout(self), head, self.body, margins=margins)
        self.dispensable: list[QWidget] = []
        """The parts to leave out if the panel is too low for all of them, in this order."""
        self._left_out: list[QWidget] = []
        panel.installEventFilter(self)
        use_normal_weight(self)
        self.hide()
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme = style.theme
        self._scale = style.scale
        side = round(3 * GRID * style.scale)
        self.close_button.setFixedSize(QSize(side, side))
        self.setStyleSheet(
            f"QFrame#card {{ background: {theme.raised}; border: 2px solid {theme.accent};"
            f" border-radius: {GRID}px; }}"
            "QPushButton#close { padding: 0; }"
        )
        self.fit()

    def move_to(self, panel: QWidget) -> None:
        """Use another panel from the next time on that it is shown."""
        before = self.parentWidget()
        if before is not None and panel is not before:
            before.removeEventFilter(self)
            panel.installEventFilter(self)
            self.setParent(panel)

    def reveal(self) -> None:
        """Show it in front of the panel."""
        self.show()
        self.raise_()
        self._fit_again()

    def dismiss(self) -> None:
        """Close it, as its button does."""
        self.hide()
        self.closed.emit()

    def fit(self) -> None:
        """Move to the middle of the lower part of the panel."""
        panel = self.parentWidget()
        if panel is None or self.isHidden():
            return
        width = min(round(_WIDTH * self._scale), panel.width() - 2 * GRID)
        most = panel.height() - GRID
        for part in self.dispensable:
            if self._height(width) <= most:
                break
            if not part.isHidden():
                self._left_out.append(part)
                part.hide()
        height = min(self._height(width), most)
        left, top = (panel.width() - width) // 2, panel.height() - height - GRID
        self.setGeometry(left, top, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the panel."""
        if isinstance(event, QResizeEvent) and watched is self.parentWidget():
            self._fit_again()
        return False

    def event(self, event: QEvent) -> bool:
        """Fit the size to the contents."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().event(event)

    def withdraw(self, part: QWidget) -> None:
        """Hide a part until it is shown again, even if there is space for it."""
        if part in self._left_out:
            self._left_out.remove(part)
        part.hide()

    def is_left_out(self, part: QWidget) -> bool:
        """Return whether a part is hidden because it does not fit."""
        return part in self._left_out

    def _fit_again(self) -> None:
        """Move and resize, since hidden parts may fit now."""
        left_out, self._left_out = self._left_out, []
        for part in left_out:
            part.show()
        self.fit()

    def _height(self, width: int) -> int:
        """Return the height that all parts need at a width."""
        layout, frame = self.layout(), 2 * self.frameWidth()
        if layout is None:
            return 0
        layout.activate()  # what has been hidden counts no more
        return layout.heightForWidth(width - frame) + frame
