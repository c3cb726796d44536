"""Branches for a lesson or an investigation, which leave the run and go back to where it was."""

from dataclasses import replace

from cnnviz.data.source import load
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.branches import Detour
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def begin_branch(
    trainer: Trainer, name: str, source: str, settings: Settings, parameters: Parameters | None
) -> None:
    """Begin a branch of this name at iteration 0, on data that are loaded if no branch has them.

    Without a name it is named after its settings. Raises as `Trainer.begin` and `load` do.
    """
    known = {where: data for data, where in trainer.branches.datasets.items()}
    dataset = known[source] if source in known else load(source)
    settings = replace(settings, pause_on_warning=trainer.settings.pause_on_warning)
    trainer.begin(dataset, source, settings, parameters)
    trainer.branches.name_current(name)


def begin_detour(trainer: Trainer) -> None:
    """Note where the run is; in a detour, the place at which the first one began counts."""
    branches, state = trainer.branches, trainer.current_state
    branches.detour = branches.detour or Detour(state.branch, state.iteration, state.settings)


def end_detour(trainer: Trainer) -> None:
    """Go back to where the run was, and delete the branches that the detour has begun."""
    detour = trainer.branches.detour
    if detour is None:
        return
    trainer.switch(detour.branch.number)
    trainer.go_to(detour.iteration)
    trainer.branches.end_detour()
    pause_on_warning = trainer.settings.pause_on_warning
    trainer.apply(replace(detour.settings, pause_on_warning=pause_on_warning))
