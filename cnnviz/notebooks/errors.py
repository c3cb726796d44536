"""What can go wrong with a notebook before anything of it can be judged."""


class NotebookError(Exception):
    """A notebook cannot be read or run; the message is one sentence."""
