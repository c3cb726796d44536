"""One iteration, operation by operation."""
