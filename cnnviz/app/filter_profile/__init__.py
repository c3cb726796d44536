"""What a filter responds to: its strongest and weakest patches, and its response by digit."""
