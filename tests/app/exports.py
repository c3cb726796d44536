"""What panels ask to be exported."""

from PySide6.QtWidgets import QWidget

from cnnviz.app.widgets.export import Export


def exports_of(widget: QWidget) -> list[Export]:
    """Return a list of the exports that are requested in a widget's window from now on.

    A main window goes on to ask where to write them.
    """
    window, requested = widget.window(), list[Export]()
    ask = getattr(window, "ask_where_to_export", None)

    def take(export: Export) -> None:
        requested.append(export)
        if ask is not None:
            ask(export)

    setattr(window, "ask_where_to_export", take)  # noqa: B010
    return requested
