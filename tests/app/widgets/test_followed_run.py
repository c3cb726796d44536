"""Tests of which frames go on with the run that is followed, on real runs."""

from cnnviz.app.widgets.followed_run import FollowedRun
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def test_training_going_back_and_forking_go_on_and_nothing_else_does() -> None:
    trainer, followed = Trainer(bundled_digits(), Settings(subset=4)), FollowedRun()

    def goes_on(run: int = 0) -> bool:
        return followed.goes_on(frame_of(trainer, 0, run=run))

    assert not goes_on()  # nothing was shown before
    trainer.step()
    trainer.step()
    assert goes_on()
    trainer.back()
    assert goes_on()
    trainer.change(learning_rate=1_000.0)
    trainer.step()  # forks
    assert len(trainer.branches.all) == 2
    assert goes_on()
    trainer.switch(1)
    assert not goes_on()
    assert goes_on()
    trainer.switch(2)
    assert not goes_on()  # although it forked from the one before
    trainer.reset()
    assert not goes_on()
    assert not goes_on(run=1)  # a session is continued
    trainer.close()
