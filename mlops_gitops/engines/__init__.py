"""Engines: each answers a query over prediction files with counts and sums; it never judges."""
