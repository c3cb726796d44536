"""Theme, style sheet, icons and colour maps."""
