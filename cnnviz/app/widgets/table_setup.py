"""The set-up that the tables of several panels share."""

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QTableWidget

from cnnviz.app.widgets.titled_table_model import LEFT


def text_table(name: str, titles: Sequence[str]) -> QTableWidget:
    """Return a table of texts, without rows yet; see `set_up_table`."""
    table = QTableWidget(0, len(titles))
    set_up_table(table, name)
    table.setHorizontalHeaderLabels(titles)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.horizontalHeader().setDefaultAlignment(LEFT)
    return table


def set_up_table(table: QTableView, name: str) -> None:
    """Let one row at a time be chosen, and make columns as wide as their contents.

    `name` is the table's name for a screen reader. The table needs its columns already.
    """
    table.setAccessibleName(name)
    table.setShowGrid(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setSectionsClickable(False)
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
