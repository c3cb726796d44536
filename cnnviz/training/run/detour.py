"""Detours: a lesson leaves the run, and goes back to where it was."""

from dataclasses import replace

from cnnviz.training.run.branches import Detour
from cnnviz.training.run.trainer import Trainer


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
