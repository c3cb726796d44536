"""The Loss panel: the curves of loss and accuracy, and the timeline."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QSpacerItem, QToolButton, QWidget

from cnnviz.app.curves.timeline import Timeline
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tool_button
from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel
from cnnviz.app.widgets.held_out_text import HELD_OUT_HINT, held_out_words
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.numerics.number_format import loss_text, percent
from cnnviz.training.loop.frame import Frame, differ_in_image_alone

if TYPE_CHECKING:
    from cnnviz.app.curves.metrics import MetricCurve
    from cnnviz.app.curves.plots import LossCurves

REDRAW_INTERVAL: Final = 500
"""Milliseconds between drawings of a curve while training runs."""
_AFTER: Final = 20
"""Milliseconds from the first painting to the creation of the curves."""
_LEAST: Final = 6 * GRID
"""Least height of the curves, in pixels."""


class LossPanel(QWidget):
    """The live curves of loss and accuracy, and below them the timeline.

    The curves are created after the panel has painted a first frame, or on access: importing
    pyqtgraph takes longer than all other panels take to show their data.
    """

    seek = Signal(int)
    """The user chose an iteration; carries it."""
    hold_out_requested = Signal(bool)
    """States are to be evaluated on images that are not trained on, or no longer."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Loss and accuracy over the iterations")
        self._selection = selection
        self._style = style
        self._frame: Frame | None = None
        self._awaited = 0
        self._curves: LossCurves | None = None
        self._metric: MetricCurve | None = None
        self._loss_due = Throttle(REDRAW_INTERVAL, self)
        self._accuracy_due = Throttle(REDRAW_INTERVAL, self)
        self._loss_due.due.connect(self._draw_loss)
        self._accuracy_due.due.connect(self._draw_accuracy)
        self._space = QSpacerItem(0, _LEAST + GRID // 2)  # the curves and a spacing
        self._completion = QTimer(self, singleShot=True, interval=_AFTER)
        self._completion.timeout.connect(self.complete)
        self.timeline = Timeline(style)
        self.timeline.seek.connect(self.seek)
        self._make_heads()
        self._lay_out()
        selection.branches_changed.connect(self._draw)
        self.set_style(style)

    @property
    def curves(self) -> "LossCurves":
        """The two plots; the first access creates them."""
        if self._curves is None:
            from cnnviz.app.curves.plots import LossCurves  # noqa: PLC0415  (slow)

            self._completion.stop()
            self._curves = curves = LossCurves(self)
            curves.redraw_requested.connect(self._draw)
            self.log.toggled.connect(curves.loss_plot.set_log)
            self._grid.removeItem(self._space)
            self._grid.addWidget(curves.loss_plot, 1, 0)
            self._grid.addWidget(curves.accuracy_plot, 1, 1)
            curves.set_style(self._style)
            for plot in (curves.loss_plot, curves.accuracy_plot):
                plot.setMinimumHeight(_LEAST)
                plot.show()
            self._grid.activate()  # they have their size before they are drawn
            if self.log.isChecked():
                curves.loss_plot.set_log(True)
            self._draw()
        return self._curves

    @Slot()
    def complete(self) -> None:
        """Create the curves if they do not exist yet."""
        _ = self.curves

    def expect(self, command: int) -> None:
        """Keep the timeline's position until this command has been executed."""
        self._awaited = command

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Draw a frame: at once if training is paused, else a few times a second."""
        before, self._frame = self._frame, frame
        if not self.isVisible():
            return
        if before is not None and differ_in_image_alone(frame, before):
            return
        drawn = self._loss_due.follow(running=frame.running)
        if drawn and frame.running:  # both at once would hold up the frame
            self._accuracy_due.put_off()
        else:
            self._accuracy_due.follow(running=frame.running)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        theme = style.theme
        head_font = style.scaled(1.1).body_font
        head_font.setBold(True)
        self.log.setStyleSheet(f"padding: 1px {GRID // 2}px;")
        self.add.setStyleSheet(
            "QToolButton { padding: 1px; } QToolButton::menu-indicator { image: none; }"
        )
        self.add.setFixedWidth(round(3 * GRID * style.scale))
        heads = (self.accuracy_head, theme.text), (self.added_head, theme.text)
        for head, colour in ((self.loss_head, theme.accent), *heads):
            head.setFont(head_font)
            head.setStyleSheet(f"color: {colour};")
        self._grid.setColumnMinimumWidth(1, round(17 * GRID * style.scale))
        if self._curves is not None:
            self._curves.set_style(style)
        self.timeline.set_style(style)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what arrived while the panel was hidden."""
        super().showEvent(event)
        self._loss_due.now()
        self._accuracy_due.now()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Have the curves created once everything else has been painted with data."""
        super().paintEvent(event)
        if self._curves is None and self._frame is not None:
            self._completion.start()

    @Slot(QAction)
    def _add(self, action: QAction) -> None:
        """Draw the chosen quantity as a third curve, or none."""
        self._metric = action.data()
        plot = self.curves.show_metric(self._metric, self._style)
        self.added_head.setVisible(plot is not None)
        self._grid.setColumnStretch(2, 2 if plot is not None else 0)
        if plot is not None and self._metric is not None:
            self.added_head.setToolTip(self._metric.explanation)
            self._grid.addWidget(plot, 1, 2)
            plot.setMinimumHeight(_LEAST)
            plot.show()
            self._grid.activate()
        self._draw()

    @Slot()
    def _fill_menu(self) -> None:
        """List the quantities, once they are needed: their module imports pyqtgraph."""
        from cnnviz.app.curves.metrics import METRIC_CURVES  # noqa: PLC0415  (slow)

        if self._choices.actions():
            return
        for metric in (*METRIC_CURVES, None):
            action = self.add.menu().addAction(metric.title if metric else "None")
            action.setCheckable(True)
            action.setChecked(metric is None)
            action.setData(metric)
            self._choices.addAction(action)

    def _make_heads(self) -> None:
        self.loss_head = FixedSizeLabel()
        self.loss_head.setToolTip("The mean of (target − output)² / 2 over the images")
        self.accuracy_head = FixedSizeLabel()
        self.accuracy_head.setToolTip("The share of images whose output is on the right side of ½")
        self.added_head = FixedSizeLabel()
        self.added_head.hide()
        tip = "Add a curve: held-out images, step sizes, gradient norms or saturated units"
        self.add = tool_button("+", tip, name="Add a curve")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setMenu(QMenu(self.add))
        self.add.menu().aboutToShow.connect(self._fill_menu)
        self._choices = QActionGroup(self)
        self._choices.triggered.connect(self._add)
        self.held_out = QAction("Held-out images", self)
        self.held_out.setCheckable(True)
        self.held_out.setToolTip(HELD_OUT_HINT)
        self.held_out.triggered.connect(self.hold_out_requested)
        self.add.menu().addAction(self.held_out)
        self.add.menu().addSeparator()
        self.add.menu().setToolTipsVisible(True)
        self.log = tool_button("Log", "Draw the loss on a logarithmic scale", name="Log scale")
        self.log.setCheckable(True)

    def _lay_out(self) -> None:
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(GRID, 0, GRID, GRID)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        head = QHBoxLayout()
        fill_box(head, self.loss_head, None, self.add, self.log)
        grid.addLayout(head, 0, 0)
        grid.addWidget(self.accuracy_head, 0, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.added_head, 0, 2, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.timeline, 2, 0, 1, 3)
        grid.setRowStretch(1, 1)
        grid.addItem(self._space, 1, 0)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)

    @Slot()
    def _draw(self) -> None:
        self._draw_loss()
        self._draw_accuracy()

    @Slot()
    def _draw_loss(self) -> None:
        frame = self._frame
        if frame is None or not self.isVisible():
            return
        self.loss_head.setText(f"loss {loss_text(frame.predictions.loss)}")
        self._show_held_out(frame)
        if self._curves is not None:
            self._curves.draw_loss(frame, self._selection.drawn_branches)
        if frame.done >= self._awaited:
            self.timeline.show_state(frame.iteration, frame.last, frame.branch.bookmarks)

    def _show_held_out(self, frame: Frame) -> None:
        """Show whether states are evaluated on held-out images, and on which."""
        if frame.done < self._awaited:
            return
        held_out = frame.held_out
        self.held_out.setChecked(held_out is not None)
        self.held_out.setToolTip(HELD_OUT_HINT if held_out is None else held_out_words(held_out))

    @Slot()
    def _draw_accuracy(self) -> None:
        frame = self._frame
        if frame is None or not self.isVisible():
            return
        self.accuracy_head.setText(f"accuracy {percent(frame.predictions.accuracy)}")
        if self._curves is not None:
            self._curves.draw_accuracy(frame, self._selection.drawn_branches)
            self._curves.draw_added(frame, self._selection.drawn_branches)
        if (metric := self._metric) is not None:
            value = float(frame.curve.values(metric.metric)[frame.iteration])
            self.added_head.setText(f"{metric.symbol} {metric.write(value)}")
