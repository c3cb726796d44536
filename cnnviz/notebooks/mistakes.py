"""The kinds of mistakes that a step of a script may be, beside those that are factors."""

from typing import Final

from cnnviz.numerics.checking.kinds import MistakeKind

NOT_CARRIED: Final = MistakeKind("missing factor", "not carried back through the standardisation")
EARLY_ERROR: Final = MistakeKind(
    "missing factor", "computed from an error that is not carried back as far as the weighted sum"
)
NO_OUTPUT_SLOPE: Final = MistakeKind(
    "missing factor", "without σ′, the slope o (1 − o) of the output"
)
EXTRA_SLOPE: Final = MistakeKind(
    "extra factor", "multiplied by σ′ although the cross-entropy has cancelled it"
)
SLOPE_OF_LOGIT: Final = MistakeKind(
    "slope of the logit", "with x (1 − x) of the logit, not of the output"
)
ONLY_MEAN: Final = MistakeKind(
    "missing factor", "carried back through the mean of the standardisation, not its deviation"
)
ONLY_DEVIATION: Final = MistakeKind(
    "missing factor", "carried back through the deviation of the standardisation, not its mean"
)
DEVIATION: Final = MistakeKind(
    "another deviation",
    "carried back through a deviation over n images, though that of the forward pass is over n − 1",
)
UNDIVIDED: Final = MistakeKind(
    "missing factor", "not divided by the deviation of the weighted sum, as its way back asks"
)
DIVIDED_TWICE: Final = MistakeKind(
    "extra factor", "divided twice by the deviation of the weighted sum"
)
PART_OF_OUTPUT_SLOPE: Final = MistakeKind(
    "part of the slope", "multiplied by only a part of o (1 − o), the slope of the output"
)
UPDATED_WEIGHTS: Final = MistakeKind(
    "updated weights", "computed from the dense weights after their update"
)
NO_MAP_SLOPE: Final = MistakeKind(
    "missing factor", "without σ′, the slope of the activation at the maps"
)
SLOPE_TWICE: Final = MistakeKind("extra factor", "multiplied by σ′ twice")
SLOPE_OF_SUM: Final = MistakeKind(
    "slope of the sum", "with the slope formula applied to the sum before the activation"
)
OUTPUT_SLOPE: Final = MistakeKind(
    "slope of another layer", "with o (1 − o), the slope of the output, not that of the maps"
)
MEAN_OVER_IMAGES: Final = MistakeKind(
    "mean over images", "the mean over all images, not each image's own"
)
MISREAD: Final = MistakeKind(
    "permutation", "the right numbers in wrong cells: its layout is misread"
)
TURNED: Final = MistakeKind("transposed", "transposed: its rows and columns are exchanged")
MAPS_TURNED: Final = MistakeKind(
    "transposed", "computed from the gradient at the maps with its rows and columns exchanged"
)
ROTATED: Final = MistakeKind("rotated", "rotated by 180°")
LAST_ONLY: Final = MistakeKind("last image only", "that of the last image alone")
FIRST_ONLY: Final = MistakeKind("first image only", "that of the first image alone")
ONE_IMAGE: Final = MistakeKind(
    "one image for all", "computed from the pixels of one image for all images"
)
ONE_FILTER: Final = MistakeKind("one filter for all", "that of one filter, for every filter")
LAST_WINDOW: Final = MistakeKind("last window only", "that of the last window alone")
OTHER_SLOPE: Final = MistakeKind(
    "slope of another activation", "with the slope of another activation"
)
HALF_SLOPE: Final = MistakeKind(
    "part of the slope", "multiplied by 1 − a, only a part of the slope of the activation"
)
RESIZED: Final = MistakeKind("cut or repeated", "cut or repeated to its shape by np.resize")
SWAPPED: Final = MistakeKind("permutation", "each filter's is another's")
SUMMED: Final = MistakeKind("summed over filters", "summed over the filters")
SHIFTED: Final = MistakeKind("off by one", "computed from windows that are off by one pixel")
NEVER_RESET: Final = MistakeKind(
    "never reset", "added to that of the iteration before, because it is never set back to zero"
)
NEVER_UPDATED: Final = MistakeKind("never updated", "computed, but never used for an update")
ALIASED: Final = MistakeKind(
    "alias of the weights", "summed into the weights themselves, because it is the same array"
)
NOT_ALL_UPDATED: Final = MistakeKind("some never updated", "taken by only some of the filters")
UNNAMED: Final = MistakeKind(
    "unknown mistake", "not what it should be, and no known mistake explains it"
)
"""For what certainly is a step of the backward pass, and agrees with nothing that is known."""
ONE_INDEX: Final = MistakeKind("one index for all", "given all to one filter")
