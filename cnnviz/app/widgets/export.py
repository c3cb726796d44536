"""An export of a picture or a plot, and the way to the window that asks where to write it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from cnnviz.app.picture_file import Picture
    from cnnviz.app.widgets.save_dialog import FileType

Content = bytes | Iterable[bytes]
"""What a file holds, or its parts one after another, made while it is written."""


@dataclass(frozen=True, slots=True)
class Export:
    """A picture or a plot as it was when its export was requested."""

    name: str
    """Its name, which is also proposed as the name of its file."""
    contents: "Mapping[FileType, Callable[[], Content]]"
    """For each type of file that it can be written to, what returns the file's content; called on
    a thread of its own, it may call `report_progress` as it goes on."""
    picture: "Picture | None" = None
    """The picture, which can be written at any width; None if there is none."""

    @classmethod
    def of_picture(
        cls,
        name: str,
        picture: "Picture",
        contents: "Mapping[FileType, Callable[[], Content]]" = MappingProxyType({}),
    ) -> Self:
        """Return the export of a picture in every format, with other contents after or instead."""
        from cnnviz.app.widgets.save_dialog import (  # noqa: PLC0415  (not at the start)
            DRAWING,
            PAGE,
            PICTURE,
        )

        kinds = PICTURE, DRAWING, PAGE
        drawn = {kind: partial(picture.content, kind.ending) for kind in kinds}
        return cls(name, {**drawn, **contents}, picture)


@runtime_checkable
class AsksWhereToExport(Protocol):
    """A window that asks the person where to write exports."""

    def ask_where_to_export(self, export: Export, /) -> None:
        """Ask where to write an export, and as what."""


def request_export(origin: QWidget, export: Export) -> None:
    """Have an export written by the window that a widget is in, however deep it is in it."""
    part: QWidget | None = origin
    while part is not None and not isinstance(part, AsksWhereToExport):
        part = part.parentWidget()
    if part is not None:
        part.ask_where_to_export(export)
