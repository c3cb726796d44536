"""Errors of the hunt."""

from cnnviz.training.errors import TrainingError


class HuntError(TrainingError):
    """A move that the hunt does not allow now, or that names nothing that exists."""


class ResultFileError(TrainingError):
    """A file that is not the result of a hunt."""
