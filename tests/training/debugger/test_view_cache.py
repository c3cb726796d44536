from collections.abc import Callable

from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import step_to

MakeTrainer = Callable[..., Trainer]


def test_views_stay_the_same_while_nothing_changes(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 3)
    first, second = debugger.view(0), debugger.view(1)
    for name, view in first.tensors.items():
        assert second.tensors[name] is view
    assert first.tensors["A"].fresh
    assert not first.tensors["C"].fresh
    for view in first.tensors.values():
        assert not view.values.flags.writeable
