"""Small widgets and items that several panels share."""
