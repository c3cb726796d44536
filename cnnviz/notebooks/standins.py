"""Stand-ins for packages that notebooks import and that are not installed.

Data sets come from the program's own images, plots are drawn nowhere. A package that is installed
is used itself: the finder of this module is asked last.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cnnviz.notebooks.anything import Anything, Array
from cnnviz.notebooks.standin_metrics import METRICS, shuffle
from cnnviz.notebooks.standin_tables import DataFrame, Series

if TYPE_CHECKING:
    from cnnviz.data.dataset import Dataset


class Images:
    """The program's images, loaded when a script first asks for them.

    `spec` is what `cnnviz.data.source.load` is to load.
    """

    _TEST_SHARE: Final = 6

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._dataset: Dataset | None = None

    @property
    def dataset(self) -> "Dataset":
        """All of them."""
        from cnnviz.data.source import load  # noqa: PLC0415  (most scripts read it once or never)

        if self._dataset is None:
            self._dataset = load(self._spec)
        return self._dataset

    def arrays(self) -> tuple[Array, Array]:
        """Return copies of all images, shape (n, 28, 28), and labels."""
        return np.array(self.dataset.images), np.array(self.dataset.labels)

    def split(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Return training and test images: the last sixth is for tests, as in MNIST's 70,000."""
        images, labels = self.arrays()
        train = len(labels) - len(labels) // self._TEST_SHARE
        return (images[:train], labels[:train]), (images[train:], labels[train:])

    def small(self) -> Array:
        """Return all images in 8 × 8 pixels of 0 to 16, as scikit-learn's digits are."""
        images, _ = self.arrays()
        edges = np.linspace(0, images.shape[1], 9).astype(int)
        rows = np.add.reduceat(images.astype(float), edges[:-1], axis=1)
        sums = np.add.reduceat(rows, edges[:-1], axis=2)
        areas = np.outer(np.diff(edges), np.diff(edges))
        small: Array = np.round(sums / areas / 255 * 16)
        return small


class Bunch(dict[str, Any]):
    """scikit-learn's dictionary with attributes."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class StandIns(MetaPathFinder, Loader):
    """Finds the stand-ins of modules that nobody else has found."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self.used: list[str] = []
        """Packages that were replaced by stand-ins."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of a package that has a stand-in."""
        del path, target
        package = fullname.partition(".")[0]
        if package not in _MAKERS or (package in sys.modules and package not in self.used):
            return None
        if fullname not in _SUBMODULES and package not in (fullname, *_DRAWING):
            return None  # a name that is not a module, or one that nothing stands in for
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module."""
        package = spec.name.partition(".")[0]
        if package not in self.used:
            self.used.append(package)
        return _MAKERS[package](spec.name, self._images)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing more: the module was made whole."""


class _Module(ModuleType):
    """A module with given contents, and submodules that are imported when they are asked for."""

    __all__: tuple[str, ...] = ()

    def __init__(self, name: str, contents: dict[str, Any]) -> None:
        super().__init__(name)
        self.__dict__.update(contents)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        if full in _SUBMODULES:
            __import__(full)
            return sys.modules[full]
        raise ModuleNotFoundError(f"{full} has no stand-in", name=full)


class _Drawing(ModuleType):
    """A module of a plotting package."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


_DRAWING: Final = ("matplotlib", "seaborn", "plotly")
_SUBMODULES: Final = frozenset(
    {
        "keras.datasets",
        "keras.datasets.mnist",
        "keras.utils",
        "keras.utils.np_utils",
        "tensorflow.keras",
        "tensorflow.keras.datasets",
        "tensorflow.keras.datasets.mnist",
        "tensorflow.keras.utils",
        "tensorflow.keras.utils.np_utils",
        "tensorflow.random",
        "torchvision.datasets",
        "torchvision.transforms",
        "sklearn.datasets",
        "sklearn.metrics",
        "sklearn.model_selection",
        "sklearn.utils",
        "tqdm.auto",
        "tqdm.notebook",
        "IPython.display",
    }
)


def to_categorical(labels: Any, num_classes: int | None = None, **_: object) -> Array:  # noqa: ANN401
    """Return Keras's one-hot rows."""
    labels = np.asarray(labels, dtype=int).ravel()
    rows: Array = np.eye(int(num_classes or labels.max() + 1))[labels]
    return rows


def _keras(name: str, images: Images) -> ModuleType:
    if name.endswith(".mnist"):
        return _Module(name, {"load_data": lambda *_, **__: images.split()})
    if name.endswith((".utils", ".np_utils")):
        return _Module(name, {"to_categorical": to_categorical})
    if name.endswith(".random"):
        return _Module(name, {"set_seed": Anything()})  # nothing of it is random here
    return _Module(name, {})


class _Mnist:
    """torchvision's data set, as arrays: of `data`, `targets` and items."""

    def __init__(
        self, images: Images, train: bool = True, transform: Callable[[Array], Any] | None = None
    ) -> None:
        self.data, self.targets = images.split()[0 if train else 1]
        self._transform = transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        image = self.data[index]
        if self._transform is not None:
            image = self._transform(image)
        return image, int(self.targets[index])


def _torchvision(name: str, images: Images) -> ModuleType:
    def mnist(
        root: object = None,
        train: bool = True,
        transform: Callable[[Array], Any] | None = None,
        **_: object,
    ) -> _Mnist:
        del root
        return _Mnist(images, train, transform)

    def to_tensor() -> Callable[[Array], Array]:
        return lambda image: np.asarray(image)[np.newaxis] / 255

    if name.endswith(".datasets"):
        return _Module(name, {"MNIST": mnist})
    if name.endswith(".transforms"):
        return _Module(name, {"ToTensor": to_tensor})
    return _Module(name, {})


def train_test_split(
    *arrays: Array, test_size: float = 0.25, random_state: int | None = None, **_: object
) -> list[Array]:
    """Split arrays alike, shuffled."""
    count = len(arrays[0])
    order = np.random.RandomState(random_state).permutation(count)
    test = int(np.ceil(test_size * count)) if test_size < 1 else int(test_size)
    parts = (order[test:], order[:test])
    return [np.asarray(array)[part] for array in arrays for part in parts]


def _sklearn(name: str, images: Images) -> ModuleType:
    def load_digits(*, return_X_y: bool = False, **_: object) -> Any:  # noqa: ANN401
        small, (_images, labels) = images.small(), images.arrays()
        flat = small.reshape(len(small), -1)
        if return_X_y:
            return flat, labels.astype(int)
        return Bunch(data=flat, images=small, target=labels.astype(int))

    def fetch_openml(*_: object, return_X_y: bool = False, **__: object) -> Any:  # noqa: ANN401
        pixels, labels = images.arrays()
        flat, words = pixels.reshape(len(pixels), -1).astype(float), labels.astype(str)
        return (flat, words) if return_X_y else Bunch(data=flat, target=words.astype(object))

    if name.endswith(".datasets"):
        return _Module(name, {"load_digits": load_digits, "fetch_openml": fetch_openml})
    if name.endswith(".model_selection"):
        return _Module(name, {"train_test_split": train_test_split})
    if name.endswith(".metrics"):
        return _Module(name, METRICS)
    return _Module(name, {"shuffle": shuffle} if name.endswith(".utils") else {})


def _pandas(name: str, images: Images) -> ModuleType:
    def read_csv(*_: object, **__: object) -> DataFrame:
        """Return the images as Kaggle's train.csv holds them."""
        pixels, labels = images.arrays()
        flat = pixels.reshape(len(pixels), -1)
        columns = {f"pixel{index}": column for index, column in enumerate(flat.T)}
        return DataFrame({"label": labels, **columns})

    return _Module(name, {"Series": Series, "DataFrame": DataFrame, "read_csv": read_csv})


def _tqdm(name: str, _: Images) -> ModuleType:
    def tqdm(iterable: Iterable[Any] = (), *_: object, **__: object) -> Iterable[Any]:
        return iterable

    def trange(*bounds: int, **_: object) -> range:
        return range(*bounds)

    return _Module(name, {"tqdm": tqdm, "trange": trange, "tqdm_notebook": tqdm})


def _ipython(name: str, _: Images) -> ModuleType:
    contents = {"display": Anything(), "clear_output": Anything(), "Image": Anything}
    return _Module(name, contents if name.endswith(".display") else {})


_MAKERS: Final[dict[str, Callable[[str, Images], ModuleType]]] = {
    "keras": _keras,
    "tensorflow": _keras,
    "torchvision": _torchvision,
    "sklearn": _sklearn,
    "pandas": _pandas,
    "tqdm": _tqdm,
    "IPython": _ipython,
    **dict.fromkeys(_DRAWING, lambda name, _: _Drawing(name)),
}
