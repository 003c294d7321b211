"""Interval methods, one a file: from counts and moments to one-sided confidence bounds; each cites its source."""
