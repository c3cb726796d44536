"""The loss around the state: along a step, over a plane, and its curvature."""
