"""Engines that run the SQL, one a file."""
