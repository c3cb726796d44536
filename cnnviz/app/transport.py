"""The toolbar that moves a run: reset, step back, run and pause, step, and the speed."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from cnnviz.app.icons import icon
from cnnviz.app.theme import GRID, Theme
from cnnviz.app.widgets.speed import SpeedControl
from cnnviz.training.frame import Frame

_ICON_SIZE: Final = 20


class Transport(QToolBar):
    """Reset, step back, run or pause, step, speed, and which iteration is shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Transport", parent)
        self.setObjectName("transport")
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.reset = self._action("reset", "Reset", "Ctrl+R", "Start again from iteration 0")
        self.back = self._action("back", "Back", "Left", "Look at the iteration before")
        self.run = self._action("run", "Run", "Space", "Run, or pause")
        self.step = self._action("step", "Step", "Right", "Pause, and do exactly one iteration")
        self.speed = SpeedControl()
        self.speed.setFixedWidth(30 * GRID)
        self.iteration = QLabel()
        self.iteration.setObjectName("iteration")
        self._running = False
        self._fill()
        self.set_theme(theme)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show the iteration, and what can be done now."""
        before, now = self.iteration.text(), f"iteration {frame.iteration:,}"
        if now != before:
            self.iteration.setText(now)
        if len(now) != len(before):
            self._fit_iteration()
        self.back.setEnabled(frame.iteration > 0)
        if frame.running != self._running:
            self._running = frame.running
            self._draw_run()

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        self._theme = theme
        for action in (self.reset, self.back, self.step):
            action.setIcon(icon(action.objectName(), theme))
        self._draw_run()

    def set_scale(self, scale: float) -> None:
        """Take icons of another size."""
        size = round(_ICON_SIZE * scale)
        self.setIconSize(QSize(size, size))
        self.speed.setFixedWidth(round(30 * GRID * scale))
        self._fit_iteration()

    @property
    def running(self) -> bool:
        """Whether the newest frame says that training goes on."""
        return self._running

    def _action(self, name: str, text: str, keys: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{tip} ({action.shortcut().toString()})")
        return action

    def _fill(self) -> None:
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.set_scale(1.0)
        for action in (self.reset, self.back, self.run, self.step):
            self.addAction(action)
            button = self.widgetForAction(action)
            button.setObjectName(f"{action.objectName()}-button")
            # A click must not take the keyboard from the window: Space and the arrows go on.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        run = self.widgetForAction(self.run)
        run.setProperty("accent", True)
        if isinstance(run, QToolButton):
            widths = (run.fontMetrics().horizontalAdvance(t) for t in ("Run", "Pause"))
            run.setMinimumWidth(max(widths) + _ICON_SIZE + 4 * GRID)
        box = QWidget()
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(box)
        row.setContentsMargins(2 * GRID, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(QLabel("Speed"))
        row.addWidget(self.speed)
        self.addWidget(box)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.iteration.setContentsMargins(GRID, 0, GRID, 0)
        self.addWidget(self.iteration)

    def _fit_iteration(self) -> None:
        """Give the number a size of its own, so that a new one does not lay the window out anew."""
        digits = "".join("0" if c.isdigit() else c for c in self.iteration.text())
        metrics = self.iteration.fontMetrics()
        self.iteration.setFixedSize(metrics.horizontalAdvance(digits) + 2 * GRID, metrics.height())

    def _draw_run(self) -> None:
        self.run.setText("Pause" if self._running else "Run")
        on_accent = self._theme.on_accent
        self.run.setIcon(icon("pause" if self._running else "run", self._theme, on_accent))
