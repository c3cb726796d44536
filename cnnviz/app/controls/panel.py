"""The Controls panel: data, subset, learning rate, seed, gradient rule, precision, speed."""

from dataclasses import replace
from typing import Final, Unpack

from PySide6.QtCore import QCoreApplication, QEvent, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.controls.held_out_edit import NO_NUMBER, HeldOutEdit
from cnnviz.app.controls.rule_choice import RuleChoice
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.sentences import as_sentence
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.elided_label import ElidedLabel
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.log_slider import LogSlider
from cnnviz.app.widgets.named_choice import name_choice
from cnnviz.app.widgets.number_edit import NumberEdit
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.speed_control import SpeedControl
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.numerics.fast import SAMPLED
from cnnviz.numerics.number_format import percent, plain
from cnnviz.numerics.number_parsing import parse_whole_number
from cnnviz.training.errors import SettingsError
from cnnviz.training.loop.frame import Frame, differ_in_image_alone
from cnnviz.training.run.warnings import SATURATION_LIMIT, WEIGHT_LIMIT
from cnnviz.training.settings import (
    LEARNING_RATES,
    PRECISIONS,
    SMALLEST_SUBSET,
    Settings,
    SettingsChange,
)

_TWO_IMAGES: Final = (
    "Two images standardise to ẑ = 1 and ẑ = −1 whatever the weights are, so there is next to "
    "nothing to learn."
)
_USUAL: Final = GRID // 2
_TIGHT: Final = GRID // 4
"""_USUAL, _TIGHT: pixels between two rows, and in a panel that is a little too low for that."""
_CLOSER: Final = 3 * GRID // 4
"""Pixels by which the sections are then closer together."""


class ControlsPanel(QScrollArea):
    """The settings and the data of a run.

    The panel shows the settings of frames, and requests the changes that a person chooses.
    """

    change_requested = Signal(object)
    """Carries a `SettingsChange`."""
    correction_requested = Signal(str, bool)
    """Carries a switch of the gradient rule, and whether it is to be on."""
    seed_requested = Signal(object)
    """Carries another seed, which may be too large for an int of Qt."""
    operation_requested = Signal(str)
    """Carries the operation to show in the debugger."""
    data_requested = Signal()
    """The choice of data is to be shown."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = Settings()
        self._awaited = 0
        self._shown = -1  # `Frame.done` of the settings that are shown
        self._images = self._held_out = 0
        self._frame: Frame | None = None
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit_width)
        self.setAccessibleName("Controls")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls have the keyboard
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._make_data()
        self._make_learning_rate()
        self._make_other_controls()
        self._leave_focus()
        self._lay_out()
        self.set_style(style)

    def expect(self, command: int) -> None:
        """Keep showing the chosen settings until this command has been carried out."""
        self._awaited = command

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame's settings and data."""
        before, self._frame = self._frame, frame
        if frame.done < self._awaited or (before and differ_in_image_alone(frame, before)):
            return
        is_other = len(frame.dataset) != self._images or self.data_name.text() != frame.dataset.name
        if is_other:
            self._show_data(frame)
        held_out = 0 if frame.held_out is None else len(frame.held_out.dataset)
        if held_out != self._held_out:
            self._held_out = held_out
            self.held_out.show_number(held_out)
        # Qt repaints fields even if their contents stay the same.
        if frame.settings != self._settings or frame.done != self._shown:
            self._settings, self._shown = frame.settings, frame.done
            self._show_settings()
        if is_other:
            self._fit_distances()

    def set_style(self, style: Style) -> None:
        """Use a style's colours, and fit the width to its type."""
        self.rule.set_style(style)
        self._fit_width()

    def event(self, event: QEvent) -> bool:
        """Fit the width to a new font."""
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fitting.start()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the distances to the new height."""
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self._fit_distances()

    def _fit_distances(self) -> None:
        """Put the sections closer together if that saves scrolling."""
        body, column = self.widget(), self._column
        column.invalidate()  # it keeps the heights of rows that were hidden since
        height = body.heightForWidth(body.width())
        if not body.hasHeightForWidth():
            height = body.sizeHint().height()
        rows = sum(not column.itemAt(at).isEmpty() for at in range(column.count()))
        saved = len(self._gaps) * _CLOSER + (rows - 1) * (_USUAL - _TIGHT)
        is_tight = column.spacing() == _TIGHT
        usual = height + (saved if is_tight else 0)
        tight = usual - saved <= self.viewport().height() < usual
        if tight != is_tight:
            for gap in self._gaps:
                gap.changeSize(0, GRID - _CLOSER if tight else GRID)
            column.setSpacing(_TIGHT if tight else _USUAL)
            # At once: nothing moves after the first picture.
            QCoreApplication.sendPostedEvents(body, QEvent.Type.LayoutRequest.value)

    @Slot()
    def _fit_width(self) -> None:
        """Make the panel wide enough for its contents: it scrolls vertically only."""
        bar, body = self.verticalScrollBar().sizeHint().width(), self.widget()
        if (layout := body.layout()) is not None:
            layout.invalidate()  # hidden rows keep the widths of the former font
            layout.activate()
        self.setMinimumWidth(body.minimumSizeHint().width() + bar)
        self._fit_distances()

    def _make_data(self) -> None:
        self.data_name = ElidedLabel()
        self.data_name.setAccessibleName("Data")
        self.data_count = QLabel()
        self.data_count.setProperty("muted", True)
        tip = "The bundled digits, MNIST, or files of your own"
        self.choose_data = tab_button("Choose data…", tip, self.data_requested.emit)
        tip = "Number of images in the batch, from the first on"
        self.subset = IntegerBox("Subset size n", tip)
        self.subset_slider = LogSlider(SMALLEST_SUBSET, SMALLEST_SUBSET + 1)
        self.subset_slider.setAccessibleName("Subset size n")
        self.subset_slider.setToolTip(tip)
        self.all_images = tab_button(
            "All", "Train on every image of the data", lambda: self._choose_subset(self._images)
        )
        self.subset.refused.connect(self._refuse_subset)
        self.subset_problem = self._make_problem(self.subset.lineEdit())
        self.two_images = text_label(_TWO_IMAGES, look="muted")
        self.two_images.hide()
        self.subset.valueChanged.connect(self._choose_subset)
        self.held_out = HeldOutEdit()
        self.held_out.show_number(0)
        self.held_out.refused.connect(
            lambda text: self._show_problem(NO_NUMBER.format(text), self.subset_problem)
        )
        self.held_out.textEdited.connect(self.subset_problem.hide)
        self.subset_slider.number_chosen.connect(self._slide_subset)

    def _make_learning_rate(self) -> None:
        tip = "η: how far one iteration moves along the gradient"
        self.learning_rate = NumberEdit("Learning rate η", tip)
        self.learning_rate_slider = LogSlider(*LEARNING_RATES)
        self.learning_rate_slider.setAccessibleName("Learning rate η")
        self.learning_rate_slider.setToolTip(tip)
        self.learning_rate.number_entered.connect(self._choose_learning_rate)
        self.learning_rate.refused.connect(self._refuse)
        self.learning_rate_slider.number_chosen.connect(
            lambda number: self._choose_learning_rate(float(f"{number:.2g}"))
        )
        self.problem = self._make_problem(self.learning_rate)

    def _make_other_controls(self) -> None:
        self.rule = RuleChoice()
        self.rule.rule_chosen.connect(lambda rule: self._change(rule=rule))
        self.rule.correction_chosen.connect(self._correct)
        self.rule.operation_requested.connect(self.operation_requested)
        tip = "Seed of the first weights, as in np.random.seed; another one resets the run"
        self.seed = NumberEdit("Seed", tip)
        self.seed.number_entered.connect(self._choose_seed)
        self.seed.refused.connect(self._refuse)
        self.seed_problem = self._make_problem(self.seed)
        self.precision = QComboBox()
        self.precision.addItems(list(PRECISIONS))
        tip = "float64 is the notebook's; float32 is about twice as fast"
        name_choice(self.precision, "Precision", tip)
        self.precision.activated.connect(self._choose_precision)
        self.speed = SpeedControl()
        self.pause_on_warning = QCheckBox("Pause when units saturate\nor weights run away")
        self.pause_on_warning.setToolTip(
            f"When {percent(SATURATION_LIMIT, 0)} of the units that see ink have next to no "
            f"derivative ({SAMPLED}), or a weight exceeds {WEIGHT_LIMIT:,.0f}"
        )
        self.pause_on_warning.clicked.connect(lambda on: self._change(pause_on_warning=on))

    def _leave_focus(self) -> None:
        """Let clicks leave the focus in the window, where Space and the arrows control the run."""
        for control in (self.precision, self.pause_on_warning):
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        require_focus_for_wheel(self.precision)

    def _lay_out(self) -> None:
        body = QWidget(self.viewport())  # at once: Qt would style all again for a later one
        self._column = column = QVBoxLayout(body)
        self._gaps: list[QSpacerItem] = []
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        column.setSpacing(_USUAL)

        def section(title: str, *rows: QWidget | tuple[QWidget, ...]) -> None:
            if title:
                column.addWidget(_heading(title))
            for row in rows:
                if isinstance(row, QWidget):
                    column.addWidget(row)
                    continue
                line = QHBoxLayout()
                fill_box(line, *row, stretched=row[0])
                column.addLayout(line)
            self._gaps.append(QSpacerItem(0, GRID))
            column.addItem(self._gaps[-1])

        section("Data", self.data_name, (self.data_count, self.choose_data))
        subset = QWidget()
        fill_box(QHBoxLayout(subset), self.subset, self.all_images, stretched=self.subset)
        sizes = _column("Subset size n", subset), _column("Held out", self.held_out)
        section("", sizes, self.subset_slider, self.subset_problem, self.two_images)
        section("Learning rate η", self.learning_rate, self.learning_rate_slider, self.problem)
        section("Gradient rule", self.rule)
        section("", (_column("Seed (restarts)", self.seed), _column("Precision", self.precision)))
        column.addWidget(self.seed_problem)
        section("Speed", self.speed, self.pause_on_warning)
        column.addStretch(1)
        self.setWidget(body)

    def _show_data(self, frame: Frame) -> None:
        self._images = len(frame.dataset)
        self.data_name.setText(frame.dataset.name)
        self.data_name.setToolTip(tooltip_text(frame.dataset.name))
        self.data_count.setText(f"{self._images:,} images")
        with QSignalBlocker(self.subset):
            self.subset.setRange(SMALLEST_SUBSET, self._images)
        self.subset_slider.set_bounds(SMALLEST_SUBSET, self._images)

    def _show_settings(self) -> None:
        s = self._settings
        if not self.subset.hasFocus() or self.subset.value() != s.subset:
            with QSignalBlocker(self.subset):
                self.subset.setValue(s.subset)
        self.subset_slider.show_number(s.subset)
        self.two_images.setVisible(s.subset == SMALLEST_SUBSET)
        self.learning_rate.show_number(s.learning_rate)
        self.learning_rate_slider.show_number(s.learning_rate)
        self.seed.show_number(s.seed)
        self.rule.show_rule(s.rule)
        self.precision.setCurrentText(s.dtype)
        self.pause_on_warning.setChecked(s.pause_on_warning)

    def _choose(self, settings: Settings) -> bool:
        """Show the chosen settings; return whether they are new."""
        for problem in (self.subset_problem, self.problem, self.seed_problem):
            problem.hide()
        differ = settings != self._settings
        self._settings = settings
        self._show_settings()
        return differ

    def _change(self, **change: Unpack[SettingsChange]) -> None:
        if self._choose(replace(self._settings, **change)):
            self.change_requested.emit(change)

    @Slot(str, bool)
    def _correct(self, switch: str, on: bool) -> None:
        self._choose(replace(self._settings, rule=self.rule.rule))
        self.correction_requested.emit(switch, on)

    def _choose_learning_rate(self, number: float) -> None:
        try:
            self._change(learning_rate=number)
        except SettingsError as error:
            self._show_problem(str(error), self.problem)

    def _choose_seed(self, number: float) -> None:
        if number != int(number):
            self._show_problem(
                f"the seed {plain(number, 10)} is not a whole number.", self.seed_problem
            )
            return
        try:
            if self._choose(replace(self._settings, seed=int(number))):
                self.seed_requested.emit(int(number))
        except SettingsError as error:
            self._show_problem(str(error), self.seed_problem)

    def _choose_subset(self, number: int) -> None:
        self._change(subset=number)

    def _refuse_subset(self, text: str) -> None:
        number = parse_whole_number(text)
        if number is None:
            problem = f"“{text}” is not a whole number."
        elif number < SMALLEST_SUBSET:
            problem = f"{text} is too few: standardisation needs at least {SMALLEST_SUBSET} images."
        else:
            problem = f"{text} is too many: the data has {self._images:,} images."
        self._show_problem(problem, self.subset_problem)

    def _slide_subset(self, number: float) -> None:
        at_end = self.subset_slider.value() == self.subset_slider.maximum()
        self._choose_subset(self._images if at_end else int(float(f"{number:.2g}")))

    def _choose_precision(self, index: int) -> None:
        self._change(dtype=PRECISIONS[index])

    def _refuse(self, text: str) -> None:
        where = self.seed_problem if self.sender() is self.seed else self.problem
        self._show_problem(f"“{text}” is not a number: write it like 15, 0.01 or 1e-3.", where)

    @staticmethod
    def _show_problem(problem: str, label: QLabel) -> None:
        label.setText(as_sentence(problem))
        label.show()

    def _make_problem(self, field: QLineEdit) -> QLabel:
        """Return the line under a field that explains why its text is wrong."""
        problem = text_label(look="wrong")
        problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        problem.hide()
        field.textEdited.connect(problem.hide)
        if isinstance(field, NumberEdit):
            field.cancelled.connect(problem.hide)
        return problem


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    heading.setProperty("heading", True)
    return heading


def _column(title: str, field: QWidget) -> QWidget:
    """Return a field under its title."""
    column = QWidget()
    fill_box(QVBoxLayout(column), _heading(title), field, spacing=GRID // 2)
    return column
