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


def end_repeated(trainer: Trainer) -> None:
    """Delete the unchanged branches of a detour that have begun as the current one begins.

    A step of a lesson that is shown again begins such a branch, and each would add a curve.
    """
    branches, now = trainer.branches, trainer.branches.current
    parents = {branch.parent for branch in branches.all}
    for branch in branches.all:
        is_own = branch.lasting or branch.named or branch.bookmarks or branch.number in parents
        if branch is now or is_own or (branch.name, branch.source) != (now.name, now.source):
            continue
        curve = branch.history.curve()
        settings = replace(trainer.settings, pause_on_warning=curve.first.pause_on_warning)
        if curve.first == settings and not curve.marks and not curve.edits:
            branches.delete(branch.number, by_hand=False)
    branches.forget_deleted(by_hand=False)


def begin_detour(trainer: Trainer) -> None:
    """Note where the run is, unless a detour has begun already."""
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
