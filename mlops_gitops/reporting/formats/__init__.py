"""Output formats, one a file, found by file name."""
