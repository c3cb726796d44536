"""Errors of training and its files."""


class TrainingError(Exception):
    """A refused request; the message says what is wrong and what would be right."""


class SettingsError(TrainingError, ValueError):
    """A setting out of its range."""


class HistoryError(TrainingError):
    """An iteration that is not in the history."""


class BranchError(TrainingError):
    """A branch that does not exist, or that does not allow this."""


class EditError(TrainingError):
    """An edit that is not possible."""


class RunFileError(TrainingError):
    """A run file that cannot be read or written."""


class SavingCancelledError(TrainingError):
    """A person has cancelled the saving of a file, which was not written."""


class ExportError(TrainingError):
    """A run that cannot be exported as was wished."""


class ConditionError(TrainingError, ValueError):
    """A breakpoint's condition that does not parse.

    `column` is that of the first wrong character, from 0, or the text's length if it ends early.
    `message` is one sentence: what is wrong, and what would be right.
    """

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


class ComparisonError(TrainingError):
    """A comparison of rules that cannot be trained."""


class ComparisonCancelledError(TrainingError):
    """A person has cancelled a comparison."""


class NoCauseError(TrainingError):
    """No earlier state was found in which a breakpoint's condition did not hold."""


class DebuggerError(TrainingError):
    """A request that the debugger refuses."""


class SessionError(TrainingError):
    """A session that cannot be kept, read or continued."""


class SessionDiskFullError(SessionError):
    """A session that cannot be written, because its disk is full."""


class SessionInUseError(SessionError):
    """A session that another program has open."""
