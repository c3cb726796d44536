"""What is measured in a process of its own: ``python -m cnnviz.bench.child WHAT …`` prints JSON."""

import json
import sys
from dataclasses import asdict
from typing import cast

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.training.settings import Precision


def main(words: list[str]) -> None:
    """Measure what the words say, and print it."""
    what, *rest = words
    source, n, dtype = rest[0], int(rest[1]), cast("Precision", rest[2])
    dataset = _images(source, n)
    if what == "live":
        from cnnviz.bench.live import measure_live

        _say(asdict(measure_live(dataset, n, dtype, int(rest[3]), float(rest[4]))))
    elif what == "drawing":
        from cnnviz.bench.drawing import measure_curve, measure_table

        _say([asdict(drawing) for drawing in (*measure_curve(), *measure_table(dataset, n))])
    elif what == "soak":
        from cnnviz.bench.soak import soak

        _say([asdict(moment) for moment in soak(dataset, n, dtype, float(rest[3]))])
    elif what == "memory-headless":
        _say(_memory_headless(dataset, n, dtype))
    elif what == "memory-window":
        _say(_memory_window(dataset, n, dtype))
    else:
        message = f"nothing is measured that is called {what!r}"
        raise ValueError(message)


def _memory_headless(dataset: Dataset, n: int, dtype: Precision) -> float:
    from cnnviz.bench.memory import peak
    from cnnviz.numerics.rule import EXACT
    from cnnviz.training.blas import blas_on_one_thread
    from cnnviz.training.run.trainer import Trainer
    from cnnviz.training.settings import Settings

    trainer = Trainer(dataset, Settings(subset=n, dtype=dtype, rule=EXACT))
    with blas_on_one_thread():
        for _ in range(3):
            trainer.step()
    trainer.close()
    return peak()


def _memory_window(dataset: Dataset, n: int, dtype: Precision) -> float:
    from cnnviz.bench.live import open_window, wait
    from cnnviz.bench.memory import peak
    from cnnviz.numerics.rule import EXACT
    from cnnviz.training.run.trainer import Trainer
    from cnnviz.training.settings import Settings

    settings = Settings(subset=n, dtype=dtype, rule=EXACT, pause_on_warning=False)
    with open_window(Trainer(dataset, settings)) as window:
        window.loop.pace(None)
        window.loop.start()
        while window.frame is None or window.frame.iteration < 3:
            wait(0.05)
    return peak()


def _images(source: str, n: int) -> Dataset:
    """Return n images, repeated where the data has fewer."""
    from cnnviz.data.source import load

    dataset = load(source)
    if n <= len(dataset):
        return dataset
    which = np.arange(n) % len(dataset)
    return Dataset(dataset.name, dataset.images[which], dataset.labels[which])


def _say(result: object) -> None:
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
