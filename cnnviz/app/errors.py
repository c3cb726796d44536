"""Errors of pictures of the window; importing them takes neither Qt nor numpy."""


class SnapshotError(Exception):
    """The picture cannot be made or written; the message says why."""
