"""One number wherever it is shown: which cell, what it is called, how it is edited."""
