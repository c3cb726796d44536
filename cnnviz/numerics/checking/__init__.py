"""Is a backward pass the gradient? Operation by operation, and weight by weight."""
