"""The breakpoints: their panel, table and store."""
