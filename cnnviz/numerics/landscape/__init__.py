"""The loss around a state: slopes, curvature, lines, planes and each image's pull."""
