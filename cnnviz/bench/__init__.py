"""Measurements of speed and memory: `cnnviz bench`."""
