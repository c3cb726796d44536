import csv
import io

import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT
from cnnviz.training.export.table import as_table
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.recorded import run_of


def test_every_iteration_has_its_figures_and_settings() -> None:
    trainer = Trainer(bundled_digits(), Settings(subset=8))
    trainer.step()
    trainer.change(learning_rate=100.0, rule=EXACT)
    trainer.step()
    trainer.change(subset=9)
    trainer.step()
    run = run_of(trainer)
    trainer.close()
    rows = list(csv.DictReader(io.StringIO(as_table(run), newline="")))
    assert [row["iteration"] for row in rows] == ["0", "1", "2"]
    assert [float(row["loss"]) for row in rows] == pytest.approx(run.loss.tolist(), rel=0)
    assert [float(row["accuracy"]) for row in rows] == pytest.approx(run.accuracy.tolist(), rel=0)
    assert [row["learning_rate"] for row in rows] == ["15.0", "100.0", "100.0"]
    assert [row["rule"] for row in rows] == ["notebook", "exact", "exact"]
    assert [row["images"] for row in rows] == ["8", "8", "9"]
