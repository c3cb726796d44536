"""A recorded run: the parameters of every state, and its data, settings and annotations."""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import BUNDLED, MNIST
from cnnviz.numerics.network import Floats
from cnnviz.training.pixels import DrawnImage, Pixel
from cnnviz.training.run.annotations import NO_ANNOTATIONS, Annotations
from cnnviz.training.run.branch_names import settings_name
from cnnviz.training.run.checked_json import member
from cnnviz.training.run.curve import SettingsMark, marks_before
from cnnviz.training.run.held_out_curve import NOT_EVALUATED, HeldOutCurve
from cnnviz.training.run.rule_json import rule_from_json, rule_to_json
from cnnviz.training.run.states import States
from cnnviz.training.settings import PRECISIONS, Precision, Settings

VERSION: Final = 4
"""Newest version of the format: 4 if images were drawn in place of others, 3 if faults or own code
were put into a rule, 2 if pixels were drawn over the images, else 1."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The data, settings and annotations of a run."""

    source: str
    """What `cnnviz.data.source.load` takes for the data set; paths are absolute."""
    settings: tuple[SettingsMark, ...]
    """The first settings, at iteration 0, and every change."""
    sha256: str
    """Digest of the images and labels, see `digest`."""
    annotations: Annotations = NO_ANNOTATIONS

    @classmethod
    def of(
        cls,
        source: str,
        dataset: Dataset,
        settings: Sequence[SettingsMark],
        annotations: Annotations = NO_ANNOTATIONS,
    ) -> Self:
        """Return the config of a run on a data set; the other arguments are the attributes."""
        lasting = source if source in (BUNDLED, MNIST) else _absolute(source)
        marks = tuple(SettingsMark(mark.iteration, mark.settings.kept) for mark in settings)
        return cls(lasting, marks, digest(dataset, _largest_subset(marks)), annotations)

    @property
    def images(self) -> int:
        """The number of images that the run has used: the largest subset."""
        return _largest_subset(self.settings)

    @property
    def title(self) -> str:
        """The run's name; of one without a name, its settings in a few words."""
        first, last = self.settings[0].settings, self.settings[-1].settings
        return self.annotations.name or settings_name(first, last)

    @property
    def dtype(self) -> Precision:
        """The precision that holds every state's parameters."""
        double = any(mark.settings.dtype == "float64" for mark in self.settings)
        return "float64" if double else "float32"

    def settings_at(self, iteration: int) -> Settings:
        """Return the settings of the iteration that begins at a state."""
        return [mark.settings for mark in self.settings if mark.iteration <= iteration][-1]

    def at_output(self, iterations: int) -> Settings:
        """Return the settings of the last of some iterations; of none, the first settings."""
        return settings_at_output(self.settings, iterations)

    def fits(self, dataset: Dataset) -> bool:
        """Whether a data set begins with the images and labels of the run."""
        return len(dataset) >= self.images and digest(dataset, self.images) == self.sha256

    def to_json(self) -> str:
        """Return the config as JSON."""
        first, *changes = self.settings
        return json.dumps(
            {
                "version": max(_version(mark.settings) for mark in self.settings),
                "data": self.source,
                "settings": _settings_to_json(first.settings),
                "marks": [
                    {"iteration": mark.iteration, "settings": _settings_to_json(mark.settings)}
                    for mark in changes
                ],
                "sha256": self.sha256,
                **self.annotations.to_json(),
            },
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, text: str, iterations: int) -> Self:
        """Read the JSON of a config, which may be damaged, of a run of some iterations.

        Raises ValueError if it is wrong; the phrase says what.
        """
        try:
            return cls._parsed(json.loads(text), iterations)
        except RecursionError:
            message = "its config is nested too deeply"
        except json.JSONDecodeError:
            message = "its config is not JSON"
        raise ValueError(message)

    @classmethod
    def _parsed(cls, config: object, iterations: int) -> Self:
        version = member(config, "version", int)
        if not 1 <= version <= VERSION:
            raise ValueError(
                f"it has the format version {version}, and this cnnviz reads 1 to {VERSION}"
            )
        settings = [SettingsMark(0, _settings_from_json(member(config, "settings", dict)))]
        for change in member(config, "marks", list):
            mark = SettingsMark(
                member(change, "iteration", int),
                _settings_from_json(member(change, "settings", dict)),
            )
            earliest = settings[-1].iteration + 1 if len(settings) > 1 else 0
            if not earliest <= mark.iteration <= iterations:
                raise ValueError(
                    f"a change of settings at iteration {mark.iteration} is out of order"
                )
            if mark.settings.seed != settings[0].settings.seed:
                raise ValueError("its seed changes in the middle")
            settings.append(mark)
        return cls(
            member(config, "data", str),
            tuple(settings),
            member(config, "sha256", str),
            Annotations.from_json(config, iterations),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Every state of a run, in the notebook's names and layout. Arrays are read-only."""

    states: States
    """The parameters; index 0 is the state before the first iteration."""
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    """loss, accuracy: shape (T,). Of the states 0 to T − 1: those of the forward pass of each
    iteration."""
    output: Floats
    """Shape (n,). The outputs of the last iteration, before its update, or of state 0 if there is
    none; NaN if they cannot be standardised."""
    config: RunConfig
    held_out: HeldOutCurve = NOT_EVALUATED
    """The curve of the states that were evaluated on images that are not trained on."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.loss, self.accuracy, self.output):
            array.setflags(write=False)

    @property
    def iterations(self) -> int:
        """T."""
        return len(self.loss)


def settings_at_output(settings: Sequence[SettingsMark], iterations: int) -> Settings:
    """Return the settings of the last of some iterations; of none, the first settings."""
    return marks_before(settings, iterations)[-1].settings


def digest(dataset: Dataset, count: int) -> str:
    """Return the SHA-256 of a data set's first images, in hexadecimal.

    It is that of the grey levels, row by row, one byte each, and then the labels, one byte each.
    """
    sha = hashlib.sha256()
    first = dataset.first(count)
    for array in (first.images, first.labels):
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()


def _largest_subset(settings: Sequence[SettingsMark]) -> int:
    return max(mark.settings.subset for mark in settings)


def _absolute(path: str) -> str:
    """Return the absolute path of a file."""
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111  (never raise)


def _version(settings: Settings) -> int:
    if settings.drawings:
        return 4
    if settings.rule.extra:
        return 3
    return 2 if settings.pixels else 1


def _settings_to_json(settings: Settings) -> dict[str, Any]:
    drawings = [
        {"image": d.image, "label": d.label, "grey": base64.b64encode(d.grey).decode()}
        for d in settings.drawings
    ]
    drawn = [[pixel.image, pixel.row, pixel.col, pixel.grey] for pixel in settings.pixels]
    return {
        "subset": settings.subset,
        "learning_rate": settings.learning_rate,
        **rule_to_json(settings.rule),
        "seed": settings.seed,
        "dtype": settings.dtype,
        **({"pixels": drawn} if drawn else {}),
        **({"drawings": drawings} if drawings else {}),
    }


def _settings_from_json(values: dict[str, Any]) -> Settings:
    """Return the settings in a config; a ValueError says what is wrong with them."""
    dtype = member(values, "dtype", str)
    precision = next((p for p in PRECISIONS if p == dtype), None)
    if precision is None:
        raise ValueError(f"its precision is none of {', '.join(PRECISIONS)}")
    return Settings(
        subset=member(values, "subset", int),
        learning_rate=member(values, "learning_rate", float),
        rule=rule_from_json(values),
        seed=member(values, "seed", int),
        dtype=precision,
        pixels=_pixels_from_json(values),
        drawings=_drawings_from_json(values),
    )


def _drawings_from_json(values: dict[str, Any]) -> tuple[DrawnImage, ...]:
    """Return the drawings in a config, if any; a ValueError says what is wrong with them."""
    listed: list[Any] = member(values, "drawings", list) if "drawings" in values else []
    drawings = tuple(
        DrawnImage(
            member(entry, "image", int),
            member(entry, "label", int),
            base64.b64decode(member(entry, "grey", str), validate=True),
        )
        for entry in listed
    )
    if any(a.image >= b.image for a, b in pairwise(drawings)):
        raise ValueError("its drawings are out of order")
    return drawings


def _pixels_from_json(values: dict[str, Any]) -> tuple[Pixel, ...]:
    """Return the pixels in a config, if any; a ValueError says what is wrong with them."""
    listed: list[Any] = member(values, "pixels", list) if "pixels" in values else []
    pixels = []
    for numbers in listed:
        if not isinstance(numbers, list) or [type(n) for n in numbers] != [int] * 4:
            raise ValueError("its pixels are not lists of image, row, column and grey level")
        pixels.append(Pixel(*numbers))
    positions = [pixel.position for pixel in pixels]
    if any(a >= b for a, b in pairwise(positions)):
        raise ValueError("its pixels are out of order")
    return tuple(pixels)
