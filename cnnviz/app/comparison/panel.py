"""The Compare panel: rules trained from one start, and what each correction is worth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QModelIndex, QSize, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.comparison.curves import RuleCurves
from cnnviz.app.comparison.model import RulesModel
from cnnviz.app.comparison.parting import PartingView
from cnnviz.app.comparison.request import CHOICES, ComparisonRequest, ComparisonResult, carry_out
from cnnviz.app.comparison.worth import WorthView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.number_edit import NumberEdit
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.table_setup import set_up_table
from cnnviz.app.widgets.task_row import TaskRow
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.training.comparison.lockstep import AMOUNT
from cnnviz.training.loop.frame import Frame

_INTERVAL: Final = 500
"""Milliseconds between updates while training runs."""
_MOST_ITERATIONS: Final = 10_000
_TWO, _ALL = 3, 2
"""Positions in `CHOICES`."""
_VIEWS: Final = (
    Segment("Curves", "loss and accuracy of the rules over the iterations"),
    Segment("Table", "loss and accuracy in numbers"),
    Segment("Worth", "what each of the five corrections is worth"),
    Segment("Parting", "where two rules part, and how their gradients compare"),
)
_CURVES, _TABLE, _WORTH, _PARTING = range(4)
_INTRODUCTION: Final = (
    "Every rule is trained from the first weights of the seed, with the settings of the run. The "
    "run itself goes on as it is."
)


class ComparePanel(FramePanel):
    """Trains rules beside the run, and shows their curves and numbers."""

    branch_requested = Signal(object, int)
    """A rule is to be trained as a branch; carries the `Settings`, and how many iterations."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__(_INTERVAL)
        self.result: ComparisonResult | None = None
        self._chosen: Rule | None = None
        self._amount = AMOUNT
        self._create_fields(tasks)
        self.subject = text_label(_INTRODUCTION, "What was compared", look="muted")
        self.model = RulesModel(style, self)
        self.table = self._made_table()
        self.curves = {q: RuleCurves(q, style, self) for q in ("loss", "accuracy")}
        self.worth, self.parting = WorthView(style), PartingView(tasks, style)
        self.views = SegmentedControl("The comparison shows", _VIEWS, style)
        self.views.setMinimumHeight(3 * GRID)
        self.views.hide()
        self.stack = QStackedWidget()
        self.stack.hide()
        self._lay_out()
        self._connect()
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.model.set_style(style)
        for curves in self.curves.values():
            curves.set_style(style)
        self.worth.set_style(style)
        self.parting.set_style(style)
        self.views.set_style(style)

    def sizeHint(self) -> QSize:
        """Return a size that shows the curves."""
        return QSize(100 * GRID, 80 * GRID)

    def _draw(self, frame: Frame) -> None:
        self.parting.show_image(frame.image.index)
        self._draw_subject(frame)

    @Slot()
    def _ask_what_each_is_worth(self) -> None:
        self.choice.setCurrentIndex(_ALL)
        self._show_view(_WORTH)
        self._start()

    @Slot()
    def _start(self) -> None:
        if self._frame is not None:
            request = self._request(self._frame)
            self.task.run(lambda report: carry_out(request, report), self._show)

    def _request(self, frame: Frame) -> ComparisonRequest:
        rules = CHOICES[self.choice.currentIndex()][1]
        if not rules:
            rules = self.first.currentData(), self.second.currentData()
        settings = replace(frame.settings.kept, rule=NOTEBOOK)  # each has its own
        return ComparisonRequest(
            rules, self.iterations.value(), settings, frame.dataset, self._amount
        )

    def _show(self, result: ComparisonResult) -> None:
        self.result, self._chosen = result, None
        self.model.show_comparison(result.comparison)
        self.worth.show_comparison(result.comparison)
        self.parting.show_lockstep(result.lockstep)
        self._draw_curves()
        for part in (self.views, self.stack, self.branch):
            part.show()
        self.branch.setEnabled(False)
        if result.lockstep is not None:
            self._show_view(_PARTING)
        elif self.views.index == _PARTING:
            self._show_view(_CURVES)
        if self._frame is not None:
            self._draw_subject(self._frame)

    def _draw_subject(self, frame: Frame) -> None:
        """Name the compared rules, and whether the settings of the run have changed since."""
        if self.result is None:
            return
        request = self.result.request
        now = replace(frame.settings.kept, rule=NOTEBOOK), frame.dataset.name
        stale = now != (request.settings, request.dataset.name)
        note = " The run has other settings now." if stale else ""
        self.subject.setText(request.words + note)

    def _draw_curves(self) -> None:
        if self.result is not None:
            for curves in self.curves.values():
                curves.show_comparison(self.result.comparison, self._chosen)

    @Slot(QModelIndex)
    def _choose_rule(self, index: QModelIndex) -> None:
        self._chosen = self.model.rule(index.row())
        if self._chosen is not None:
            self.branch.setEnabled(True)
            self.branch.setText(f"Train “{self._chosen.title}” as a branch")
        self._draw_curves()

    @Slot()
    def _request_branch(self) -> None:
        if self.result is not None and self._chosen is not None:
            request = self.result.request
            settings = replace(request.settings, rule=self._chosen)
            self.branch_requested.emit(settings, request.iterations)

    def _show_view(self, view: int) -> None:
        self.views.choose(view)
        self.stack.setCurrentIndex(view)

    @Slot(float)
    def _set_amount(self, amount: float) -> None:
        if not amount > 0:
            self._refuse_amount(plain(amount))
            return
        self._amount = amount
        self.amount.show_number(amount)

    @Slot(str)
    def _refuse_amount(self, text: str) -> None:
        self.task.error.setText(
            f"The difference {text!r:.40} is not above 0: type a share of a tensor's largest value."
        )

    @Slot(int)
    def _show_two(self, choice: int) -> None:
        for box in (self.first, self.second, self.parted):
            box.setVisible(choice == _TWO)

    def _create_fields(self, tasks: BackgroundTasks) -> None:
        tip = "Train all 32 rules, and compute what each correction contributes"
        self.worth_button = tab_button(
            "What is each of the five worth?", tip, self._ask_what_each_is_worth
        )
        self.choice = _box("What to compare", [(text, None) for text, _ in CHOICES])
        titles = [(rule.title, rule) for rule in RULES]
        self.first, self.second = _box("First rule", titles), _box("Second rule", titles)
        self.first.setCurrentIndex(RULES.index(NOTEBOOK))
        self.second.setCurrentIndex(RULES.index(EXACT))
        self.amount = NumberEdit(
            "Relative difference above which two rules count as different",
            "As a share of a tensor's largest value: two rules part at the first larger difference",
        )
        self.amount.setFixedWidth(10 * GRID)
        self.amount.show_number(self._amount)
        label = QLabel("parted at a difference above")
        label.setBuddy(self.amount)
        self.parted = QWidget()
        fill_box(QHBoxLayout(self.parted), label, self.amount)
        self.iterations = IntegerBox(
            "Iterations of each rule",
            "How many iterations each rule is trained",
            (1, _MOST_ITERATIONS),
            100,
            suffix=" iterations",
        )
        self.task = TaskRow(tasks, "compare", "Compare", "Stop; the previous result stays")
        self.task.starts_too(self.worth_button)
        self.task.start.setToolTip("Train the chosen rules beside the run, and compare them")
        tip = "Go back to iteration 0 and train again with the rule chosen in the table"
        self.branch = tab_button("Train a rule as a branch", tip, self._request_branch)
        self.branch.hide()

    def _lay_out(self) -> None:
        fields = flow_row(self.choice, self.first, self.second, self.parted, self.iterations)
        start = QHBoxLayout()
        fill_box(start, self.worth_button, self.task, stretched=self.task)
        self._show_two(self.choice.currentIndex())
        beside = QWidget()
        plots = (curves.plot for curves in self.curves.values())
        fill_box(QHBoxLayout(beside), *plots)
        for view in (beside, self.table, scrolled(self.worth), scrolled(self.parting)):
            self.stack.addWidget(view)
        below = QHBoxLayout()
        fill_box(below, self.branch, None)
        column = QVBoxLayout(self)
        parts = fields, start, self.subject, self.views
        fill_box(column, *parts, margins=(GRID, 0, GRID, GRID))
        column.addWidget(self.stack, 1)
        column.addLayout(below)
        column.addStretch()

    def _connect(self) -> None:
        self.task.started.connect(self._start)
        self.amount.number_entered.connect(self._set_amount)
        self.amount.refused.connect(self._refuse_amount)
        self.choice.currentIndexChanged.connect(self._show_two)
        self.views.chosen.connect(self.stack.setCurrentIndex)
        self.table.clicked.connect(self._choose_rule)
        self.table.selectionModel().currentChanged.connect(self._choose_rule)

    def _made_table(self) -> QTableView:
        table = QTableView(self)
        table.setProperty("spaced", True)
        table.setModel(self.model)
        set_up_table(table, "Compared rules")
        return table


def _box(name: str, items: Sequence[tuple[str, Rule | None]]) -> QComboBox:
    box = ElidingComboBox(26, name)
    for text, rule in items:
        box.addItem(text[:1].upper() + text[1:], rule)
    return box
