"""The banner across the window with the iteration and the branch that the panels show."""

from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.elided_line import ElidedLine
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.window.fixed_toolbar import FixedToolbar
from cnnviz.training.loop.frame import Frame

_LINES: Final = 1.0
"""Height of the bar's frame beyond its type, in units of the grid."""


class IterationBanner(FixedToolbar):
    """Shows the iteration: muted at the newest one; in the accent, with ways back, in the past.

    It keeps its height, so that no panel moves when a person steps back.
    """

    newest_requested = Signal()
    run_requested = Signal()
    branches_requested = Signal()

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__("Time", "time-bar", 0, parent)
        self._looking_back = False
        self.banner = QFrame()
        self.banner.setObjectName("time-banner")
        self.banner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words = ElidedLine()
        self.words.setAccessibleName("Iteration that the panels show")
        self.train = tab_button("Train from here", act=self.run_requested.emit)
        tip = "Go to the newest iteration of this branch (End)"
        self.newest = tab_button("Go to newest", tip, self.newest_requested.emit)
        tip = "Compare, name, switch and delete the branches (Ctrl+B)"
        self.branches = tab_button("Branches", tip, self.branches_requested.emit)
        for hidden in (self.train, self.newest):
            hidden.hide()
        parts = self.words, self.train, self.newest, self.branches
        margins = GRID, 0, GRID // 2, 0
        fill_box(QHBoxLayout(self.banner), *parts, stretched=self.words, margins=margins)
        box = QWidget()
        fill_box(QHBoxLayout(box), self.banner, margins=(GRID, 0, GRID, GRID))
        self.addWidget(box)
        self.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show the iteration and branch of a frame."""
        words, tip = moment_words(frame), _training_words(frame)
        if words != self.words.text():
            self.words.setText(words)
            self.words.setToolTip(tooltip_text(words))
        count = len(frame.branches)
        listed = f"Branches ({count})" if count > 1 else "Branches"
        if listed != self.branches.text():
            self.branches.setText(listed)
        looking_back = frame.iteration < frame.last and not frame.running
        if looking_back != self._looking_back:
            self._looking_back = looking_back
            self._draw()
        if looking_back and tooltip_text(tip) != self.train.toolTip():
            self.train.setToolTip(tooltip_text(tip))

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._theme = style.theme
        self._draw()
        self.banner.setFixedHeight(round(self.words.fontMetrics().height() + _LINES * GRID))

    def _draw(self) -> None:
        theme, back = self._theme, self._looking_back
        for button in (self.train, self.newest):
            button.setVisible(back)
        ground = theme.accent if back else "transparent"
        colour = theme.on_accent if back else theme.muted
        weight = 600 if back else 400
        set_sheet(
            self.banner,
            f"#time-banner {{ background: {ground}; border-radius: {GRID // 2}px; }}"
            f"QLabel {{ color: {colour}; font-weight: {weight}; }}"
            f"QPushButton {{ padding: 0px {GRID}px; }}",
        )
        set_sheet(self, f"#time-bar {{ border-bottom-width: {GRID}px; padding: 0px {GRID}px; }}")


def moment_words(frame: Frame) -> str:
    """Describe the iteration and the branch that the panels show.

    The text stays the same while training runs: another one would lay out the window again.
    """
    name = frame.branch.name
    if frame.running:
        return f"Training “{name}”"
    if frame.iteration == frame.last:
        return f"The newest iteration of “{name}”"
    words = f"Showing iteration {frame.iteration:,} of {frame.last:,} of “{name}”"
    if frame.change:
        return f"{words}. Changed here: {frame.change}; training makes a new branch."
    return f"{words}. Every panel shows this iteration."


def _training_words(frame: Frame) -> str:
    if frame.change:
        return f"Run from here, as the new branch “{frame.change} at iteration {frame.iteration:,}”"
    return "Run from here along this branch; change a setting, a weight or a pixel to leave it"
