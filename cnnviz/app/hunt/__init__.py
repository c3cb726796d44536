"""The Hunt panel: find a hidden fault, by inspections that cost points."""
