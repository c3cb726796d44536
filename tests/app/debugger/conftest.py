"""Where the tests in a shared window begin: with the debugger open, and nothing done in it.

The other panels have their size and follow the run, but nobody looks at their pictures.
"""

from collections.abc import Callable

import pytest

from cnnviz.app.window.main_window import MainWindow


def paint_debugger_alone(window: MainWindow) -> None:
    for name, panel in window.panels.by_name.items():
        panel.setUpdatesEnabled(name == "debugger")


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    def open_debugger(window: MainWindow) -> None:
        window.commands.debugger.open()
        window.commands.debugger.panel.show()
        paint_debugger_alone(window)

    return open_debugger
