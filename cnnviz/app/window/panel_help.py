"""The explanation of each panel, in words for a learner."""

from typing import Final

PANEL_HELP: Final = {
    "network": "The network from left to right: one image, its three filters, the three feature "
    "maps that they make, the dense maps that weigh these, and the output. The bar under a column "
    "says which colour is which value. Point at a cell to read its value, right-click it to "
    "explain it in the debugger, double-click it to change it. The pencil above the image is for "
    "drawing a digit in its place.",
    "loss": "The loss of every iteration so far, which training tries to make small, and the share "
    "of images that are answered right. Point at a curve to read it; the timeline below goes back "
    "to any iteration. Marks show where settings changed.",
    "predictions": "The network's answer for every image: above 0.5 it says that the digit is "
    "greater than 4. The plot has a column for each digit, discs are right and crosses wrong. "
    "Choosing an image here shows it in every other panel.",
    "controls": "The settings of the run: its images, the learning rate η, and which of the "
    "notebook's five mistakes are corrected. A change acts from the next iteration on and leaves "
    "a mark on the loss curve; another seed, of the first weights, starts again.",
    "breakpoints": "Conditions that stop the run, such as “loss > 0.2” or “filter step > 10”. When "
    "one holds, training pauses and the row says where and why. Space turns one on or off.",
    "branches": "Every course that training has taken. Changing something in the past begins a "
    "branch, and the one before is kept: Enter switches to another, and both curves are drawn.",
    "debugger": "One iteration, operation by operation, forwards and back: what goes into each, "
    "what comes out, its formula and its code. Click a cell to see how it came about; “Why?” says "
    "which factors made it large or small.",
    "check": "Is this backward pass the gradient of the loss? Each operation is checked on its "
    "own, and all 1,803 derivatives against small differences of the loss. A fault can be put in "
    "on purpose, to see how it is found.",
    "landscape": "The loss around the current weights: along the next step, over a plane "
    "with the path of the run, and how strongly it curves. It shows whether a step goes beyond "
    "the lowest point.",
    "pull": "How each image pulls on the weights: most pull along the step, some against it. A "
    "click selects the image.",
    "lesson": "Lessons of ten minutes at most, which ask for a prediction before they show what "
    "happens. Your run waits meanwhile, and comes back when you leave.",
    "compare": "Several rules trained from one start, beside each other: their curves, and what "
    "each of the five corrections is worth.",
    "hunt": "A game: one operation has a hidden fault, or none has. Look with instruments that "
    "cost, say what is wrong and how sure you are, and then see.",
    "code": "Write an operation of the network yourself and check it. The code runs only when you "
    "press Run code, in a process with limits.",
    "notebook": "Your own notebook or script, with a verdict on each line beside it. It runs only "
    "when you press Run script, in a process with limits. A click on a line shows its operation in "
    "the debugger.",
    "filter": "What one filter responds to: the patches of the images to which it responds most "
    "and least, and how strongly it responds to each digit. It follows training; a click on a "
    "patch selects its image.",
    "drawing": "A pad to draw a digit on with mouse, pen or finger. It is brought to 28 × 28 "
    "pixels as MNIST was, and the Network shows how it is answered, stroke by stroke. It is not "
    "trained on unless you keep it in place of an image. A picture of a digit can be opened, too.",
}
"""The help by the panel's name; its first sentence describes the contents of the panel."""


def first_sentence(text: str) -> str:
    """Return the text up to its first full stop or question mark."""
    ends = [at for mark in (". ", "? ") if (at := text.find(mark)) >= 0]
    return text[: min(ends) + 1] if ends else text
