"""Edges: where the program touches git, DVC, the clock and the environment."""
