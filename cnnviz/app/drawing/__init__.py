"""A pad to draw digits on, and the network's answer."""
