"""Small data sets, trainers that end, and a check that no thread is left behind."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MalformedFileError
from cnnviz.data.late_images import LateImages
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.driver import Driver

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return bundled_digits()


@pytest.fixture(scope="session")
def identical_images() -> Dataset:
    """Five times the same image."""
    first = bundled_digits().images[:1]
    return Dataset("one digit", np.repeat(first, 5, axis=0), np.array([1, 7, 1, 7, 1], np.uint8))


@pytest.fixture(scope="session")
def damaged(digits: Dataset) -> Callable[[int], Dataset]:
    """Return a function that gives bundled digits from a file damaged after a number of images."""

    def make(good: int) -> Dataset:
        def read(start: int, stop: int) -> np.ndarray:
            if stop > good:
                raise MalformedFileError("the file is damaged: copy it again.")
            return digits.images[start:stop]

        return Dataset("damaged", LateImages(digits.images.shape, read), digits.labels)

    return make


@pytest.fixture
def make_trainer(digits: Dataset) -> Iterator[Callable[..., Trainer]]:
    """Return a function that makes a trainer on a few bundled digits, for the test's duration."""
    made: list[Trainer] = []

    def make(dataset: Dataset = digits, source: str = "bundled", **settings: object) -> Trainer:
        trainer = Trainer(dataset, Settings(**{"subset": 4, **settings}), source)  # type: ignore[arg-type]
        made.append(trainer)
        return trainer

    yield make
    for trainer in made:
        trainer.close()


@pytest.fixture(scope="session")
def golden() -> Callable[[str], tuple[Dataset, Settings, dict[str, np.ndarray]]]:
    """Return a function that gives a golden file as a data set, settings and arrays."""

    def read(name: str) -> tuple[Dataset, Settings, dict[str, np.ndarray]]:
        with np.load(GOLDEN / f"{name}.npz") as file:
            arrays = dict(file)
        dataset = Dataset(name, arrays["images"], arrays["labels"])
        settings = Settings(
            subset=len(dataset),
            learning_rate=float(arrays["learning_rate"]),
            seed=int(arrays["seed"]),
        )
        return dataset, settings, arrays

    return read


@pytest.fixture(scope="session")
def is_one_sentence() -> Callable[[object], str]:
    """Check that a message is one sentence; return it."""

    def check(message: object) -> str:
        text = str(message)
        assert text.endswith(".")
        assert ". " not in text
        assert "\n" not in text
        assert "Traceback" not in text
        return text

    return check


@pytest.fixture
def start() -> Iterator[Callable[..., Driver]]:
    """Return a function that starts a loop on a trainer."""
    made: list[Driver] = []

    def make(trainer: Trainer, sessions: Path | None = None) -> Driver:
        driver = Driver(trainer, sessions)
        made.append(driver)
        driver.thread.start()
        driver.until(lambda _: True)
        return driver

    yield make
    for driver in made:
        driver.end()


@pytest.fixture
def driver(start: Callable[..., Driver], make_trainer: Callable[..., Trainer]) -> Driver:
    """A loop at iteration 0 of four digits; pauses for nothing."""
    return start(make_trainer(subset=4, pause_on_warning=False))


@pytest.fixture
def expected(make_trainer: Callable[..., Trainer]) -> Callable[[int], bytes]:
    """Return a function that gives the dense weights after a number of iterations."""
    trainer = make_trainer(subset=4)

    def weights(iteration: int) -> bytes:
        while trainer.last < iteration:
            trainer.step()
        trainer.go_to(iteration)
        return trainer.parameters.wo.tobytes()

    return weights
