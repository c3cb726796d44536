"""The choice of a workspace, in the toolbar, by the menu and by keys."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QSizePolicy

from cnnviz.app.look.key_names import named_keys
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.workspaces import WORKSPACES


class WorkspaceCommands(QObject):
    """The segmented control of the workspaces, and an action with a key for each."""

    chosen = Signal(str)
    """Carries the name of the workspace that the person chose."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        style = parts.style()
        group = QActionGroup(self)
        self.actions: dict[str, QAction] = {}
        for number, workspace in enumerate(WORKSPACES, 1):
            action = QAction(f"&{number} {workspace.name.title()}", group)
            action.setCheckable(True)
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.setToolTip(f"{workspace.name.title()}: {workspace.explanation}")
            action.triggered.connect(lambda _on, name=workspace.name: self.chosen.emit(name))
            self.actions[workspace.name] = action
        parts.actions.add_to_view(list(self.actions.values()))
        self.control = SegmentedControl(
            "Workspace",
            [Segment(w.name.title(), f"{w.explanation} ({self._key(w.name)})") for w in WORKSPACES],
            style,
        )
        self.control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.control.chosen.connect(self._choose)
        parts.run_toolbar.add_first(self.control)
        self.set_style(style)

    def show_chosen(self, name: str) -> None:
        """Show which workspace is in use."""
        self.actions[name].setChecked(True)
        self.control.choose(list(self.actions).index(name))

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.control.set_style(style)
        height = self.control.button(0).fontMetrics().height() + round(1.5 * GRID)
        self.control.setFixedSize(self.control.sizeHint().width(), height)

    def _key(self, name: str) -> str:
        return named_keys(self.actions[name].shortcut().toString())

    @Slot(int)
    def _choose(self, index: int) -> None:
        self.chosen.emit(WORKSPACES[index].name)
