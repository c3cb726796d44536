"""The palette: a searchable list of everything that the window can do or show."""
