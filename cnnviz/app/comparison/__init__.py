"""The Compare panel: several rules from one start, and what each correction is worth."""
