"""A pad to draw digits on, and what the network answers."""
