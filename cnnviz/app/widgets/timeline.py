"""The timeline of a run: a slider over its iterations, and the way back to the newest."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QStackedLayout,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from cnnviz.app.theme import GRID, Theme, body_font


class TimelineSlider(QSlider):
    """A slider that jumps to where it is pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        # Reached with Tab, not taken by a click: the arrow keys go on stepping the training.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Timeline: the iteration that is looked at")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the pointer; from there it is dragged."""
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            handle = self.style().subControlRect(
                QStyle.ComplexControl.CC_Slider,
                option,
                QStyle.SubControl.SC_SliderHandle,
                self,
            )
            place = event.position().toPoint()
            if not handle.contains(place):
                self.setValue(
                    QStyle.sliderValueFromPosition(
                        self.minimum(),
                        self.maximum(),
                        place.x() - handle.width() // 2,
                        self.width() - handle.width(),
                    )
                )
        super().mousePressEvent(event)


class Timeline(QWidget):
    """Says which iteration is looked at, and lets a person look at another."""

    seek = Signal(int)
    """Carries the iteration that a person wants to look at; frames never cause it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last = 0
        self.title = QLabel("timeline")
        self.title.setProperty("muted", True)
        self.slider = TimelineSlider()
        self.slider.setToolTip("Drag to look at an earlier iteration")
        self.slider.setRange(0, 0)
        self.slider.valueChanged.connect(self.seek)
        self.newest = QPushButton("Back to the newest")
        self.newest.clicked.connect(self._seek_newest)
        self.present, self.past = QLabel(), QLabel()
        self.present.setProperty("muted", True)
        self.present.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.banner = QFrame()
        self.banner.setObjectName("banner")
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(GRID, 2, 2, 2)
        row.setSpacing(GRID)
        row.addWidget(self.past, 1)
        row.addWidget(self.newest)
        # One above the other: the slider keeps its length while it is dragged.
        self._state = QStackedLayout()
        self._state.addWidget(self.present)
        self._state.addWidget(self.banner)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.title)
        row.addWidget(self.slider, 1)
        row.addLayout(self._state)
        self.set_look(theme, 1.0)
        self.show_state(0, 0)

    def show_state(self, iteration: int, last: int) -> None:
        """Show which iteration of how many is looked at."""
        longer = len(str(last)) != len(str(self._last))
        self._last = last
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setMaximum(last)
                self.slider.setPageStep(max(1, last // 20))
                self.slider.setValue(iteration)
            self.slider.update()
        if iteration < last:
            self.past.setText(_past_words(iteration, last))
        else:
            self.present.setText(f"iteration {last:,}, the newest")
        self._state.setCurrentWidget(self.banner if iteration < last else self.present)
        if longer:
            self._make_room()

    def set_look(self, theme: Theme, scale: float) -> None:
        """Take colours, and type of another size."""
        for widget in (self.title, self.present, self.past, self.newest):
            widget.setFont(body_font(scale))
        self.newest.setStyleSheet(f"padding: 1px {GRID}px;")
        self.banner.setStyleSheet(
            f"#banner {{ background: {theme.accent}; border-radius: {GRID // 2}px; }}"
            f"QLabel {{ color: {theme.on_accent}; }}"
        )
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Do without the title where the slider would be short."""
        super().resizeEvent(event)
        self.title.setVisible(self.width() > 2 * self.banner.sizeHint().width())

    @Slot()
    def _seek_newest(self) -> None:
        self.seek.emit(self._last)

    def _make_room(self) -> None:
        """Keep the slider as long as it is, whatever the words."""
        widest = _past_words(self._last, self._last)
        self.past.setMinimumWidth(self.past.fontMetrics().horizontalAdvance(widest))


def _past_words(iteration: int, last: int) -> str:
    return f"Looking at iteration {iteration:,} of {last:,}"
