"""A person's own notebook or script: run apart, captured line by line, and judged by its values."""
