"""Telling a person how far a download is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes in all, some twenty times a second.

It is called in the thread that asked for the download, and must return soon. What is here can
become less, when another mirror has to start again.
"""


@contextmanager
def terminal_progress(title: str) -> Iterator[Progress]:
    """Show a bar on the terminal while a download runs; nothing where there is no terminal.

    Parameters
    ----------
    title : str
        What is downloaded.

    Yields
    ------
    Progress
        To hand to the download.
    """
    from tqdm import tqdm  # noqa: PLC0415  (not needed for start-up)

    class Bar(tqdm):  # type: ignore[type-arg]
        monitor_interval = 0  # the progress comes steadily: no thread is needed to watch it

    with Bar(desc=title, unit="B", unit_scale=True, disable=None) as bar:

        def show(here: int, total: int) -> None:
            bar.total = total
            bar.update(here - bar.n)

        yield show
