"""The loss and accuracy curves and the timeline."""
