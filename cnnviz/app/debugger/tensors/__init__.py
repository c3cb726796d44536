"""The tensors of an operation as cards and tables."""
