"""Errors of code that runs in a process of its own."""


class SandboxError(Exception):
    """Code that came to no result; the message is one sentence."""


class TimeLimitError(SandboxError):
    """The code took longer than it may.

    `stack` is where it was, as `faulthandler` writes it, the innermost call first; empty if that is
    unknown.
    """

    def __init__(self, message: str, stack: str) -> None:
        super().__init__(message)
        self.stack = stack


class ProcessEndedError(SandboxError):
    """The process ended, or was ended, before it answered."""


class InterpreterError(SandboxError):
    """A Python that was named cannot run code."""


class MalformedMessageError(SandboxError):
    """Bytes between the processes that are not a message, or are too large for one."""
