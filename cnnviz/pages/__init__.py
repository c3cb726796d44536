"""HTML pages that need no other file, no server and no network."""
