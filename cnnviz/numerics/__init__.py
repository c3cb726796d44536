"""The network and its training iteration, in numpy alone."""
