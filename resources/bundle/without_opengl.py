"""Stands in for Qt's modules of OpenGL, which the bundle has not: they are 10 MB.

pyqtgraph imports them, and uses them only if it is told to draw with OpenGL.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _WithoutOpenGL(MetaPathFinder, Loader):
    """Finds the modules, of which the classes that others derive from are plain widgets."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what is found of a module's name."""
        if name in ("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"):
            return ModuleSpec(name, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module."""
        if module.__name__ == "PySide6.QtOpenGLWidgets":
            from PySide6.QtWidgets import QWidget  # noqa: PLC0415  (most commands need none)

            module.__dict__["QOpenGLWidget"] = QWidget


sys.meta_path.append(_WithoutOpenGL())
