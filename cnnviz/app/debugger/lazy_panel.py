"""The Debugger panel, created when it is first shown."""

from typing import TYPE_CHECKING, Unpack

from cnnviz.app.look.style import Style
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.lazy_panel import LazyPanel

if TYPE_CHECKING:
    from cnnviz.app.debugger.contents import Marks
    from cnnviz.app.debugger.panel import DebuggerPanel


class LazyDebuggerPanel(LazyPanel):
    """Creates the panel when it is first shown; until then, keeps what it is to mark."""

    def __init__(self, selection: Selection, style: Style, tasks: BackgroundTasks) -> None:
        super().__init__(self._create, style)
        self._selection, self._tasks = selection, tasks
        self._marks: Marks = {}

    @property
    def panel(self) -> "DebuggerPanel":
        """The panel; the first access creates it."""
        panel: DebuggerPanel = super().panel
        return panel

    def mark(self, **marks: "Unpack[Marks]") -> None:
        """Show other marks; those that are not given stay."""
        self._marks.update(marks)
        if self._made is not None:
            self.panel.mark(**marks)

    def _create(self, style: Style) -> "DebuggerPanel":
        from cnnviz.app.debugger.panel import DebuggerPanel  # noqa: PLC0415  (slow)

        panel = DebuggerPanel(self._selection, style, self._tasks, self)
        panel.mark(**self._marks)
        return panel
