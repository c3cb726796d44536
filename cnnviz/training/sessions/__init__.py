"""Sessions: everything a person makes, kept while they make it, and continued later."""
