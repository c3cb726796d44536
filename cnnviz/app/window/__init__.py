"""The main window: what surrounds the views, and what commands the training loop."""
