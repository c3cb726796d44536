"""The output of a script, and the Python that runs it."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.labels import selectable_label


class OutputView(QWidget):
    """Shows the newest output; the interpreter can be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.python: Path | None = None
        """The interpreter that runs scripts; None is the program's own."""
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName("What the script has printed")
        self.about = selectable_label("The Python that runs the script")
        tip = "Run scripts with a Python that has the packages that they need"
        self.choose = tab_button("Another Python…", tip, self._choose)
        tip = "Run scripts with the Python of cnnviz again"
        self.own = tab_button("The program's own", tip, lambda: self.use(None))
        buttons = flow_row(self.choose, self.own)
        parts = self.text, self.about, buttons
        fill_box(QVBoxLayout(self), *parts, stretched=self.text, spacing=GRID // 2)
        self.use(None)

    def use(self, python: Path | None) -> None:
        """Use another interpreter, or the program's own, from the next run on."""
        self.python = python
        self.own.setEnabled(python is not None)
        self.about.setText(f"Scripts are run by {python or 'the Python of cnnviz'}.")

    def show_text(self, text: str) -> None:
        """Show the output, or only its newest lines if it is long."""
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
            bar = self.text.verticalScrollBar()
            bar.setValue(bar.maximum())

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.text.setFont(style.number_font)

    @Slot()
    def _choose(self) -> None:
        dialog = QFileDialog(self, "Choose a Python: its executable file")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.use(Path(path)))
        dialog.open()
