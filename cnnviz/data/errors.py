"""Errors in loading images.

Every message is one sentence that says what is wrong and what would be right.
"""


class DataError(Exception):
    """Images cannot be loaded; every error of this package is one of these."""


class MissingDataError(DataError):
    """There is no such file, or a folder without any data set in it."""


class UnreadableFileError(DataError):
    """The file exists, but cannot be read."""


class MalformedFileError(DataError):
    """The file is cut off, damaged, or of another format."""


class UnsuitableDataError(DataError):
    """The file is whole, but does not hold 28 × 28 digits with a label of 0 to 9 for each."""


class SubsetError(DataError):
    """The number of images is 0, or larger than that of the data."""


class MissingResourceError(DataError):
    """A file that belongs to cnnviz itself is not installed."""


class NotDownloadedError(DataError):
    """MNIST was asked for, but is not in the cache folder."""


class DownloadError(DataError):
    """No mirror delivered the file."""


class OfflineError(DownloadError):
    """No mirror could be reached at all."""


class ChecksumError(DownloadError):
    """Every mirror delivered something else than the file."""


class DownloadCancelledError(DataError):
    """The person cancelled the download."""


class StorageError(DataError):
    """A file could not be put into the cache folder."""
