"""The dialog that asks for the path and the type of everything that is saved."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QFileInfo, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLineEdit, QWidget

from cnnviz.app.widgets.labels import text_label
from cnnviz.numerics.number_format import counted

if TYPE_CHECKING:
    from cnnviz.app.widgets.picture_size import PictureSize


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file."""

    title: str
    """What such files are called, in the plural."""
    ending: str
    """What their names end in, such as ".npz"."""


RUN = FileType("Runs", ".npz")
PICTURE = FileType("PNG pictures", ".png")
DRAWING = FileType("SVG drawings", ".svg")
PAGE = FileType("PDF pages", ".pdf")
ANIMATION = FileType("GIF pictures", ".gif")
VIDEO = FileType("MP4 videos", ".mp4")
ARRAY = FileType("Arrays", ".npy")
NOTEBOOK = FileType("Jupyter notebooks", ".ipynb")
REPLAY = FileType("Pages that replay", ".html")
WEB_PAGE = FileType("Web pages", ".html")
REPORT = FileType("Reports", ".report.html")
PDF_REPORT = FileType("Reports as PDF", ".report.pdf")
TABLE = FileType("Tables", ".csv")
SOURCE = FileType("Python files", ".py")
RESULT = FileType("Results", ".json")
RUN_EXPORTS: Final = (TABLE, REPORT, PDF_REPORT, REPLAY, NOTEBOOK)
"""The types of what a run can be exported to."""
_USUAL_LENGTH: Final = 255
"""The longest name of a file if the system does not say."""
_UNIT: Final = "character" if os.name == "nt" else "byte"
"""What the system counts the length of a name in."""


class SaveDialog(QFileDialog):
    """Asks where to save something, once opened.

    The name gets the ending of the chosen type before the question whether to replace a file,
    unless it already ends in that of one of the types. So the ending says what is written.

    A name that is too long is explained: Qt only greys out its button.

    It is always Qt's own dialog: the desktop's adds no ending, or adds one after its question.

    Parameters
    ----------
    name : str
        The name that is proposed, without an ending.
    types : sequence of FileType
        The types to choose from; the first is proposed.
    size : QSize, optional
        Of a picture on the screen, whose width can then be chosen.
    """

    chosen = Signal(object)
    """Carries the chosen `Path`, which has the ending of one of the types."""

    def __init__(
        self,
        title: str,
        name: str,
        types: Sequence[FileType],
        parent: QWidget,
        size: QSize | None = None,
    ) -> None:
        super().__init__(parent, title)
        self._types = types
        self._before_filter = ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setFileMode(QFileDialog.FileMode.AnyFile)
        self.setNameFilters([f"{kind.title} (*{kind.ending})" for kind in types])
        self.selectFile(name + types[0].ending)
        self._field = cast("QLineEdit", self.findChild(QLineEdit, "fileNameEdit"))
        filters = cast("QComboBox", self.findChild(QComboBox, "fileTypeCombo"))
        filters.currentIndexChanged.connect(self._remember)
        self.filterSelected.connect(self._change_ending)
        self.fileSelected.connect(self._choose)
        grid = cast("QGridLayout", self.layout())
        self.problem = text_label(name="Problem with the name", look="wrong")
        self.problem.hide()
        grid.addWidget(self.problem, grid.rowCount(), 1, 1, -1)
        self._field.textChanged.connect(self._check)
        self.size_row: PictureSize | None = None
        if size is not None:
            self._offer_size(size)

    @property
    def picture_width(self) -> int | None:
        """The chosen width of a picture in pixels, if it could be chosen."""
        return None if self.size_row is None else self.size_row.width_in_pixels

    def _offer_size(self, size: QSize) -> None:
        from cnnviz.app.widgets.picture_size import PictureSize  # noqa: PLC0415  (not at the start)

        self.size_row = PictureSize(size)
        grid = cast("QGridLayout", self.layout())
        grid.addWidget(self.size_row, grid.rowCount(), 1, 1, -1)
        self.filterSelected.connect(self._follow_type)

    @Slot()
    def _follow_type(self) -> None:
        """Only pixels have a number."""
        if self.size_row is not None:
            self.size_row.setEnabled(self._chosen_type is PICTURE)

    def accept(self) -> None:
        """Complete the name, and take it unless it is too long, or a file's that is to be kept."""
        if self._problem:
            return
        text, paths = self._field.text().strip(), self.selectedFiles()
        if text and paths and not QFileInfo(paths[0]).isDir():  # a folder is entered
            self._field.setText(self._completed(paths[0] if '"' in text else text))
        super().accept()

    @property
    def _problem(self) -> str:
        """Why no file can have the name, with its ending, in a sentence; empty if one can."""
        folder, text = self.directory(), self._field.text().strip()
        if QFileInfo(folder, text).isDir():  # which is entered
            return ""
        path = Path(folder.path(), self._completed(text))
        length = len(path.name if _UNIT == "character" else os.fsencode(path.name))
        excess = length - _longest(path.parent)
        return f"The name is {counted(excess, _UNIT)} too long: shorten it." if excess > 0 else ""

    @Slot()
    def _check(self) -> None:
        """Say while somebody types what is wrong with the name."""
        self.problem.setText(self._problem)
        self.problem.setVisible(bool(self.problem.text()))

    def _completed(self, name: str) -> str:
        """Return a name with the ending of the chosen type, if it has none of any type.

        The chosen type decides between two whose endings end alike, as reports and pages do.
        """
        ending = self._chosen_type.ending
        last = PurePath(f"name{ending}").suffix
        if name.lower().endswith(last) and not name.lower().endswith(ending):
            return name[: -len(last)] + ending
        if name != self._stem(name):
            return name
        return name.rstrip(". ") + ending

    def _stem(self, name: str) -> str:
        """Return a name without the ending of one of the types."""
        for kind in self._types:
            if name.lower().endswith(kind.ending) and len(Path(name).name) > len(kind.ending):
                return name[: -len(kind.ending)]
        return name

    @property
    def _chosen_type(self) -> FileType:
        return self._types[self.nameFilters().index(self.selectedNameFilter())]

    @Slot()
    def _remember(self) -> None:
        self._before_filter = self._field.text()

    @Slot()
    def _change_ending(self) -> None:
        """Give the name the ending of another type. Qt takes "v2" in "run.v2" for one, too."""
        self._field.setText(self._stem(self._before_filter) + self._chosen_type.ending)

    @Slot(str)
    def _choose(self, path: str) -> None:
        self.chosen.emit(Path(path))


def _longest(folder: Path) -> int:
    """Return how long the name of a file may be in a folder."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # another system, or no such folder
        return _USUAL_LENGTH
