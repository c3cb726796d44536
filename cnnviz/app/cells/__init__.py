"""A cell of a picture or table: which number it shows, its name, and its editor."""
