"""Fixtures for every test: the golden arrays, and MNIST if it is available."""

import ctypes
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

# As the program itself does while it trains; products of a test's size would only wait for others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

from tests.compiling import compile_once

# The time of an example shows how busy the machine is, not whether the program is correct.
settings.register_profile(
    "cnnviz", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("cnnviz")

# What a shell starts in the background ignores ^C, and what nohup starts the end of its terminal,
# and so would every program that a test starts.
for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)

GOLDEN = Path(__file__).parent / "golden"
CHECKOUT = Path(__file__).parents[1]
MNIST_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def pytest_xdist_auto_num_workers() -> int:
    """Use one worker more than there are processors, because tests wait now and then."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    compile_once(config, CHECKOUT / "cnnviz", CHECKOUT / "tests")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Find the tests without looks for garbage, and keep them out of all later ones."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


MUCH = 100_000
"""Objects, of those that Python counts for its look for garbage."""


@pytest.fixture(autouse=True)
def garbage_is_freed() -> Iterator[None]:
    """Collect garbage, because Python does not once a window has been opened."""
    yield
    if gc.get_count()[0] > MUCH:
        gc.collect()


@pytest.fixture(scope="session")
def golden() -> Callable[[str], dict[str, NDArray[Any]]]:
    """Load the notebook's results on synthetic images, by the file's stem."""

    @cache
    def load(name: str) -> dict[str, NDArray[Any]]:
        with np.load(GOLDEN / f"{name}.npz", allow_pickle=False) as file:
            return dict(file)

    return load


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder with MNIST's four IDX.gz files; the test is skipped if there is none."""
    given = os.environ.get("CNNVIZ_DATA")
    folder = (Path(given) if given else CHECKOUT.parent / "shared" / "data") / "mnist"
    missing = [name for name in MNIST_FILES if not (folder / name).is_file()]
    if missing:
        pytest.skip(
            f"MNIST is not at hand: {folder} lacks {missing[0]}. Set CNNVIZ_DATA to a folder that "
            "holds mnist/."
        )
    return folder


@pytest.fixture
def absent_libraries(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Sonames that the dynamic linker does not find; all others load."""
    absent: set[str] = set()

    def load(name: str) -> object:
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    monkeypatch.setattr(ctypes, "CDLL", load)
    return absent


@pytest.fixture
def put_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put shell scripts, by name and text, on a PATH that is empty but for `env`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    env = shutil.which("env")
    assert env is not None
    (folder / "env").symlink_to(env)
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, script: str) -> None:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return put


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)
