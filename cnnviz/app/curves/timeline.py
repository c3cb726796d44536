"""The timeline of a run: a slider over its iterations, a field for jumps, and bookmarks."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QToolTip,
    QWidget,
)

from cnnviz.app.curves.bookmark_flag import FLAG, flag
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tool_button
from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.plain_text import menu_text, tooltip_text
from cnnviz.training.run.branch import Bookmark

_SHORTEST: Final = 20 * GRID
"""Least length of the slider beside the title, in pixels."""


class TimelineSlider(QSlider):
    """A slider that jumps to the pointer, with bookmarks along it."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        # Tab focuses it, a click does not: the arrow keys go on stepping the run.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Timeline: the current iteration")
        self._bookmarks: tuple[Bookmark, ...] = ()
        self._colour, self._size = QColor(), float(FLAG)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size for the bookmarks."""
        self._colour, self._size = QColor(style.theme.text), 0.8 * FLAG * style.scale
        self.update()

    def set_bookmarks(self, bookmarks: tuple[Bookmark, ...]) -> None:
        """Mark these bookmarks."""
        if bookmarks != self._bookmarks:
            self._bookmarks = bookmarks
            self.update()

    def x_of(self, iteration: int) -> int:
        """Return the x of the handle's centre at an iteration, in pixels."""
        width = self._handle_width()
        left = QStyle.sliderPositionFromValue(
            self.minimum(), self.maximum(), iteration, self.width() - width
        )
        return left + width // 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the slider, and the bookmarks over it."""
        super().paintEvent(event)
        if not self._bookmarks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        for bookmark in self._bookmarks:
            x = self.x_of(bookmark.iteration)
            painter.drawPolygon(flag(x, 1.5 * self._size, self._size))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle under the pointer, to be dragged from there."""
        if event.button() == Qt.MouseButton.LeftButton:
            x, width = event.position().toPoint().x(), self._handle_width()
            if abs(x - self.x_of(self.value())) > width // 2:
                value = QStyle.sliderValueFromPosition(
                    self.minimum(), self.maximum(), x - width // 2, self.width() - width
                )
                self.setValue(value)
        super().mousePressEvent(event)

    def _handle_width(self) -> int:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        return handle.width()


class Timeline(QWidget):
    """Shows the current iteration, and lets the user go to another one."""

    seek = Signal(int)
    """The user chose an iteration; carries it. Frames never cause it."""
    bookmark_requested = Signal()
    """The bookmark of the current state is to be added or removed."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._last = 0
        self._bookmarks: tuple[Bookmark, ...] = ()
        self.title = QLabel("timeline")
        self.title.setProperty("muted", True)
        self.slider = TimelineSlider()
        self.slider.setToolTip("Drag to show an earlier iteration")
        self.slider.setRange(0, 0)
        self.slider.valueChanged.connect(self.seek)
        self.field = IntegerBox("Jump to iteration", "Type an iteration to show (Ctrl+G)")
        self.field.setButtonSymbols(IntegerBox.ButtonSymbols.NoButtons)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field.valueChanged.connect(self.seek)
        self.field.refused.connect(self._refuse)
        self.of = FixedSizeLabel()
        self.of.setProperty("muted", True)
        tip = "Bookmark this iteration, or remove its bookmark (Ctrl+D)"
        self.bookmark = tool_button("Bookmark", tip, self._request_bookmark)
        self.bookmark.setCheckable(True)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.menu.triggered.connect(self._seek_bookmark)
        self.bookmark.setMenu(self.menu)
        self.bookmark.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        parts = self.title, self.slider, self.field, self.of, self.bookmark
        fill_box(QHBoxLayout(self), *parts, stretched=self.slider)
        self.set_style(style)
        self.show_state(0, 0)

    def show_state(self, iteration: int, last: int, bookmarks: tuple[Bookmark, ...] = ()) -> None:
        """Show the current iteration and the number of the last one."""
        longer = len(str(last)) != len(str(self._last))
        self._last, self._bookmarks = last, bookmarks
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setMaximum(last)
                self.slider.setPageStep(max(1, last // 20))
                self.slider.setValue(iteration)
            self.slider.update()
        with QSignalBlocker(self.field):
            self.field.setMaximum(last)
            if not self.field.hasFocus():
                self.field.setValue(iteration)
        self.of.setText(f"of {last:,}")
        self.slider.set_bookmarks(bookmarks)
        self.bookmark.setChecked(any(b.iteration == iteration for b in bookmarks))
        if longer:
            self._fit_field()

    def jump(self) -> None:
        """Focus the field for the iteration."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.field.setStyleSheet(f"padding: 0px {GRID // 2}px;")
        self.bookmark.setStyleSheet(f"padding: 1px 1.6em 1px {GRID}px;")
        self.slider.set_style(style)
        self._fit_field()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the title if the slider would be short."""
        super().resizeEvent(event)
        others = (self.field, self.of, self.bookmark)
        taken = sum(widget.sizeHint().width() for widget in others)
        self.title.setVisible(self.width() > taken + 2 * _SHORTEST)

    @Slot(str)
    def _refuse(self, text: str) -> None:
        message = f"There is no iteration {text}: they go from 0 to {self._last:,}."
        position = self.field.mapToGlobal(self.field.rect().topLeft())
        QToolTip.showText(position, tooltip_text(message), self.field)

    @Slot()
    def _request_bookmark(self) -> None:
        # The next frame shows whether there is one.
        self.bookmark.setChecked(not self.bookmark.isChecked())
        self.bookmark_requested.emit()

    @Slot()
    def _fill_menu(self) -> None:
        self.menu.clear()
        for bookmark in self._bookmarks:
            action = self.menu.addAction(menu_text(f"{bookmark.iteration:,}: {bookmark.name}"))
            action.setData(bookmark.iteration)
        if not self._bookmarks:
            self.menu.addAction("No bookmarks yet").setEnabled(False)

    @Slot(QAction)
    def _seek_bookmark(self, action: QAction) -> None:
        self.seek.emit(action.data())

    def _fit_field(self) -> None:
        """Fit the field to the largest iteration, so that the slider keeps its length."""
        # Fixed in both directions, or each longer run would cause a new layout of the window.
        width = self.field.fontMetrics().horizontalAdvance(f"0{self._last:,}") + 2 * GRID
        self.field.setFixedSize(width, self.field.sizeHint().height())
