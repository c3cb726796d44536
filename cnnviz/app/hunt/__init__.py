"""The Hunt panel: find the fault that somebody hid, by looks that cost."""
