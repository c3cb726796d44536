"""Numbers of one state of a run."""

import csv

from cnnviz.data.dataset import Dataset
from cnnviz.training.export.numbers import predictions_table
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def test_an_undefined_output_is_neither_right_nor_wrong(identical_images: Dataset) -> None:
    trainer = Trainer(identical_images, Settings(subset=5))
    rows = list(csv.DictReader(predictions_table(trainer).decode().splitlines()))
    trainer.close()
    assert len(rows) == 5
    assert {(row["output"], row["error"], row["right"]) for row in rows} == {("", "", "")}
