"""Interval methods, one a file, each with the range in which a study showed that it holds."""
