"""The folder in which a person's sessions are kept."""

from pathlib import Path


def sessions_folder() -> Path:
    """Return the folder in which sessions are kept; it may not exist."""
    from platformdirs import user_data_path  # noqa: PLC0415  (slow, and not needed at the start)

    return user_data_path("cnnviz", appauthor=False) / "sessions"
