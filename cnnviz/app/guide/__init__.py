"""Cards over the network that offer a next step: at the start, and when a run stops."""
