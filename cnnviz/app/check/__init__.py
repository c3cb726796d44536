"""The Check panel: is this backward pass the gradient, and which operation is wrong."""
