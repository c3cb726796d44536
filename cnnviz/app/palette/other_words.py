"""What people who do not know the program's words may type for what the palette lists."""

from typing import Final

OTHER_WORDS: Final = {
    "Branches": "undo revert restore edit back",
    "Breakpoints": "stop pause when jump throws diverge explode nan infinity",
    "Check": "gradient check gradcheck right correct wrong bug finite differences autograd",
    "Compare": "correction matters worth better stick sticks stuck stall stalls plateau 71",
    "Draw a digit…": "own handwriting paint pen",
    "Export moving picture…": "animation video",
    "Export run…": "report page html pdf csv exercise worksheet homework share students",
    "Filter": "respond responds detect detects see feature pattern",
    "Held-out images": "seen unseen test set validation overfit overfitting generalise generalize",
    "Landscape": "learning rate eta too large small high overshoot hessian sharpness",
    "Notebook": "report script jupyter ipynb own network",
    "Open notebook…": "script jupyter ipynb own code network bug",
    "Presentation size": "projector beamer larger font zoom classroom",
    "Reset": "restart start over again new",
    "Saturation, or why nothing moves": "vanishing gradient zero small near dead stuck plateau",
    "Sessions…": "crash recover resume continue history undo",
}
"""Other words for an entry, by its title."""
