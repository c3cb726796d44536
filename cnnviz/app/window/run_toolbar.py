"""The toolbar of a run: reset, step back, run and pause, step, and the speed."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from cnnviz.app.look.icons import icon
from cnnviz.app.look.key_names import named_keys
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel
from cnnviz.app.widgets.speed_control import SpeedControl
from cnnviz.app.widgets.text_layout import LEFT
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.app.window.fixed_toolbar import FixedToolbar
from cnnviz.training.loop.frame import Frame

_ICON_SIZE: Final = 20
_SLIDER: Final = 14 * GRID
"""Width of the slider of the speed, in pixels."""
_LARGE: Final = 1.6
"""The largest size of type in a window of a usual width, in which the slider does not grow."""
_LINE: Final = 2
"""Height in pixels of the line that shows the progress of an iteration."""
_LONGEST: Final = "iteration 9,999,999"
_RUN: Final = "Run"
_PAUSE: Final = "Pause"
_WITH_WORDS: Final = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_ICONS: Final = Qt.ToolButtonStyle.ToolButtonIconOnly
WORDS_INTERVAL: Final = 100
"""Milliseconds between updates of the iteration while training runs."""


class RunToolbar(FixedToolbar):
    """Reset, step back, run or pause, step, the speed, and the current iteration."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__("Transport", "transport", GRID // 2, parent)
        self.reset = self._action("reset", "Reset", "Ctrl+R", "Start again from iteration 0")
        self.back = self._action("back", "Back", "Left", "Go to the previous iteration")
        self.run = self._action("run", _RUN, "Space", "Run, or pause")
        self.step = self._action("step", "Step", "Right", "Pause, and do one iteration")
        self.speed = SpeedControl()
        self.iteration = _IterationLabel()
        self.iteration.setObjectName("iteration")
        self._running = False
        self._frame: Frame | None = None
        self._throttle = Throttle(WORDS_INTERVAL, self)
        self._throttle.due.connect(self._show_iteration)
        self._tools: list[QAction] = []
        self._has_words = True  # beside the icons of all buttons
        self._words_width = 0  # of those that can be left out, in pixels
        self._fill()
        self.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show the iteration, and enable the actions that are possible."""
        self._frame = frame
        self._throttle.follow(running=frame.running)
        self.iteration.show_progress(0.0)
        self.back.setEnabled(frame.iteration > 0)
        if frame.running != self._running:
            self._running = frame.running
            self._draw_run()

    @Slot()
    def _show_iteration(self) -> None:
        if self._frame is not None:
            self.iteration.setText(f"iteration {self._frame.iteration:,}")

    @Slot(float)
    def show_progress(self, share: float) -> None:
        """Show the progress of a long iteration, 0 to 1."""
        self.iteration.show_progress(share)

    def set_style(self, style: Style) -> None:
        """Draw the icons in a style's colours and size."""
        self._theme = style.theme
        self.iteration.set_style(style)
        for action in (self.reset, self.back, self.step):
            action.setIcon(icon(action.objectName(), style.theme))
        self._draw_run()
        size = round(_ICON_SIZE * style.scale)
        self.setIconSize(QSize(size, size))
        self.speed.slider.setFixedWidth(round(_SLIDER * max(1.0, style.scale / _LARGE)))
        self._fit_run()
        self._measure_words()
        self._fit_tools()

    def add_first(self, widget: QWidget) -> None:
        """Add a widget at the left, which is shown if it fits."""
        box = QWidget()
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        fill_box(QHBoxLayout(box), widget, margins=(GRID // 2, 0, 2 * GRID, 0))
        self._tools.insert(0, self.insertWidget(self.reset, box))

    def add_tool(self, action: QAction) -> None:
        """Add a button that is shown if it fits."""
        self._tools.append(action)
        self.insertAction(self._space, action)
        button = self.widgetForAction(action)
        button.setObjectName(f"{action.objectName()}-button")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the run button to its style."""
        super().showEvent(event)
        self._fit_run()
        self._measure_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide added buttons rather than the iteration."""
        super().resizeEvent(event)
        self._fit_tools()

    @property
    def least_width(self) -> int:
        """The width in pixels for everything but the words of some buttons, and added ones.

        The first of those that have been added fits, too.
        """
        first = self._width_of(self._tools[0]) if self._tools else 0
        return self._width_alone - self._words_width + first

    @property
    def _width_alone(self) -> int:
        """The width in pixels for everything but the added buttons."""
        label = self.iteration
        longer = label.fontMetrics().horizontalAdvance(_LONGEST) + 2 * GRID + 2 - label.width()
        tools = sum(self._width_of(tool) for tool in self._tools if tool.isVisible())
        words = 0 if self._has_words else self._words_width
        return self.sizeHint().width() + words - tools + max(0, longer)

    @property
    def running(self) -> bool:
        """Whether training goes on, by the newest frame."""
        return self._running

    def _action(self, name: str, text: str, keys: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{tip} ({named_keys(keys)})")
        return action

    def _fill(self) -> None:
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for action in (self.reset, self.back, self.run, self.step):
            self.addAction(action)
            button = self.widgetForAction(action)
            button.setObjectName(f"{action.objectName()}-button")
            # A click must not take the keyboard from the window: Space and the arrows go on.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.widgetForAction(self.run).setProperty("accent", True)
        box = QWidget()
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        fill_box(QHBoxLayout(box), self.speed, margins=(2 * GRID, 0, 0, 0))
        self.addWidget(box)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._space = self.addWidget(space)
        self.addWidget(self.iteration)

    def _width_of(self, tool: QAction) -> int:
        return self.widgetForAction(tool).sizeHint().width() + GRID

    def _fit_tools(self) -> None:
        """Show the added buttons that fit; the first replaces words if need be."""
        available = self.width() - self._width_alone
        first = self._width_of(self._tools[0]) if self._tools else 0
        self._show_words(available >= first)
        available += 0 if self._has_words else self._words_width
        for tool in self._tools:
            available -= self._width_of(tool)
            tool.setVisible(available >= 0)
        if (layout := self.layout()) is not None:
            layout.activate()  # else what fits now is hidden until the next event

    def _show_words(self, shown: bool) -> None:
        """Show the words beside the icons of the buttons that a person knows by their icons."""
        if shown == self._has_words:
            return
        self._has_words = shown
        for button in self._plain_buttons:
            button.setToolButtonStyle(_WITH_WORDS if shown else _ICONS)
        if (layout := self.layout()) is not None:
            layout.activate()

    def _measure_words(self) -> None:
        """Measure the width that the words of these buttons take."""
        self._words_width = 0
        for button in self._plain_buttons:
            style = button.toolButtonStyle()
            for each, sign in ((_WITH_WORDS, 1), (_ICONS, -1)):
                button.setToolButtonStyle(each)
                self._words_width += sign * button.sizeHint().width()
            button.setToolButtonStyle(style)

    @property
    def _plain_buttons(self) -> list[QToolButton]:
        buttons = map(self.widgetForAction, (self.reset, self.back, self.step))
        return [button for button in buttons if isinstance(button, QToolButton)]

    def _fit_run(self) -> None:
        """Make the run button wide enough for both texts, so that its neighbours never move."""
        button = self.widgetForAction(self.run)
        if isinstance(button, QToolButton):
            button.ensurePolished()
            widths = []
            for text in (_RUN, _PAUSE):
                button.setText(text)
                widths.append(button.sizeHint().width())
            button.setMinimumWidth(max(widths))
            button.setText(self.run.text())

    def _draw_run(self) -> None:
        self.run.setText(_PAUSE if self._running else _RUN)
        on_accent = self._theme.on_accent
        self.run.setIcon(icon("pause" if self._running else "run", self._theme, on_accent))


class _IterationLabel(FixedSizeLabel):
    """The iteration, underlined by the progress of the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(GRID, 0, GRID, 0)
        # Or the window and the toolbar would be painted under it, with every frame.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._progress = 0.0
        self.setText("iteration 0")

    def show_progress(self, share: float) -> None:
        """Underline this share of the text."""
        if share != self._progress:
            self._progress = share
            self.update()

    def set_style(self, style: Style) -> None:
        """Use a style's colours."""
        theme = style.theme
        self._words, self._line, self._ground = map(QColor, (theme.text, theme.accent, theme.panel))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the text and the line under it, ten times as fast as the style does."""
        inside = self.contentsRect()
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ground)
        painter.setPen(self._words)
        painter.drawText(inside, LEFT, self.text())
        if self._progress > 0:
            line = inside.adjusted(0, inside.height() - _LINE, 0, 0)
            line.setWidth(round(line.width() * self._progress))
            painter.fillRect(line, self._line)
        painter.end()
