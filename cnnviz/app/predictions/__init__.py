"""The prediction for every image of the subset."""
