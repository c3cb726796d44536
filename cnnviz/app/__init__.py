"""The window: the worker thread, one file per panel, the theme. The only place that knows Qt."""

import os

# pyqtgraph would take PyQt6 where both are installed.
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
