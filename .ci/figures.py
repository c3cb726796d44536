"""Prints the figures of the README's three investigations, each with the step that states it.

The trainer and the readable path compute them at the notebook's own settings, on the bundled digits
and on MNIST (``--data FOLDER``, or MNIST's cache if it has been downloaded).
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.mnist import is_cached
from cnnviz.data.source import MNIST, load
from cnnviz.numerics.network import MAP_SIZE, Parameters
from cnnviz.numerics.operations import Tensors, iterate
from cnnviz.numerics.rule import Rule
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

Array = NDArray[np.floating]
SETTINGS: Final = Settings(pause_on_warning=False)


class Figure(NamedTuple):
    """A figure and where the README states it."""

    step: str
    """Such as "2.3" for step 3 of the second investigation, "2" for its title, "0" for what comes
    before the first one."""
    what: str
    value: str
    """what, value: its meaning, and its text in the README."""


def mnist_figures(dataset: Dataset) -> list[Figure]:
    """Return the figures that the README states of MNIST."""
    with closing(Trainer(dataset, SETTINGS)) as trainer:
        return [*_jump(trainer), *_vanishing_gradient(trainer), *_first_flip(trainer)]


def bundled_figures() -> list[Figure]:
    """Return the figures that the README states of the bundled digits."""
    with closing(Trainer(bundled_digits(), SETTINGS)) as trainer:
        first = _tensors(trainer, 0)
        flipped = _flipped(first["o"][0], _tensors(trainer, 1)["o"][0])
        calm = _outputs_after_calm_jump(trainer)
        return [
            Figure("0", "learning rate", f"η = {SETTINGS.learning_rate:g}"),
            Figure("0", "images", f"{SETTINGS.subset} images"),
            Figure("0", "farthest filter weight after the jump", _farthest(first)),
            Figure("3.4", "first image to flip", f"image {flipped[0]}"),
            Figure("3.4", "its output with the update order corrected", f"{calm[flipped[0]]:.3f}"),
        ]


def _jump(trainer: Trainer) -> list[Figure]:
    """Return the figures of the first investigation: what throws the filters to −38."""
    first = _tensors(trainer, 0)
    f, f_next, dF = first["f"], first["f_next"], first["dF"]
    steps = np.linalg.norm(f_next - f, axis=(0, 1)) / np.linalg.norm(f, axis=(0, 1))
    u, v, i = _largest(f_next)
    cell = _largest(dF)
    ink, error = _shares_of_ink(first, cell), _shares_of_error(first, cell)
    calm = _tensors(trainer, 0, "update-order")["f_next"]
    return [
        Figure("1", "farthest filter weight after the jump", _farthest(first)),
        Figure("1.1", "stop", _stop(trainer, "filter step > 10")),
        Figure("1.1", "largest filter step, relative to its filter", f"{steps.max():.0f} times"),
        Figure("1.3", "filters before", f"{f.min():.0f} to {f.max():.0f}"),
        Figure("1.3", "filters after", _range(f_next, 1)),
        Figure("1.4", "growth of the dense weights", f"{_growth(first, i, u, v):.0f} times"),
        Figure("1.5", "largest filter gradient", f"{abs(dF[cell]):.3g}"),
        *_image("1.5", "image with the largest share by its ink", trainer, ink),
        *_image("1.5", "image with the largest share by its error", trainer, error),
        Figure("1.6", "largest filter weight, update order corrected", f"{np.abs(calm).max():.2g}"),
    ]


def _vanishing_gradient(trainer: Trainer) -> list[Figure]:
    """Return the figures of the second: why the filter gradient is nearly zero after that."""
    second = _tensors(trainer, 1)
    sees_ink = second["P"].any(axis=(3, 4)).transpose(2, 0, 1)[:, np.newaxis]
    seeing = np.broadcast_to(sees_ink, second["A"].shape).reshape(trainer.batch.n, -1).T
    of_seeing = _notebooks_gradient(second["X"], np.where(seeing, second["G"], 0))
    corrected, before = (_tensors(trainer, t, "pairing", "layout")["dF"] for t in (1, 0))
    stop, saturated = _stop(trainer, "saturated > 90 %"), 100 * trainer.current_state.saturated
    return [
        Figure("2.1", "stop", stop),
        Figure("2.1", "saturated units among those that see ink", f"{saturated:.1f} %"),
        Figure("2.3", "the notebook's filter gradient", _range(second["dF"], 2)),
        Figure("2.3", "part of units that see ink", f"{np.abs(of_seeing).max():.2f}"),
        Figure("2.4", "pairing and layout corrected", f"{np.abs(corrected).max():.2g}"),
        Figure("2.4", "the same one iteration before", f"{np.abs(before).max():.2g}"),
    ]


def _first_flip(trainer: Trainer) -> list[Figure]:
    """Return the figures of the third: which prediction flips first, and what flips it."""
    before, after = (_tensors(trainer, t)["o"][0] for t in (0, 1))
    flipped = _flipped(before, after)
    k = flipped[0]
    calm = _outputs_after_calm_jump(trainer)
    calm_flips = _flipped(before, calm)
    return [
        Figure("3.1", "stop", _stop(trainer, "any image flips")),
        Figure("3.1", "images that flip", f"{len(flipped)} images"),
        Figure("3.1", "the first of them", f"image {k}"),
        Figure("3.1", "its outputs", f"{before[k]:.3f} to {after[k]:.3f}"),
        Figure("3.3", "flips, update order corrected", f"{len(calm_flips)} images"),
        Figure(
            "3.3",
            "the image of 3.1 then",
            f"image {k} " + ("flips" if k in calm_flips else "does not"),
        ),
        Figure("3.4", "its output with the update order corrected", f"{calm[k]:.3f}"),
    ]


def _stop(trainer: Trainer, condition: str) -> str:
    """Run from the start to a breakpoint."""
    trainer.go_to(0)
    breakpoints = BreakpointTracker()
    breakpoints.set([Breakpoint(1, condition)])
    watcher = BreakpointWatcher(trainer, breakpoints)
    while watcher.advance()[1] is None:
        pass
    return f"iteration {trainer.iteration}"


def _tensors(trainer: Trainer, iteration: int, *corrected: str) -> Tensors:
    """Compute an iteration of the notebook's run on the readable path, maybe by another rule."""
    while trainer.last < iteration:
        trainer.step()
    trainer.go_to(iteration)
    rule = Rule.correcting(corrected)
    return iterate(trainer.batch, trainer.parameters, rule, SETTINGS.learning_rate)


def _outputs_after_calm_jump(trainer: Trainer) -> Array:
    """Return all outputs one iteration after the start, with the update order corrected."""
    calm = _tensors(trainer, 0, "update-order")
    parameters = Parameters(calm["f_next"], calm["wo_next"])
    return iterate(trainer.batch, parameters, Rule(), SETTINGS.learning_rate)["o"][0]


def _flipped(before: Array, after: Array) -> NDArray[np.intp]:
    return np.flatnonzero((before > 0.5) != (after > 0.5))


def _largest(values: Array) -> tuple[int, ...]:
    return tuple(int(at) for at in np.unravel_index(int(np.abs(values).argmax()), values.shape))


def _growth(tensors: Tensors, i: int, u: int, v: int) -> float:
    """Return how the update grew the weights that the notebook's misreading puts on the ink."""
    ink = tensors["X"][u : u + MAP_SIZE, v : v + MAP_SIZE].mean(axis=2)
    used, before = (np.abs(tensors[name]).reshape(24, 24, 3) for name in ("wo_next", "wo"))
    return float((ink * used[:, :, i]).sum() / (ink * before[:, :, i]).sum())


def _notebooks_gradient(X: Array, G: Array) -> Array:
    ink, errors = X.mean(axis=2), G.mean(axis=1).reshape(MAP_SIZE, MAP_SIZE, -1)
    windows = np.lib.stride_tricks.sliding_window_view(ink, (MAP_SIZE, MAP_SIZE))
    return np.einsum("uvrc,rci->iuv", windows, errors)


def _shares_of_ink(tensors: Tensors, cell: tuple[int, ...]) -> Array:
    """Return the share of each image's ink in a cell of the filter gradient."""
    i, u, v = cell
    windows = tensors["X"][u : u + MAP_SIZE, v : v + MAP_SIZE]
    return np.einsum("rck,rc->k", windows, tensors["M"][:, :, i]) / windows.shape[2]


def _shares_of_error(tensors: Tensors, cell: tuple[int, ...]) -> Array:
    """Return the share of each image's error in a cell of the filter gradient."""
    X, G = tensors["X"], tensors["G"]
    return np.array([_notebooks_gradient(X, g[:, np.newaxis])[cell] for g in G.T]) / len(G.T)


def _image(step: str, what: str, trainer: Trainer, shares: Array) -> list[Figure]:
    k = int(np.abs(shares).argmax())
    digit = trainer.dataset.labels[k]
    return [
        Figure(step, what, f"image {k}, a {digit}"),
        Figure(step, "its share", f"{abs(shares[k]):.3f}"),
    ]


def _farthest(tensors: Tensors) -> str:
    f_next = tensors["f_next"]
    return _signed(f"{f_next[_largest(f_next)]:.0f}")


def _range(values: Array, digits: int) -> str:
    return _signed(f"{values.min():.{digits}f} to {values.max():.{digits}f}")


def _signed(text: str) -> str:
    return text.replace("-", "−")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all figures that can be computed here, and return 0."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where MNIST's files are")
    options = parser.parse_args(arguments)
    found = {"bundled digits": bundled_figures()}
    if options.data or is_cached():
        found["MNIST"] = mnist_figures(load(str(options.data or MNIST)))
    for name, figures in found.items():
        for step, what, value in figures:
            sys.stdout.write(f"{name:<16}{step:<5}{what:<46}{value}\n")
    if "MNIST" not in found:
        sys.stderr.write("MNIST's figures are missing: name its folder with --data FOLDER.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
