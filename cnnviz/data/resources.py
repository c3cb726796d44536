"""Where the files are that belong to cnnviz itself: digits, icons, licences."""

from pathlib import Path

from cnnviz.data.errors import MissingResourceError

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_path(*parts: str) -> Path:
    """Locate a bundled file or folder.

    In an installed wheel `resources/` is inside the package; in a checkout it is beside it.

    Parameters
    ----------
    *parts : str
        Its path below `resources/`, such as ``"digits", "train-labels-idx1-ubyte.gz"``.

    Returns
    -------
    Path
        An existing file or folder.

    Raises
    ------
    MissingResourceError
        If it is in neither place.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        path = root.joinpath("resources", *parts)
        if path.exists():
            return path
    wanted = "/".join(("resources", *parts))
    raise MissingResourceError(
        f"{wanted} is missing from this installation of cnnviz: install cnnviz again."
    )
