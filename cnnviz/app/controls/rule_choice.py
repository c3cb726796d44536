"""The choice of the gradient rule: by its name, or correction by correction."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.named_choice import name_choice
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.numerics.operations import TITLES
from cnnviz.numerics.rule import CORRECTED_AT, EXACT, NOTEBOOK, SUBTITLES, SWITCHES, Rule
from cnnviz.numerics.variants import Switch

_NAMED: Final = {NOTEBOOK: "Notebook", EXACT: "Exact gradient"}
"""The rules that can be chosen by their names, in the order of the list."""
_MIXED: Final = "Notebook with corrections"
_EXTRA: Final = "With a fault or own code"
_TIP: Final = "The notebook's backward pass, the exact gradient, or something in between"


class RuleChoice(QWidget):
    """A list of the rules with names, and a checkbox for each correction of the notebook's."""

    rule_chosen = Signal(object)
    """Carries the `Rule` that was chosen by its name."""
    correction_chosen = Signal(str, bool)
    """Carries a switch of the rule, and whether it is to be on."""
    operation_requested = Signal(str)
    """Carries the operation to show in the debugger."""

    def __init__(self) -> None:
        super().__init__()
        self.named = QComboBox()
        self.named.addItems([*_NAMED.values(), _MIXED])
        name_choice(self.named, "Gradient rule", _TIP)
        # The result of the checkboxes below; it cannot be chosen by its name.
        self.named.setItemData(len(_NAMED), 0, Qt.ItemDataRole.UserRole - 1)
        self.named.activated.connect(self._choose)
        self.named.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        require_focus_for_wheel(self.named)
        fixes = QLabel("Correct in the notebook's rule:")
        fixes.setProperty("muted", True)
        self.switches: dict[str, QCheckBox] = {}
        self.subtitles: dict[str, QPushButton] = {}
        rows: list[QWidget] = []
        for name, explanation in SWITCHES.items():
            box = QCheckBox(name.replace("-", " "))
            box.setToolTip(explanation)
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.clicked.connect(lambda on, name=name: self.correction_chosen.emit(name, on))
            self.switches[name], self.subtitles[name] = box, self._make_subtitle(name)
            row = QWidget()
            fill_box(QVBoxLayout(row), box, self.subtitles[name], spacing=0)
            rows.append(row)
        fill_box(QVBoxLayout(self), self.named, fixes, *rows, spacing=GRID // 2)

    @property
    def rule(self) -> Rule:
        """The notebook's rule with the corrections that are checked."""
        return Rule.correcting([name for name, box in self.switches.items() if box.isChecked()])

    def show_rule(self, rule: Rule) -> None:
        """Show the rule in force."""
        self.named.setItemText(len(_NAMED), _EXTRA if rule.extra else _MIXED)
        self.named.setToolTip(f"The rule is {rule.title}" if rule.extra else _TIP)
        self.named.setCurrentIndex([*_NAMED, rule].index(rule))
        for name, box in self.switches.items():
            box.setChecked(name in rule.corrected)

    def set_style(self, style: Style) -> None:
        """Use a style's size for the lines under the checkboxes."""
        for subtitle in self.subtitles.values():
            subtitle.setFont(style.scaled(0.9).body_font)

    def _make_subtitle(self, switch: Switch) -> QPushButton:
        """Return the line under a checkbox, which opens the operation that it corrects."""
        operation, line = CORRECTED_AT[switch], SUBTITLES[switch]
        title = TITLES[operation]
        subtitle = QPushButton(f"{line} ›")
        subtitle.setProperty("subtitle", True)
        subtitle.setFlat(True)
        subtitle.setToolTip(f"{SWITCHES[switch]} Click to see the operation, {title}.")
        subtitle.setAccessibleName(f"{line}: show {title} in the debugger")
        subtitle.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        subtitle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        subtitle.clicked.connect(lambda: self.operation_requested.emit(operation))
        return subtitle

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index < len(_NAMED):
            self.rule_chosen.emit([*_NAMED][index])
