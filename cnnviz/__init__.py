"""See, debug and teach how a small convolutional network learns."""

__version__ = "0.1.0"
