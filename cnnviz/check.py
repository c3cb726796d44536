"""`cnnviz check`: a rule, a fault of the gallery, or a person's own code."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.inputs import (
    advance,
    check_own_code_alone,
    dataset_of,
    fault_of,
    own_source,
    settings_of,
)
from cnnviz.option_parser import UsageError
from cnnviz.terminal import FAILED, complain, shortened, show_output, write

if TYPE_CHECKING:
    from cnnviz.training.run.trainer import Trainer


def check(options: argparse.Namespace) -> int:
    """Carry out the command and return the exit status."""
    if options.script is not None:
        from cnnviz.check_notebook import check_notebook

        return check_notebook(options, options.script)
    if options.run:
        raise UsageError(
            "--run applies to a notebook: name it first, as in check NOTEBOOK.ipynb --run."
        )
    if options.python is not None:
        raise UsageError(
            "--python runs a notebook: name it first, as in check NOTEBOOK.ipynb --run."
        )
    if options.verify_hunt is not None:
        from cnnviz.check_hunt import verify_hunts

        return verify_hunts(options, options.verify_hunt)
    if options.hunt is not None:
        from cnnviz.check_hunt import play_hunt

        return play_hunt(options, options.hunt)
    if options.out is not None:
        raise UsageError("--out is for the result of a hunt: name a case with --hunt.")
    if options.list_faults:
        from cnnviz.numerics.checking import report

        return _listed(options, report.faults_as_list(), report.faults_as_text())
    if options.list_operations:
        from cnnviz.numerics import signatures

        operations = signatures.operations_as_list(), signatures.operations_as_text()
        return _listed(options, *operations)
    if options.code is not None:
        return _check_code(options, options.code)
    return _check_rule(options)


def _listed(options: argparse.Namespace, items: list[dict[str, Any]], text: str) -> int:
    write(json.dumps(items) + "\n" if options.json else text)
    return 0


def _check_rule(options: argparse.Namespace) -> int:
    """Check the rule that is set, or the exact one with a fault in it."""
    from cnnviz.numerics.checking import report
    from cnnviz.numerics.checking.case import Case
    from cnnviz.numerics.checking.data_faults import DataFault
    from cnnviz.numerics.errors import NumericsError
    from cnnviz.training.blas import blas_on_one_thread
    from cnnviz.training.run.trainer import Trainer

    fault = fault_of(options)
    dataset, source = dataset_of(options)
    settings = settings_of(options, dataset)
    trainer = Trainer(dataset, settings, source)
    first, learning_rate = trainer.parameters, settings.learning_rate
    if not _is_ready(trainer, 0 if fault else options.iterations):
        return FAILED
    case = Case(trainer.batch, first, trainer.parameters, settings.rule, learning_rate)
    try:
        with blas_on_one_thread():
            if fault:
                case = Case.with_fault(trainer.batch, first, fault, learning_rate)
                for _ in range(options.iterations):
                    case = case.after(case.iteration())
            checked = report.check(
                case,
                with_curvature=options.curvature,
                with_data=options.check_data or isinstance(fault, DataFault),
            )
    except NumericsError as error:
        complain(f"{error.operation}: {error}")
        return FAILED
    write(json.dumps(report.as_dict(checked)) + "\n" if options.json else report.as_text(checked))
    return 0 if checked.is_right else FAILED


def _check_code(options: argparse.Namespace, path: Path) -> int:
    """Check a person's code in the exact rule, after iterations under the rule with it."""
    from dataclasses import replace

    from cnnviz.numerics.checking.case import Case
    from cnnviz.numerics.errors import NumericsError
    from cnnviz.numerics.rule import EXACT
    from cnnviz.training.blas import blas_on_one_thread
    from cnnviz.training.own_code import report
    from cnnviz.training.own_code.check import check_own_code
    from cnnviz.training.own_code.process import running
    from cnnviz.training.run.trainer import Trainer

    if options.curvature or options.check_data:
        raise UsageError("--code is checked by itself: leave --curvature and --check-data out.")
    check_own_code_alone(options)
    source = own_source(path)
    dataset, name = dataset_of(options)
    trainer = Trainer(dataset, replace(settings_of(options, dataset), rule=EXACT), name)
    if not _is_ready(trainer, 0):
        return FAILED
    printed: list[str] = []
    try:
        with blas_on_one_thread(), running(source, on_output=printed.append) as code:
            first, learning_rate = trainer.parameters, trainer.settings.learning_rate
            case = Case(trainer.batch, first, first, code.rule, learning_rate)
            for _ in range(options.iterations):
                case = case.after(case.iteration())
            checked = check_own_code(case.batch, case.parameters, code, learning_rate)
    except NumericsError as error:
        show_output("".join(printed))
        complain(f"{shortened(str(path))}, {error}")
        return FAILED
    if options.json:
        write(json.dumps(report.as_dict(checked, code.output)) + "\n")
    else:
        write(report.as_text(checked, code.output))
    return 0 if checked.is_right else FAILED


def _is_ready(trainer: "Trainer", iterations: int) -> bool:
    """Do some iterations; return whether they, and a forward pass after them, have a result."""
    advance(trainer, iterations)
    return trainer.forward is not None and trainer.iteration == iterations
