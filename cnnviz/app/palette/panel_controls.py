"""The controls of panels that have not been opened: to make a panel for its names takes long."""

from collections.abc import Mapping
from typing import Final

from cnnviz.app.look.key_names import named_keys

CONTROLS: Final[Mapping[str, Mapping[str, str]]] = {
    "breakpoints": {
        "Add": "Add a breakpoint: write one, or begin with an example.",
    },
    "branches": {
        "Rename": "Rename this branch (F2).",
    },
    "debugger": {
        "Next": "Do the iteration's next operation (F10).",
        "Into": "From the batch to the image, from there to one cell (F11).",
        "Out": "From the cell to its image, from there to the batch (Shift+F11).",
        "To here": named_keys("Run until this operation is done (Ctrl+F10)."),
        "Finish": "Do the remaining operations (F5).",
        "The debugger shows: Tensors": (
            "What goes into the operation and what comes out, as pictures."
        ),
        "The debugger shows: This cell": "How the number that is pointed at came about.",
        "The debugger shows: Why?": "Which factors made the number that is pointed at.",
        "The debugger shows: Numbers": "One tensor as a table.",
    },
    "check": {
        "What to check": "The rule in use, or the exact rule with a fault put in on purpose.",
        "Check": "Compare every operation and derivative with the right one.",
    },
    "landscape": {
        "View of the loss: Along the step": (
            "The loss along the next step, and where it would be lowest."
        ),
        "View of the loss: Plane": "The loss over a plane, with the path of the run on it.",
        "View of the loss: Curvature": (
            "The largest eigenvalue of the loss's Hessian, beside the loss."
        ),
        "View of the loss: Eigenvalues": (
            "All eigenvalues of the Hessian, and the directions of the largest."
        ),
    },
    "pull": {
        "Vertical axis: Across the step": (
            "How strongly each image pulls perpendicular to the step."
        ),
        "Vertical axis: Change of the loss": (
            "Each image's part of the change of the loss by the step."
        ),
    },
    "lesson": {
        "Open lesson…": "Open a lesson that you have written.",
    },
    "compare": {
        "What to compare": "",
        "Iterations of each rule": "How many iterations each rule is trained.",
        "What is each of the five worth?": (
            "Train all 32 rules, and compute what each correction contributes."
        ),
        "Compare": "Train the chosen rules beside the run, and compare them.",
    },
    "hunt": {
        "Number of the case": "The same number is the same case on every machine.",
        "Open": "Begin this case.",
        "Any case": "Begin a random case.",
    },
    "code": {
        "Operation to begin with": "",
        "Insert": "Put the right operation at the end of the code.",
        "Open…": "Open a file of Python; it is not run.",
        "Save…": "Save the code.",
        "Run code": "Run your code in a process with limits, and check its results.",
        "Train with it": "Run the code in the exact rule from iteration 0 on, as a branch.",
    },
    "notebook": {
        "Open…": "Open a notebook or script; it is not run.",
        "Beneath the source: Verdict": "What is known of the chosen line.",
        "Beneath the source: Try": "Another version of the chosen line.",
        "Beneath the source: Train": "The same network, trained beside the exact rule.",
        "Beneath the source: Output": "What the script has printed.",
    },
    "filter": {
        "Which filter: Filter 1": "What filter 1 responds to.",
        "Which filter: Filter 2": "What filter 2 responds to.",
        "Which filter: Filter 3": "What filter 3 responds to.",
    },
    "drawing": {
        "Open picture…": "Put a PNG or JPEG on the pad.",
        "Thickness of the next stroke": "Thickness of the next stroke.",
        "Which digit it is": "Lets the answer be judged right or wrong.",
    },
}
"""By the names of panels: the name of each control that it opens with, and its purpose."""
