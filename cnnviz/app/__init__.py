"""The window: a folder for each view, and one for what stands around them. Only this uses Qt."""

import os

# pyqtgraph may not take another Qt, even if this variable is set for another program.
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
