"""Editing the current state of a run, in a branch."""

from dataclasses import replace

from cnnviz.training.errors import EditError
from cnnviz.training.run.current_state import ReachedState
from cnnviz.training.run.edits import Edit, edited
from cnnviz.training.run.trainer import Trainer


def edit_state(trainer: Trainer, edit: Edit) -> None:
    """Give one parameter of the current state another value, in a new branch.

    A state that was made by an edit, and that nothing has followed, is edited in its branch.

    Raises EditError if the edit is of another state.
    """
    now, here = trainer.current_state, trainer.iteration
    if edit.iteration != here:
        raise EditError(f"iteration {edit.iteration} cannot be edited: {here} is the current one.")
    history = now.branch.history
    by = history.settings_after(here - 1) if here else history.settings[0].settings
    parameters = edited(now.reached.parameters, edit)
    edits = trainer.branches.fork_for(edit)
    trainer.enter_edited(ReachedState(parameters, by, by_hand=True, edits=edits))


def replace_edited(trainer: Trainer, state: ReachedState) -> None:
    """Make an edited state the current one, with which the branch begins and ends."""
    branch, here = trainer.current_state.branch, trainer.iteration
    branch.warnings, branch.history = branch.warnings.fork(here), branch.history.fork(here)
    trainer.enter_edited(replace(state, by_hand=True))  # a state that is gone to does not know it
