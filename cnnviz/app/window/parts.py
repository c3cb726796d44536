"""The parts of a window that its commands act on."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMainWindow

from cnnviz.app.look.style import Style
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.docks import Docks
from cnnviz.app.window.iteration_banner import IterationBanner
from cnnviz.app.window.menus import Actions
from cnnviz.app.window.panels import Panels
from cnnviz.app.window.run_toolbar import RunToolbar
from cnnviz.app.window.status_bar import StatusBar
from cnnviz.training.loop.training_loop import TrainingLoop


@dataclass(frozen=True, slots=True)
class Parts:
    """A window, its training loop, and what the window shows and keeps."""

    window: QMainWindow
    loop: TrainingLoop
    tasks: BackgroundTasks
    selection: Selection
    store: QSettings
    panels: Panels
    docks: Docks
    actions: Actions
    run_toolbar: RunToolbar
    banner: IterationBanner
    status: StatusBar
    busy_notice: BusyNotice
    style: Callable[[], Style]
    """Returns the style in use."""
    choose_workspace: Callable[[str], None]
    """Changes to a workspace by its name."""
