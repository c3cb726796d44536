"""Switches the evaluation of held-out images on and off."""

from dataclasses import dataclass
from typing import Self

from cnnviz.data.held_out import available_images
from cnnviz.training.errors import SettingsError
from cnnviz.training.run.held_out import refuse_too_many
from cnnviz.training.run.trainer import Trainer


@dataclass(frozen=True, slots=True)
class HoldOut:
    """Whether states are evaluated on held-out images, and on how many."""

    on: bool
    wanted: int | None
    """How many were asked for; None for the default."""
    count: int
    """How many there are."""
    source: str
    """The data that they belong to."""

    @classmethod
    def of(cls, trainer: Trainer) -> Self:
        """Return what a trainer holds out."""
        held_out, source = trainer.held_out, trainer.branches.current.source
        return cls(held_out.on, held_out.wanted, held_out.count, source)

    @property
    def words(self) -> str:
        """The number of images, or that there are none."""
        return f"{self.count:,}" if self.on else "none"

    def is_like(self, other: Self) -> bool:
        """Whether the same images are held out: of the same data, as many, or none."""
        same_number = self.wanted == other.wanted or self.count == other.count
        of_one_kind = self.on == other.on and self.source == other.source
        return of_one_kind and (same_number or not other.on)

    def restore(self, trainer: Trainer) -> None:
        """Hold these out again, and evaluate the current state on them."""
        trainer.held_out.on, trainer.held_out.wanted = self.on, self.wanted
        trainer.evaluate_held_out()


def hold_out(trainer: Trainer, on: bool, wanted: int | None) -> None:
    """Switch the evaluation of states on held-out images on, from the current one on, or off.

    Raises SettingsError if there are too few images; then everything stays as it was. Raises
    DataError if they cannot be read; evaluation is then off.

    `wanted` is how many images; None for as many as before.
    """
    held_out, name = trainer.held_out, trainer.dataset.name
    before = held_out.on, held_out.wanted
    held_out.switch(on, wanted)
    trainer.evaluate_held_out()
    if not on:
        return
    view = held_out.view
    try:
        if view is None:
            raise SettingsError(
                f"no image of {name} can be held out: all {len(trainer.dataset):,} are "
                "trained on, so choose a smaller subset first."
            )
        available, are_test_images = len(view.dataset), view.first is None
        refuse_too_many(wanted or 0, available, name, are_test_images=are_test_images)
    except SettingsError:
        held_out.on, held_out.wanted = before[0] and view is not None, before[1]
        raise


def hold_out_share(trainer: Trainer, share: float) -> None:
    """Hold out a share, 0 to 1, of the test images, or of the data if it has none.

    Raises as `hold_out` does.
    """
    available = available_images(trainer.dataset, trainer.branches.current.source)
    hold_out(trainer, True, max(1, round(share * available)))
