"""The trainer that iterates, its history, and the frames that views are handed. No Qt."""
