"""What can go wrong in training and its files, one class a kind."""


class TrainingError(Exception):
    """Training cannot do what was asked; the message says why, and what would be right."""


class SettingsError(TrainingError, ValueError):
    """A setting outside the values that mean something."""


class HistoryError(TrainingError):
    """An iteration that is not in the history."""


class BranchError(TrainingError):
    """A branch that is not there, or that this cannot be done to."""


class EditError(TrainingError):
    """A value that cannot be put where it was meant to go."""


class RunFileError(TrainingError):
    """A run file that cannot be read or written."""


class SavingCancelledError(TrainingError):
    """A person has cancelled the saving of a file, which was not written."""


class ConditionError(TrainingError, ValueError):
    """A breakpoint's condition that does not parse.

    Parameters
    ----------
    column : int
        Of the first character that does not fit, from 0 on; the text's length where it ends early.
    message : str
        One sentence: what stands there, and what would be right.
    """

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


class NoCauseError(TrainingError):
    """No earlier state was found in which a breakpoint's condition did not hold."""


class DebuggerError(TrainingError):
    """The debugger cannot do what was asked."""
