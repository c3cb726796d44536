"""Errors in reading and running a notebook, before it can be judged."""


class NotebookError(Exception):
    """A notebook cannot be read or run; the message is one sentence."""
