"""Rules, one a file, found by file name; its id is its file name with hyphens."""
