"""Where one number comes from: This cell, Why? and contributions."""
