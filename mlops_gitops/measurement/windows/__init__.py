"""Rows of live windows put together, and held to what they must not share with others. Read lay_out.py first."""
