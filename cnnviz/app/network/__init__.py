"""The network drawn from image to output."""
