"""How each image pulls on the weights."""
