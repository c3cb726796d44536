"""The images of branches that are not current: few of them are kept in memory."""

from collections.abc import Sequence

from cnnviz.data.dataset import Dataset
from cnnviz.data.evicted_images import evict_images
from cnnviz.training.run.branch import BranchState


def evict_unused_images(branches: Sequence[BranchState], current: Dataset) -> None:
    """Keep few images of the data sets of branches, but for the current one."""
    for dataset, source in {branch.dataset: branch.source for branch in branches}.items():
        if dataset is not current:
            users = [branch for branch in branches if branch.dataset is dataset]
            marks = [mark for branch in users for mark in branch.history.settings]
            used = max((mark.settings.subset for mark in marks), default=1)
            reduced = evict_images(dataset, used, source)
            for branch in users:
                branch.dataset = reduced
