"""Small widgets and items that panels are made of."""
