"""The panel of settings."""
