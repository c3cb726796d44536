"""Locates the files that belong to cnnviz itself: digits, icons, licences."""

from pathlib import Path

from cnnviz.data.errors import MissingResourceError

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_path(*parts: str) -> Path:
    """Locate a bundled file or folder.

    `parts` are its path below `resources/`, which is inside the package in an installed wheel, and
    beside it in a checkout.

    Raises MissingResourceError if it is missing from both.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        path = root.joinpath("resources", *parts)
        if path.exists():
            return path
    wanted = "/".join(("resources", *parts))
    raise MissingResourceError(
        f"{wanted} is missing from this installation of cnnviz: install cnnviz again."
    )
